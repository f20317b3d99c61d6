"""Says what is owed: due rows by priority, each drawn when it is sent, its outcome on the disk before its slot is free.

    due -> ready by the limits? -> slot -> draw -> post or edit -> settle -> commit -> slot free

A wait never holds a slot: a conversation that must wait is put off in its rows, a tenant that must wait is waited for
before a slot is taken.  So whoever is killed repeats at most what was under way.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.domain import settling
from bot.domain.conversation import Destination
from bot.domain.delivery import NotificationId, Part
from bot.domain.observation import TenantId
from bot.domain.settling import settle
from bot.jobs.backlog import Backlog
from bot.jobs.late import Late
from bot.jobs.leases import Holding
from bot.jobs.mouth import Mouth, drawn, say
from bot.jobs.pacing import Stride
from bot.jobs.settlements import Left, Settled, Settlements
from bot.metrics import DELIVERED, DELIVERIES_OPEN, DELIVERY_LATENESS
from bot.store import deliveries
from bot.store.deliveries import Work
from bot.store.engine import Store, StoreError
from bot.store.leases import LostLease
from bot.transports.outgoing import Outgoing

log = structlog.get_logger(__name__)

IN_FLIGHT = 64  # attempts of one process that are under way: what a kill may repeat
OF_A_TENANT = 32  # of these: one tenant whose service hangs leaves room for the others
READERS = 2  # looks into the database at the same time: answers need its connections too
LOOK_AGAIN = timedelta(seconds=1)  # while something is under way
WAIT_FOR = timedelta(seconds=3)  # what is due later is left to the alarm
KEEP_AGAIN = timedelta(seconds=1)  # after the database did not take an outcome

Key = tuple[NotificationId, str]  # of these one at a time


@dataclass(slots=True)
class Room:
    """Slots of one process, and whether it takes new work."""

    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT))
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS))
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    news: Counter[TenantId | None] = field(default_factory=Counter)  # grows with each change of what is owed


class Deliver:
    """The job, for every tenant."""

    def __init__(self, store: Store, clock: Clock, mouth: Mouth, holding: Holding) -> None:
        """`holding`: the right to do so."""
        self._store, self._clock, self._room = store, clock, Room()
        settlements = Settlements(store, holding.guard)
        late = Late(store, settlements)
        self._shared = _Shared(
            store=store, clock=clock, mouth=mouth, holding=holding, settlements=settlements, late=late, room=self._room
        )
        self.spread: Callable[[TenantId | None], Awaitable[None]] = _nothing  # writes down who is told, before a look
        self.wake: Callable[[TenantId | None, datetime], None] = lambda _tenant, _at: None  # run again at that moment

    def stop(self) -> None:
        """Begin nothing new; runs end when what is under way has ended."""
        self._room.stopping.set()

    def hear(self, tenant: TenantId | None) -> None:
        """What is owed to this tenant has changed: what was read before is not begun any more."""
        self._room.news[tenant] += 1

    async def with_work(self) -> list[str]:
        """Tenants for whom there is something to do, as the engine names them."""
        async with self._store.reading() as db:
            return [tenant or "" for tenant in await deliveries.tenants_with_work(db)]

    async def run(self, name: str) -> None:
        """Everything that is due to one tenant.  Raises LostLease when it is not ours any more."""
        tenant = TenantId(name) if name else None
        await self._shared.late.keep(tenant)
        drain = _Drain(self._shared, tenant)
        while not self._room.stopping.is_set():
            later = await drain.run(partial(self.spread, tenant))
            if later is None:
                return
            if later - self._clock.now() > WAIT_FOR:
                self.wake(tenant, later)
                return
            await self._clock.sleep(max(later - self._clock.now(), timedelta(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What the runs of one process share."""

    store: Store
    clock: Clock
    mouth: Mouth
    holding: Holding
    settlements: Settlements
    late: Late
    room: Room


