"""Keeps what this replica answers from at most two seconds behind what another one polled or was told."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from bot.board import Board
from bot.clock import Clock
from bot.jobs.leases import Holding
from bot.jobs.runner import guarded

PERIOD = timedelta(seconds=1.5)


async def follow(
    board: Board,
    clock: Clock,
    polling: Holding,
    others: Mapping[str, Callable[[], Awaitable[None]]],
    *,
    period: timedelta = PERIOD,
) -> None:
    """Run until cancelled.  `polling`: while it is ours the board is ahead of the store; `others`: what else to do."""
    while True:
        await clock.sleep(period)
        if not polling.held.is_set():
            await guarded("follow board", board.follow)
        for name, once in others.items():
            await guarded(f"follow {name}", once)
