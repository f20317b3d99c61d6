"""Ways beside Teams: mail, SMS, other chats and pagers, each behind an Apprise address.

Only this folder knows Apprise, and loads it when something is sent: it costs memory that an idle bot need not hold.
Addresses are secrets: neither they nor what Apprise says of them leaves here unscrubbed.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from bot.metrics import WAY_SENDS

DEADLINE = timedelta(seconds=15)  # for one address; the promise is to get through within a minute
LONGEST_REASON = 200

log = structlog.get_logger(__name__)

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one message on one way."""

    name: str
    ok: bool
    address: int = 0  # which of its addresses took it, counted from 1; 0: none
    reason: str = ""  # why those before failed; holds no address


class Ways:
    """Sends words by name of a way."""

    def __init__(
        self,
        addresses: Mapping[str, Sequence[str]],
        *,
        redact: Callable[[str], str],
        deadline: timedelta = DEADLINE,
        renewed: Callable[[], Mapping[str, Sequence[str]]] | None = None,
    ) -> None:
        """`addresses`: by name, first choice first; `redact` blots every key in them.

        `renewed`: the same as they stand now, where they can be renewed while we run.
        """
        self._addresses = dict(addresses)
        self._renewed = renewed
        self._redact = redact
        self._deadline = deadline

    @property
    def names(self) -> tuple[str, ...]:
        """Every way, in the order of the settings."""
        return tuple(self._addresses)

    async def send(self, name: str, *, title: str, text: str) -> Told:
        """Say it on this way, by the first of its addresses that takes it."""
        reasons: list[str] = []
        addresses = self._addresses if self._renewed is None else self._renewed()
        for number, address in enumerate(addresses.get(name, ()), start=1):
            reason = await self._try(address, title=title, text=text)
            WAY_SENDS.labels(result="failed" if reason else "sent").inc()
            if reason is None:
                return Told(name=name, ok=True, address=number, reason="; ".join(reasons))
            reasons.append(reason)
            log.warning("way failed", way=name, address=number, reason=reason)
        return Told(name=name, ok=False, reason="; ".join(reasons) or "no such way in the settings")

    async def _try(self, address: str, *, title: str, text: str) -> str | None:
        """None when it was taken, else why not."""
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                said = await asyncio.to_thread(partial(_notify, address, title, text))
        except TimeoutError:
            return f"no answer within {self._deadline.total_seconds():g} s"
        return None if said is None else self._redact(said)[:LONGEST_REASON]


def _notify(address: str, title: str, text: str) -> str | None:
    """In a thread: the libraries behind Apprise block."""
    from apprise import Apprise, NotifyFormat  # noqa: PLC0415 - see the module's first lines

    heard: list[str] = []
    _heard.set(heard)
    quieten()
    sender = Apprise()
    if not sender.add(address):
        return "this is no address that Apprise knows"
    taken = sender.notify(body=text, title=title, body_format=NotifyFormat.TEXT)
    return None if taken else "; ".join(heard) or "it was refused without a reason"


class _Ear(logging.Handler):
    """Takes what Apprise says during our own call in this thread, and lets nothing of it into the log."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _heard.get()
        if heard is not None and record.levelno >= logging.WARNING:
            heard.append(record.getMessage())


def quieten() -> None:
    """Let Apprise say nothing to anybody but us: it would name addresses."""
    spoken = logging.getLogger("apprise")
    if not any(isinstance(handler, _Ear) for handler in spoken.handlers):
        spoken.addHandler(_Ear())
        spoken.propagate = False
        spoken.setLevel(logging.WARNING)
