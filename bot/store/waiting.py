"""Who asked to be told when it's back.  Asking again while waiting changes nothing; the answer comes once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.incident import Incident, IncidentId
from bot.domain.observation import ServiceId, TenantId
from bot.store.columns import NOBODY, insert_into
from bot.store.tables import waiting

PATIENCE = timedelta(days=1)  # of who waits while no incident is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody who waits for a service."""

    tenant: TenantId | None
    service: ServiceId
    conversation: str  # where to tell it
    asked_at: datetime
    person: str = ""  # directory object id; "" where a whole conversation waits
    incident: IncidentId | None = None
    drill: bool = False


async def add(db: AsyncConnection, one: Waiting) -> bool:
    """They wait from now on.  False: they did already."""
    insert = insert_into(db, waiting).values(
        tenant=one.tenant or NOBODY,
        service=one.service,
        drill=one.drill,
        conversation=one.conversation,
        person=one.person,
        incident=one.incident,
        asked_at=one.asked_at,
        answered_at=None,
    )
    told = insert.excluded
    kept = await db.execute(
        insert.on_conflict_do_update(
            index_elements=list(waiting.primary_key.columns.keys()),
            set_={"incident": told.incident, "asked_at": told.asked_at, "answered_at": None},
            where=waiting.c.answered_at.is_not(None),
        ).returning(waiting.c.asked_at)
    )
    return kept.first() is not None


async def cancel(db: AsyncConnection, one: Waiting) -> bool:
    """They wait no longer.  False: they did not."""
    mine = (_for(one.tenant, one.service, drill=one.drill), waiting.c.conversation == one.conversation)
    gone = delete(waiting).where(*mine, waiting.c.person == one.person, waiting.c.answered_at.is_(None))
    return (await db.execute(gone)).rowcount > 0


async def those_for(
    db: AsyncConnection, tenant: TenantId | None, service: ServiceId, *, drill: bool = False
) -> tuple[Waiting, ...]:
    """Who waits for this service, longest first."""
    mine = select(waiting).where(_for(tenant, service, drill=drill), waiting.c.answered_at.is_(None))
    aged = mine.order_by(waiting.c.asked_at, waiting.c.conversation, waiting.c.person)
    return tuple(_waiting(row) for row in await db.execute(aged))


async def take(
    db: AsyncConnection, tenant: TenantId | None, service: ServiceId, now: datetime, *, drill: bool = False
) -> tuple[Waiting, ...]:
    """It's back: who waited is told now, with whatever else this transaction owes them, and waits no longer.

    Who asked while nothing was open waited for the trouble of that day: of another one they hear nothing.
    """
    mine = update(waiting).where(_for(tenant, service, drill=drill), waiting.c.answered_at.is_(None))
    taken = [_waiting(row) for row in await db.execute(mine.values(answered_at=now).returning(*waiting.c))]
    taken = [one for one in taken if one.incident is not None or now - one.asked_at <= PATIENCE]
    return tuple(sorted(taken, key=lambda one: (one.asked_at, one.conversation, one.person)))


async def go_on(db: AsyncConnection, incident: Incident, places: Collection[str], *, answered_at: datetime) -> None:
    """Whoever was to be told there at that moment, and was not, waits for the end of this incident."""
    mine = (_for(incident.tenant, incident.service, drill=incident.drill), waiting.c.answered_at == answered_at)
    theirs = update(waiting).where(*mine, waiting.c.conversation.in_(sorted(places)))
    await db.execute(theirs.values(answered_at=None, incident=incident.id))


def _for(tenant: TenantId | None, service: ServiceId, *, drill: bool) -> ColumnElement[bool]:
    return and_(waiting.c.tenant == (tenant or NOBODY), waiting.c.service == service, waiting.c.drill == drill)


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        tenant=TenantId(row.tenant) if row.tenant else None,
        service=ServiceId(row.service),
        conversation=row.conversation,
        asked_at=row.asked_at,
        person=row.person,
        incident=IncidentId(row.incident) if row.incident else None,
        drill=row.drill,
    )
