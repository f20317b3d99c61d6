"""Outcomes that the database did not take before their run was cut off: kept when the tenant's next run begins.

A database that is gone for longer than a lease ends every run, though nobody else can have taken anything over.
Without this all that was under way would be said again.
"""

from collections import defaultdict

import structlog

from bot.domain.delivery import Delivery
from bot.domain.observation import TenantId
from bot.jobs.settlements import Settled, Settlements
from bot.store import deliveries
from bot.store.engine import Store

log = structlog.get_logger(__name__)


class Late:
    """Those of one process, by tenant."""

    def __init__(self, store: Store, settlements: Settlements) -> None:
        """`settlements`: what keeps them."""
        self._store, self._settlements = store, settlements
        self._waiting: dict[TenantId | None, list[tuple[Delivery, Settled]]] = defaultdict(list)

    def add(self, tenant: TenantId | None, before: Delivery, settled: Settled) -> None:
        """Its run ends, and it may not have been kept.  `before`: the delivery as it was when it was tried."""
        log.warning("outcome not kept yet", delivery=before.id, maybe_twice=True)
        self._waiting[tenant].append((before, settled))

    async def keep(self, tenant: TenantId | None) -> None:
        """Before anything is read that may be sent.  Raises StoreError, LostLease."""
        while several := self._waiting.get(tenant):
            before, settled = several[0]
            async with self._store.reading() as db:
                now = await deliveries.as_it_is(db, before.id)
            if now is not None and _tried(now) == _tried(before):
                await self._settlements.keep(settled)
            elif now is None or _tried(now) != _tried(settled.delivery):
                log.warning("outcome came too late", delivery=before.id, maybe_twice=True)
            several.pop(0)
        self._waiting.pop(tenant, None)


def _tried(delivery: Delivery) -> tuple[object, ...]:
    """Differs after each try, whoever made it."""
    return delivery.attempts, delivery.sent_revision, delivery.settled_at
