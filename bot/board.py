"""What every source said last: polled on each source's own period, read by everybody who asks.

A question never starts a fetch.  Each source has at most one refresh in flight; what could not be read becomes an
observation too (`Health.UNREACHABLE`), so that no verdict can overlook it.
"""

import asyncio
import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.board_care import Care, ClockCheck, cannot_see, failure_of, show, unasked
from bot.board_memory import Guard, Memory
from bot.clock import Clock
from bot.domain.blindness import is_important, tell_at
from bot.domain.observation import Health, Observation, SourceId, TenantId
from bot.domain.source_health import (
    PollFailure,
    SourceHealth,
    SourceState,
    after_failure,
    after_success,
    budget_returns,
    requests_left,
)
from bot.domain.tries import with_earlier_tries
from bot.http import Fetcher, FetchError, Page
from bot.http_tally import Tally, tallied
from bot.metrics import FETCH_SECONDS, POLLS, UNKNOWN_WORDS
from bot.sources.source import Source, SourceError
from bot.store.engine import Store

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(seconds=1.5)  # real time that a question waits for a first refresh that is already running
OWN_REPORTS = SourceId("me_too")
TOO_MANY = 429  # who asked us to wait is not asked sooner because we started again
EXCHANGES_WORTH = 4  # longest poll, in deadlines of one exchange


