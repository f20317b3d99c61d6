"""The store for those who only look: nothing is made, brought to this release or written."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import filelock
from sqlalchemy import NullPool, create_engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import Clock
from bot.store.engine import PATIENCE, Database, Store
from bot.store.errors import NothingKept, StoreError, told_plainly
from bot.store.schema import HEAD, Brought, is_known, known_revision, revision_of
from bot.store.sqlite import READERS, READING, engine_for, refuse_folder

SQLITE = "sqlite:///"


async def open_to_look(url: str, clock: Clock) -> Store:
    """Open `url`, which must be there already; every transaction is refused.

    Raises StoreError; NothingKept where nobody served yet.
    """
    if url.startswith(SQLITE):
        return Store(_SqliteLook(Path(url.removeprefix(SQLITE))), clock)
    from bot.store.postgres import PostgresDatabase  # noqa: PLC0415 - loaded only where it is used

    database = PostgresDatabase.as_it_is(url, PATIENCE)
    try:
        with told_plainly(database.place):
            async with database.reading() as db:
                found = await revision_of(db)
        if found is None:
            raise NothingKept(database.place)
        _require_ours(found, database.place)
    except BaseException:
        await database.close()
        raise
    return Store(_Look(database), clock)


def is_served(url: str) -> bool:
    """Whether a running server may be keeping this database, so that it is not for others to write.

    Of SQLite the server's lock tells; a database server has clients that we can't know, so there it always may be.
    """
    if not url.startswith(SQLITE):
        return True
    place = Path(url.removeprefix(SQLITE) + ".lock")
    if not place.exists():
        return False
    lock = filelock.FileLock(place, blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        return True
    except OSError:
        return False  # not ours to lock: whether it can be written will show
    lock.release()
    return False


def revision_in(file: Path) -> str | None:
    """The revision of the tables in this file; None where there are none.

    Raises StoreError when they are not for this release, DBAPIError when the file can't be read.
    """
    address = f"{file.absolute().as_uri()}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)
    with engine.connect() as db:
        return known_revision(db)


def require_tables(file: Path) -> str:
    """Refuse a file that no server has made.  Gives the revision.  Raises NothingKept, StoreError, DBAPIError."""
    refuse_folder(file)
    if _is_missing(file):
        raise NothingKept(str(file))
    if (found := revision_in(file)) is None:
        raise StoreError(f"{file}: holds no tables of this program")
    return found


def _require_ours(revision: str, place: str) -> None:
    """Refuse tables in which what this release looks for is not there yet; a later one's that are fit for us are."""
    if is_known(revision) and revision != HEAD:
        raise StoreError(
            f"{place}: its tables are of an older release (revision {revision}, this one reads {HEAD}):"
            " `notjustyou migrate` brings them forward, and so does the next start of `serve`"
        )


def _is_missing(file: Path) -> bool:
    """Whether it is certain that nothing is there; a file in a folder that is closed to us may be there."""
    try:
        return not file.exists() or not file.stat().st_size
    except OSError:
        return False


class _Look:
    """A database whose transactions are refused."""

    def __init__(self, database: Database) -> None:
        self.place = database.place
        self.brought = database.brought
        self._database = database

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.reading()

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return _refused(self.place)

    async def company(self) -> int:
        return await self._database.company()

    async def close(self) -> None:
        await self._database.close()


class _SqliteLook:
    """One file, without its writer."""

    def __init__(self, file: Path) -> None:
        self.place = str(file)
        self.brought: Brought | None = None
        with told_plainly(self.place):  # here, and not in a thread that may outlive the loop
            _require_ours(require_tables(file), self.place)
        self._reads: AsyncEngine = engine_for(file, PATIENCE, connections=READERS, pragmas=READING)

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._reads.connect()

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return _refused(self.place)

    async def company(self) -> int:
        return 0

    async def close(self) -> None:
        await self._reads.dispose()


@asynccontextmanager
async def _refused(place: str) -> AsyncIterator[AsyncConnection]:
    raise StoreError(f"{place}: opened only to be looked at")
    yield  # pragma: no cover - makes this a generator
