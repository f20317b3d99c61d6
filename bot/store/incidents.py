"""Incidents and their time line.

An incident is saved over the very revision that it was made from, so that of two writers one is told: what it saw is
no longer true.  That a tenant has one open incident of a service is a unique key.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.incident import (
    Acknowledged,
    Change,
    Incident,
    IncidentId,
    Level,
    Official,
    Pending,
    Reach,
    Stage,
    Transition,
)
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.outcome import Outcome, Reason
from bot.store.columns import NOBODY, insert_into
from bot.store.errors import StoreError
from bot.store.ids import new_incident_id
from bot.store.nested import listed, packed, unlisted, unpacked
from bot.store.tables import incident_is_open, incident_steps, incidents, mutes


class _Any(Enum):
    ANY = "any"


ANY: Final = _Any.ANY  # every tenant, and the public
Whose = TenantId | None | _Any


class OvertakenError(StoreError):
    """Somebody else changed the incident since it was read: read it again and decide anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """One line of an incident's time line."""

    incident: IncidentId
    change: Change
    at: datetime
    stage: Stage
    level: Level
    reason: Reason
    revision: int


def new_id() -> IncidentId:
    """The reference that people quote."""
    return IncidentId(new_incident_id())


async def save(db: AsyncConnection, incident: Incident, before: Incident | None = None) -> None:
    """Keep it: new, or in place of `before`, from which it was made.  Raises OvertakenError."""
    row = _row(incident)
    if before is None:
        kept = await db.execute(
            insert_into(db, incidents).values(**row).on_conflict_do_nothing().returning(incidents.c.id)
        )
    else:
        mine = (incidents.c.id == incident.id, incidents.c.revision == before.revision)
        row["alert_at"] = func.coalesce(incidents.c.alert_at, literal(incident.alert_at, _MOMENT))  # by `alerted`
        kept = await db.execute(update(incidents).where(*mine).values(**row).returning(incidents.c.id))
    if kept.first() is None:
        raise OvertakenError(f"incident {incident.id}: changed by somebody else meanwhile")


async def alerted(db: AsyncConnection, incident: IncidentId, at: datetime) -> None:
    """The first subscriber is owed a card of it; later ones change nothing, nor does whoever saves what they read."""
    first = (incidents.c.id == incident, incidents.c.alert_at.is_(None))
    await db.execute(update(incidents).where(*first).values(alert_at=at))


async def get(db: AsyncConnection, incident: str, whose: Whose = ANY) -> Incident | None:
    """This one, if it is of that tenant; as people type it: small letters, O and I for 0 and 1."""
    typed = incident.strip().upper().translate(str.maketrans("OIL", "011"))
    row = (await db.execute(select(incidents).where(incidents.c.id == typed, *_of(whose)))).one_or_none()
    return None if row is None else _incident(row)


async def open_of(db: AsyncConnection, whose: Whose) -> tuple[Incident, ...]:
    """Those that are open, oldest first."""
    return await _all(db, select(incidents).where(incident_is_open, *_of(whose)).order_by(*_AGE))


async def newest_of(
    db: AsyncConnection, tenant: TenantId | None, service: ServiceId, *, drill: bool = False
) -> Incident | None:
    """The newest one of this service, open or closed: the one that may go on or be reopened."""
    mine = (incidents.c.service == service, incidents.c.drill == drill)
    newest = incidents.c.opened_at.desc(), incidents.c.id
    found = await _all(db, select(incidents).where(*_of(tenant), *mine).order_by(*newest).limit(1))
    return found[0] if found else None


async def current(db: AsyncConnection, since: datetime, *, drill: bool = False) -> tuple[Incident, ...]:
    """Of every tenant and service the one that may go on or be reopened: open, or ended after `since`."""
    goes_on = or_(incident_is_open, incidents.c.closed_at > since)
    wanted = select(incidents).where(incidents.c.drill == drill, goes_on)
    found = await _all(db, wanted.order_by(incident_is_open, *_AGE))  # the last one counts
    return tuple({(one.tenant, one.service): one for one in found}.values())


async def those(db: AsyncConnection, ids: Collection[IncidentId]) -> tuple[Incident, ...]:
    """Those with these ids, oldest first."""
    return await _all(db, select(incidents).where(incidents.c.id.in_(sorted(ids))).order_by(*_AGE)) if ids else ()


async def open_revisions(db: AsyncConnection, *, drill: bool = False) -> dict[IncidentId, int]:
    """How far every open one has come: whether what is held in memory is still true."""
    wanted = select(incidents.c.id, incidents.c.revision).where(incident_is_open, incidents.c.drill == drill)
    return {IncidentId(row.id): row.revision for row in await db.execute(wanted)}


