"""Whose rows there are, also of tenants that no setting names any more."""

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.observation import TenantId
from bot.store.tables import metadata


async def tenants_kept(db: AsyncConnection) -> tuple[TenantId, ...]:
    """Every tenant with a row in any table, by its directory id."""
    columns = (table.c.tenant for table in metadata.tables.values() if "tenant" in table.c)
    found = (await db.execute(union(*(select(column) for column in columns)))).scalars()
    return tuple(sorted(TenantId(name) for name in found if name))
