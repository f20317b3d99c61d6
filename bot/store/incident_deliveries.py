"""Everything that is owed about one incident: its card and steps, corrections, "it's back", words on other ways."""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, Subject
from bot.domain.incident import Incident
from bot.store.columns import NOBODY
from bot.store.delivery_rows import delivery_of
from bot.store.tables import deliveries, notifications

CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedAbout:
    """One delivery, and what it tells of."""

    subject: Subject
    delivery: Delivery
    wanted: int  # revision of its notification


async def owed_about(
    db: AsyncConnection, incident: Incident, *, after: int = 0, limit: int = CHUNK
) -> tuple[OwedAbout, ...]:
    """In the order in which it was owed; `after`: those behind this delivery."""
    told = notifications.c
    about = or_(told.about == incident.id, told.about.startswith(f"{incident.id}.", autoescape=True))
    wanted = (
        select(*deliveries.c, told.revision.label("wanted"), told.subject)
        .select_from(notifications.join(deliveries, deliveries.c.notification == told.id))
        .where(and_(told.tenant == (incident.tenant or NOBODY), about), deliveries.c.id > after)
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return tuple(
        OwedAbout(subject=Subject(row.subject), delivery=delivery_of(row, row.wanted), wanted=row.wanted)
        for row in await db.execute(wanted)
    )
