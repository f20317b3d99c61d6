"""How fast alerts fan out, over loopback with 20 ms latency unless told otherwise; prints one JSON line.

python -m tests.benchmarks.fan_out                              10,000 conversations of 100 tenants, SQLite
python -m tests.benchmarks.fan_out --postgres --processes 2     the same, shared by two processes on PostgreSQL
                    ... --latency 0.25                          a slow other side: slots count, not this machine's cores
python -m tests.benchmarks.fan_out --one-tenant                 one tenant for a minute, every window enforced
python -m tests.benchmarks.fan_out --memory 100000              growth of memory over that many sends, in rounds
"""

import argparse
import asyncio
import json
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from bot.assembly import Parts, assembled, teams_of
from bot.clock import Clock, MachineClock
from bot.delivering import DELIVER, Delivering, delivering_of
from bot.settings import read_settings
from bot.store.engine import StoreError
from bot.terminal.serving import spare_what_was_loaded
from tests.benchmarks.databases import database, end_in_order
from tests.benchmarks.loopback_connector import LATENCY_S, arrived, connector
from tests.benchmarks.subscribed import fill, revise, settings_for

LOOK = timedelta(milliseconds=300)


@asynccontextmanager
async def delivering_bot(url: str, clock: Clock) -> AsyncIterator[tuple[Parts, Delivering]]:
    """A bot that does nothing but tell people."""
    async with assembled(read_settings(settings_for(url)), clock, exclusive=False) as parts, teams_of(parts) as teams:
        delivering = delivering_of(parts, teams)
        spare_what_was_loaded()  # as `serve` does
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(delivering.run())
            alarm = jobs.create_task(delivering.alarm.run())
            try:
                yield parts, delivering
            finally:
                await delivering.stop()
                alarm.cancel()


async def until_told(
    delivering: Delivering, clock: Clock, *, hint: bool = False, stop: asyncio.Event | None = None
) -> None:
    """Until nothing is owed; a database that is away is waited for.  `hint`: the engine was not told of it."""
    owed = None
    while owed != [] and not (stop and stop.is_set()):
        with suppress(StoreError):
            owed = await delivering.deliver.with_work()
            for tenant in owed if hint else ():
                await delivering.engine.submit(DELIVER, tenant)
        await clock.sleep(LOOK)


async def deliver(url: str, *, rounds: int = 1) -> dict[str, object]:
    """One process: deliver until nothing is owed, or SIGTERM; `rounds`: with a new revision of all before each."""
    clock, memory, stop = MachineClock(), list[float](), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with delivering_bot(url, clock) as (parts, delivering):
        for number in range(rounds):
            if number:
                await revise(parts.store, clock.now())
            await until_told(delivering, clock, hint=number > 0, stop=stop)
            memory.append(resident_mb())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "rss_mb": round(memory[-1], 1),
        "growth_mb": round(memory[-1] - memory[0], 1),
        "rounds_mb": [round(each, 1) for each in memory],
    }


def resident_mb() -> float:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def measure(options: argparse.Namespace) -> dict[str, object]:
    """One run."""
    tenants, each = (1, options.sends) if options.one_tenant else (options.tenants, options.sends // options.tenants)
    rounds = max(1, options.memory // options.sends) if options.memory else 1
    with ExitStack() as stack:
        url = stack.enter_context(database(postgres=options.postgres)).url
        address = stack.enter_context(connector(options.latency, limits=options.one_tenant))
        asyncio.run(fill(url, f"{address}/", tenants, each))
        command = [sys.executable, "-m", "tests.benchmarks.fan_out", "--deliver", url, "--rounds", str(rounds)]
        workers = [
            stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))  # noqa: S603 - our own
            for _ in range(options.processes)
        ]
        told = [json.loads(worker.communicate()[0].strip().splitlines()[-1]) for worker in workers]
        came = arrived(address)
    return {
        "benchmark": "fan_out",
        "database": "postgresql" if options.postgres else "sqlite",
        "processes": options.processes,
        "latency_s": options.latency,
        "tenants": tenants,
        "per_second": round((came["posts"] + came["edits"]) / max(came["lasted_s"], 0.001), 1),
        **came,
        "workers": told,
    }


if __name__ == "__main__":
    end_in_order()
    parser = argparse.ArgumentParser()
    parser.add_argument("--sends", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--latency", type=float, default=LATENCY_S)
    parser.add_argument("--one-tenant", action="store_true")
    parser.add_argument("--memory", type=int, default=0)
    parser.add_argument("--deliver")
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.deliver:
        print(json.dumps(asyncio.run(deliver(chosen.deliver, rounds=chosen.rounds))))  # noqa: T201
    else:
        print(json.dumps(measure(chosen)))  # noqa: T201
