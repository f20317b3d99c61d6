"""What was announced takes place: saved -> planned -> its moments come -> steps -> what must be known.

Each look does what is due and then waits for the next moment to the second, rather than for the next look.  A moment is
done in the transaction that keeps its step and what must be known of it, so whoever is killed in between loses nothing
and doubles nothing.  Only the replica that holds `ticking` looks.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.domain.announcement import Announcement, AnnouncementId, Due, Occurrence
from bot.domain.announcing import AHEAD
from bot.domain.observation import TenantId
from bot.domain.occurring import Step, Taken, due_now
from bot.jobs.leases import AlwaysHeld, Holding
from bot.jobs.planning import UNWRITTEN, Planner, Steps
from bot.jobs.runner import guarded, sleep_or_news
from bot.jobs.windows import Windows
from bot.metrics import ANNOUNCED, ANNOUNCED_LATE
from bot.store import announcements, dues, occurrences, stepping
from bot.store.announcements import ToPlan
from bot.store.approvals import PeopleOf
from bot.store.engine import Db, Store
from bot.store.running_windows import resume

log = structlog.get_logger(__name__)

PERIOD = timedelta(seconds=10)  # between two looks: as late as that another process's change is noticed
SOME = 250  # announcements planned in one transaction
MANY = 1000  # occurrences stepped in one transaction: a fifth of a second at most
FEW = 50  # steps of one transaction that are logged one by one
MOST = 50_000  # moments taken up in one look
LOOK_AHEAD_EVERY = timedelta(minutes=10)  # whether recurring ones are planned far enough

Changed = Callable[[TenantId | None], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """What announcing needs from the rest of the product."""

    zone_of: Callable[[TenantId | None], str]  # of conversations that have none of their own
    changed: Changed  # there is something to deliver to this tenant
    grace_of: Callable[[TenantId | None], timedelta]  # how late a missed one is still told
    zones_version: str  # release of the zone database
    approvers_of: PeopleOf = lambda _: ()  # who may say yes to what needs a second person


@dataclass(slots=True)
class _Done:
    """What one transaction did."""

    tenants: set[TenantId | None] = field(default_factory=set)
    taken: list[tuple[Announcement, Taken, datetime | None]] = field(default_factory=list)


_T = TypeVar("_T")
_Work = Callable[[Sequence[_T], datetime, Db, _Done], Awaitable[None]]


class Announcer:
    """Looks after everything that is planned."""

    def __init__(
        self, store: Store, clock: Clock, setup: Announcing, *, windows: Windows, holding: Holding | None = None
    ) -> None:
        """`holding`: the right to look, where several replicas share a database."""
        self._store, self._clock, self._setup, self._windows = store, clock, setup, windows
        self._holding = holding or AlwaysHeld()
        self._planner = Planner(setup.zone_of, setup.zones_version, setup.approvers_of)
        self._begun = False
        self._is_shown = False  # what the board says of windows is what stands in the database
        self._looked_ahead_at: float | None = None  # monotonic
        self.next_due: datetime | None = None
        self.news = asyncio.Event()  # something was saved in this process

    async def run(self) -> None:
        """Until cancelled.  Raises StoreError, LostLease."""
        while True:
            await self.tick()

    async def tick(self) -> None:
        """One look, and every moment and saved change that comes before the next.  Raises StoreError, LostLease."""
        ends = self._clock.monotonic() + PERIOD.total_seconds()
        await self.look()
        stuck: datetime | None = None  # a moment that waits for somebody's yes
        while (left := ends - self._clock.monotonic()) > 0:
            due = None if self.next_due == stuck else self.next_due
            until_due = left if due is None else max(0.0, (due - self._clock.now()).total_seconds())
            if await sleep_or_news(self._clock, timedelta(seconds=min(left, until_due)), self.news):
                await self.look()
            elif until_due < left:
                await self._step()
                stuck = due if self.next_due is not None and due is not None and self.next_due <= due else None

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
        await self._show()

    async def _plan(self) -> None:
        """What was saved since the last look.  One that can't be planned is no other's trouble."""
        while True:
            async with self._store.reading() as db:
                saved = await announcements.to_be_planned(db, SOME)
            now = self._clock.now()
            well = await self._together("plan announcement", saved, self._plan_some, now)
            if not well or len(saved) < SOME:
                break
        await self._show()

    async def _look_ahead(self) -> None:
        """Recurring ones are planned a while ahead."""
        now = self._clock.now()
        while True:
            async with self._store.reading() as db:
                short = await announcements.to_extend(db, now + AHEAD - LOOK_AHEAD_EVERY, SOME)
            well = await self._together("plan ahead", short, self._extend, now)
            if not well or len(short) < SOME:
                return

    async def _together(self, what: str, several: Sequence[_T], work: _Work[_T], now: datetime) -> bool:
        """In one transaction, or each in its own where one of them spoils it.  False: one did."""
        try:
            if several:
                await self._in_one(partial(work, several, now))
        except (ValueError, LookupError, ArithmeticError):
            for one in several:
                await guarded(what, partial(self._in_one, partial(work, [one], now)))
            return False
        return True

    async def _step(self) -> None:
        """Everything whose moment has come."""
        now = self._clock.now()
        async with self._store.reading() as db:
            self.next_due = await dues.next_at(db)
            if self.next_due is None or self.next_due > now:
                return
            ids = await dues.come(db, now, MOST)
        for start in range(0, len(ids), MANY):
            await self._in_one(partial(self._step_some, ids[start : start + MANY], now))
        await self._show()
        async with self._store.reading() as db:
            self.next_due = await dues.next_at(db)

    async def _in_one(self, work: Callable[[Db, _Done], Awaitable[None]]) -> None:
        """One transaction; what it did is told when it is on the disk."""
        done = _Done()
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            await work(db, done)
        if done.taken:
            self._is_shown = False
            _note(done.taken, self._clock.now())
        for tenant in done.tenants:
            await self._setup.changed(tenant)

    async def _show(self) -> None:
        """The windows that run, on the board."""
        if not self._is_shown:
            await self._windows.refresh(self._clock.now())
            self._is_shown = True

    async def _plan_some(self, which: Sequence[AnnouncementId], now: datetime, db: Db, done: _Done) -> None:
        planned = await self._planner.plan(db, which, now)
        await self._take(db, planned.steps, {}, now, done)
        done.tenants |= planned.asked
        await announcements.close_ended(db, which, occurrences.OPEN, now)

    async def _extend(self, several: Sequence[ToPlan], now: datetime, db: Db, done: _Done) -> None:
        del done
        await self._planner.extend(db, several, now)
        await announcements.close_ended(db, [one.announcement.id for one in several], occurrences.OPEN, now)

    async def _replan(self, which: str, now: datetime, db: Db, done: _Done) -> None:
        await self._take(db, await self._planner.replan(db, which, now), {}, now, done)

    async def _step_some(self, ids: Sequence[str], now: datetime, db: Db, done: _Done) -> None:
        """These occurrences, as they stand in this transaction."""
        known = await occurrences.several(db, ids, hold=True)
        texts = await announcements.several(db, [each.announcement for each in known.values()])
        ready = {name for name, one in texts.items() if one.draft not in UNWRITTEN}
        come = await dues.claim(db, [each.id for each in known.values() if each.announcement in ready], now)
        steps: Steps = []
        for which, waiting in _grouped(come, known).items():
            announcement = texts[which]
            grace = self._setup.grace_of(announcement.tenant)
            steps += [(announcement, taken) for taken in due_now(announcement, waiting, now, grace)]
        last = {which: several[-1].at for which, several in come.items()}
        await self._take(db, steps, last, now, done)
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
        kept = {taken.occurrence.id for taken in await stepping.take_all(db, steps, now, due=due)}
        mine = [(whose, taken) for whose, taken in steps if taken.occurrence.id in kept]
        for tenant in {whose.tenant for whose, taken in mine if _ends_window(taken)}:
            await resume(db, tenant, now)
        done.tenants |= {whose.tenant for whose, taken in mine if taken.is_told}
        done.taken += [(whose, taken, due.get(taken.occurrence.id)) for whose, taken in mine]


def _grouped(
    come: Mapping[str, list[Due]], known: Mapping[str, Occurrence]
) -> dict[str, list[tuple[Occurrence, list[Due]]]]:
    """Occurrences with their moments, by announcement."""
    groups: dict[str, list[tuple[Occurrence, list[Due]]]] = {}
    for which, moments in come.items():
        groups.setdefault(known[which].announcement, []).append((known[which], moments))
    return groups


def _ends_window(taken: Taken) -> bool:
    return taken.step in (Step.OVERRUN, Step.COMPLETED, Step.ENDED_EARLY, Step.CANCELLED, Step.WITHDRAWN)


def _note(several: Sequence[tuple[Announcement, Taken, datetime | None]], now: datetime) -> None:
    """Count the steps and log them: a few one by one, many as what they have in common."""
    late = [max(0.0, (now - due_at).total_seconds()) if due_at is not None else 0.0 for _, _, due_at in several]
    for step, count in Counter(taken.step for _, taken, _ in several).items():
        ANNOUNCED.labels(step=step).inc(count)
    for (_, taken, due_at), seconds in zip(several, late, strict=True):
        if due_at is not None and taken.is_told:
            ANNOUNCED_LATE.observe(seconds)
    if len(several) > FEW:
        alike = Counter((whose.tenant, taken.step, taken.why, whose.missed) for whose, taken, _ in several)
        for (tenant, step, why, missed), count in alike.items():
            said = {"tenant": tenant, "reason": why, "missed_policy": missed, "occurrences": count}
            _tell(step, "announcements stepped", **said, late_s=round(max(late), 1))
        return
    for (announcement, taken, _), seconds in zip(several, late, strict=True):
        _tell(
            taken.step,
            "announcement stepped",
            announcement=announcement.id,
            tenant=announcement.tenant,
            occurrence=taken.occurrence.id,
            reason=taken.why,
            missed_policy=announcement.missed,
            late_s=round(seconds, 1),
        )


def _tell(step: Step, what: str, **said: object) -> None:
    told = log.warning if step is Step.MISSED else log.info
    told(what, step=step, **said)


def _seconds(wait: timedelta) -> float:
    return wait.total_seconds()
