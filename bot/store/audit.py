"""Who did what with a role, and what it changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.observation import TenantId
from bot.store.columns import NOBODY
from bot.store.tables import audit

Db = AsyncConnection  # an open transaction, by a name for rooms that know no SQL
REFUSED = "-"  # no role of that person allows it
MEMBER = "member"  # of the conversation: nothing more is needed for it
OPERATOR = "operator"  # at the terminal: whoever holds settings and database
FORGET = "forget"  # the deed of whom a running server must know nothing more


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One use of a role."""

    tenant: TenantId | None
    at: datetime
    who: str  # directory object id
    role: str  # the `Role` that allowed it, MEMBER, OPERATOR, or REFUSED
    what: str  # the command
    before: str | None = None
    after: str | None = None


async def add(db: AsyncConnection, deed: Deed) -> None:
    """Keep it; in the same transaction as what it changed."""
    row = {
        "tenant": deed.tenant or NOBODY,
        "at": deed.at,
        "who": deed.who,
        "role": deed.role,
        "what": deed.what,
        "before": deed.before,
        "after": deed.after,
    }
    await db.execute(insert(audit), row)


async def recent(db: AsyncConnection, tenant: TenantId | None, *, limit: int = 100) -> tuple[Deed, ...]:
    """The newest deeds of this tenant, newest first."""
    return await _newest(db, audit.c.tenant == (tenant or NOBODY), limit)


async def of_all(db: AsyncConnection, *, limit: int = 100) -> tuple[Deed, ...]:
    """The newest deeds of everybody, newest first: for whoever holds the database."""
    return await _newest(db, ~false(), limit)


async def last_forgetting(db: AsyncConnection) -> int:
    """The number of the newest forgetting; 0 when nobody was forgotten yet."""
    wanted = select(audit.c.id).where(audit.c.what == FORGET).order_by(audit.c.id.desc()).limit(1)
    return (await db.execute(wanted)).scalar_one_or_none() or 0


async def _newest(db: AsyncConnection, which: ColumnElement[bool], limit: int) -> tuple[Deed, ...]:
    wanted = select(audit).where(which).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
    return tuple(
        Deed(
            tenant=TenantId(row.tenant) if row.tenant else None,
            at=row.at,
            who=row.who,
            role=row.role,
            what=row.what,
            before=row.before,
            after=row.after,
        )
        for row in await db.execute(wanted)
    )
