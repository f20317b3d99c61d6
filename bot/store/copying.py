"""Every row of one database into another with the same tables: what a backup and its return share."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import metadata, releases

CHUNK = 1_000  # rows held in memory at a time

Row = Mapping[str, Any]


async def copy_rows(source: AsyncConnection, target: AsyncConnection) -> dict[str, int]:
    """Copy every table, in whatever transactions these are; how many rows of each.  `target` must be empty."""
    await target.execute(releases.delete())  # who made the tables is part of what is copied
    copied = {}
    for table in metadata.sorted_tables:
        copied[table.name] = 0
        async for rows in _chunks(source, table):
            await target.execute(insert(table), rows)
            copied[table.name] += len(rows)
    if target.dialect.name == "postgresql":
        await _continue_numbers(target)
    return copied


async def tables_with_rows(db: AsyncConnection) -> list[str]:
    """Tables that hold something; who made the tables does not count."""
    found = []
    for table in metadata.sorted_tables:
        if table is not releases and (await db.execute(select(table).limit(1))).first() is not None:
            found.append(table.name)
    return found


async def _chunks(source: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row]]:
    async with source.stream(select(table).execution_options(yield_per=CHUNK)) as result:
        async for rows in result.mappings().partitions():
            yield [dict(row) for row in rows]


async def _continue_numbers(target: AsyncConnection) -> None:
    """Let numbered rows be counted on from the last one: PostgreSQL does not see numbers that are given."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None and isinstance(column.type, Integer) and column.autoincrement is True:
            highest = select(func.max(column)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            await target.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))


async def keep_others_out(target: AsyncConnection) -> None:
    """Until the transaction ends nobody else writes; SQLite's one writer has done that already."""
    if target.dialect.name == "postgresql":
        names = ", ".join(table.name for table in metadata.sorted_tables)
        await target.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE NOWAIT"))
