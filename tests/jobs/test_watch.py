"""Two replicas on one PostgreSQL: one asks the sources, both know what it heard."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.board import Board
from bot.clock import MachineClock
from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId
from bot.http import Fetcher, new_client
from bot.jobs.follow import follow
from bot.jobs.leases import StoreLease
from bot.jobs.watch import watch
from bot.sources.source import About
from bot.store.engine import Store

from .pace import MORTAL

FOLLOWED_EVERY = timedelta(milliseconds=100)


class Crowd:
    """A source that counts how often anybody asks it, whichever replica it is."""

    id = SourceId("crowd")
    about = About(kind=Kind.CROWD, on_by_default=True, period=timedelta(seconds=1), reads="how many complain")
    period = timedelta(seconds=1)
    tenant = None

    def __init__(self):
        self.asked = []

    def by(self, name):
        """As this replica sees it."""
        return _CrowdOf(self, name)


class _CrowdOf:
    id, about, period, tenant = Crowd.id, Crowd.about, Crowd.period, Crowd.tenant

    def __init__(self, crowd, name):
        self._crowd, self._name = crowd, name

    async def fetch(self, fetcher, now):
        self._crowd.asked.append(self._name)
        return []

    def parse(self, pages, now):
        return [
            Observation(
                source=self.id, kind=Kind.CROWD, origin="crowd", key=f"{len(self._crowd.asked)}",
                service=ServiceId("teams"), health=Health.DOWN, seen_at=now, until=now + timedelta(minutes=5),
            )
        ]  # fmt: skip


@asynccontextmanager
async def replica(url, source, name):
    """A replica that watches; gives its board, and a way to kill it."""
    clock = MachineClock()
    store = await Store.open(url, clock)
    async with new_client() as client:
        board = Board([source], Fetcher(client, clock), clock, store)
        await board.restore()
        polling = StoreLease(store, clock, name="watch", holder=name, terms=MORTAL.terms)
        async with asyncio.TaskGroup() as tasks:
            jobs = [
                tasks.create_task(polling.run()),
                tasks.create_task(watch(board, clock, polling)),
                tasks.create_task(follow(board, clock, polling, {}, period=FOLLOWED_EVERY)),
            ]
            yield board, jobs
            for job in jobs:
                job.cancel()
    await store.close()


async def until(true, seconds=60):
    async with asyncio.timeout(seconds):
        while not true():
            await MachineClock().sleep(timedelta(milliseconds=20))


def keys(board):
    return {one.key for one in board.look(None, MachineClock().now())}


async def test_two_replicas_ask_a_source_no_more_often_than_one_and_see_the_same(migrated_postgres):
    url, crowd = migrated_postgres(), Crowd()
    async with replica(url, crowd.by("first"), "first") as (first, _):
        await until(lambda: crowd.asked)
        async with replica(url, crowd.by("second"), "second") as (second, _):
            await until(lambda: len(crowd.asked) >= 3)
            await until(lambda: keys(first) and keys(first) == keys(second), seconds=2)
            assert set(crowd.asked) == {"first"}


async def test_when_the_replica_that_asks_stops_the_other_asks(migrated_postgres):
    url, crowd = migrated_postgres(), Crowd()
    async with replica(url, crowd.by("second"), "second") as (_, second):
        await until(lambda: crowd.asked)
        async with replica(url, crowd.by("first"), "first") as (board, _):
            asked = len(crowd.asked)
            for job in second:
                job.cancel()
            await until(lambda: "first" in crowd.asked)
            await until(lambda: keys(board) == {f"{len(crowd.asked)}"})
            assert crowd.asked[asked:].count("second") <= 1
