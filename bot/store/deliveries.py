"""How far each notification has come at each destination.

A row is created once and from then on changes only when a try has ended.  `reached` says up to which revision of its
notification it owes nothing: less than the wanted one means due.  For a card that is what was sent; whatever needs no
more tries, such as a short word that was said, has reached them all.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.conversation import Scope
from bot.domain.delivery import (
    Delivery,
    DeliveryId,
    Notification,
    NotificationId,
    Part,
    Progress,
    Subject,
)
from bot.domain.observation import TenantId
from bot.store.columns import NOBODY, insert_into
from bot.store.delivery_rows import ALL, FOLLOWING, SETTLED, Line, Owed, Work, delivery_of, new_row, outcome_row
from bot.store.due import LACKING, PLACE, due, next_due, tenants_with_work
from bot.store.tables import conversations, deliveries, notifications

__all__ = ["Line", "Owed", "Work", "due", "next_due", "tenants_with_work"]

CHUNK = 1000


async def owe(db: AsyncConnection, notification: Notification, several: Sequence[Owed]) -> None:
    """Create what is owed, once: what exists stays as it is.  A step overtakes older ones that were not said yet."""
    for start in range(0, len(several), CHUNK):
        some = several[start : start + CHUNK]
        rows = [new_row(notification, owed) for owed in some]
        await db.execute(insert_into(db, deliveries).on_conflict_do_nothing(), rows)
        stepping = [owed for owed in some if owed.part is Part.STEP]
        if stepping:
            await _overtake(db, notification.id, stepping)


async def settle(db: AsyncConnection, delivery: Delivery) -> None:
    """Keep how a try ended."""
    await settle_all(db, (delivery,))


async def settle_all(db: AsyncConnection, several: Sequence[Delivery]) -> None:
    """Keep how several tries ended, in one statement.  Steps under a card that will never come are given up."""
    if not several:
        return
    await db.execute(_settling(), [outcome_row(delivery) for delivery in several])
    ended: dict[NotificationId, set[str]] = {}
    for one in several:
        if one.part is Part.CARD and one.progress in (Progress.GONE, Progress.FAILED):
            ended.setdefault(one.notification, set()).add(one.destination)
    for notification, places in ended.items():
        under = (deliveries.c.notification == notification, deliveries.c.destination.in_(sorted(places)))
        await db.execute(_give_up().where(*under))


async def as_it_is(db: AsyncConnection, delivery: DeliveryId) -> Delivery | None:
    """This one now; None: it is there no more."""
    wanted = select(*deliveries.c, notifications.c.revision.label("wanted")).select_from(LACKING)
    row = (await db.execute(wanted.where(deliveries.c.id == delivery))).one_or_none()
    return None if row is None else delivery_of(row, row.wanted)


async def gone(db: AsyncConnection, tenant: TenantId | None, conversations_gone: Collection[str], reason: str) -> None:
    """The bot may no longer speak there: nothing is owed until it may again."""
    theirs = (_in(tenant, conversations_gone), deliveries.c.way.is_(False))
    await db.execute(_give_up().where(*theirs))
    cards = update(deliveries).where(*theirs, deliveries.c.part == Part.CARD, deliveries.c.progress.in_(FOLLOWING))
    await db.execute(cards.values(progress=Progress.GONE, reached=ALL, error=reason))


async def let_go(db: AsyncConnection, tenant: TenantId | None, conversation: str, subject: Subject) -> None:
    """What was owed there of this and has not begun is wanted no more; a card that stands goes on to its end."""
    of_it = deliveries.c.notification.in_(select(notifications.c.id).where(notifications.c.subject == subject))
    unsent = (deliveries.c.part == Part.CARD, deliveries.c.first_sent_at.is_(None), deliveries.c.way.is_(False))
    first = update(deliveries).where(_in(tenant, (conversation,)), of_it, *unsent, deliveries.c.maybe_twice.is_(False))
    await db.execute(first.values(progress=Progress.SUPERSEDED, reached=ALL, error="wanted no more"))


async def revive(
    db: AsyncConnection, tenant: TenantId | None, conversations_back: Collection[str], now: datetime
) -> None:
    """The bot may speak there again: cards show the newest, and what is not over is told; old steps stay unsaid."""
    goes_on = deliveries.c.notification.in_(select(notifications.c.id).where(notifications.c.final.is_(False)))
    worth_it = or_(deliveries.c.activity.is_not(None), goes_on)
    cards = (deliveries.c.part == Part.CARD, deliveries.c.progress == Progress.GONE)
    back = update(deliveries).where(_in(tenant, conversations_back), *cards, worth_it)
    await db.execute(
        back.values(progress=Progress.OPEN, reached=deliveries.c.sent_revision, due=now, attempts=0, error="")
    )


async def postpone(db: AsyncConnection, tenant: TenantId | None, conversation: str, until: datetime) -> None:
    """Nothing there before then."""
    later = update(deliveries).where(_in(tenant, (conversation,)), deliveries.c.reached < ALL)
    await db.execute(later.where(deliveries.c.due < until).values(due=until))


async def with_card(db: AsyncConnection, notification: NotificationId, among: Collection[str]) -> frozenset[str]:
    """Which of these destinations have, or are owed, a card of it."""
    mine = (deliveries.c.notification == notification, deliveries.c.part == Part.CARD)
    wanted = select(deliveries.c.destination).where(*mine, deliveries.c.destination.in_(sorted(among)))
    return frozenset((await db.execute(wanted)).scalars())


async def heard(db: AsyncConnection, notification: NotificationId, *, ways: bool | None = None) -> frozenset[str]:
    """Destinations that were told anything of it; `ways`: only those beside Teams, or none of them."""
    told = [deliveries.c.notification == notification, deliveries.c.first_sent_at.is_not(None)]
    if ways is not None:
        told.append(deliveries.c.way.is_(ways))
    return frozenset((await db.execute(select(deliveries.c.destination).where(*told).distinct())).scalars())


async def counts(db: AsyncConnection, notification: NotificationId) -> dict[Progress, int]:
    """How many of its deliveries have come how far."""
    rows = select(deliveries.c.progress, func.count().label("rows")).where(deliveries.c.notification == notification)
    return {Progress(row.progress): row.rows for row in await db.execute(rows.group_by(deliveries.c.progress))}


async def of_notification(
    db: AsyncConnection, notification: NotificationId, *, after: DeliveryId | None = None, limit: int = CHUNK
) -> tuple[Line, ...]:
    """Who was told, in the order in which it was owed; `after`: the lines behind this one."""
    known = [*deliveries.c, notifications.c.revision.label("wanted"), conversations.c.scope, conversations.c.team]
    wanted = (
        select(*known, conversations.c.gone_at)
        .select_from(LACKING.outerjoin(conversations, PLACE))
        .where(deliveries.c.notification == notification, deliveries.c.id > (after or 0))
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return tuple(
        Line(
            delivery=delivery_of(row, row.wanted),
            scope=Scope(row.scope) if row.scope else None,
            team=row.team,
            gone_at=row.gone_at,
        )
        for row in await db.execute(wanted)
    )


async def all_of(db: AsyncConnection, notification: NotificationId) -> list[Line]:
    """Every line, however many."""
    found: list[Line] = []
    while True:
        some = await of_notification(db, notification, after=found[-1].delivery.id if found else None)
        found += some
        if len(some) < CHUNK:
            return found


@lru_cache(maxsize=1)
def _settling() -> Update:
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in SETTLED}
    return update(deliveries).where(deliveries.c.id == bindparam("which")).values(**changed)


def _give_up() -> Any:  # noqa: ANN401 - an UPDATE, to be narrowed
    unsaid = (deliveries.c.part == Part.STEP, deliveries.c.progress == Progress.OPEN)
    return update(deliveries).where(*unsaid).values(progress=Progress.SUPERSEDED, reached=ALL)


async def _overtake(db: AsyncConnection, notification: NotificationId, newer: Sequence[Owed]) -> None:
    newest = max(owed.revision for owed in newer)
    places = deliveries.c.destination.in_(sorted({owed.destination for owed in newer}))
    older = (deliveries.c.notification == notification, deliveries.c.step_revision < newest)
    await db.execute(_give_up().where(*older, places))


def _in(tenant: TenantId | None, among: Collection[str]) -> ColumnElement[bool]:
    return and_(deliveries.c.tenant == (tenant or NOBODY), deliveries.c.destination.in_(sorted(among)))
