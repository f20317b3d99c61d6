"""What ways beside Teams were told, and which cards in Teams wait because of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import NotificationId, Part, Progress, Subject
from bot.domain.incident import Change
from bot.domain.observation import TenantId
from bot.store.columns import NOBODY
from bot.store.tables import deliveries, incidents, notifications

LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WayLine:
    """One step on one way."""

    way: str
    step: Change
    revision: int
    progress: Progress
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An incident that must be known, and how far it is known."""

    notification: NotificationId
    incident: str
    stepped: int  # revision of the newest step: an older one is not said any more
    waits: bool  # cards in Teams lack it, or there are none
    ways: tuple[WayLine, ...]


async def open_ones(db: AsyncConnection, tenant: TenantId | None) -> tuple[Open, ...]:
    """Incidents of this tenant that are not over, worst first."""
    mine = (notifications.c.tenant == (tenant or NOBODY), notifications.c.subject == Subject.INCIDENT)
    wanted = (
        select(notifications.c.id, notifications.c.about, notifications.c.stepped, notifications.c.revision)
        .where(*mine, notifications.c.final.is_(False), notifications.c.cursor.is_(None))
        .order_by(notifications.c.weight.desc(), notifications.c.made_at)
    )
    return tuple(
        [
            Open(
                notification=NotificationId(row.id),
                incident=row.about,
                stepped=row.stepped,
                waits=await _waits(db, row.id, row.revision),
                ways=await way_lines(db, NotificationId(row.id)),
            )
            for row in (await db.execute(wanted)).all()
        ]
    )


async def way_lines(db: AsyncConnection, notification: NotificationId) -> tuple[WayLine, ...]:
    """What ways beside Teams are owed or were told of it, oldest first."""
    mine = (deliveries.c.notification == notification, deliveries.c.way.is_(True), deliveries.c.part == Part.STEP)
    wanted = select(deliveries).where(*mine).order_by(deliveries.c.step_revision, deliveries.c.id)
    return tuple(
        WayLine(
            way=row.destination,
            step=Change(row.step),
            revision=row.step_revision,
            progress=Progress(row.progress),
            sent_at=row.first_sent_at,
        )
        for row in await db.execute(wanted)
    )


async def on_ways(db: AsyncConnection, notification: NotificationId) -> frozenset[str]:
    """Ways that told it, or that owe its newest step."""
    said = or_(
        deliveries.c.first_sent_at.is_not(None),
        and_(deliveries.c.progress == Progress.OPEN, deliveries.c.step_revision >= notifications.c.stepped),
    )
    both = deliveries.c.notification == notifications.c.id
    mine = (notifications.c.id == notification, deliveries.c.way.is_(True), said)
    wanted = select(deliveries.c.destination).join_from(deliveries, notifications, both).where(*mine)
    return frozenset((await db.execute(wanted)).scalars())


async def told_for(db: AsyncConnection) -> frozenset[tuple[TenantId | None, str, str]]:
    """Whose incident, of which service, which way was told or is being told, while it lasts and is no drill."""
    both = deliveries.c.notification == notifications.c.id
    live = (deliveries.c.way.is_(True), deliveries.c.progress.in_((Progress.OPEN, Progress.DONE)))
    wanted = (
        select(notifications.c.tenant, incidents.c.service, deliveries.c.destination)
        .join_from(deliveries, notifications, both)
        .join(incidents, incidents.c.id == notifications.c.about)
        .where(*live, notifications.c.subject == Subject.INCIDENT, notifications.c.final.is_(False))
        .where(incidents.c.drill.is_(False))
        .distinct()
    )
    return frozenset(
        (TenantId(tenant) if tenant else None, service, way) for tenant, service, way in await db.execute(wanted)
    )


async def hand_over(db: AsyncConnection, notification: NotificationId, ways: str) -> int:
    """Cards in Teams that lack it wait for Teams, while these ways have told it.  Gives how many."""
    wanted = select(notifications.c.revision).where(notifications.c.id == notification).scalar_subquery()
    cards = update(deliveries).where(
        deliveries.c.notification == notification,
        deliveries.c.part == Part.CARD,
        deliveries.c.way.is_(False),
        deliveries.c.progress == Progress.OPEN,
        deliveries.c.reached < wanted,
    )
    told = f"told by {ways}"[:LONGEST_ERROR]
    return (await db.execute(cards.values(progress=Progress.HANDED_OVER, error=told))).rowcount


async def hurry(db: AsyncConnection, tenant: TenantId | None, now: datetime) -> None:
    """Teams is back: what waits only because it failed need not wait any longer."""
    waits = and_(deliveries.c.attempts > 0, deliveries.c.throttled_until.is_(None), deliveries.c.due > now)
    lacks = select(notifications.c.id).where(notifications.c.tenant == (tenant or NOBODY)).scalar_subquery()
    late = update(deliveries).where(deliveries.c.notification.in_(lacks), deliveries.c.way.is_(False), waits)
    await db.execute(late.values(due=now))


async def _waits(db: AsyncConnection, notification: str, revision: int) -> bool:
    """Whether a card lacks it; where nobody in Teams is told at all, somebody else has to be."""
    cards = (deliveries.c.notification == notification, deliveries.c.part == Part.CARD, deliveries.c.way.is_(False))
    lacking = and_(
        deliveries.c.reached < revision,
        or_(*(deliveries.c.progress == one for one in (Progress.OPEN, Progress.HANDED_OVER))),
    )
    if (await db.execute(select(deliveries.c.id).where(*cards, lacking).limit(1))).first() is not None:
        return True
    return (await db.execute(select(deliveries.c.id).where(*cards).limit(1))).first() is None
