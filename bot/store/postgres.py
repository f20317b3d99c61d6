"""PostgreSQL: for several replicas, or where a database server is at hand.  Needs the extra `postgres`."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.errors import StoreError, told_plainly
from bot.store.schema import Brought, migrate

CONNECTIONS = 8


class PostgresDatabase:
    """A pool of connections to one server."""

    def __init__(self, engine: AsyncEngine, place: str) -> None:
        """`place`: the server, without password."""
        self.place = place
        self._engine = engine
        self._reads = engine.execution_options(postgresql_readonly=True)  # the same connections
        self.brought: Brought | None = None

    @classmethod
    async def open(cls, url: str, patience: timedelta) -> "PostgresDatabase":
        """`url`: postgresql://…  Makes the tables where they are missing."""
        try:
            address = make_url(url)
            engine = create_async_engine(
                address.set(drivername="postgresql+psycopg"),
                pool_size=CONNECTIONS,
                max_overflow=0,
                pool_timeout=patience.total_seconds(),
                pool_pre_ping=True,
                connect_args={"connect_timeout": max(2, round(patience.total_seconds()))},  # whole seconds, 2 at least
            )
        except (ArgumentError, ValueError):
            raise StoreError(
                "the database address can't be read: wanted postgresql://USER:PASSWORD@HOST/NAME"
            ) from None
        except ModuleNotFoundError as error:
            raise StoreError("PostgreSQL needs its driver: pip install 'notjustyou[postgres]'") from error
        self = cls(engine, address.render_as_string(hide_password=True))
        try:
            with told_plainly(self.place):
                async with self._engine.begin() as db:
                    self.brought = await migrate(db)
        except BaseException:
            await self.close()
            raise
        return self

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection that can't write."""
        return self._reads.connect()

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction, committed at the end of the block."""
        return self._engine.begin()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._engine.dispose()
