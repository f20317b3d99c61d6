"""What people of a tenant say about a service: I have it too, it works for me, it's fixed.

A person counts once: what they said last within the window.  Persons are codes of the day (`keys`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.observation import Feature, ServiceId, Strength, TenantId
from bot.store.columns import NOBODY, insert_into
from bot.store.tables import reports

WINDOW = timedelta(minutes=15)


class Said(StrEnum):
    """What a person reports."""

    ME_TOO = "me_too"
    WORKS = "works"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One person's word about one service."""

    tenant: TenantId | None
    person: str  # code of the day
    said: Said
    service: ServiceId
    at: datetime
    feature: Feature | None = None
    site: str | None = None  # where that person is


async def add(db: AsyncConnection, report: Report) -> bool:
    """Take it in.  False when this person has said the same within the window: it counts already."""
    insert = insert_into(db, reports).values(
        tenant=report.tenant or NOBODY,
        person=report.person,
        service=report.service,
        kind=report.said,
        feature=report.feature,
        site=report.site,
        at=report.at,
    )
    told = insert.excluded
    news = or_(reports.c.kind != told.kind, reports.c.at <= report.at - WINDOW)
    changes = {
        "kind": told.kind,
        "feature": told.feature,
        "site": func.coalesce(told.site, reports.c.site),
        "at": told.at,
    }
    kept = await db.execute(
        insert.on_conflict_do_update(
            index_elements=["tenant", "person", "service"], set_=changes, where=news
        ).returning(reports.c.at)
    )
    return kept.first() is not None


async def set_site(db: AsyncConnection, tenant: TenantId | None, person: str, site: str) -> None:
    """This person said where they are."""
    mine = (reports.c.tenant == (tenant or NOBODY), reports.c.person == person)
    await db.execute(update(reports).where(*mine).values(site=site))


async def count(
    db: AsyncConnection, tenant: TenantId | None, service: ServiceId, now: datetime, *, said: Said = Said.ME_TOO
) -> Strength:
    """How many people of this tenant say so, and at which sites ("" where it is not known), within the window."""
    shares = await _by(db, "site", _counted(tenant, service, now, said))
    people = sum(shares.values())
    return Strength(reports=people, authors=people, window=WINDOW, shares=shares)


async def word_of(db: AsyncConnection, tenant: TenantId | None, person: str, now: datetime) -> Report | None:
    """What this person said last within the window, of any service."""
    mine = (reports.c.tenant == (tenant or NOBODY), reports.c.person == person, reports.c.at > now - WINDOW)
    newest = select(reports).where(*mine).order_by(reports.c.at.desc()).limit(1)
    row = (await db.execute(newest)).one_or_none()
    if row is None:
        return None
    return Report(
        tenant=tenant,
        person=row.person,
        said=Said(row.kind),
        service=ServiceId(row.service),
        at=row.at,
        feature=Feature(row.feature) if row.feature else None,
        site=row.site,
    )


async def features(
    db: AsyncConnection, tenant: TenantId | None, service: ServiceId, now: datetime
) -> Mapping[str, int]:
    """Which features those with trouble named ("" for none), and how many people named each."""
    return await _by(db, "feature", _counted(tenant, service, now, Said.ME_TOO))


async def first_at(db: AsyncConnection, tenant: TenantId | None, service: ServiceId, now: datetime) -> datetime | None:
    """When the oldest report of trouble that still counts came."""
    wanted = select(func.min(reports.c.at).label("first")).where(*_counted(tenant, service, now, Said.ME_TOO))
    found: datetime | None = (await db.execute(wanted)).scalar_one()
    return found


async def tenants(db: AsyncConnection, service: ServiceId, now: datetime) -> tuple[TenantId, ...]:
    """Tenants with somebody who has trouble, by id."""
    wanted = (
        select(reports.c.tenant)
        .where(reports.c.service == service, reports.c.kind == Said.ME_TOO, reports.c.at > now - WINDOW)
        .where(reports.c.tenant != NOBODY)
        .distinct()
        .order_by(reports.c.tenant)
    )
    return tuple(TenantId(tenant) for tenant in (await db.execute(wanted)).scalars())


async def newest(db: AsyncConnection, now: datetime) -> tuple[int, datetime | None]:
    """How many reports count, and when the last one came: changes whenever anybody says something."""
    wanted = select(func.count().label("people"), func.max(reports.c.at).label("last")).where(
        reports.c.at > now - WINDOW
    )
    row = (await db.execute(wanted)).one()
    return row.people, row.last


def _counted(tenant: TenantId | None, service: ServiceId, now: datetime, said: Said) -> tuple[ColumnElement[bool], ...]:
    return (
        reports.c.tenant == (tenant or NOBODY),
        reports.c.service == service,
        reports.c.kind == said,
        reports.c.at > now - WINDOW,
    )


async def _by(db: AsyncConnection, column: str, counted: tuple[ColumnElement[bool], ...]) -> dict[str, int]:
    value = func.coalesce(reports.c[column], "").label("value")
    wanted = select(value, func.count().label("people")).where(*counted).group_by(value).order_by(value)
    return {row.value: row.people for row in await db.execute(wanted)}
