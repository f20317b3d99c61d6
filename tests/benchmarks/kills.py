"""A fan-out that is killed (-9) again and again:  python -m tests.benchmarks.kills [--kills 20] [--postgres]

Prints one JSON line: how many conversations were lost, how many messages came twice and how many may (what was under
way at each kill), how long it lasted.  With `--postgres --gone 30` the server is stopped in the middle for so many
seconds instead.
"""

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import IO

from bot.clock import MachineClock
from bot.jobs.deliver import IN_FLIGHT
from bot.store import deliveries
from bot.store.engine import Store
from tests.benchmarks.databases import database, end_in_order
from tests.benchmarks.loopback_connector import arrived, connector
from tests.benchmarks.subscribed import fill

LONGEST_S = 180.0  # without anything new: far more than any good run, also on a busy machine
_A_MOMENT = timedelta(milliseconds=10)
_INTERRUPTED = re.compile("in the middle of sends|replica taken over")


class Worker:
    """A bot in a process of its own that delivers until nothing is owed."""

    def __init__(self, process: subprocess.Popen[str], said: IO[str]) -> None:
        """`said`: a file, since nobody reads along."""
        self.process, self._said = process, said

    def finish(self, within_s: float = LONGEST_S) -> None:
        """Until it has nothing left to do, or was told to stop."""
        assert self.process.wait(timeout=within_s) == 0, self.said

    @property
    def tells(self) -> bool:
        """Whether it said that the one before had ended in the middle."""
        return _INTERRUPTED.search(self.said) is not None

    @property
    def said(self) -> str:
        """What it wrote so far."""
        self._said.seek(0)
        return self._said.read()


@contextmanager
def worker(url: str) -> Iterator[Worker]:
    """One that is dead at the end of the block."""
    command = [sys.executable, "-m", "tests.benchmarks.fan_out", "--deliver", url]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(command, stdout=said, stderr=said, text=True) as process,  # noqa: S603 - our own
    ):
        try:
            yield Worker(process, said)
        finally:
            process.kill()


def wait_until(address: str, posts: float, one: Worker) -> None:
    """Until so many posts came, or the bot has ended."""
    clock, before = MachineClock(), -1.0
    while (came := arrived(address)["posts"]) < posts and one.process.poll() is None:
        if came > before:
            before, until = came, clock.monotonic() + LONGEST_S
        assert clock.monotonic() < until, f"only {came} posts, and no more since {LONGEST_S} s: {one.said}"
        asyncio.run(clock.sleep(_A_MOMENT))


def killed(url: str, address: str, points: Sequence[int]) -> int:
    """Kill it when so many posts came, begin anew, and so on; at last let it end.  How many starts told of it."""
    told = 0
    for point in points:
        with worker(url) as one:
            wait_until(address, point, one)
            one.process.kill()
            one.process.wait()
            told += one.tells
    with worker(url) as one:
        one.finish()
        return told + one.tells


def gone(url: str, address: str, half: int, outage: Callable[[], None]) -> int:
    """Take the database away when half of it has been told."""
    with worker(url) as one:
        wait_until(address, half, one)
        outage()
        one.finish()
    return 0


async def left(url: str) -> int:
    """How many tenants are still owed something."""
    store = await Store.open(url, MachineClock())
    async with store.reading() as db:
        waiting = await deliveries.tenants_with_work(db)
    await store.close()
    return len(waiting)


def run(  # noqa: PLR0913 - what one run may differ in
    *, destinations: int, tenants: int, kills: int, seed: int, postgres: bool = False, gone_s: float = 0
) -> dict[str, object]:
    """One whole run."""
    points = sorted(random.Random(seed).sample(range(1, destinations), kills))  # noqa: S311 - repeatable
    clock = MachineClock()
    with database(postgres=postgres) as base, connector(limits=False) as address:

        def outage() -> None:
            base.stop()
            asyncio.run(clock.sleep(timedelta(seconds=gone_s)))
            base.start()

        asyncio.run(fill(base.url, f"{address}/", tenants, destinations // tenants))
        began = clock.monotonic()
        told = gone(base.url, address, destinations // 2, outage) if gone_s else killed(base.url, address, points)
        lasted = clock.monotonic() - began
        came, owed = arrived(address), asyncio.run(left(base.url))
    return {
        "benchmark": "kills",
        "database": "postgresql" if postgres else "sqlite",
        "kills": 0 if gone_s else kills,
        "gone_s": gone_s,
        "seed": seed,
        "lost": destinations - came["conversations"],
        "owed": owed,
        "twice": came["twice"],
        "allowed": (1 if gone_s else kills) * IN_FLIGHT,
        "told_at_start": told,
        "lasted": round(lasted, 1),
        "came": came,
    }


if __name__ == "__main__":
    end_in_order()
    parser = argparse.ArgumentParser()
    parser.add_argument("--destinations", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--gone", type=float, default=0, dest="gone_s")
    print(json.dumps(run(**vars(parser.parse_args()))))  # noqa: T201
