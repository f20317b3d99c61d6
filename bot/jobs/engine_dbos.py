"""The engine of several replicas on PostgreSQL: a queue for exclusivity, leases for who lives.

Each replica holds a lease of its own, which is its heartbeat.  Who sees another one's run out takes it, so that its
epoch is over and nothing it still writes is kept; frees what it had taken; and submits that again.  A replica that
lost its own lease does the same with itself before it goes on.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.jobs.dbos_queue import DbosQueue, Taken
from bot.jobs.engine import Job, Pace, Run, Tick, WithWork, cut_off, sweep
from bot.jobs.leases import Holding, StoreLease, while_held
from bot.jobs.runner import every, guarded
from bot.store import leases
from bot.store.engine import Store
from bot.store.errors import told_plainly
from bot.store.leases import LostLease

log = structlog.get_logger(__name__)

REPLICA = "replica "  # how the leases of living replicas are called
KEPT_WITHIN, KEEPING = timedelta(seconds=1), 20  # how long the queue may take to note that runs ended; looks meanwhile
PURGED_EVERY = timedelta(minutes=10)
T = TypeVar("T")


class DbosEngine:
    """See bot/jobs/engine.py."""

    def __init__(self, url: str, store: Store, clock: Clock, replica: str, *, pace: Pace | None = None) -> None:
        """`replica`: names this process, other than any that ever was."""
        self._store, self._clock, self._replica, self._pace = store, clock, replica, pace or Pace()
        terms = self._pace.terms
        name = f"{REPLICA}{replica}"
        self.holding: Holding = StoreLease(store, clock, name=name, holder=replica, terms=terms, once=True)
        self.ticking: Holding = StoreLease(store, clock, name="ticks", holder=replica, terms=terms)
        self._queue = DbosQueue(url, replica)
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="engine")
        self._jobs: dict[str, Job] = {}
        self._ticks: list[tuple[str, timedelta, Tick]] = []
        self._wanted: set[tuple[str, str]] = set()
        self._called = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None  # while we may run jobs
        self._waiting: list[tuple[Taken, Future[None]]] = []  # handed over while we might not
        self._running: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping, self._ended = asyncio.Event(), asyncio.Event()
        self._ended.set()

    def job(self, name: str, run: Run, *, with_work: WithWork | None = None) -> None:
        """Before `run`: `submit(name, …)` will do this."""
        self._jobs[name] = Job(name=name, run=run, with_work=with_work)

    def tick(self, name: str, period: timedelta, run: Tick) -> None:
        """Before `run`: do this every `period`, in one replica at a time."""
        self._ticks.append((name, period, run))

    async def submit(self, name: str, tenant: str) -> None:
        """Run the job soon, in some replica; when it is running for this tenant, once more afterwards."""
        if name not in self._jobs:
            raise LookupError(f"no job is called {name!r}")
        self._wanted.add((name, tenant))
        self._called.set()

    async def start(self) -> None:
        """Open the queue, and make its schema where it is missing.  Raises StoreError."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            poll_s, at_once = self._pace.poll.total_seconds(), self._pace.at_once
            await self._off(partial(self._queue.open, self._perform, poll_s=poll_s, at_once=at_once))

    async def run(self) -> None:
        """Work until stopped."""
        self._ended.clear()
        try:
            await self.start()
            async with asyncio.TaskGroup() as group:
                lease = group.create_task(self.holding.run(), name="replica's lease")
                if await self._until_held():
                    await self._work(group)
                await self._off(self._queue.leave)
                await guarded("stop", partial(self._free, self._replica))
                await self._off(self._queue.close)
                lease.cancel()
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._ended.set()

    async def stop(self) -> None:
        """Take nothing new, let running jobs end, and return when `run` has ended."""
        self._stopping.set()
        await self._ended.wait()

    async def _work(self, group: asyncio.TaskGroup) -> None:
        """From our first lease until we are told to stop, and what runs has ended."""
        serving = group.create_task(while_held(self.holding, self._serve), name="engine")
        asking = self._ask(group)
        await self._stopping.wait()
        for task in asking:
            task.cancel()
        await cut_off(self._running.values(), self._pace.stop_within)
        serving.cancel()
        await guarded("stop", self._until_kept)

    async def _until_kept(self) -> None:
        """Wait shortly until the queue knows of every run that it ended."""
        for _ in range(KEEPING):
            taken = await self._off(partial(self._queue.taken_by, self._replica))
            if {one.id for one in taken} <= {one.id for one, _ in self._waiting}:
                return
            await self._clock.sleep(KEPT_WITHIN / KEEPING)

    def _ask(self, group: asyncio.TaskGroup) -> "list[asyncio.Task[None]]":
        """What the clock asks for."""
        pace, clock = self._pace, self._clock
        looks = pace.terms.renewed_every
        return [
            group.create_task(self.ticking.run(), name="lease of ticks"),
            group.create_task(while_held(self.ticking, self._tick), name="ticks"),
            group.create_task(sweep(self, self._jobs, clock, pace.sweep), name="sweep"),
            group.create_task(self._pass_on(), name="submit"),
            group.create_task(every(clock, looks, "take over", self._take_over), name="take over"),
            group.create_task(every(clock, PURGED_EVERY, "purge workflows", self._purge), name="purge workflows"),
        ]

    async def _until_held(self) -> bool:
        """Wait for our lease, or for being told to stop.  Whether it is ours."""
        async with asyncio.TaskGroup() as both:
            waits = [both.create_task(self.holding.held.wait()), both.create_task(self._stopping.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for task in waits:
                task.cancel()
        return self.holding.held.is_set() and not self._stopping.is_set()

    async def _tick(self) -> None:
        async with asyncio.TaskGroup() as group:
            for name, period, tick in self._ticks:
                group.create_task(every(self._clock, period, name, tick), name=f"tick {name}")
            await asyncio.Event().wait()

    async def _serve(self) -> None:
        """While our lease is held: run what is handed over.  What was taken before belongs to a former life."""
        while await guarded("take over", partial(self._free, self._replica)) is not None:
            await self._clock.sleep(self._pace.terms.renewed_every)
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                waiting, self._waiting = self._waiting, []
                for taken, done in waiting:
                    self._take_in(taken, done)
                await asyncio.Event().wait()
            finally:
                self._group = None

    async def _perform(self, taken: Taken) -> None:
        """On the queue's own loop: hand a workflow over to ours, and wait until it is done."""
        if self._loop is None:
            raise RuntimeError("the engine does not run")
        done: Future[None] = Future()
        self._loop.call_soon_threadsafe(self._take_in, taken, done)
        await asyncio.wrap_future(done)

    def _take_in(self, taken: Taken, done: "Future[None]") -> None:
        if self._group is None or self._stopping.is_set():
            self._waiting.append((taken, done))  # stays taken by us, until it is freed
        else:
            name = f"{taken.job} of a tenant"
            self._running[taken.id] = self._group.create_task(self._once(taken, done), name=name)

    async def _once(self, taken: Taken, done: "Future[None]") -> None:
        """Cut off, it does not end the workflow: that is freed and runs again."""
        is_whole = False

        async def work() -> None:
            nonlocal is_whole
            try:
                await self._run_if_ours(taken)
            except asyncio.CancelledError:
                raise
            except LostLease:
                return
            except Exception:
                is_whole = True
                raise
            is_whole = True

        try:
            await guarded(taken.job, work)
        finally:
            self._running.pop(taken.id, None)
            if not is_whole:
                self._waiting.append((taken, done))
            elif not done.done():
                done.set_result(None)

    async def _run_if_ours(self, taken: Taken) -> None:
        """Look once more: it may have been freed between being taken and being handed over."""
        if await self._off(partial(self._queue.taken_by, self._replica, only=taken.id)):
            self.holding.check()
            await self._jobs[taken.job].run(taken.tenant)

    async def _pass_on(self) -> None:
        """Queue what was submitted.  While the database is away it stays wanted."""
        while True:
            await self._called.wait()
            self._called.clear()
            wanted, self._wanted = self._wanted, set()
            queued = partial(self._off, partial(self._queue.submit, wanted))
            if await guarded("submit", queued) is not None:
                self._wanted |= wanted
                await self._clock.sleep(self._pace.terms.renewed_every)
                self._called.set()

    async def _take_over(self) -> None:
        """Free what replicas had taken that live no more."""
        if not self.holding.held.is_set():
            return
        async with self._store.reading() as db:
            dead = await leases.expired(db, REPLICA)
        for one in dead:
            if one.name == f"{REPLICA}{self._replica}":
                continue
            async with self._store.transaction() as db:
                lease = await leases.take(db, one.name, self._replica, self._pace.terms.lasts)
            if lease is not None:  # its epoch is over; if we die now, the next one sees it run out again
                await self._free(one.name.removeprefix(REPLICA))
                async with self._store.transaction() as db:
                    await leases.give_back(db, lease)

    async def _free(self, replica: str) -> None:
        """Cancel what this replica had taken, and submit it again."""
        taken = await self._off(partial(self._queue.taken_by, replica))
        await self._off(partial(self._queue.cancel, taken))
        if replica == self._replica:
            waiting, self._waiting = self._waiting, []
            again = [*taken, *(one for one, _ in waiting)]
            for _, done in waiting:
                if not done.done():
                    done.set_result(None)
        else:
            again = list(taken)
            log.warning("replica taken over: what it had under way may be done twice", replica=replica, runs=len(taken))
        await self._off(partial(self._queue.submit, {(one.job, one.tenant) for one in again}))

    async def _purge(self) -> None:
        await self._off(partial(self._queue.purge, self._clock.now() - self._pace.kept))

    async def _off(self, blocking: Callable[[], T]) -> T:
        """Off the loop: the queue's calls block."""

        def told() -> T:
            with told_plainly(self._store.place):
                return blocking()

        return await asyncio.get_running_loop().run_in_executor(self._threads, told)
