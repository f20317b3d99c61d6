"""What people told us: "I have it too", that it works, the tests they made.  By a code of the day, never by name.

Kept in the store and, as long as it is believed, in memory, so that an answer costs no read.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.board import OWN_REPORTS, Board
from bot.commands.own_words import OwnWords
from bot.domain.conversation import Person
from bot.domain.observation import (
    NOWHERE,
    Client,
    Feature,
    Health,
    Kind,
    Observation,
    ServiceId,
    SourceId,
    Strength,
    TenantId,
)
from bot.store import own_tests, reports
from bot.store.engine import Store, StoreError
from bot.store.keys import PersonKeys
from bot.store.reports import WINDOW, Report, Said

log = structlog.get_logger(__name__)

TEST_HOLDS = timedelta(minutes=30)  # how long somebody's own test is believed
MOST_TESTERS = 10_000

Who = tuple[TenantId | None, str]


@dataclass(slots=True)
class _Count:
    """The counting of one tenant's reports of one service, in turn."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted: int = 0  # how often it was asked for
    done: int = 0  # up to which asking the last count covers


class People:
    """Reports of colleagues and tests of askers, per tenant."""

    def __init__(self, store: Store, board: Board, started_at: datetime, *, alone: bool = True) -> None:
        """`started_at`: tests made before are in the store only; `alone`: no other replica is told anything."""
        self._store = store
        self._board = board
        self._codes = PersonKeys(store)
        self._tests: OrderedDict[Who, tuple[Observation, ...]] = OrderedDict()
        self._own_words = OwnWords(store, self.code, started_at, alone=alone)
        self._alone = alone
        self._stored_until = started_at + TEST_HOLDS
        self._newest: tuple[int, datetime | None] = (0, None)
        self._counts: dict[tuple[TenantId | None, ServiceId], _Count] = {}
        self._somebody = asyncio.Event()  # is counted

    async def code(self, person: Person, now: datetime) -> str:
        """What counts this person today without naming one.  Raises StoreError."""
        return await self._codes.of(person.tenant, person.lasting_id, now)

    async def own_tests(self, person: Person, now: datetime) -> tuple[Observation, ...]:
        """What this person's own tests say, as far as it is still believed."""
        who = (person.tenant, person.lasting_id)
        if not self._alone or (who not in self._tests and now < self._stored_until):
            self._remember(who, await self._stored(person, now))
        return tuple(seen for seen in self._tests.get(who, ()) if seen.is_believed(now))

    async def tested(self, person: Person, found: Observation) -> None:
        """Somebody told the result of a test.  It counts now, also when it can't be kept for after a restart."""
        who = (person.tenant, person.lasting_id)
        others = tuple(seen for seen in self._tests.get(who, ()) if seen.key != found.key)
        self._remember(who, (*others, found))
        try:
            test = own_tests.OwnTest(
                tenant=person.tenant,
                person=await self.code(person, found.seen_at),
                key=found.key,
                health=found.health,
                at=found.seen_at,
                until=found.until,
            )
            async with self._store.transaction() as db:
                await own_tests.save(db, test)
        except StoreError as error:
            log.debug("own test not stored", error=str(error))

    async def own_word(self, person: Person, now: datetime) -> Report | None:
        """What this person reported within the window: no colleague of theirs, but they themselves."""
        return await self._own_words.of(person, now)

    def me_too(self, tenant: TenantId | None, service: ServiceId, now: datetime) -> int:
        """How many people of this tenant have it too, in the last 15 minutes."""
        return sum(
            seen.strength.reports
            for seen in self._board.look(tenant, now)
            if seen.source == OWN_REPORTS and seen.service == service and seen.health is Health.DOWN and seen.strength
        )

    async def reported(self, person: Person, report: Report) -> int:
        """Somebody has it too, or has it no more; counted once per window.  Gives the number of those that have it.

        Raises StoreError: a number that forgets people would be a lie.
        """
        async with self._store.transaction() as db:
            await reports.add(db, report)
        self._own_words.remember(person, report)
        await self.recount(report.tenant, report.service, report.at)
        return self.me_too(report.tenant, report.service, report.at)

    async def recount(self, tenant: TenantId | None, service: ServiceId, now: datetime) -> None:
        """Put the present numbers of this tenant on the board.  Raises StoreError.

        One count at a time, and whoever came while it waited is in it: an older number never lands on a newer one,
        and a thousand who press at once cost a few counts.
        """
        turn = self._counts.setdefault((tenant, service), _Count())
        turn.wanted += 1
        mine = turn.wanted
        async with turn.lock:
            if turn.done >= mine:
                return
            covers = turn.wanted
            numbers = await self._counted(tenant, service, now)
            others = [seen for seen in self._own_reports(tenant, now) if seen.service != service]
            self._board.put(OWN_REPORTS, tenant, [*others, *numbers])
            turn.done = covers
            if numbers:
                self._somebody.set()

    async def until_somebody(self) -> None:
        """Return when there are reports that will run out."""
        await self._somebody.wait()

    async def let_go(self, now: datetime) -> None:
        """Count those again who were counted: people leave the window while nobody presses.  Raises StoreError."""
        self._somebody.clear()
        try:
            for tenant, service in list(self._counts):
                if any(seen.service == service for seen in self._own_reports(tenant, now)):
                    await self.recount(tenant, service, now)
        except StoreError:
            self._somebody.set()
            raise

    def _own_reports(self, tenant: TenantId | None, now: datetime) -> list[Observation]:
        seen = self._board.look(tenant, now)
        return [each for each in seen if each.source == OWN_REPORTS and each.tenant == tenant]

    async def restore(self, services: Iterable[ServiceId], now: datetime) -> None:
        """Count again, after a restart, what was reported before it; and see whether there are tests to look up."""
        async with self._store.reading() as db:
            if not await own_tests.are_believed(db, now):
                self._stored_until = now
        await self._count_all(services, now)

    async def follow(self, services: Iterable[ServiceId], now: datetime) -> None:
        """Count again when somebody told another replica something.  Raises StoreError."""
        async with self._store.reading() as db:
            newest = await reports.newest(db, now)
        if newest != self._newest:
            await self._count_all(services, now)
            self._newest = newest

    async def _count_all(self, services: Iterable[ServiceId], now: datetime) -> None:
        wanted = set(self._counts)
        for service in services:
            async with self._store.reading() as db:
                wanted |= {(tenant, service) for tenant in await reports.tenants(db, service, now)}
        for tenant, service in sorted(wanted, key=str):
            await self.recount(tenant, service, now)

    async def _counted(self, tenant: TenantId | None, service: ServiceId, now: datetime) -> list[Observation]:
        async with self._store.reading() as db:
            having = await reports.count(db, tenant, service, now, said=Said.ME_TOO)
            working = await reports.count(db, tenant, service, now, said=Said.WORKS)
            fixed = await reports.count(db, tenant, service, now, said=Said.FIXED)
            features = await reports.features(db, tenant, service, now)
            since = await reports.first_at(db, tenant, service, now)
        said = _Said(tenant=tenant, service=service, now=now)
        told = (
            said.colleagues("me_too", Health.DOWN, having, feature=_common(features, having.reports), since=since),
            said.colleagues("works", Health.FINE, working),
            said.colleagues("fixed", Health.FINE, fixed),
        )
        return [seen for seen in told if seen.strength and seen.strength.reports]

    async def _stored(self, person: Person, now: datetime) -> tuple[Observation, ...]:
        try:
            code = await self.code(person, now)
            async with self._store.reading() as db:
                kept = await own_tests.load(db, person.tenant, code, now)
        except StoreError as error:
            log.debug("own tests not read", error=str(error))
            return ()
        return tuple(own_test(test.key, test.health, test.at) for test in kept)

    def _remember(self, who: Who, tests: tuple[Observation, ...]) -> None:
        self._tests[who] = tests
        self._tests.move_to_end(who)
        while len(self._tests) > MOST_TESTERS:
            self._tests.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Whose colleagues speak of what, and when."""

    tenant: TenantId | None
    service: ServiceId
    now: datetime

    def colleagues(
        self,
        key: str,
        health: Health,
        strength: Strength,
        *,
        feature: Feature | None = None,
        since: datetime | None = None,
    ) -> Observation:
        shares = {site or NOWHERE: people for site, people in strength.shares.items()}
        return Observation(
            source=OWN_REPORTS,
            kind=Kind.COLLEAGUES,
            origin="colleagues",
            key=key,
            service=self.service,
            health=health,
            seen_at=self.now,
            said_at=self.now,
            since=since,
            until=self.now + WINDOW,
            tenant=self.tenant,
            feature=feature,
            strength=replace(strength, usual=0.0, shares=shares),
            vantage="asker",
        )


def _common(features: Mapping[str, int], people: int) -> Feature | None:
    """The feature that at least half of them name."""
    named = {feature: count for feature, count in features.items() if feature}
    if not named:
        return None
    most = max(named, key=lambda feature: (named[feature], feature))
    return Feature(most) if named[most] * 2 >= people else None


def own_test(key: str, health: Health, now: datetime, *, client: Client | None = None, text: str = "") -> Observation:
    """What the asker found out: "other_site", "web", "mobile_data", "colleagues", "this_client", "code"."""
    return Observation(
        source=SourceId("asker"),
        kind=Kind.ASKER,
        origin="asker",
        key=key,
        service=ServiceId("teams"),
        health=health,
        seen_at=now,
        said_at=now,
        until=now + TEST_HOLDS,
        client=client,
        text=text,
        vantage="asker",
    )
