"""The engine of a single process: tasks in one group.  Correctness rests in rows, so nothing is stored here."""

import asyncio
from datetime import timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.jobs.engine import Job, Pace, Run, Tick, WithWork, cut_off, sweep
from bot.jobs.leases import AlwaysHeld, Holding
from bot.jobs.runner import every, guarded

log = structlog.get_logger(__name__)

Key = tuple[str, str]  # job and tenant


class InlineEngine:
    """See bot/jobs/engine.py."""

    def __init__(self, clock: Clock, *, pace: Pace | None = None) -> None:
        """Nothing runs before `run`."""
        self._clock, self._pace = clock, pace or Pace()
        self.holding: Holding = AlwaysHeld()
        self.ticking: Holding = AlwaysHeld()
        self._jobs: dict[str, Job] = {}
        self._ticks: list[tuple[str, timedelta, Tick]] = []
        self._wanted: dict[Key, None] = {}  # to be run, in order
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._called = asyncio.Event()
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()

    def job(self, name: str, run: Run, *, with_work: WithWork | None = None) -> None:
        """Before `run`: `submit(name, …)` will do this."""
        self._jobs[name] = Job(name=name, run=run, with_work=with_work)

    def tick(self, name: str, period: timedelta, run: Tick) -> None:
        """Before `run`: do this every `period`."""
        self._ticks.append((name, period, run))

    async def submit(self, name: str, tenant: str) -> None:
        """Run the job soon; when it is running for this tenant, once more afterwards."""
        if name not in self._jobs:
            raise LookupError(f"no job is called {name!r}")
        self._wanted[(name, tenant)] = None
        self._called.set()

    async def start(self) -> None:
        """Nothing to open."""

    async def run(self) -> None:
        """Work until stopped."""
        self._ended.clear()
        try:
            async with asyncio.TaskGroup() as group:
                asking = [
                    group.create_task(every(self._clock, period, name, tick), name=f"tick {name}")
                    for name, period, tick in self._ticks
                ]
                asking.append(group.create_task(sweep(self, self._jobs, self._clock, self._pace.sweep), name="sweep"))
                asking.append(group.create_task(self._start_wanted(group), name="engine"))
                await self._stopping.wait()
                for task in asking:
                    task.cancel()
                await cut_off(self._running.values(), self._pace.stop_within)
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """Take nothing new, let running jobs end, and return when `run` has ended."""
        self._stopping.set()
        await self._ended.wait()

    async def _start_wanted(self, group: asyncio.TaskGroup) -> None:
        while True:
            await self._called.wait()
            self._called.clear()
            free = self._pace.at_once - len(self._running)
            for key in [key for key in self._wanted if key not in self._running][:free]:
                del self._wanted[key]
                task = self._running[key] = group.create_task(self._once(*key), name=f"{key[0]} of a tenant")
                task.add_done_callback(partial(self._over, key))

    async def _once(self, name: str, tenant: str) -> None:
        await guarded(name, partial(self._jobs[name].run, tenant))

    def _over(self, key: Key, _: "asyncio.Task[None]") -> None:
        del self._running[key]
        self._called.set()
