"""A fan-out that is killed again and again:  python -m tests.killing.fan_out --points 20 --destinations 10000

Prints one JSON line: what arrived, how often something came twice, how many attempts were under way at most.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bot.clock import MachineClock
from bot.jobs.deliver import IN_FLIGHT
from bot.store import deliveries
from bot.store.engine import Store
from tests.benchmarks.fan_out import arrived, connector, fill

LONGEST_S = 120.0
_A_MOMENT = timedelta(milliseconds=10)


@contextmanager
def worker(url: str) -> Iterator[subprocess.Popen[str]]:
    """A bot that delivers until nothing is owed."""
    command = [sys.executable, "-m", "tests.benchmarks.fan_out", "--deliver", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            yield process
        finally:
            process.kill()


def wait_until(address: str, posts: int, process: subprocess.Popen[str]) -> None:
    """Until so many posts came, or the bot has ended."""
    clock = MachineClock()
    until = clock.monotonic() + LONGEST_S
    while arrived(address)["posts"] < posts and process.poll() is None:
        assert clock.monotonic() < until, f"only {arrived(address)} after {LONGEST_S} s"
        asyncio.run(clock.sleep(_A_MOMENT))


def killed(url: str, address: str, points: Sequence[int]) -> dict[str, float]:
    """Kill it when so many posts came, begin anew, and so on; at last let it end.  What came."""
    for point in points:
        with worker(url) as process:
            wait_until(address, point, process)
            process.kill()
            process.wait()
    with worker(url) as process:
        finish(process)
    return arrived(address)


def finish(process: subprocess.Popen[str]) -> None:
    """Until it has nothing left to do."""
    _, said = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0, said


async def left(url: str) -> int:
    """How many tenants are still owed something."""
    store = await Store.open(url, MachineClock())
    async with store.reading() as db:
        waiting = await deliveries.tenants_with_work(db)
    await store.close()
    return len(waiting)


def run(*, destinations: int, tenants: int, points: int, seed: int) -> dict[str, object]:
    """One whole run on SQLite."""
    chosen = sorted(random.Random(seed).sample(range(1, destinations), points))  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory() as folder, connector(limits=False) as address:
        url = f"sqlite:///{Path(folder, 'bot.db').as_posix()}"
        asyncio.run(fill(url, f"{address}/", tenants, destinations // tenants))
        came = killed(url, address, chosen)
        owed = asyncio.run(left(url))
    lost, allowed = destinations - came["conversations"], points * IN_FLIGHT
    return {"kills": points, "seed": seed, "lost": lost, "owed": owed, "allowed": allowed, **came}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--destinations", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    told = run(destinations=given.destinations, tenants=given.tenants, points=given.points, seed=given.seed)
    print(json.dumps(told))  # noqa: T201
