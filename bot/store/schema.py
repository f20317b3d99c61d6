"""Brings a database to the tables of this release, and refuses one that a later release made unfit for it.

Replicas are upgraded one by one, so a release leaves tables on which the one before still runs.  Whoever migrates says
so in the table `releases`: a program that meets a revision it does not know goes by that row, and never by hope.

The migration tool is imported only when there is something to do: it costs 12 MB that an idle bot should not hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.errors import StoreError
from bot.store.tables import releases

HEAD = "0005"  # newest revision in migrations/versions
OLDEST = "0002"  # newest revision of the release before this one, whose program still runs on our tables
_REVISIONS = ("0001", "0002", "0003", "0004", "0005")  # all of them, oldest to newest
_LOCK_ID = 0x6E6A79  # PostgreSQL advisory lock: replicas that start together migrate one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What opening a database did to its tables."""

    before: str | None  # the revision that was found; None: there were no tables
    after: str

    @property
    def steps(self) -> tuple[str, ...]:
        """The revisions that were added, oldest first."""
        return () if self.before == self.after else _after(self.before)


async def migrate(db: AsyncConnection) -> Brought:
    """Run what is missing, within the open transaction: all of it or nothing.

    Raises StoreError when a newer release made the tables unfit for this one.
    """
    if db.dialect.name == "postgresql":
        await db.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
    return await db.run_sync(_migrate)


async def revision_of(db: AsyncConnection) -> str | None:
    """The revision of the tables; None where there are none.  Raises StoreError when it is not for this release."""
    return await db.run_sync(known_revision)


def known_revision(db: Connection) -> str | None:
    """As `revision_of`, for those who don't wait."""
    found = _revision(db)
    if found is not None and found not in _REVISIONS:
        _refuse_unless_fit(db, found)
    return found


def is_known(revision: str) -> bool:
    """Whether the tables at this revision are ours or an older release's."""
    return revision in _REVISIONS


def _migrate(db: Connection) -> Brought:
    found = known_revision(db)
    if found == HEAD or (found is not None and found not in _REVISIONS):
        return Brought(before=found, after=found)
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    command.upgrade(config, "head")
    _sign(db, _after(found))
    return Brought(before=found, after=HEAD)


def _after(revision: str | None) -> tuple[str, ...]:
    return _REVISIONS[_REVISIONS.index(revision) + 1 if revision in _REVISIONS else 0 :]


def _sign(db: Connection, applied: Sequence[str]) -> None:
    """Say who brought the tables here, and who may still use them."""
    known = set(db.execute(select(releases.c.revision)).scalars())
    program = program_version()
    rows = [{"revision": one, "program": program, "oldest": min(one, OLDEST)} for one in applied if one not in known]
    if rows:
        db.execute(insert(releases), rows)


def program_version() -> str:
    """This release, as its package calls it."""
    try:
        return version("notjustyou")
    except PackageNotFoundError:  # run from a tree that was never installed
        return "0"


def _refuse_unless_fit(db: Connection, found: str) -> None:
    """A later release says which programs still run on its tables; ours must be among them."""
    try:
        row = db.execute(
            select(releases.c.program, releases.c.oldest).where(releases.c.revision == found)
        ).one_or_none()
    except DBAPIError:
        row = None  # not even that table: nobody of ours made this
    if row is not None and row.oldest in _REVISIONS:
        return
    maker = f"release {row.program}" if row is not None else "a release that this one does not know"
    raise StoreError(
        f"the tables are at revision {found}, made by {maker}; this is release {program_version()},"
        f" which knows them up to {HEAD}: install that release again, or restore a backup from before the upgrade"
        " into an empty database"
    )


def _revision(db: Connection) -> str | None:
    if not inspect(db).has_table("alembic_version"):
        return None
    return db.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
