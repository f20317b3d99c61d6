"""Whatever happens to the process in the middle of a fan-out: nothing is lost, and twice only what was under way.

By hand, with ten thousand: `python -m tests.benchmarks.kills`, and with `--postgres`.
"""

import asyncio
import random
import signal

import pytest

from bot.jobs.deliver import IN_FLIGHT
from tests.benchmarks.kills import killed, left, wait_until, worker
from tests.benchmarks.loopback_connector import arrived, connector
from tests.benchmarks.subscribed import fill

pytestmark = pytest.mark.slow

TENANTS, EACH = 20, 50
ALL = TENANTS * EACH
STOPS_WITHIN_S = 10  # the promise; a second on an idle machine


@pytest.fixture
def address():
    with connector(limits=False) as opened:
        yield opened


@pytest.fixture
def replicated(migrated_postgres, address):
    """PostgreSQL with everything that is to be told."""
    url = migrated_postgres()
    asyncio.run(fill(url, f"{address}/", TENANTS, EACH))
    return url


def test_killed_at_twenty_random_points_nothing_is_lost_and_little_comes_twice(address, tmp_path):
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    asyncio.run(fill(url, f"{address}/", TENANTS, EACH))
    points = sorted(random.Random(7).sample(range(1, ALL), 20))  # noqa: S311 - repeatable
    told = killed(url, address, points)
    is_whole(url, address, allowed=len(points) * IN_FLIGHT)
    assert told > 0, "a start after a kill says what may be there twice"


def test_killed_on_postgresql_the_next_one_goes_on(replicated, address):
    points = (ALL // 7, ALL // 2)  # each waits until the lease of the dead one has run out
    told = killed(replicated, address, points)
    is_whole(replicated, address, allowed=len(points) * IN_FLIGHT)
    assert told > 0, "whoever takes over says what may be there twice"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_told_to_stop_it_ends_within_ten_seconds_and_nothing_comes_twice(kind, request, address, tmp_path):
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'bot.db'}"
        asyncio.run(fill(url, f"{address}/", TENANTS, EACH))
    else:
        url = request.getfixturevalue("replicated")
    with worker(url) as one:
        wait_until(address, ALL // 5, one)
        one.process.send_signal(signal.SIGTERM)
        one.finish(within_s=STOPS_WITHIN_S)
    assert asyncio.run(left(url)) > 0, "it was not done"
    with worker(url) as one:
        one.finish()
    is_whole(url, address, allowed=0)


@pytest.mark.parametrize("signals", [(signal.SIGKILL,), (signal.SIGSTOP, signal.SIGCONT)])
def test_of_two_replicas_one_is_killed_or_frozen_and_the_other_finishes(replicated, address, signals):
    with worker(replicated) as one, worker(replicated) as other:
        wait_until(address, ALL // 5, one)
        one.process.send_signal(signals[0])
        other.finish()
        for again in signals[1:]:
            one.process.send_signal(again)
            one.finish()
    is_whole(replicated, address, allowed=IN_FLIGHT)


def is_whole(url, address, *, allowed):
    """Everybody was told, and not more came twice than may."""
    came = arrived(address)
    assert came["conversations"] == ALL
    assert asyncio.run(left(url)) == 0
    assert came["twice"] <= allowed
