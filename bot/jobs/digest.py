"""Once a day, at nine on the reader's clock: what Microsoft says of narrow trouble, for whoever wants to hear of that.

An advisory alone makes no incident: some is open nearly always.  So nothing but the day's digest tells it, in one card;
what stands in it is decided when it is drawn, and where nothing is open nothing is sent.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from bot.board import Board
from bot.domain.audience import priority_of
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.narrow import advisories
from bot.domain.observation import TenantId
from bot.domain.quiet import next_at
from bot.domain.subscription import Subscription
from bot.jobs.gathering import DIGEST_AT
from bot.jobs.leases import AlwaysHeld, Holding
from bot.store import deliveries, notifications, subscriptions
from bot.store.deliveries import Owed
from bot.store.engine import Store

LOOKS_EVERY = timedelta(minutes=1)
LATE = timedelta(hours=2)  # who was not running at nine tells it until eleven
A_DAY = timedelta(hours=25)  # the longest one

When = tuple[TenantId | None, datetime]


class Digest:
    """Sees to it that each reader has the digest of the day."""

    def __init__(
        self,
        store: Store,
        board: Board,
        changed: Callable[[TenantId | None], Awaitable[None]],
        zone_of: Callable[[TenantId | None], str],
        *,
        holding: Holding | None = None,
    ) -> None:
        """`changed`: there is something to deliver to this tenant; `zone_of`: of a tenant, for who has none."""
        self._store, self._board, self._changed, self._zone_of = store, board, changed, zone_of
        self._holding = holding or AlwaysHeld()
        self._looked_at: datetime | None = None
        self._told: set[When] = set()

    async def look(self, now: datetime) -> None:
        """Tell those for whom it is nine.  Raises StoreError, LostLease; then the next look tells it."""
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < LOOKS_EVERY:
            return
        async with self._store.reading() as db:
            readers = await subscriptions.of_advisories(db)
        for (tenant, due), several in self._due(readers, now).items():
            if any(advisories(self._board.look(tenant, now))):
                await self._tell(tenant, due, several, now)
        self._told = {when for when in self._told if now - when[1] < LATE}
        self._looked_at = now

    def _due(self, readers: Iterable[Subscription], now: datetime) -> dict[When, list[Subscription]]:
        due: dict[When, list[Subscription]] = {}
        for one in readers:
            zone = one.zone or self._zone_of(one.tenant)
            at = next_at(DIGEST_AT, zone, now - A_DAY)
            nine = at if next_at(DIGEST_AT, zone, at) > now else next_at(DIGEST_AT, zone, at)
            if now - nine < LATE and (one.tenant, nine) not in self._told:
                due.setdefault((one.tenant, nine), []).append(one)
        return due

    async def _tell(
        self, tenant: TenantId | None, due: datetime, readers: Iterable[Subscription], now: datetime
    ) -> None:
        digest = Notification(
            id=NotificationId(""),
            subject=Subject.DIGEST,
            about=due.isoformat(),
            tenant=tenant,
            revision=1,
            made_at=now,
            final=True,
        )
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            told = await notifications.want(db, digest, now=now)
            owed = [Owed(destination=one.conversation, due=now, priority=priority_of(one)) for one in readers]
            await deliveries.owe(db, told, owed)
        self._told.add((tenant, due))
        await self._changed(tenant)
