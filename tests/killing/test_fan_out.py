"""Whatever happens to the process in the middle of a fan-out: nothing is lost, and twice only what was under way."""

import asyncio
import signal

import pytest

from bot.jobs.deliver import IN_FLIGHT
from tests.benchmarks.fan_out import arrived, connector, fill
from tests.killing.fan_out import finish, left, run, wait_until, worker

pytestmark = pytest.mark.slow

TENANTS, EACH = 20, 50
ALL = TENANTS * EACH


def test_killed_at_random_points_nothing_is_lost_and_little_comes_twice():
    told = run(destinations=ALL, tenants=TENANTS, points=5, seed=7)
    assert (told["lost"], told["owed"]) == (0, 0)
    assert told["twice"] <= told["allowed"]


@pytest.mark.parametrize("signals", [(signal.SIGKILL,), (signal.SIGSTOP, signal.SIGCONT)])
def test_of_two_replicas_one_is_killed_or_frozen_and_the_other_finishes(migrated_postgres, signals):
    url = migrated_postgres()
    with connector(limits=False) as address:
        asyncio.run(fill(url, f"{address}/", TENANTS, EACH))
        with worker(url) as one, worker(url) as other:
            wait_until(address, ALL // 5, one)
            one.send_signal(signals[0])
            finish(other)
            for again in signals[1:]:
                one.send_signal(again)
                finish(one)
        came = arrived(address)
    assert came["conversations"] == ALL
    assert asyncio.run(left(url)) == 0
    assert came["twice"] <= IN_FLIGHT
