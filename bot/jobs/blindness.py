"""The help desk hears of a source that stays blind, once, and once that it is back; also over a restart.

Whom operators were told of stands with the source's health (`Board.tell`); whom help desks were, in notifications.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.board import Board
from bot.domain.blindness import about_of, source_of
from bot.domain.delivery import Notification, NotificationId, Part, Priority, Subject
from bot.domain.incident import Change
from bot.domain.observation import TenantId
from bot.domain.source_health import SourceHealth
from bot.domain.subscription import Subscription
from bot.domain.ways import Way
from bot.jobs.leases import AlwaysHeld, Holding
from bot.jobs.spreading import way_step
from bot.store import deliveries, notifications, subscriptions
from bot.store.deliveries import Owed
from bot.store.engine import Db, Store

Told = frozenset[tuple[TenantId | None, str]]


class BlindNews:
    """Keeps help desks told."""

    def __init__(  # noqa: PLR0913 - who is told, and by what right
        self,
        store: Store,
        board: Board,
        changed: Callable[[TenantId | None], Awaitable[None]],
        *,
        ways: Mapping[TenantId | None, Sequence[Way]] | None = None,
        holding: Holding | None = None,
        drill: bool = False,
    ) -> None:
        """`changed`: there is something to deliver to this tenant; `ways`: those that are its help desk's."""
        self._ways = ways or {}
        self._store, self._board, self._changed = store, board, changed
        self._holding, self._drill = holding or AlwaysHeld(), drill
        self._known: Told | None = None  # what was blind at the last look

    async def look(self, now: datetime) -> None:
        """Tell what has changed since the last look.  Raises StoreError, LostLease; then the next look tells it."""
        blind = {
            (health.tenant, about_of(health)): health
            for health in self._board.healths()
            if health.told_at is not None and health.is_unreadable
        }
        if frozenset(blind) == self._known or self._drill:
            return
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            told = await self._tell(db, list(blind.values()), now)
        self._known = frozenset(blind)
        for tenant in sorted(told, key=str):
            await self._changed(tenant)

    async def _tell(self, db: Db, blind: Sequence[SourceHealth], now: datetime) -> set[TenantId | None]:
        readers: dict[TenantId | None, list[Subscription]] = {tenant: [] for tenant, some in self._ways.items() if some}
        for reader in await subscriptions.of_helpdesks(db):
            readers.setdefault(reader.tenant, []).append(reader)
        told = await notifications.open_about(db, Subject.BLINDNESS)
        known = {(one.tenant, one.about) for one in told}
        still = {about_of(health) for health in blind}
        readable = {str(health.source) for health in self._board.healths() if not health.is_unreadable}
        changed: set[TenantId | None] = set()
        for tenant, several in readers.items():
            for health in blind:
                if health.tenant in (None, tenant) and (tenant, about_of(health)) not in known:
                    kept = await notifications.want(db, _news(tenant, about_of(health), now), now=now)
                    owed = [_owed(each.conversation, now) for each in several]
                    owed += [way_step(way, Change.CONFIRMED, 1, now) for way in self._ways.get(tenant, ())]
                    await deliveries.owe(db, kept, owed)
                    changed.add(tenant)
        for one in told:
            if one.about not in still and source_of(one.about)[0] in readable:
                await self._back(db, one, now)
                changed.add(one.tenant)
        return changed

    async def _back(self, db: Db, told: Notification, now: datetime) -> None:
        """The card says that it is back, and so does a short word wherever the card was sent."""
        over = _news(told.tenant, told.about, now, revision=told.revision + 1)
        kept = await notifications.want(db, over, now=now, step=Change.OVER)
        have = await deliveries.heard(db, kept.id, ways=False)
        owed = [_owed(place, now, revision=kept.revision) for place in sorted(have)]
        warned = await deliveries.heard(db, kept.id, ways=True)
        ways = [way for way in self._ways.get(kept.tenant, ()) if way.name in warned]
        await deliveries.owe(db, kept, [*owed, *(way_step(way, Change.OVER, kept.revision, now) for way in ways)])


def _news(tenant: TenantId | None, about: str, now: datetime, *, revision: int = 1) -> Notification:
    return Notification(
        id=NotificationId(""),
        subject=Subject.BLINDNESS,
        about=about,
        tenant=tenant,
        revision=revision,
        made_at=now,
        final=revision > 1,
    )


def _owed(place: str, now: datetime, *, revision: int = 0) -> Owed:
    """The card; with a revision the word that it is back."""
    return Owed(
        destination=place,
        due=now,
        priority=Priority.HELPDESK,
        part=Part.STEP if revision else Part.CARD,
        step=Change.OVER if revision else None,
        revision=revision,
    )
