"""Lets reports of colleagues run out: who pressed longer ago than the window no longer counts."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.jobs.runner import every

PERIOD = timedelta(minutes=1)


async def recount(let_go: Callable[[datetime], Awaitable[None]], clock: Clock) -> None:
    """Run until cancelled."""
    await every(clock, PERIOD, "recount", lambda: let_go(clock.now()))
