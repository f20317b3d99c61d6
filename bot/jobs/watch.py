"""Asks every source when it is due, at most one refresh of each in flight."""

import asyncio

from bot.board import Board
from bot.clock import Clock
from bot.jobs.runner import guarded
from bot.sources.source import Source


async def watch(board: Board, clock: Clock) -> None:
    """Run until cancelled.  A slow source delays no other: each is asked in a task of its own."""
    async with asyncio.TaskGroup() as polls:
        while True:
            for source in board.due(clock.now()):
                polls.create_task(_refresh(board, source), name=f"poll {source.id}")
            await board.tell(clock.now())
            await clock.sleep(board.next_due(clock.now()) - clock.now())


async def _refresh(board: Board, source: Source) -> None:
    error = await guarded(f"poll {source.id}", lambda: board.poll(source))
    if error is not None:
        await guarded(f"poll {source.id}", lambda: board.fail(source, f"error of ours: {type(error).__name__}"))
