"""Writes new answers together, some ten times a second while there are any, and the rest at stop."""

import asyncio
from datetime import timedelta

from bot.clock import Clock
from bot.jobs.runner import guarded
from bot.store.recent import RecentAnswers

PAUSE = timedelta(milliseconds=100)
AFTER_FAILURE = timedelta(seconds=5)  # a full disk does not get emptier by asking ten times a second


async def write_answers(recent: RecentAnswers, clock: Clock) -> None:
    """Run until cancelled."""
    try:
        while True:
            await recent.until_new()
            await clock.sleep(PAUSE)
            if await guarded("write answers", recent.flush) is not None:
                await clock.sleep(AFTER_FAILURE)
    except asyncio.CancelledError:
        await guarded("write answers", recent.flush)
        raise
