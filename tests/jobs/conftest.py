"""An engine on each kind of database, for real: its queue and its leases go by real time, so periods are short."""

import asyncio
import shutil
import uuid
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import make_url

from bot.clock import MachineClock
from bot.jobs.dbos_queue import DbosQueue
from bot.jobs.engine import new_engine
from bot.store.engine import Store

from .pace import BRISK

LONGEST_S = 60  # of a busy machine


class Diary:
    """A job that writes down when it begins and ends, and can be held up."""

    def __init__(self):
        self.begun, self.ended, self.most = Counter(), Counter(), Counter()
        self.fails: set[str] = set()
        self._changed = asyncio.Condition()
        self._gates: dict[str, asyncio.Event] = {}

    def hold(self, tenant):
        """Runs for this tenant do not end before the event is set."""
        return self._gates.setdefault(tenant, asyncio.Event())

    async def job(self, tenant):
        """What the engine runs."""
        self.begun[tenant] += 1
        self.most[tenant] = max(self.most[tenant], self.begun[tenant] - self.ended[tenant])
        await self._tell()
        try:
            if tenant in self._gates:
                await self._gates[tenant].wait()
            if tenant in self.fails:
                raise ValueError("a bug in a job")
        finally:
            self.ended[tenant] += 1
            await self._tell()

    async def until(self, true):
        """Wait until this is so."""
        async with asyncio.timeout(LONGEST_S), self._changed:
            await self._changed.wait_for(true)

    async def _tell(self):
        async with self._changed:
            self._changed.notify_all()


@pytest.fixture
def diary():
    return Diary()


@pytest.fixture(scope="session")
def engine_postgres(postgres, migrated_postgres):
    """A function that makes a new database with the store's tables and the engine's: making those takes a second."""
    template = migrated_postgres()
    queue = DbosQueue(template, "template")
    queue.open(_never, poll_s=BRISK.poll.total_seconds(), at_once=1)
    queue.leave()
    queue.close()
    return lambda: postgres(make_url(template).database)


async def _never(_):
    raise AssertionError("nothing was queued")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """A database with tables, of both kinds."""
    if request.param == "postgresql":
        return request.getfixturevalue("engine_postgres")()
    file = tmp_path / "bot.db"
    shutil.copy(request.getfixturevalue("migrated_file"), file)
    return f"sqlite:///{file}"


@asynccontextmanager
async def engine_on(url, *, pace=BRISK, tick=None, **jobs):
    """A running engine with these jobs; each is a function, or a function and who has work for it."""
    clock = MachineClock()
    store = await Store.open(url, clock)
    engine = new_engine(url, store, clock, uuid.uuid4().hex, pace=pace)
    for name, job in jobs.items():
        run, with_work = job if isinstance(job, tuple) else (job, None)
        engine.job(name, run, with_work=with_work)
    if tick is not None:
        engine.tick("tick", timedelta(milliseconds=50), tick)
    try:
        await engine.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(engine.run())
            try:
                yield engine
            finally:
                await engine.stop()
    finally:
        await store.close()
