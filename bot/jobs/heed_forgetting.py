"""Somebody was forgotten by another process: what this one remembers of conversations is read anew.

Otherwise a person who writes again would be taken for known, while the way to speak to them has been erased.
"""

from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock
from bot.jobs.runner import every
from bot.store import audit
from bot.store.engine import Store

PERIOD = timedelta(minutes=1)


async def heed_forgetting(store: Store, clock: Clock, begin_anew: Callable[[], None]) -> None:
    """Run until cancelled."""
    seen: int | None = None

    async def once() -> None:
        nonlocal seen
        async with store.reading() as db:
            newest = await audit.last_forgetting(db)
        if seen is not None and newest != seen:
            begin_anew()
        seen = newest

    await every(clock, PERIOD, "heed forgetting", once)
