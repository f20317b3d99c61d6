"""Which deliveries can be made now, in which order, and with all that is needed to make them.

`reached` of a row says up to which revision of its notification it owes nothing.  To put all of a large tenant's rows
in order takes long, to read a few of them does not: so their order can be asked for many at once (`first`), and what
each needs just before it is made (`works`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import DeliveryId, Part, Priority
from bot.domain.observation import TenantId
from bot.store.columns import NOBODY
from bot.store.delivery_rows import Work, work_of
from bot.store.tables import conversations, deliveries, notifications, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Differs from an older one when a tenant is to be told something new, whichever replica wrote it."""

    changed_at: datetime | None
    revisions: int
    spreading: int  # how many are still being written down


async def due(db: AsyncConnection, tenant: TenantId | None, now: datetime, limit: int) -> tuple[Work, ...]:
    """What can be sent now: by priority, then bigger trouble first, then what has waited longest."""
    asked = {"whose": tenant or NOBODY, "moment": now, "most": limit}
    return tuple(work_of(row) for row in await db.execute(_due_now(), asked))


async def first(db: AsyncConnection, tenant: TenantId | None, now: datetime, limit: int) -> tuple[DeliveryId, ...]:
    """As `due`, but only which they are."""
    asked = {"whose": tenant or NOBODY, "moment": now, "most": limit}
    return tuple(map(DeliveryId, (await db.execute(_first(), asked)).scalars()))


async def works(db: AsyncConnection, several: Sequence[DeliveryId], now: datetime) -> tuple[Work, ...]:
    """Those of them that can still be sent now, in the order of `due`."""
    asked = {"several": several, "moment": now}
    return tuple(work_of(row) for row in await db.execute(_works(), asked))


async def stamp(db: AsyncConnection, tenant: TenantId | None) -> Stamp:
    """What the tenant is to be told, as it stands."""
    row = (await db.execute(_stamp(), {"whose": tenant or NOBODY})).one()
    return Stamp(changed_at=row.changed_at, revisions=row.revisions or 0, spreading=row.spreading)


async def next_due(db: AsyncConnection, tenant: TenantId | None) -> datetime | None:
    """When there is something to do for this tenant, if nothing happens before; None: nothing is owed."""
    found: datetime | None = (await db.execute(_due_next(), {"whose": tenant or NOBODY})).scalar_one()
    return found


async def tenants_with_work(db: AsyncConnection) -> tuple[TenantId | None, ...]:
    """Those who are owed something now or later, or whose deliveries are still being written down."""
    owed = exists().where(deliveries.c.notification == notifications.c.id, _lacks(), _may_speak())
    wanted = select(notifications.c.tenant).where(or_(notifications.c.cursor.is_not(None), owed)).distinct()
    found = await db.execute(wanted.order_by(notifications.c.tenant))
    return tuple(TenantId(name) if name else None for name in found.scalars())


LACKING = notifications.join(deliveries, deliveries.c.notification == notifications.c.id)
PLACE = and_(
    conversations.c.tenant == deliveries.c.tenant,
    conversations.c.id == deliveries.c.destination,
    deliveries.c.way.is_(False),
)
_WISH = and_(
    subscriptions.c.tenant == deliveries.c.tenant,
    subscriptions.c.conversation == deliveries.c.destination,
    deliveries.c.way.is_(False),
)


@lru_cache(maxsize=1)
def _order() -> tuple[ColumnElement[Any], ...]:
    counts_only = and_(deliveries.c.part == Part.CARD, deliveries.c.reached >= notifications.c.loud)
    rank = case((counts_only, Priority.BACKGROUND.rank), else_=deliveries.c.priority)
    return rank, notifications.c.weight.desc(), deliveries.c.due, deliveries.c.id


@lru_cache(maxsize=1)
def _first() -> Select[Any]:
    """Made once, as the others: putting it together takes longer than asking it."""
    mine = (notifications.c.tenant == bindparam("whose"), deliveries.c.due <= bindparam("moment"))
    found = select(deliveries.c.id).select_from(LACKING).where(_lacks(), *mine, _may_speak())
    return found.order_by(*_order()).limit(bindparam("most", type_=Integer))


@lru_cache(maxsize=1)
def _due_now() -> Select[Any]:
    return _whole_work().where(deliveries.c.id.in_(_first().scalar_subquery())).order_by(*_order())


@lru_cache(maxsize=1)
def _works() -> Select[Any]:
    these = deliveries.c.id.in_(bindparam("several", expanding=True))
    still = (_lacks(), deliveries.c.due <= bindparam("moment"), _may_speak())
    return _whole_work().where(these, *still).order_by(*_order())


@lru_cache(maxsize=1)
def _stamp() -> Select[Any, Any, int]:
    mine = notifications.c
    figures = (func.max(mine.changed_at).label("changed_at"), func.sum(mine.revision).label("revisions"))
    told = select(*figures, func.count(mine.cursor).label("spreading"))
    return told.where(mine.tenant == bindparam("whose"))


@lru_cache(maxsize=1)
def _due_next() -> Select[Any]:
    mine = notifications.c.tenant == bindparam("whose")
    return select(func.min(deliveries.c.due).label("first")).select_from(LACKING).where(_lacks(), mine, _may_speak())


def _lacks() -> ColumnElement[bool]:
    return deliveries.c.reached < notifications.c.revision


def _may_speak() -> ColumnElement[bool]:
    """A step comes under its card, and only the newest one."""
    root = deliveries.alias("root")
    has_card = exists().where(
        root.c.notification == deliveries.c.notification,
        root.c.destination == deliveries.c.destination,
        root.c.part == Part.CARD,
        root.c.activity.is_not(None),
    )
    newest = deliveries.c.step_revision >= notifications.c.stepped
    return or_(deliveries.c.part == Part.CARD, and_(newest, or_(deliveries.c.way, has_card)))


def _whole_work() -> Select[Any]:
    root = deliveries.alias("card")
    under = and_(
        deliveries.c.part == Part.STEP,
        root.c.notification == deliveries.c.notification,
        root.c.destination == deliveries.c.destination,
        root.c.part == Part.CARD,
    )
    place = conversations.c
    return select(
        *deliveries.c,
        *(column.label(f"n_{column.name}") for column in notifications.c),
        *(place[name].label(f"c_{name}") for name in ("id", "scope", "service_url", "bot_id", "team", "channel")),
        func.coalesce(subscriptions.c.language, place.language).label("spoken"),
        func.coalesce(subscriptions.c.zone, place.zone).label("local"),
        place.site,
        root.c.activity.label("root"),
        root.c.thread.label("root_thread"),
        root.c.first_sent_at.label("root_sent_at"),
        subscriptions.c.mention,
    ).select_from(LACKING.outerjoin(conversations, PLACE).outerjoin(root, under).outerjoin(subscriptions, _WISH))
