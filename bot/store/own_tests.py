"""What a person found out about their own device and network, believed until a moment and by nobody else."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.observation import Health, TenantId
from bot.store.columns import NOBODY, upsert
from bot.store.tables import own_tests


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTest:
    """One answer to one test."""

    tenant: TenantId | None
    person: str  # code of the day
    key: str  # what was tried: "neutral", "web", ...
    health: Health
    at: datetime
    until: datetime


async def save(db: AsyncConnection, test: OwnTest) -> None:
    """Keep the newest answer of this person to this test."""
    row = {
        "tenant": test.tenant or NOBODY,
        "person": test.person,
        "key": test.key,
        "health": test.health,
        "at": test.at,
        "until": test.until,
    }
    await upsert(db, own_tests, row)


async def load(db: AsyncConnection, tenant: TenantId | None, person: str, now: datetime) -> tuple[OwnTest, ...]:
    """What this person found that is still believed at `now`, by key."""
    wanted = select(own_tests).where(*_of(tenant, person), own_tests.c.until > now).order_by(own_tests.c.key)
    return tuple(
        OwnTest(tenant=tenant, person=row.person, key=row.key, health=Health(row.health), at=row.at, until=row.until)
        for row in await db.execute(wanted)
    )


async def are_believed(db: AsyncConnection, now: datetime) -> bool:
    """Whether anybody at all found something that is still believed at `now`."""
    return (await db.execute(select(own_tests.c.person).where(own_tests.c.until > now).limit(1))).first() is not None


async def clear(db: AsyncConnection, tenant: TenantId | None, person: str) -> None:
    """It is fixed for this person: what they found before is over."""
    await db.execute(delete(own_tests).where(*_of(tenant, person)))


def _of(tenant: TenantId | None, person: str) -> tuple[ColumnElement[bool], ...]:
    return (own_tests.c.tenant == (tenant or NOBODY), own_tests.c.person == person)
