"""PostgreSQL: for several replicas, or where a database server is at hand.  Needs the extra `postgres`."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.errors import NothingKept, StoreError, told_plainly
from bot.store.schema import HEAD, Brought, migrate, revision_of

CONNECTIONS = 8
SNAPSHOT_PATIENCE = timedelta(seconds=5)
_FROZEN_MS = (
    8000  # a transaction that stands still so long is ended by the server, with its locks: others wait for them
)
_NAME = "notjustyou"  # what the server's list of connections calls ours
_SHOWN = frozenset({"host", "port", "sslmode"})  # of what may follow the name; the rest may be a password
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()"
)


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
        self = cls.as_it_is(url, patience)
        try:
            with told_plainly(self.place):
                async with self._engine.begin() as db:
                    self.brought = await migrate(db)
        except BaseException:
            await self.close()
            raise
        return self

    @classmethod
    def as_it_is(cls, url: str, patience: timedelta) -> "PostgresDatabase":
        """With whatever tables it has; nothing is asked yet."""
        return cls(*_engine(url, patience))

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection that can't write."""
        return self._reads.connect()

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction, committed at the end of the block."""
        return self._engine.begin()

    async def company(self) -> int:
        """Connections of others that call themselves as we do."""
        async with self._engine.connect() as db:
            return int((await db.execute(text(_OTHERS), {"name": _NAME})).scalar_one())

    async def close(self) -> None:
        """Let go of every connection."""
        await self._engine.dispose()


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection that sees the database as it stands now, however long it reads.  Raises StoreError.

    Refused unless its tables are those of this release: what we don't know we could not copy.
    """
    engine, place = _engine(url, SNAPSHOT_PATIENCE)
    unchanging = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        with told_plainly(place):
            async with unchanging.connect() as db:
                found = await revision_of(db)
                if found is None:
                    raise NothingKept(place)
                if found != HEAD:
                    raise StoreError(
                        f"{place}: its tables are at revision {found}, this release copies {HEAD}:"
                        " back up with the release that serves it, or run `notjustyou migrate` before"
                    )
                yield db
    finally:
        await engine.dispose()


def _engine(url: str, patience: timedelta) -> tuple[AsyncEngine, str]:
    """Connections to the server at `url`, none made yet, and its name without the password."""
    wait_s = max(2, round(patience.total_seconds()))  # whole seconds, 2 at least
    try:
        address = make_url(url)
        engine = create_async_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=patience.total_seconds(),
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": wait_s,
                "application_name": _NAME,
                "options": f"{address.query.get('options', '')} -c idle_in_transaction_session_timeout={_FROZEN_MS}",
            },
        )
    except (ArgumentError, ValueError):
        raise StoreError("the database address can't be read: wanted postgresql://USER:PASSWORD@HOST/NAME") from None
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs its driver: pip install '.[postgres]' in this program's folder") from error
    shown = {name: value for name, value in address.query.items() if name in _SHOWN}
    return engine, address.set(query=shown).render_as_string(hide_password=True)