class Board:
    """The latest observations per source and tenant, and how well each source can be read."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        sources: Sequence[Source],
        fetcher: Fetcher,
        clock: Clock,
        store: Store,
        *,
        patience: timedelta = LONGEST_WAIT,
        care: Care | None = None,
    ) -> None:
        """`sources`: those that are on and set up; the others get a health by `know`.  `patience`: see LONGEST_WAIT."""
        self._care = care or Care()
        self._clocks = ClockCheck()
        self._patience_s = patience.total_seconds()
        self._sources = {_place(source.id, source.tenant): source for source in sources}
        self._fetcher = fetcher
        self._clock = clock
        self._memory = Memory(store)
        self._seen: dict[tuple[SourceId, TenantId | None], tuple[Observation, ...]] = {}
        self._health = {place: unasked(source, clock.now()) for place, source in self._sources.items()}
        self._running: dict[tuple[SourceId, TenantId | None], asyncio.Event] = {}
        self.changes = 0  # grows with every change of what `look` gives: a key for caches
        self._changed = asyncio.Event()

    async def restore(self) -> None:
        """Read back what was known before a restart."""
        observations, healths = await self._memory.all(self._clock.now())
        for observation in observations:
            place = (observation.source, observation.tenant)
            if place in self._sources or observation.source == OWN_REPORTS:
                self._seen[place] = (*self._seen.get(place, ()), observation)
        for health in healths:
            place = _place(health.source, health.tenant)
            if place in self._sources:
                held = health.next_try if health.is_unreadable and health.http_status == TOO_MANY else None
                self._health[place] = replace(health, period=self._sources[place].period, next_try=held)
        self._has_changed()

    def write_under(self, guard: Guard) -> None:
        """`guard`: raises LostLease in a transaction when it is not for us any more to say what was polled."""
        self._memory.guard = guard

    async def follow(self) -> None:
        """Take in what another replica polled since we last looked.  Raises StoreError."""
        newer, seen = await self._memory.newer(self._health, self._sources, self._clock.now())
        for place, health in newer.items():
            if health.last_success != self._health[place].last_success:
                said = [one for one in seen if (one.source, one.tenant) == place]
                self._seen[place] = with_earlier_tries(self._seen.get(place, ()), said, self._clock.now())
            self._health[place] = replace(health, period=self._sources[place].period)
        if newer:
            self._has_changed()

    def know(self, healths: Iterable[SourceHealth]) -> None:
        """Remember the state of sources that are off or not set up, to be shown."""
        self._health.update({_place(health.source, health.tenant): health for health in healths})

    def healths(self) -> tuple[SourceHealth, ...]:
        """Every source's health, by id."""
        return tuple(sorted(self._health.values(), key=lambda health: (health.source, health.tenant or "")))

    def due(self, now: datetime) -> tuple[Source, ...]:
        """Sources to be asked now; none that is being asked already."""
        return tuple(
            source
            for place, source in self._sources.items()
            if place not in self._running and self._health[place].is_due(now)
        )

    def next_due(self, now: datetime) -> datetime:
        """When to look again: at the next source's time, or soon while one is being asked."""
        soon = now + timedelta(seconds=1)
        if self._running:
            return soon
        tries = [health.next_try or now for place, health in self._health.items() if place in self._sources]
        tries += [at for place in self._sources if (at := self._tell_at(place)) is not None]
        return max(soon, min(tries, default=now + timedelta(minutes=1)))

    async def poll(self, source: Source) -> None:
        """Ask one source, unless it is being asked already, and keep what it said."""
        place = _place(source.id, source.tenant)
        if place in self._running:
            return
        self._running[place] = asyncio.Event()
        try:
            await self._ask(source)
        finally:
            self._running.pop(place).set()

    async def tell(self, now: datetime) -> None:
        """Tell operators of each important source that has been blind for long: once, also over a restart."""
        for place, source in self._sources.items():
            if (at := self._tell_at(place)) is not None and at <= now:
                health = self._health[place] = replace(self._health[place], told_at=now)
                log.warning(
                    "source stays blind",
                    source=source.id,
                    since=health.since,
                    reason=health.reason,
                    do=self._care.words(health),
                )
                await self._memory.keep(place, health, None)

    def _tell_at(self, place: tuple[SourceId, TenantId | None]) -> datetime | None:
        about = self._sources[place].about
        important = is_important(about.kind, set_up=bool(about.needs))
        return tell_at(self._health[place], self._care.blind_after) if important else None

    async def settle(self) -> None:
        """Wait shortly for sources that are being asked and have never answered yet."""
        first = [
            event.wait()
            for place, event in list(self._running.items())
            if self._health[place].last_success is None and self._health[place].failures == 0
        ]
        if first:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s):
                    await asyncio.gather(*first)

    def measure(self) -> None:
        """Bring the gauges of every source up to date, for whoever reads them now."""
        show(self._health.values(), self._clock.now())

    async def until_changed(self) -> None:
        """Return when `look` gives something else than when this was last waited for.  For one who waits."""
        await self._changed.wait()
        self._changed.clear()

    def _has_changed(self) -> None:
        self.changes += 1
        self._changed.set()

    def put(self, source: SourceId, tenant: TenantId | None, observations: Sequence[Observation]) -> None:
        """Take in what did not come by polling: colleagues' reports, an operator's word."""
        self._seen[(source, tenant)] = tuple(observations)
        self._has_changed()

    def look(self, tenant: TenantId | None, now: datetime) -> tuple[Observation, ...]:
        """What is believed at `now`: public observations plus this tenant's, and one for each unreadable source.

        Colleagues are never public, not even those whose tenant is not known.
        """
        seen = [
            observation
            for (source, owner), observations in self._seen.items()
            if owner == tenant or (owner is None and source != OWN_REPORTS)
            for observation in observations
            if observation.is_believed(now)
        ]
        seen += [
            cannot_see(self._sources.get(place), health, now)
            for place, health in self._health.items()
            if health.is_unreadable and place[1] in (None, tenant) and not self._is_aside(place)
        ]
        return tuple(seen)

    async def fail(self, source: Source, reason: str) -> None:
        """A poll ended by an error of ours: the source counts as unreadable."""
        await self._failed(source, PollFailure(reason=reason))

    async def _ask(self, source: Source) -> None:
        started, place = self._clock.now(), _place(source.id, source.tenant)
        budget = self._care.budget(source.id, source.period)
        left = requests_left(self._health[place], budget, started)
        if left == 0:
            words = "our own budget of requests is used up"
            at = budget_returns(self._health[place], budget, started)
            await self._failed(source, PollFailure(reason=words, retry_at=at, requests=0))
            return
        with tallied(left) as tally:
            try:
                async with asyncio.timeout(self._fetcher.within.total_seconds() * EXCHANGES_WORTH):
                    pages = await source.fetch(self._fetcher, started)
                observations = source.parse(pages, self._clock.now())
            except (SourceError, FetchError, TimeoutError) as error:
                await self._failed(source, failure_of(error, tally))
            else:
                self._compare_clocks(place, tally)
                await self._succeeded(
                    source, observations, [page for page in pages if page.fetched_at >= started], tally
                )

    def _compare_clocks(self, place: tuple[SourceId, TenantId | None], tally: Tally) -> None:
        if tally.clock_off is not None:
            self._health[place] = replace(self._health[place], clock_off=tally.clock_off)
            self._clocks.compare([one.clock_off for one in self._health.values() if one.clock_off is not None])

    async def _succeeded(
        self, source: Source, observations: list[Observation], asked: Sequence[Page], tally: Tally
    ) -> None:
        """`asked`: the pages that this poll fetched; a source may show earlier ones again beside them."""
        place = _place(source.id, source.tenant)
        before = self._health[place]
        after = after_success(before, self._clock.now(), jitter=_jitter(), requests=tally.requests)
        self._seen[place] = with_earlier_tries(self._seen.get(place, ()), observations, self._clock.now())
        self._health[place] = after
        self._has_changed()
        POLLS.labels(source=source.id, result="ok").inc()
        for page in asked:
            FETCH_SECONDS.labels(source=source.id).observe(page.took.total_seconds())
        UNKNOWN_WORDS.labels(source=source.id).inc(sum(seen.health is Health.UNKNOWN for seen in observations))
        if before.state is SourceState.BLIND or before.told_at is not None:
            log.info("source is back", source=source.id, blind_since=before.since)
        await self._memory.keep(place, after, observations)

    async def _failed(self, source: Source, failure: PollFailure) -> None:
        place = _place(source.id, source.tenant)
        before = self._health[place]
        after = after_failure(before, failure, self._clock.now(), jitter=_jitter())
        self._health[place] = after
        self._has_changed()
        POLLS.labels(source=source.id, result="failed").inc()
        if after.state is SourceState.BLIND and before.state is not SourceState.BLIND:
            log.warning("source went blind", source=source.id, since=after.since, reason=failure.reason)
        await self._memory.keep(place, after, None)

    def _is_aside(self, place: tuple[SourceId, TenantId | None]) -> bool:
        """Whether a source says nothing of what people ask about, so that nobody misses it in an answer."""
        return place in self._sources and self._sources[place].about.aside


def _place(source: SourceId, tenant: TenantId | None) -> tuple[SourceId, TenantId | None]:
    return (source, tenant)


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads polls; nobody gains by guessing it
