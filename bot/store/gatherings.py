"""Incidents that are told together in one card: a summary after quiet hours, a digest of advisories.

One notification stands for everybody who is told at the same moment; which incidents it gathers is noted with it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.incident import Incident, IncidentId
from bot.domain.observation import TenantId
from bot.store import incidents, notifications
from bot.store.columns import NOBODY
from bot.store.notifications import notification_of
from bot.store.tables import notifications as table

SUBJECTS = (Subject.SUMMARY, Subject.DIGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """One card's incidents."""

    notification: Notification
    incidents: frozenset[IncidentId]


async def live(db: AsyncConnection, tenant: TenantId | None) -> tuple[Gathering, ...]:
    """Those of this tenant that are not over, oldest first."""
    mine = (table.c.tenant == (tenant or NOBODY), table.c.subject.in_(SUBJECTS), table.c.final.is_(False))
    found = await db.execute(select(table).where(*mine).order_by(table.c.made_at, table.c.id))
    return tuple(Gathering(notification=notification_of(row, ""), incidents=_named(row.step)) for row in found)


async def gathered(db: AsyncConnection, notification: NotificationId) -> tuple[Incident, ...]:
    """The incidents of this card, oldest first."""
    noted = (await db.execute(select(table.c.step).where(table.c.id == notification))).scalar_one_or_none()
    return await incidents.those(db, _named(noted))


async def gather(  # noqa: PLR0913 - which card, what goes into it, when
    db: AsyncConnection,
    tenant: TenantId | None,
    subject: Subject,
    about: str,
    incident: Incident,
    *,
    now: datetime,
    is_step: bool = False,
) -> Notification:
    """This incident, as it is now, belongs to that card.  The same again changes nothing.

    `is_step`: short words of this revision are to be said under it.
    """
    card = await notifications.about(db, tenant, subject, about)
    known = await gathered(db, card.id) if card is not None else ()
    several = {one.id: one for one in known} | {incident.id: incident}
    is_new = len(several) > len(known)
    return await notifications.want(
        db,
        Notification(
            id=NotificationId(""),
            subject=subject,
            about=about,
            tenant=tenant,
            revision=sum(one.revision for one in several.values()),  # grows with each step of any of them
            made_at=now,
            weight=max(one.level.rank for one in several.values()),
            drill=incident.drill,
            final=not any(one.stage.is_open for one in several.values()),
        ),
        now=now,
        step=",".join(sorted(several)) if is_new or is_step else None,
    )


def _named(noted: str | None) -> frozenset[IncidentId]:
    return frozenset(IncidentId(one) for one in (noted or "").split(",") if one)
