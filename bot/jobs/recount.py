"""Lets reports of colleagues run out: who pressed longer ago than the window no longer counts."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.jobs.runner import guarded

PERIOD = timedelta(minutes=1)


async def recount(
    until_somebody: Callable[[], Awaitable[None]], let_go: Callable[[datetime], Awaitable[None]], clock: Clock
) -> None:
    """Run until cancelled; on a quiet day it never wakes."""
    while True:
        await until_somebody()
        await clock.sleep(PERIOD)
        if await guarded("recount", lambda: let_go(clock.now())) is not None:
            await clock.sleep(PERIOD)
