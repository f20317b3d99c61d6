"""Brings a database to the tables of this release.

The migration tool is imported only when there is something to do: it costs 12 MB that an idle bot should not hold.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

HEAD = "0004"  # newest revision in migrations/versions
_REVISIONS = frozenset({"0001", "0002", "0003", "0004"})  # all of them, oldest to newest
_LOCK_ID = 0x6E6A79  # PostgreSQL advisory lock: replicas that start together migrate one after the other


async def migrate(db: AsyncConnection) -> None:
    """Run what is missing, within the open transaction: all of it or nothing."""
    if db.dialect.name == "postgresql":
        await db.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
    await db.run_sync(_migrate)


def _migrate(db: Connection) -> None:
    found = _revision(db)
    if found == HEAD or (found is not None and found not in _REVISIONS):
        return  # up to date, or already brought further by a newer release, on whose tables we still run
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    command.upgrade(config, "head")


def _revision(db: Connection) -> str | None:
    if not inspect(db).has_table("alembic_version"):
        return None
    return db.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
