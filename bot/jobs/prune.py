"""Removes rows whose time is over, in small bites."""

from datetime import timedelta

from bot.clock import Clock
from bot.jobs.runner import every
from bot.metrics import PRUNED
from bot.store.engine import Store
from bot.store.prune import CHUNK, Retention
from bot.store.prune import prune as remove

PERIOD = timedelta(hours=1)
MOST_BITES = 50  # a round; the rest waits for the next one


async def prune(store: Store, clock: Clock, retention: Retention) -> None:
    """Run until cancelled."""

    async def once() -> None:
        for _ in range(MOST_BITES):
            async with store.transaction() as db:
                removed = await remove(db, clock.now(), retention)
            for table, rows in removed.items():
                PRUNED.labels(table=table).inc(rows)
            if max(removed.values(), default=0) < CHUNK:
                return

    await every(clock, PERIOD, "prune", once)
