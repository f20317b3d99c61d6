"""`ask`: the answer here and now, with and without a running server.

The asker sits at this machine, so the neutral checks are made from here and are the asker's own.  A database that a
server keeps is only looked at.
"""

import asyncio
import contextlib
import dataclasses
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

from bot.assembly import Parts, assembled
from bot.cards import sheet
from bot.clock import MachineClock
from bot.domain.conversation import Destination, Message, Person, Scope
from bot.domain.observation import Observation
from bot.domain.source_health import SourceHealth, SourceState
from bot.domain.verdict import Outcome
from bot.http import FetchError
from bot.jobs.runner import guarded
from bot.settings import Settings
from bot.source_setups import choice_of
from bot.sources.neutral import NeutralSource
from bot.sources.source import Source, SourceError, SourceSetup
from bot.store.engine import StoreError
from bot.store.peek import is_served
from bot.terminal.auditing import whoami
from bot.terminal.output import Output
from bot.terminal.telling import tell
from bot.understand.intent import understand

POLLS_WITHIN_S = 6.5  # real seconds for asking every source once
POLLS_END_S = 8.0  # after the command was given: on a slow machine, or beside a locked database, less is left for them
LEAST_S = 2.0
FRESH_PERIODS = 2
DONE = 0
CODES = {
    Outcome.FINE: DONE,
    Outcome.JUST_YOU: DONE,
    Outcome.DOWN: 3,
    Outcome.DEGRADED: 3,
    Outcome.MAINTENANCE: 3,
    Outcome.YOUR_ORG: 3,
    Outcome.YOUR_NETWORK: 3,
    Outcome.UNKNOWN: 4,
}


async def ask(out: Output, settings: Settings, text: str, *, given_at: float) -> int:
    """Print the answer to `text`.  Gives the exit code that goes with the verdict.

    `given_at`: when the command was given, by the monotonic clock: the answer must be there within ten seconds.
    """
    if understand(text, now=MachineClock().now(), zone=settings.zone).command == "whoami":
        return whoami(out, settings)  # whoever sits here is the operator, by whichever words they ask
    looking = is_served(settings.database_url)
    async with _opened(out, settings, looking=looking) as parts:
        left_s = POLLS_END_S - (parts.clock.monotonic() - given_at)
        checks = await _look_around(parts, served=looking, within_s=max(LEAST_S, min(POLLS_WITHIN_S, left_s)))
        reply = await parts.reply_to(
            Message(
                text=text,
                person=Person(id="terminal"),
                destination=Destination(id="terminal", scope=Scope.TERMINAL),
                seen=tuple(checks),
            )
        )
    tell(out, reply, sheet(reply, parts.texts, reply.language, reply.zone))
    return CODES[reply.verdict.outcome] if reply.verdict else DONE


@contextlib.asynccontextmanager
async def _opened(out: Output, settings: Settings, *, looking: bool) -> AsyncIterator[Parts]:
    """The parts over the usual database; over a passing one where that can't be used, since the answer matters more."""
    clock = MachineClock()
    async with contextlib.AsyncExitStack() as stack:
        try:
            parts = await stack.enter_async_context(assembled(settings, clock, exclusive=False, looking=looking))
        except StoreError as error:
            out.complain("Answering without the database.", [str(error)])
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="notjustyou-"))
            passing = dataclasses.replace(settings, database_url=f"sqlite:///{Path(folder, 'ask.db').as_posix()}")
            parts = await stack.enter_async_context(assembled(passing, clock, exclusive=False))
        yield parts


async def _look_around(parts: Parts, *, served: bool, within_s: float) -> Sequence[Observation]:
    """Ask every source once that nobody has asked lately, and make the neutral checks from here: all at once."""
    here = NeutralSource(choice_of(parts.settings).setups.get("neutral", SourceSetup()), vantage="asker")
    async with asyncio.TaskGroup() as group:
        checks = group.create_task(_checked(parts, here, within_s), name="checks from here")
        for source in _unasked(parts, served=served):
            group.create_task(_polled(parts, source, within_s), name=f"poll {source.id}")
    return checks.result()


async def _polled(parts: Parts, source: Source, within_s: float) -> None:
    """One poll.  A source that is slower than people's patience, or that we read wrongly, could not be read."""
    try:
        async with asyncio.timeout(within_s):
            error = await guarded(f"poll {source.id}", lambda: parts.board.poll(source))
        reason = f"error of ours: {type(error).__name__}" if error is not None else None
    except TimeoutError:
        reason = "timeout"
    if reason is not None:
        await parts.board.fail(source, reason)


async def _checked(parts: Parts, here: Source, within_s: float) -> list[Observation]:
    try:
        async with asyncio.timeout(within_s):
            return here.parse(await here.fetch(parts.fetcher, parts.clock.now()), parts.clock.now())
    except (SourceError, FetchError, TimeoutError):
        return []


def _unasked(parts: Parts, *, served: bool) -> Sequence[Source]:
    """Sources that were not read within two of their periods; none while a server is seen at work."""
    now = parts.clock.now()
    healths = {(health.source, health.tenant): health for health in parts.board.healths()}
    if served and any(_is_young(health.last_try, health, now) for health in healths.values()):
        return ()
    return [source for source in parts.board.due(now) if not _is_read(healths[source.id, source.tenant], now)]


def _is_read(health: SourceHealth, now: datetime) -> bool:
    return health.state is SourceState.OK and _is_young(health.last_success, health, now)


def _is_young(at: datetime | None, health: SourceHealth, now: datetime) -> bool:
    return at is not None and now - at <= FRESH_PERIODS * health.period
