"""Writes what may wait a moment together, some ten times a second while there is any, and the rest at stop."""

import asyncio
from datetime import timedelta
from typing import Protocol

from bot.clock import Clock
from bot.jobs.runner import guarded

PAUSE = timedelta(milliseconds=100)
AFTER_FAILURE = timedelta(seconds=5)  # a full disk does not get emptier by asking ten times a second


class Pending(Protocol):
    """Something that takes rows at once and writes them when told."""

    async def until_new(self) -> None:
        """Return when something waits to be written."""

    async def flush(self) -> None:
        """Write what waits; what can't be written stays for the next time."""


async def write_behind(name: str, pending: Pending, clock: Clock) -> None:
    """Run until cancelled."""
    try:
        while True:
            await pending.until_new()
            await clock.sleep(PAUSE)
            if await guarded(name, pending.flush) is not None:
                await clock.sleep(AFTER_FAILURE)
    except asyncio.CancelledError:
        await guarded(name, pending.flush)
        raise