class _Drain:
    """One run for one tenant."""

    def __init__(self, shared: _Shared, tenant: TenantId | None) -> None:
        self._store, self._clock, self._mouth = shared.store, shared.clock, shared.mouth
        self._holding, self._settlements, self._room = shared.holding, shared.settlements, shared.room
        self._late, self._tenant, self._backlog = shared.late, tenant, Backlog(tenant)
        self._own_slots = asyncio.Semaphore(OF_A_TENANT)
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._stride: Stride | None = None
        self._heard = 0  # of the news when the rows were read
        self._trouble: StoreError | LostLease | None = None  # why nothing new is begun

    async def run(self, spread: Callable[[], Awaitable[None]]) -> datetime | None:
        """Until nothing is due: when something will be.  None: nothing is owed.

        Raises StoreError, LostLease, when what was under way has ended: nothing is cut off for them.
        """
        async with asyncio.TaskGroup() as group:
            try:
                while await self._go_on(spread, group):
                    pass
            except (StoreError, LostLease) as error:
                self._trouble = error
        if self._trouble is not None:
            raise self._trouble
        async with self._room.readers, self._store.reading() as db:
            return await deliveries.next_due(db, self._tenant)

    @property
    def _begins(self) -> bool:
        """Whether what was read may still be begun."""
        return self._goes_on and self._heard == self._room.news[self._tenant]

    @property
    def _goes_on(self) -> bool:
        return self._trouble is None and not self._room.stopping.is_set()

    async def _go_on(self, spread: Callable[[], Awaitable[None]], group: asyncio.TaskGroup) -> bool:
        """One round.  False: it was the last."""
        if not self._goes_on:
            return False
        async with self._room.readers:
            await spread()
        self._heard = self._room.news[self._tenant]
        works = await self._due()
        for work in works:
            if self._begins:
                await self._begin(work, group)
        if not works and self._running:
            await self._somebody_ends()
            return True
        return bool(works)

    async def _due(self) -> list[Work]:
        """What is due; of each conversation and incident one at a time, so that a card comes before its short word."""
        under_way = set(self._running)  # before the look: what ends during it was read as it had been
        while True:
            async with self._room.readers, self._store.reading() as db:
                works = await self._backlog.next(db, self._clock.now(), news=self._heard, beside=len(under_way))
            first: dict[Key, Work] = {}
            for work in works:
                first.setdefault(_key(work), work)
            free = [work for key, work in first.items() if key not in under_way]
            if free or not self._backlog.goes_on:
                return free

    async def _somebody_ends(self) -> None:
        """All of them, or after a moment: each look costs the database as much as many sends."""
        look = asyncio.ensure_future(self._clock.sleep(LOOK_AGAIN))
        all_ended = asyncio.ensure_future(asyncio.wait(set(self._running.values())))
        try:
            await asyncio.wait({all_ended, look}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            all_ended.cancel()
            look.cancel()

    async def _begin(self, work: Work, group: asyncio.TaskGroup) -> None:
        """Start an attempt, or put the conversation off."""
        if work.destination is not None and not await self._is_ready(work.destination):
            return
        await self._own_slots.acquire()
        await self._room.slots.acquire()
        if self._stride is not None and work.destination is not None:
            self._stride.went(self._clock.now())
        task = group.create_task(self._deliver(work), name="delivery")
        self._running[_key(work)] = task
        task.add_done_callback(partial(self._over, _key(work)))
        DELIVERIES_OPEN.inc()

    def _over(self, key: Key, _: "asyncio.Task[None]") -> None:
        del self._running[key]
        self._room.slots.release()
        self._own_slots.release()
        DELIVERIES_OPEN.dec()

    async def _is_ready(self, place: Destination) -> bool:
        """Wait while nobody of this tenant may be spoken to; False: put off, because only this conversation may not."""
        teams = self._mouth.teams
        if self._stride is None:
            self._stride = Stride(teams.deliveries_per_second(place))
        while self._begins:
            now = self._clock.now()
            everybody, here = self._stride.ready_at(now), teams.ready_at(place, now)
            if here <= everybody <= now:
                return True
            everybody = max(everybody, teams.tenant_ready_at(place, now))
            if here > everybody:
                await self._put_off(place.id, here)
                return False
            if everybody <= now:
                return True
            await self._clock.sleep(everybody - now)
        return False

    async def _put_off(self, conversation: str, until: datetime) -> None:
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            await deliveries.postpone(db, self._tenant, conversation, until)

    async def _deliver(self, work: Work) -> None:
        """One attempt, from drawing to commit."""
        try:
            words = await drawn(self._mouth, work, self._clock.now())
            outcome = await self._attempt(work, words) if isinstance(words, Outgoing) else words
            if isinstance(outcome, datetime):
                await self._put_off(work.delivery.destination, outcome)
            else:
                await self._keep(work, outcome, insist=True)
        except (StoreError, LostLease) as error:
            self._trouble = error

    async def _attempt(self, work: Work, words: Outgoing) -> settling.Outcome | datetime:
        """How it ended; a moment: it was held back until then, and nothing was sent.  Raises LostLease."""
        self._holding.check()
        try:
            return await say(self._mouth, work, words, self._clock)
        except asyncio.CancelledError:  # cut off at stop: the other side may have it
            await self._keep(work, settling.Lost(), insist=False)
            raise

    async def _keep(self, work: Work, outcome: settling.Outcome, *, insist: bool) -> None:
        """Put the outcome on the disk; as long as that fails the slot is not free, unless we must end."""
        now, delivery, notification = self._clock.now(), work.delivery, work.notification
        revision = delivery.wanted_revision if delivery.part is Part.STEP else notification.revision
        after = settle(
            delivery, outcome, revision=revision, final=notification.final, now=now, chance=self._mouth.chance()
        )
        left = None
        if isinstance(outcome, settling.Gone) and work.destination is not None:
            left = Left(tenant=self._tenant, conversation=delivery.destination, reason=outcome.reason, at=now)
        settled = Settled(delivery=after, left=left)
        try:
            while not await self._kept(settled):
                if not insist:
                    self._late.add(self._tenant, delivery, settled)
                    return
                await self._clock.sleep(KEEP_AGAIN)
        except asyncio.CancelledError:
            self._late.add(self._tenant, delivery, settled)
            raise
        if left is not None and work.destination is not None:
            self._mouth.left(work.destination)
        DELIVERED.labels(outcome=type(outcome).__name__.lower()).inc()
        if isinstance(outcome, settling.Sent):
            DELIVERY_LATENESS.observe(max(0.0, (now - delivery.due).total_seconds()))

    async def _kept(self, settled: Settled) -> bool:
        try:
            await self._settlements.keep(settled)
        except StoreError:
            return False
        except LostLease:  # another replica has the row now, and does not know of this attempt
            log.warning("outcome came too late", delivery=settled.delivery.id, maybe_twice=True)
        return True


def _key(work: Work) -> Key:
    return work.notification.id, work.delivery.destination


async def _nothing(_: TenantId | None) -> None:
    """Nothing is to be written down."""
