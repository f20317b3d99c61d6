"""SQLite: safe settings, one writer, a few readers, and the lock that keeps a second server away."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import filelock
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from bot.store.errors import StoreError, told_plainly
from bot.store.schema import Brought, migrate
from bot.store.whole import whole
from bot.store.writer import GroupWriter

READERS = 4
MORE_READERS = 12  # for a moment, as when every job looks at the start: opening a file is slow on a busy machine
_WRITING = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit that was confirmed survives a power cut
    "PRAGMA secure_delete = ON",  # a destroyed key is overwritten, not just unlinked
)
READING = ("PRAGMA query_only = ON",)


class SqliteDatabase:
    """One open file."""

    def __init__(self, file: Path, patience: timedelta, lock: filelock.BaseFileLock | None) -> None:
        """`patience`: how long to wait for another program's lock."""
        self.place = str(file)
        self._lock = lock
        self._writes = engine_for(file, patience, connections=1, pragmas=_WRITING)
        event.listen(self._writes.sync_engine, "begin", _take_the_write_lock)
        self._reads = engine_for(file, patience, connections=READERS, more=MORE_READERS, pragmas=READING)
        self._writer = GroupWriter(self._writes, self.place)
        self._running: asyncio.Task[None] | None = None
        self.brought: Brought | None = None

    @classmethod
    async def open(cls, url: str, patience: timedelta, *, exclusive: bool) -> "SqliteDatabase":
        """`url`: sqlite:///FILE.  Makes folder, file and tables where they are missing."""
        file = Path(url.removeprefix("sqlite:///"))
        _make(file)
        self = cls(file, patience, _claim(file) if exclusive else None)
        try:
            with told_plainly(self.place):
                _try(file, patience)
                async with self._writes.begin() as db:
                    self.brought = await migrate(db)
        except BaseException:
            await self._release()
            raise
        # The one task without a TaskGroup: `close` awaits it, and it ends by itself when the writer is closed.
        self._running = asyncio.get_running_loop().create_task(self._writer.run(), name="store writer")
        return self

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that can't write; each statement sees what was committed before it."""
        async with self._reads.connect() as db:
            yield whole(db)

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction of the one writer."""
        return self._writer.transaction()

    async def company(self) -> int:
        """None: a server holds the lock, and it was asked for when the file was opened."""
        return 0

    async def close(self) -> None:
        """Write what is waiting, then let go of the file."""
        self._writer.close()
        try:
            if self._running is not None:
                await self._running
        finally:
            await self._release()

    async def _release(self) -> None:
        await self._reads.dispose()
        await self._writes.dispose()
        if self._lock is not None:
            self._lock.release()


def _make(file: Path) -> None:
    """The folder and an empty file, for this user only: rows hold ids of persons."""
    refuse_folder(file)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
    except OSError as error:
        raise StoreError(
            f"{file}: can't be made ({error.strerror}): check the path and who may write there,"
            " or name another file in NOTJUSTYOU_DATABASE_URL"
        ) from error


def refuse_folder(file: Path) -> None:
    """A folder is easily named where a file is wanted.  Raises StoreError."""
    if os.path.isdir(file):  # False where nobody may look
        raise StoreError(f"{file}: is a folder: name a file in it, in NOTJUSTYOU_DATABASE_URL")


def _claim(file: Path) -> filelock.BaseFileLock:
    """Keep every other server away from this file until the lock is released or this process ends."""
    lock = filelock.FileLock(f"{file}.lock", blocking=False, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise StoreError(
            f"{file}: another `notjustyou serve` is using this database: stop it,"
            " or give this one a file of its own in NOTJUSTYOU_DATABASE_URL"
        ) from None
    except OSError as error:
        raise StoreError(f"{file}.lock: can't be written ({error.strerror}): check who may write there") from error
    return lock


def _try(file: Path, patience: timedelta) -> None:
    """Meet trouble here first: where aiosqlite fails to open a file, its thread may outlive the loop and complain."""
    with closing(sqlite3.connect(file, timeout=patience.total_seconds(), isolation_level=None)) as connection:
        for pragma in _WRITING:
            connection.execute(pragma)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def engine_for(
    file: Path, patience: timedelta, *, connections: int, pragmas: Sequence[str], more: int = 0
) -> AsyncEngine:
    """Connections to one file, each with these pragmas; `patience`: for another program's lock, and for a free one.

    `more`: that may be open for a moment; they are closed after use.
    """
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{file}",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=more,
        pool_timeout=patience.total_seconds(),
        connect_args={"timeout": patience.total_seconds(), "isolation_level": None},  # None: BEGIN is ours to say
    )

    def set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    event.listen(engine.sync_engine, "connect", set_up)
    return engine


def _take_the_write_lock(connection: Connection) -> None:
    """At the start, so that a transaction never fails half-way because another program writes."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
