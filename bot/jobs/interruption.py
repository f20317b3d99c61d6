"""Notices that the process before us ended in the middle of its sends, and says what that may mean.

Nobody can tell which of them had arrived: so each that has no outcome is sent, and may be there twice.
"""

from datetime import timedelta

import structlog

from bot.jobs.deliver import IN_FLIGHT
from bot.store import deliveries, leases
from bot.store.engine import Store
from bot.store.leases import Lease

log = structlog.get_logger(__name__)

NAME = "sends"


class Interruption:
    """A mark that stands in the store while deliveries are made; for a single process."""

    def __init__(self, store: Store, holder: str) -> None:
        """`holder`: names this process, other than any that ever was."""
        self._store, self._holder = store, holder
        self._mark: Lease | None = None

    async def begin(self) -> None:
        """Set the mark; one that is still there was left by a process that did not end in order.  Raises StoreError."""
        async with self._store.transaction() as db:
            left = await leases.expired(db, NAME)
            owed = await deliveries.tenants_with_work(db)
            self._mark = await leases.take(db, NAME, self._holder, timedelta(0))
        if left and owed:
            log.warning("the process before ended in the middle of sends", at_most_twice=IN_FLIGHT, tenants=len(owed))

    async def end(self) -> None:
        """Everything that was begun has its outcome.  Raises StoreError."""
        if self._mark is not None:
            async with self._store.transaction() as db:
                await leases.give_back(db, self._mark)
