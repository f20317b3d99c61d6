"""The store: opens the database, hands out transactions, and says in plain words why one failed.

    async with store.transaction() as db:
        await reports.add(db, report)

What is written in one block is kept whole or not at all, and is on the disk when the block has been left.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.metrics import WRITE_SECONDS, WRITES
from bot.store.errors import StoreError, told_plainly
from bot.store.schema import Brought
from bot.store.sqlite import SqliteDatabase

__all__ = ["Db", "Store", "StoreError"]

Db = AsyncConnection  # what a block is handed; rooms above the store name it so

log = structlog.get_logger(__name__)

READ_WITHIN = timedelta(seconds=2)  # a reading that only asks whether reading works
HANGS_AFTER = timedelta(minutes=1)  # a write: many times as long as the longest good one
PATIENCE = timedelta(seconds=1)  # longest wait for a lock or a connection: a press may wait for it twice, within four


class Database(Protocol):
    """What SQLite and PostgreSQL each do in their own way."""

    place: str
    brought: Brought | None  # what opening it did to its tables; None: it was only looked at

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for questions."""

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction, committed at the end of the block."""

    async def company(self) -> int:
        """How many others of this program use it, as far as it can tell."""

    async def close(self) -> None:
        """Write what is waiting, then let go."""


class Store:
    """An open database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use `Store.open`."""
        self._database = database
        self._clock = clock
        self.open_work = 0  # transactions and readings that have not ended yet
        self._writing: dict[object, float] = {}  # when each transaction that has not ended began, oldest first
        self._failing: dict[str, str] = {}  # "read", "write": what the database did not do the last time, and why

    @classmethod
    async def open(cls, url: str, clock: Clock, *, exclusive: bool = False, patience: timedelta = PATIENCE) -> "Store":
        """Open `url` as the settings spell it, with the tables of this release.

        `exclusive`: refuse when another server uses the same SQLite file.  Raises StoreError.
        """
        if url.startswith("sqlite:///"):
            return cls(await SqliteDatabase.open(url, patience, exclusive=exclusive), clock)
        from bot.store.postgres import PostgresDatabase  # noqa: PLC0415 - loaded only where it is used

        return cls(await PostgresDatabase.open(url, patience), clock)

    @property
    def place(self) -> str:
        """Where the rows are: a file, or a server without its password."""
        return self._database.place

    @property
    def brought(self) -> Brought | None:
        """What opening it did to its tables."""
        return self._database.brought

    @property
    def write_trouble(self) -> str | None:
        """Why the last write failed, or hangs; None when all is well.  Every poll of a source writes: this is young."""
        oldest = next(iter(self._writing.values()), None)
        if oldest is not None and self._clock.monotonic() - oldest > HANGS_AFTER.total_seconds():
            return f"{self.place}: a write has not ended for {HANGS_AFTER.total_seconds():.0f} s"
        return self._failing.get("write")

    async def read_trouble(self) -> str | None:
        """Why rows can't be read now; None when they can."""
        try:
            async with asyncio.timeout(READ_WITHIN.total_seconds()), self.reading() as db:
                await db.execute(select(1))
        except StoreError as error:
            return str(error)
        except TimeoutError:
            return f"{self.place}: did not answer within {READ_WITHIN.total_seconds():.0f} s"
        return None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """For questions only.  Raises StoreError."""
        self.open_work += 1
        try:
            with told_plainly(self.place):
                async with self._database.reading() as db:
                    yield db
            self._succeeded("read")
        except StoreError as error:
            self._failed("read", error)
            raise
        finally:
            self.open_work -= 1

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """For writing.  When the block has been left without an error, all of it is kept.  Raises StoreError."""
        started = self._clock.monotonic()
        self.open_work += 1
        self._writing[mark := object()] = started
        result = "refused"  # by an error of the caller's own
        try:
            with told_plainly(self.place):
                async with self._database.transaction() as db:
                    yield db
            result = "kept"
            self._succeeded("write")
        except StoreError as error:
            result = "failed"
            self._failed("write", error)
            raise
        finally:
            self.open_work -= 1
            del self._writing[mark]
            WRITES.labels(result=result).inc()
            WRITE_SECONDS.observe(self._clock.monotonic() - started)

    async def refuse_company(self) -> None:
        """Raises StoreError while a server uses the database; SQLite's lock has told that when it was opened."""
        with told_plainly(self.place):
            if others := await self._database.company():
                raise StoreError(f"{self.place}: {others} connections of a running `notjustyou` use it: stop it first")

    async def close(self) -> None:
        """Write what is waiting, then let go of the database."""
        await self._database.close()

    def _failed(self, what: str, error: StoreError) -> None:
        """Said once on the way down, whoever met it; callers need not repeat it."""
        known = what in self._failing
        self._failing[what] = str(error)
        if not known:
            log.warning(f"database does not {what}", error=str(error))

    def _succeeded(self, what: str) -> None:
        if what in self._failing:
            del self._failing[what]
            log.info(f"database can {what} again")
