"""The right to do what only one replica may do, for a few seconds at a time.

A lease expires by the database's clock on PostgreSQL, where several machines look at it, and by the moment handed in on
SQLite, where there is one process.  Its epoch grows with each change of holder: a holder that was frozen finds out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import UtcDateTime, insert_into
from bot.store.tables import leases

_NOBODY = ""


class LostLease(Exception):
    """Somebody else holds it, or nobody: whatever is done under it must stop, and nothing of it be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A right that is held until `until`, unless it is renewed."""

    name: str
    holder: str
    epoch: int
    until: datetime


async def take(
    db: AsyncConnection, name: str, holder: str, lasts: timedelta, *, now: datetime | None = None
) -> Lease | None:
    """Take it where it is free or has expired, renew it where `holder` has it already; None: somebody else has it."""
    at = _now(db, now)
    insert = insert_into(db, leases).values(name=name, holder=holder, epoch=1, until=_later(db, at, lasts, now))
    told = insert.excluded
    taken = await db.execute(
        insert.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "holder": told.holder,
                "until": told.until,
                "epoch": case((leases.c.holder == told.holder, leases.c.epoch), else_=leases.c.epoch + 1),
            },
            where=or_(leases.c.holder.in_((told.holder, _NOBODY)), leases.c.until <= at),
        ).returning(leases.c.epoch, leases.c.until)
    )
    row = taken.one_or_none()
    return None if row is None else Lease(name=name, holder=holder, epoch=row.epoch, until=row.until)


async def renew(db: AsyncConnection, lease: Lease, lasts: timedelta, *, now: datetime | None = None) -> Lease:
    """The same right for longer.  Raises LostLease when somebody took it since."""
    longer = _later(db, _now(db, now), lasts, now)
    wanted = update(leases).where(_is(lease)).values(until=longer).returning(leases.c.until)
    until = (await db.execute(wanted)).scalar_one_or_none()
    if until is None:
        raise LostLease(lease.name)
    return Lease(name=lease.name, holder=lease.holder, epoch=lease.epoch, until=until)


async def give_back(db: AsyncConnection, lease: Lease) -> None:
    """Let the next one have it at once.  Nothing happens when it is no longer ours."""
    await db.execute(update(leases).where(_is(lease)).values(holder=_NOBODY))


async def guard(db: AsyncConnection, lease: Lease) -> None:
    """In a transaction that writes under this lease: raises LostLease when somebody took it since.

    It locks nothing: a process frozen here must not keep the others from taking over.  What it says of a send that it
    had begun is true anyway, and a state is saved only over the state that it was made from.
    """
    if (await db.execute(select(leases.c.epoch).where(_is(lease)))).first() is None:
        raise LostLease(lease.name)


async def expired(db: AsyncConnection, prefix: str, *, now: datetime | None = None) -> tuple[Lease, ...]:
    """Leases with such a name that ran out without having been given back: their holders are dead or frozen."""
    wanted = (
        select(leases)
        .where(leases.c.name.startswith(prefix, autoescape=True))
        .where(leases.c.holder != _NOBODY, leases.c.until <= _now(db, now))
        .order_by(leases.c.name)
    )
    return tuple(
        Lease(name=row.name, holder=row.holder, epoch=row.epoch, until=row.until) for row in await db.execute(wanted)
    )


async def erase(db: AsyncConnection, lease: Lease) -> None:
    """Forget it altogether: for names that will not come again."""
    await db.execute(delete(leases).where(_is(lease)))


def _is(lease: Lease) -> ColumnElement[bool]:
    return and_(leases.c.name == lease.name, leases.c.epoch == lease.epoch, leases.c.holder == lease.holder)


def _now(db: AsyncConnection, now: datetime | None) -> ColumnElement[Any]:
    if db.dialect.name == "postgresql":
        return func.clock_timestamp()
    return func.strftime("%Y-%m-%d %H:%M:%f000", "now") if now is None else literal(now, UtcDateTime)


def _later(db: AsyncConnection, at: ColumnElement[Any], lasts: timedelta, now: datetime | None) -> Any:  # noqa: ANN401
    if db.dialect.name == "postgresql":
        return at + lasts
    if now is not None:
        return now + lasts
    return func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"+{lasts.total_seconds():.3f} seconds")
