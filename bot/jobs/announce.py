"""What was announced takes place: saved -> planned -> its moments come -> steps -> what must be known.

Each look does what is due and then waits for the next moment to the second, rather than for the next look.  A moment is
done in the transaction that keeps its step and what must be known of it, so whoever is killed in between loses nothing
and doubles nothing.  Only the replica that holds `ticking` looks.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.domain.announcement import Announcement, AnnouncementId, Clockwork, Draft, Due, Occurrence
from bot.domain.announcing import AHEAD, BEHIND, planned, reconcile
from bot.domain.observation import TenantId
from bot.domain.occurring import AWAKE, Step, Taken, due_now
from bot.jobs.leases import AlwaysHeld, Holding
from bot.jobs.runner import guarded
from bot.jobs.windows import Windows
from bot.metrics import ANNOUNCED, ANNOUNCED_LATE
from bot.store import announcements, occurrences, readers
from bot.store.announcements import ToPlan
from bot.store.engine import Db, Store
from bot.store.running_windows import resume

log = structlog.get_logger(__name__)

PERIOD = timedelta(seconds=1)  # between two looks: as late as that a saved change is noticed
SOME = 50  # announcements planned in one transaction
MANY = 1000  # occurrences stepped in one transaction: a fifth of a second at most
MOST = 50_000  # moments taken up in one look
LOOK_AHEAD_EVERY = timedelta(minutes=10)  # whether recurring ones are planned far enough
_PLANNED = (Draft.PLANNED, Draft.ENDED)

Changed = Callable[[TenantId | None], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """What announcing needs from the rest of the product."""

    zone_of: Callable[[TenantId | None], str]  # of conversations that have none of their own
    changed: Changed  # there is something to deliver to this tenant
    grace_of: Callable[[TenantId | None], timedelta]  # how late a missed one is still told
    zones_version: str  # release of the zone database


@dataclass(slots=True)
class _Done:
    """What one transaction did."""

    tenants: set[TenantId | None] = field(default_factory=set)
    taken: list[tuple[Announcement, Taken, datetime | None]] = field(default_factory=list)


class Announcer:
    """Looks after everything that is planned."""

    def __init__(
        self, store: Store, clock: Clock, setup: Announcing, *, windows: Windows, holding: Holding | None = None
    ) -> None:
        """`holding`: the right to look, where several replicas share a database."""
        self._store, self._clock, self._setup, self._windows = store, clock, setup, windows
        self._holding = holding or AlwaysHeld()
        self._begun = False
        self._looked_ahead_at: float | None = None  # monotonic
        self.next_due: datetime | None = None

    async def tick(self) -> None:
        """One look, and every moment that comes before the next one.  Raises StoreError, LostLease."""
        ends = self._clock.monotonic() + PERIOD.total_seconds()
        await self.look()
        while self.next_due is not None:
            wait = self.next_due - self._clock.now()
            if self._clock.monotonic() + wait.total_seconds() >= ends:
                return
            if wait > timedelta(0):
                await self._clock.sleep(wait)
            before = self.next_due
            await self._step()
            if self.next_due is not None and self.next_due <= before:
                return  # it waits for somebody's yes

    async def look(self) -> None:
        """Plan what was saved, and step what is due."""
        if not self._begun:
            await self._begin()
            self._begun = True
        await self._plan()
        if self._looked_ahead_at is None or self._clock.monotonic() - self._looked_ahead_at >= _seconds(
            LOOK_AHEAD_EVERY
        ):
            await self._look_ahead()
            self._looked_ahead_at = self._clock.monotonic()
        await self._step()

    async def _begin(self) -> None:
        """After a start: another release of the zone database may have moved what is to come."""
        now, version = self._clock.now(), self._setup.zones_version
        async with self._store.reading() as db:
            stale = await occurrences.with_older_zones(db, version)
        for one in stale:
            await self._in_one(partial(self._replan, one, now))
        if stale:
            log.info("times reckoned anew", zones=version, announcements=len(stale))
        await self._windows.refresh(now)

    async def _plan(self) -> None:
        """What was saved since the last look.  One that can't be planned is no other's trouble."""
        while True:
            async with self._store.reading() as db:
                saved = [one.announcement.id for one in await announcements.to_plan(db, SOME)]
            if not saved:
                return
            now = self._clock.now()
            try:
                await self._in_one(partial(self._plan_some, saved, now))
            except (ValueError, LookupError, ArithmeticError):
                for one in saved:
                    await guarded("plan announcement", partial(self._in_one, partial(self._plan_some, [one], now)))
                return
            if len(saved) < SOME:
                return

    async def _look_ahead(self) -> None:
        """Recurring ones are planned a while ahead."""
        now = self._clock.now()
        while True:
            async with self._store.reading() as db:
                short = await announcements.to_extend(db, now + AHEAD - LOOK_AHEAD_EVERY, SOME)
            for one in short:
                await self._in_one(partial(self._extend, one, now))
            if len(short) < SOME:
                return

    async def _step(self) -> None:
        """Everything whose moment has come."""
        now = self._clock.now()
        async with self._store.reading() as db:
            self.next_due = await occurrences.next_due(db)
            if self.next_due is None or self.next_due > now:
                return
            come = await occurrences.due(db, now, MOST)
        ids = list(dict.fromkeys(due.occurrence for due in come))
        for start in range(0, len(ids), MANY):
            await self._in_one(partial(self._step_some, ids[start : start + MANY], now))
        async with self._store.reading() as db:
            self.next_due = await occurrences.next_due(db)

    async def _in_one(self, work: Callable[[Db, _Done], Awaitable[None]]) -> None:
        """One transaction; what it did is told when it is on the disk."""
        done = _Done()
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            await work(db, done)
        now = self._clock.now()
        for announcement, taken, due_at in done.taken:
            _note(announcement, taken, due_at, now)
        if done.taken:
            await self._windows.refresh(now)
        for tenant in done.tenants:
            await self._setup.changed(tenant)

    async def _plan_some(self, which: Sequence[AnnouncementId], now: datetime, db: Db, done: _Done) -> None:
        for one in await announcements.to_plan(db, SOME, among=which):
            await self._reconcile(db, one, now, done)

    async def _reconcile(self, db: Db, one: ToPlan, now: datetime, done: _Done) -> None:
        """Its occurrences as its newest text and rule want them."""
        announcement = one.announcement
        if announcement.draft in (Draft.DRAFT, Draft.WAITING):
            await announcements.planned(db, announcement, one.planned_until)
            return
        called_off = announcement.draft not in _PLANNED
        until = now + AHEAD
        zones = await self._zones(db, announcement)
        plans = () if called_off else planned(announcement, zones, now - AWAKE, until)
        known = await occurrences.of_announcement(db, announcement.id)
        single = announcement.rule.at is not None
        kept = [
            each
            for each in known
            if each.phase.is_open or ((single or called_off) and (each.told_at is not None or not called_off))
        ]
        change = reconcile(announcement, kept, plans, now)
        await occurrences.add(db, change.added, self._setup.zones_version)
        for plan in change.moved:
            await occurrences.move(db, plan, self._setup.zones_version)
        await occurrences.drop(db, change.dropped)
        await self._take(db, [(announcement, taken) for taken in change.taken], {}, now, done)
        await announcements.planned(db, announcement, None if called_off or single else until)
        await announcements.close_ended(db, [announcement.id], occurrences.OPEN, now)

    async def _extend(self, one: ToPlan, now: datetime, db: Db, done: _Done) -> None:
        """Later times of a recurring one; also those that passed while nobody was awake."""
        del done
        announcement, until = one.announcement, now + AHEAD
        since = max(one.planned_until or now, now - BEHIND)
        plans = planned(announcement, await self._zones(db, announcement), since, until)
        await occurrences.add(db, plans, self._setup.zones_version)
        is_over = not plans and not planned(announcement, (announcement.zone,), until, until + 45 * AHEAD)
        await announcements.planned(db, announcement, None if is_over else until)
        await announcements.close_ended(db, [announcement.id], occurrences.OPEN, now)

    async def _replan(self, which: str, now: datetime, db: Db, done: _Done) -> None:
        """The same wall times by other zone rules; what is not moved stays as it is."""
        announcement = await announcements.get(db, which)
        if announcement is not None and announcement.draft is Draft.PLANNED:
            kept = [each for each in await occurrences.of_announcement(db, which) if each.phase.is_open]
            plans = planned(announcement, await self._zones(db, announcement), now - AWAKE, now + AHEAD)
            change = reconcile(announcement, kept, plans, now)
            for plan in change.moved:
                await occurrences.move(db, plan, self._setup.zones_version)
            before = {each.id: (each.starts_at, each.ends_at) for each in kept}
            moved = [
                (announcement, taken)
                for taken in change.taken
                if taken.step is Step.EDITED
                and before[taken.occurrence.id] != (taken.occurrence.starts_at, taken.occurrence.ends_at)
            ]
            await self._take(db, moved, {}, now, done)
        await occurrences.reckoned(db, which, self._setup.zones_version)

    async def _step_some(self, ids: Sequence[str], now: datetime, db: Db, done: _Done) -> None:
        """These occurrences, as they stand in this transaction."""
        come = await occurrences.due_among(db, ids, now)
        known = await occurrences.several(db, [due.occurrence for due in come])
        texts = await announcements.several(db, [each.announcement for each in known.values()])
        steps: list[tuple[Announcement, Taken]] = []
        for announcement, waiting in _grouped(come, known, texts):
            grace = self._setup.grace_of(announcement.tenant)
            steps += [(announcement, taken) for taken in due_now(announcement, waiting, now, grace)]
        await occurrences.done(db, come, now)
        first: dict[str, datetime] = {}
        for due in come:
            first[due.occurrence] = max(due.at, first.get(due.occurrence, due.at))
        await self._take(db, steps, first, now, done)
        closing = {whose.id for whose, taken in steps if taken.final}
        await announcements.close_ended(db, sorted(closing), occurrences.OPEN, now)

    async def _take(
        self,
        db: Db,
        steps: Sequence[tuple[Announcement, Taken]],
        due: Mapping[str, datetime],
        now: datetime,
        done: _Done,
    ) -> None:
        """Keep the steps, and let alerts resume where a window is over."""
        kept = {taken.occurrence.id for taken in await occurrences.take_all(db, steps, now, due=due)}
        mine = [(whose, taken) for whose, taken in steps if taken.occurrence.id in kept]
        for tenant in {whose.tenant for whose, taken in mine if _ends_window(taken)}:
            await resume(db, tenant, now)
        done.tenants |= {whose.tenant for whose, taken in mine if taken.is_told}
        done.taken += [(whose, taken, due.get(taken.occurrence.id)) for whose, taken in mine]

    async def _zones(self, db: Db, announcement: Announcement) -> frozenset[str]:
        if announcement.clockwork is not Clockwork.CHANNEL:
            return frozenset({announcement.zone})
        return await readers.zones(db, announcement, zone=self._setup.zone_of(announcement.tenant))


def _grouped(
    come: Sequence[Due], known: Mapping[str, Occurrence], texts: Mapping[str, Announcement]
) -> list[tuple[Announcement, list[tuple[Occurrence, list[Due]]]]]:
    """Moments by occurrence, occurrences by announcement."""
    moments: dict[str, list[Due]] = {}
    for due in come:
        moments.setdefault(due.occurrence, []).append(due)
    groups: dict[str, list[tuple[Occurrence, list[Due]]]] = {}
    for which, dues in moments.items():
        occurrence = known.get(which)
        if occurrence is not None and occurrence.announcement in texts:
            groups.setdefault(occurrence.announcement, []).append((occurrence, dues))
    return [(texts[which], waiting) for which, waiting in groups.items()]


def _ends_window(taken: Taken) -> bool:
    return taken.step in (Step.OVERRUN, Step.COMPLETED, Step.ENDED_EARLY, Step.CANCELLED, Step.WITHDRAWN)


def _note(announcement: Announcement, taken: Taken, due_at: datetime | None, now: datetime) -> None:
    late = max(0.0, (now - due_at).total_seconds()) if due_at is not None else 0.0
    ANNOUNCED.labels(step=taken.step).inc()
    if due_at is not None and taken.is_told:
        ANNOUNCED_LATE.observe(late)
    told = log.warning if taken.step is Step.MISSED else log.info
    told(
        "announcement stepped",
        announcement=announcement.id,
        tenant=announcement.tenant,
        occurrence=taken.occurrence.id,
        step=taken.step,
        reason=taken.why,
        missed_policy=announcement.missed,
        late_s=round(late, 1),
    )


def _seconds(wait: timedelta) -> float:
    return wait.total_seconds()


async def announce(announcer: Announcer, clock: Clock) -> None:
    """Run until cancelled: for a process without an engine."""
    while True:
        await guarded("announce", announcer.tick)
        await clock.sleep(PERIOD)
