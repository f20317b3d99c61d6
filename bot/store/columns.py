"""Column types and the few statements that SQLite and PostgreSQL spell in two ways."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import BindParameter, DateTime, Dialect, Table, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator

NOBODY = ""  # tenant column of public rows: a key column can't be NULL
SOME: BindParameter[Any] = bindparam("some", expanding=True)  # ids of one statement that is asked in several parts


class UtcDateTime(TypeDecorator[datetime]):
    """A moment.  Takes aware values only and gives them back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """To the database; a naive moment is a bug and is refused.  SQLite keeps text."""
        is_text = dialect.name == "sqlite"

        def stored(value: datetime | None) -> str | datetime | None:
            if value is None:
                return None
            if value.tzinfo is None:
                raise ValueError(f"a moment without a zone can't be stored: {value.isoformat()}")
            moment = value if value.tzinfo is UTC else value.astimezone(UTC)
            return moment.replace(tzinfo=None).isoformat(" ", "microseconds") if is_text else moment

        return stored

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """From the database."""
        del coltype
        is_text = dialect.name == "sqlite"

        def read(value: Any) -> datetime | None:  # noqa: ANN401 - text or a datetime, as the driver gives it
            if value is None:
                return None
            if is_text:
                return datetime.fromisoformat(value).replace(tzinfo=UTC)
            moment: datetime = value.astimezone(UTC)
            return moment

        return read


def insert_into(db: AsyncConnection, table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT, in this database's spelling."""
    if db.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - loaded only where it is used

    return cast("sqlite.Insert", postgresql.insert(table))  # both have the same two methods


async def upsert(db: AsyncConnection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert, or overwrite the row with the same primary key."""
    insert = insert_into(db, table).values(**row)
    keys = [column.name for column in table.primary_key]
    changes = {name: insert.excluded[name] for name in row if name not in keys}
    await db.execute(insert.on_conflict_do_update(index_elements=keys, set_=changes))
