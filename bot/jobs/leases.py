"""Work that only one replica may do: a lease with an epoch, and a holder that knows when it no longer surely holds.

    holding = StoreLease(store, clock, name="watch", holder=replica)
    jobs.create_task(holding.run())
    await while_held(holding, work)        # again and again, whenever it is ours

Within `work`: `holding.check()` before each thing that is seen outside, `await holding.guard(db)` in each transaction.
A frozen process that wakes up passes neither: the first goes by its monotonic clock, the second by the epoch.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from bot.clock import Clock
from bot.jobs.runner import guarded
from bot.store import leases
from bot.store.engine import Db, Store
from bot.store.leases import Lease, LostLease

log = structlog.get_logger(__name__)

SURE_FOR = 2 / 3  # of a lease, by our own clock: the rest is for what differs between two machines' seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a lease lasts and how often it is renewed."""

    lasts: timedelta = timedelta(seconds=6)
    renewed_every: timedelta = timedelta(seconds=2)


class Holding(Protocol):
    """A right to work that may end at any moment."""

    held: asyncio.Event
    lost: asyncio.Event  # always the opposite of `held`

    async def run(self) -> None:
        """Take it and keep it, until cancelled; then give it back."""

    def check(self) -> None:
        """Raises LostLease when it is not surely ours."""

    async def guard(self, db: Db) -> None:
        """In a transaction: raises LostLease when somebody took it since."""


class AlwaysHeld:
    """On SQLite: the file's lock keeps every other server away, so everything is ours."""

    def __init__(self) -> None:
        """Held from the start."""
        self.held, self.lost = asyncio.Event(), asyncio.Event()
        self.held.set()

    async def run(self) -> None:
        """Nothing to do."""
        await self.lost.wait()

    def check(self) -> None:
        """Always ours."""

    async def guard(self, db: Db) -> None:
        """Always ours."""


class StoreLease:
    """One row in the store, which at most one replica holds."""

    def __init__(  # noqa: PLR0913 - what makes one lease differ from another
        self, store: Store, clock: Clock, *, name: str, holder: str, terms: Terms | None = None, once: bool = False
    ) -> None:
        """`name`: what the right is for; `holder`: this replica; `once`: nobody will want this name again."""
        self._store, self._clock, self._name, self._holder, self._once = store, clock, name, holder, once
        self._terms = terms or Terms()
        self._lease: Lease | None = None
        self._sure_until = 0.0  # monotonic seconds
        self.held, self.lost = asyncio.Event(), asyncio.Event()
        self.lost.set()

    async def run(self) -> None:
        """Take it and keep it, until cancelled; then give it back."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._renew(), name=f"lease {self._name}")
                both.create_task(self._doubt(), name=f"lease {self._name}, doubts")
        finally:
            self._let_go()
            await guarded(f"lease {self._name}", self._give_back)

    def check(self) -> None:
        """Raises LostLease when it is not surely ours."""
        if self._lease is None or self._clock.monotonic() >= self._sure_until:
            raise LostLease(self._name)

    async def guard(self, db: Db) -> None:
        """In a transaction: raises LostLease when somebody took it since."""
        self.check()
        assert self._lease is not None  # noqa: S101 - or `check` had raised
        await leases.guard(db, self._lease)

    async def _renew(self) -> None:
        while True:
            await guarded(f"lease {self._name}", self._take)
            await self._clock.sleep(self._terms.renewed_every)

    async def _doubt(self) -> None:
        """Let go in time, also while a renewal hangs."""
        while True:
            await self.held.wait()
            left = self._sure_until - self._clock.monotonic()
            if left > 0:
                await self._clock.sleep(timedelta(seconds=left))
            else:
                self._doubted()

    async def _take(self) -> None:
        asked_at = self._clock.monotonic()
        if self.held.is_set() and asked_at >= self._sure_until:
            self._doubted()  # we slept too long: whoever works under it must hear of that before it is ours again
        async with self._store.transaction() as db:
            lease = await leases.take(db, self._name, self._holder, self._terms.lasts)
        if lease is None:
            if self.held.is_set():
                self._doubted()
            return
        self._sure_until = asked_at + self._terms.lasts.total_seconds() * SURE_FOR
        self._lease = lease
        if not self.held.is_set() and self._clock.monotonic() < self._sure_until:
            self.lost.clear()
            self.held.set()

    def _doubted(self) -> None:
        log.warning("lease lost", lease=self._name)
        self._let_go()

    def _let_go(self) -> None:
        self._sure_until = 0.0
        self.held.clear()
        self.lost.set()

    async def _give_back(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            async with self._store.transaction() as db:
                await (leases.erase if self._once else leases.give_back)(db, lease)


async def while_held(holding: Holding, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` whenever the lease is ours, and cut it off when it is lost.  Returns when `work` does."""
    while True:
        await holding.held.wait()
        async with asyncio.TaskGroup() as both:
            working = both.create_task(_all_of(work), name="held work")
            losing = both.create_task(_wait(holding.lost), name="lease lost")
            await asyncio.wait((working, losing), return_when=asyncio.FIRST_COMPLETED)
            ended = working.done()
            working.cancel()
            losing.cancel()
        if ended:
            return


async def _all_of(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
