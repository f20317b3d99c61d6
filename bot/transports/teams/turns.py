"""The turns that are going on: each has an owner, a bound and an end, and none takes another one down.

A turn that is done within a second is done before the request is answered; a longer one goes on after it.  While
stopping, open turns are finished and no new one begins.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Coroutine
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from bot.metrics import JOB_ERRORS

MOST_OPEN = 2_000
SEEN_FOR = timedelta(minutes=10)  # Teams repeats an activity within seconds when it is not sure that we got it
MOST_SEEN = 20_000

log = structlog.get_logger()
_T = TypeVar("_T")


async def or_else(work: Awaitable[_T], otherwise: _T, *, within: timedelta | None = None) -> _T:
    """What `work` gives, or `otherwise` when it fails or takes too long: a bug in one turn must stay in that turn."""
    try:
        if within is None:
            return await work
        async with asyncio.timeout(within.total_seconds()):
            return await work
    except Exception:  # the one runner that keeps the bot answering; the bug is logged whole
        JOB_ERRORS.labels(job="turn").inc()
        log.exception("turn failed")
        return otherwise


class Turns:
    """Owner of all open turns."""

    def __init__(self, most_open: int = MOST_OPEN) -> None:
        """`most_open`: beyond this many, new ones are refused."""
        self._most_open = most_open
        self._open = 0
        self._group: asyncio.TaskGroup | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Own turns until `stop`, then finish those that are open."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            await self._stopping.wait()
            self._group = None

    def stop(self) -> None:
        """Begin no new turn; `run` returns when the open ones are done."""
        self._stopping.set()

    async def begin(self, work: Coroutine[None, None, None], *, wait: timedelta) -> bool:
        """Start `work` and wait for it at most `wait`; False when it can't be started now."""
        if self._group is None or self._open >= self._most_open:
            work.close()
            return False
        self._open += 1
        loop = asyncio.get_running_loop()
        enough = loop.create_future()  # lighter than asyncio.wait, in the one place where every message passes
        timer = loop.call_later(wait.total_seconds(), _settle, enough)
        self._group.create_task(self._one(work)).add_done_callback(lambda _task: _settle(enough))
        try:
            await enough
        finally:
            timer.cancel()
        return True

    async def _one(self, work: Coroutine[None, None, None]) -> None:
        try:
            await or_else(work, None)
        finally:
            self._open -= 1


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


class Seen:
    """Which activities came already, for ten minutes and up to a bound: a repeated one is answered once."""

    def __init__(self, most: int = MOST_SEEN, keep: timedelta = SEEN_FOR) -> None:
        """Holds ids only."""
        self._most = most
        self._keep = keep
        self._at: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def is_new(self, conversation: str, activity: str, now: datetime) -> bool:
        """Whether this is the first time; remembers it.  An activity without an id is always new."""
        if not activity:
            return True
        while self._at and (len(self._at) >= self._most or next(iter(self._at.values())) <= now - self._keep):
            self._at.popitem(last=False)
        key = (conversation, activity)
        if key in self._at:
            return False
        self._at[key] = now
        return True
