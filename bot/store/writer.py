"""Group commit for SQLite: one writing connection, taken in turns, and one wait for the disk for all who queued up.

Each transaction in a group has a savepoint of its own, so that one that fails takes nobody along.  When a group can't
be committed, every one of its members is told: nobody believes a write that is not on the disk.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiosqlite import Connection as RawConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from bot.metrics import COMMITS, WRITES_WAITING
from bot.store.errors import StoreError, explained
from bot.store.whole import to_its_end, whole

GROUP = 64  # transactions in one commit: bounds how long the first of them waits for the last
LONGEST_QUEUE = 10_000


class _Member:
    """One transaction on its way through a group."""

    __slots__ = ("ended", "kept", "turn")

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.turn: asyncio.Future[AsyncConnection] = loop.create_future()  # may use the connection now
        self.ended: asyncio.Future[bool] = loop.create_future()  # is done with it; whether it wants to be kept
        self.kept: asyncio.Future[None] = loop.create_future()  # committed

    def settle(self, trouble: StoreError | None) -> None:
        """Tell it that it was kept, or why not."""
        waits_for: asyncio.Future[Any] = self.kept if self.turn.done() else self.turn
        if waits_for.done():
            return
        if trouble is None:
            waits_for.set_result(None)
        else:
            waits_for.set_exception(trouble)


class GroupWriter:
    """The one writer.  `run` is its task; `transaction` is what everybody else uses."""

    def __init__(self, engine: AsyncEngine, place: str) -> None:
        """`place`: the database, for texts of errors."""
        self._engine = engine
        self._place = place
        self._queue: deque[_Member] = deque()
        self._called = asyncio.Event()
        self._closing = False

    def close(self) -> None:
        """Take no more; `run` returns when what is waiting has been written."""
        self._closing = True
        self._called.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """The writing connection, when it is our turn.  Leaving waits for the commit, even while being cancelled."""
        if self._closing or len(self._queue) >= LONGEST_QUEUE:
            raise StoreError(f"{self._place}: {'closed' if self._closing else 'too many writes are waiting'}")
        member = _Member()
        self._queue.append(member)
        self._called.set()
        wanted = False
        try:
            yield whole(await member.turn)
            wanted = True
        finally:
            member.ended.set_result(wanted)
        await to_its_end(member.kept)

    async def run(self) -> None:
        """Write group after group until closed."""
        try:
            async with self._engine.connect() as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                assert isinstance(raw, RawConnection)  # noqa: S101 - tells the type checker what this engine's driver is
                while self._queue or not self._closing:
                    self._called.clear()
                    while self._queue:
                        await self._write_group(connection, raw)
                        WRITES_WAITING.set(len(self._queue))
                    if not self._closing:
                        await self._called.wait()
        finally:
            self._closing = True
            self._refuse_waiting(StoreError(f"{self._place}: the writer has stopped"))

    async def _write_group(self, connection: AsyncConnection, raw: RawConnection) -> None:
        try:
            transaction = await connection.begin()
        except DBAPIError as error:  # locked or unwritable: those who wait would wait for the same
            self._refuse_waiting(explained(error, self._place))
            return
        members: list[_Member] = []
        trouble: StoreError | None = StoreError(f"{self._place}: the writer has stopped")
        try:
            await self._let_in(members, connection, raw)
            await (transaction.commit() if members else transaction.rollback())
            trouble = None
            COMMITS.inc(bool(members))
        except (DBAPIError, sqlite3.Error) as error:
            trouble = explained(error, self._place)
            await _give_up(transaction)
        finally:
            for member in members:
                member.settle(trouble)

    async def _let_in(self, members: list[_Member], connection: AsyncConnection, raw: RawConnection) -> None:
        """Give the connection to one after the other; `members` are those whose work is to be kept."""
        while self._queue and len(members) < GROUP:
            member = self._queue.popleft()
            if member.turn.done():
                continue  # gave up while waiting
            members.append(member)
            if len(members) > 1:
                await raw.execute("SAVEPOINT member")  # released by the commit
            if member.turn.done():
                members.remove(member)  # gave up while its savepoint was made
                continue
            member.turn.set_result(connection)
            wanted = await member.ended
            if not wanted:
                members.remove(member)
            if not raw.in_transaction:
                raise sqlite3.OperationalError("SQLite gave the transaction up: the disk is full or reports errors")
            if not wanted:
                if not members:
                    return  # it had no savepoint: all is rolled back, and the next ones get a new group
                await raw.execute("ROLLBACK TO member")

    def _refuse_waiting(self, trouble: StoreError) -> None:
        while self._queue:
            self._queue.popleft().settle(trouble)


async def _give_up(transaction: AsyncTransaction) -> None:
    with suppress(DBAPIError):  # the first error is told; SQLite may have rolled back by itself
        await transaction.rollback()
