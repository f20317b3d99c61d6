"""PostgreSQL is stopped for half a minute in the middle of a fan-out: nothing is lost, and nobody restarts anything."""

import asyncio
import gc
from datetime import timedelta

import pytest

from bot.clock import MachineClock
from bot.jobs.deliver import OF_A_TENANT
from tests.benchmarks.databases import database
from tests.trouble import DOWN, Trouble, posts, subscribe
from tests.world import open_world

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning"),  # the driver, of cut ones
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

MANY = tuple(f"19:{number}" for number in range(200))
GONE_FOR = timedelta(seconds=30)
LONGEST_S = 90  # of the machine's time


@pytest.fixture
def server(postgres):
    """A server of its own, that may be stopped."""
    with database(postgres=True) as opened:
        yield opened


async def passes(world, true):
    """Time passes in small steps, and a little of the machine's too: the engine's queue goes by that."""
    async with asyncio.timeout(LONGEST_S):
        while not true():
            await world.advance(seconds=0.5)
            await MachineClock().sleep(timedelta(milliseconds=20))


async def test_a_database_that_is_gone_for_half_a_minute_delays_and_loses_nothing(server, tmp_path):
    async with open_world(tmp_path, DATABASE_URL=server.url) as world:
        await subscribe(world, *MANY)
        await Trouble(world).opens()
        await passes(world, lambda: len(world.teams.sent()) >= 30)
        server.stop()
        before, back_at = len(world.teams.sent()), world.clock.now() + GONE_FOR
        await passes(world, lambda: world.clock.now() >= back_at)
        assert len(world.teams.sent()) <= before + OF_A_TENANT, "no slot is free before its outcome is kept"
        server.start()
        await passes(world, lambda: all(posts(world, name) for name in MANY))
        came = [posts(world, name) for name in MANY]
        assert {said for several in came for said in several} == {DOWN}
        assert [len(several) for several in came] == [1] * len(MANY), "what was under way is kept later, not repeated"
    gc.collect()  # here, and not in the middle of another test
