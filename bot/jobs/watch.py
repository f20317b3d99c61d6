"""Asks every source when it is due, at most one refresh of each in flight, and in one replica only."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from bot.board import Board
from bot.clock import Clock
from bot.jobs.leases import AlwaysHeld, Holding, while_held
from bot.jobs.runner import guarded
from bot.sources.source import Source

AT_LEAST = timedelta(minutes=1)  # it goes round, however rarely its sources are asked: others look whether it does

WentRound = Callable[[datetime], None]


async def watch(
    board: Board, clock: Clock, holding: Holding | None = None, *, went_round: WentRound | None = None
) -> None:
    """Run until cancelled.  `holding`: the right to ask, where there are several replicas; `went_round`: told so."""
    right = holding or AlwaysHeld()
    board.write_under(right.guard)
    await while_held(right, partial(_poll, board, clock, went_round or _nobody_looks, is_shared=holding is not None))


def _nobody_looks(_: datetime) -> None:
    pass


async def _poll(board: Board, clock: Clock, went_round: WentRound, *, is_shared: bool) -> None:
    """A slow source delays no other: each is asked in a task of its own."""
    if is_shared:
        await guarded("follow", board.follow)  # what the one before us asked last, and when it would have asked again
    async with asyncio.TaskGroup() as polls:
        while True:
            for source in board.due(clock.now()):
                polls.create_task(_refresh(board, source), name=f"poll {source.id}")
            await board.tell(clock.now())
            went_round(clock.now())
            await clock.sleep(min(board.next_due(clock.now()) - clock.now(), AT_LEAST))


async def _refresh(board: Board, source: Source) -> None:
    error = await guarded(f"poll {source.id}", lambda: board.poll(source))
    if error is not None:
        await guarded(f"poll {source.id}", lambda: board.fail(source, f"error of ours: {type(error).__name__}"))
