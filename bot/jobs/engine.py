"""The engine: runs a tenant's jobs one at a time, and what the clock asks for, in this process or over all replicas.

    engine = new_engine(database_url, store, clock, replica)
    engine.job("deliver", drain, with_work=tenants_with_work)      # async def drain(tenant: str) -> None
    engine.tick("announce", timedelta(seconds=10), announce)       # async def announce() -> None
    await engine.start()
    jobs.create_task(engine.run())                                 # in the TaskGroup of `serve`
    await engine.submit("deliver", tenant)                         # after the transaction that left something to do
    await engine.stop()                                            # `run` returns

A submit is a hint and may be lost; what is to be done stands in rows.  So a job looks for itself and returns when it
finds nothing, and every start, and every sweep after it, submits each tenant that `with_work` names.

On PostgreSQL a job calls `engine.holding.check()` before each thing that is seen outside and `engine.holding.guard(db)`
in its transactions, and a tick does the same with `engine.ticking`: a process that was frozen while another one took
its work over must not go on.  On SQLite both are always fine.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Protocol

from bot.clock import Clock
from bot.jobs.leases import Holding, Terms
from bot.jobs.runner import guarded
from bot.store.engine import Store

Run = Callable[[str], Awaitable[None]]
Tick = Callable[[], Awaitable[None]]
WithWork = Callable[[], Awaitable[Iterable[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the engine looks, and how long it waits."""

    sweep: timedelta = timedelta(seconds=10)  # between two looks for tenants whose submit was lost
    poll: timedelta = timedelta(milliseconds=500)  # between two looks into the queue, on PostgreSQL
    at_once: int = 40  # runs in one process; a tenant takes 50 sends a second at most, a core more than a thousand
    stop_within: timedelta = timedelta(seconds=5)  # running jobs may end; then they are cancelled
    kept: timedelta = timedelta(hours=1)  # ended workflows, on PostgreSQL
    terms: Terms = field(default_factory=Terms)  # of the leases, on PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that is done for one tenant at a time."""

    name: str
    run: Run
    with_work: WithWork | None  # tenants for whom there is something to do


class Engine(Protocol):
    """What both engines can do."""

    holding: Holding  # the right to run jobs
    ticking: Holding  # the right to run ticks

    def job(self, name: str, run: Run, *, with_work: WithWork | None = None) -> None:
        """Before `run`: `submit(name, …)` will do this.  At most one run at a time per tenant, over all replicas."""

    def tick(self, name: str, period: timedelta, run: Tick) -> None:
        """Before `run`: do this every `period`, in one replica at a time."""

    async def submit(self, name: str, tenant: str) -> None:
        """Run the job soon; when it is running for this tenant, once more afterwards.  Never waits for a database."""

    async def start(self) -> None:
        """Open what is needed.  Raises StoreError.  Before the TaskGroup of `serve`, which would wrap the error."""

    async def run(self) -> None:
        """Work until stopped."""

    async def stop(self) -> None:
        """Take nothing new, let running jobs end within the pace's time, and return when `run` has ended."""


def new_engine(url: str, store: Store, clock: Clock, replica: str, *, pace: Pace | None = None) -> Engine:
    """The engine for this database.  `replica`: names this process, other than any that ever was."""
    from bot.jobs.engine_inline import InlineEngine  # noqa: PLC0415 - each only where it is used

    if url.startswith("sqlite:"):
        return InlineEngine(clock, pace=pace)
    from bot.jobs.engine_dbos import DbosEngine  # noqa: PLC0415

    return DbosEngine(url, store, clock, replica, pace=pace)


async def sweep(engine: Engine, jobs: Mapping[str, Job], clock: Clock, period: timedelta) -> None:
    """Run until cancelled: submit every tenant with work, now and once in every period."""
    while True:
        for job in jobs.values():
            await guarded(f"sweep {job.name}", partial(_submit_all, engine, job))
        await clock.sleep(period)


async def _submit_all(engine: Engine, job: Job) -> None:
    for tenant in await job.with_work() if job.with_work else ():
        await engine.submit(job.name, tenant)


async def cut_off(tasks: Iterable["asyncio.Task[None]"], within: timedelta) -> None:
    """Wait for these, and cancel those that take too long."""
    running = set(tasks)
    if running:
        _, late = await asyncio.wait(running, timeout=within.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