async def last_closed_of(
    db: AsyncConnection, tenant: TenantId | None, service: ServiceId, since: datetime, *, drill: bool = False
) -> Incident | None:
    """The one of this service that ended last, if it ended after `since`."""
    mine = (incidents.c.service == service, incidents.c.drill == drill, incidents.c.closed_at > since)
    found = await _all(db, select(incidents).where(*_of(tenant), *mine).order_by(incidents.c.closed_at.desc()).limit(1))
    return found[0] if found else None


async def recent(db: AsyncConnection, whose: Whose, *, limit: int = 100, drills: bool = True) -> tuple[Incident, ...]:
    """The newest ones, newest first."""
    real = () if drills else (incidents.c.drill.is_(False),)
    newest = incidents.c.opened_at.desc(), incidents.c.id
    return await _all(db, select(incidents).where(*_of(whose), *real).order_by(*newest).limit(limit))


async def add_step(db: AsyncConnection, transition: Transition) -> None:
    """Write one line of the time line; the same one again changes nothing."""
    after = transition.incident
    line = {
        "incident": after.id,
        "revision": after.revision,
        "change": transition.change,
        "at": transition.at,
        "stage": after.stage,
        "level": after.level,
        "reason": transition.reason,
    }
    await db.execute(insert_into(db, incident_steps).values(**line).on_conflict_do_nothing())


async def steps(db: AsyncConnection, incident: IncidentId) -> tuple[StepTaken, ...]:
    """Its time line, oldest first."""
    wanted = (
        select(incident_steps)
        .where(incident_steps.c.incident == incident)
        .order_by(incident_steps.c.revision, incident_steps.c.at)
    )
    return tuple(
        StepTaken(
            incident=incident,
            change=Change(row.change),
            at=row.at,
            stage=Stage(row.stage),
            level=Level(row.level),
            reason=Reason(row.reason),
            revision=row.revision,
        )
        for row in await db.execute(wanted)
    )


async def mute(
    db: AsyncConnection, tenant: TenantId | None, incident: IncidentId, conversation: str, at: datetime
) -> None:
    """This conversation wants to hear no more of it; its card goes on being true."""
    row = {"tenant": tenant or NOBODY, "incident": incident, "conversation": conversation, "at": at}
    await db.execute(insert_into(db, mutes).values(**row).on_conflict_do_nothing())


async def unmute(db: AsyncConnection, tenant: TenantId | None, incident: IncidentId, conversation: str) -> None:
    """It wants to hear of it after all."""
    mine = (mutes.c.tenant == (tenant or NOBODY), mutes.c.incident == incident, mutes.c.conversation == conversation)
    await db.execute(delete(mutes).where(*mine))


async def muted_in(
    db: AsyncConnection, tenant: TenantId | None, incident: IncidentId, among: Collection[str] | None = None
) -> frozenset[str]:
    """Conversations of this tenant that muted it; of these only, where some are named."""
    mine = [mutes.c.tenant == (tenant or NOBODY), mutes.c.incident == incident]
    if among is not None:
        mine.append(mutes.c.conversation.in_(sorted(among)))
    return frozenset((await db.execute(select(mutes.c.conversation).where(*mine))).scalars())


_MOMENT = incidents.c.alert_at.type
_AGE = (incidents.c.opened_at, incidents.c.id)
_NESTED = {"kinds", "official", "acknowledged", "pending", "tenant"}
_PLAIN = tuple(field.name for field in fields(Incident) if field.name not in _NESTED)


def _of(whose: Whose) -> tuple[ColumnElement[bool], ...]:
    return () if whose is ANY else (incidents.c.tenant == (whose or NOBODY),)


async def _all(db: AsyncConnection, wanted: Select[Any]) -> tuple[Incident, ...]:
    return tuple(_incident(row) for row in await db.execute(wanted))


def _row(incident: Incident) -> dict[str, Any]:
    return {name: getattr(incident, name) for name in _PLAIN} | {
        "tenant": incident.tenant or NOBODY,
        "kinds": listed(incident.kinds),
        "official": packed(incident.official),
        "acknowledged": packed(incident.acknowledged),
        "pending": packed(incident.pending),
    }


def _incident(row: Row[Any]) -> Incident:
    known = {name: getattr(row, name) for name in _PLAIN}
    known |= {
        "tenant": TenantId(row.tenant) if row.tenant else None,
        "stage": Stage(row.stage),
        "level": Level(row.level),
        "worst": Level(row.worst),
        "reach": Reach(row.reach),
        "feature": Feature(row.feature) if row.feature else None,
        "outcome": Outcome(row.outcome),
        "reason": Reason(row.reason),
        "kinds": unlisted(row.kinds),
        "official": unpacked(row.official, Official),
        "acknowledged": unpacked(row.acknowledged, Acknowledged),
        "pending": unpacked(row.pending, Pending),
    }
    return Incident(**known)
