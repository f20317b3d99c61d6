"""Judging on a real database and a fake clock, with statements put on the board by hand."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.board import Board
from bot.clock import SettableClock
from bot.domain.delivery import Subject
from bot.domain.lifecycle import Thresholds
from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.domain.outcome import Policy
from bot.jobs.consequences import correct, tell_back, wait_on
from bot.jobs.incidents import Incidents, Judging
from bot.store import incidents, notifications
from bot.store.engine import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEAMS = ServiceId("teams")
OURS = TenantId("ours")
BELIEVED = timedelta(minutes=10)
LOOKS = timedelta(seconds=15)
SIGNIN = ServiceId("signin")
POLICY = Policy(related={TEAMS: (SIGNIN,)})


def official(health=Health.DOWN, key="TM1", **said):
    """Microsoft's word."""
    return _seen("ms_public", Kind.OFFICIAL_PUBLIC, "microsoft", health, key=key, text=f"{key}: trouble", **said)


def crowd(health=Health.DOWN, **said):
    """A crowd's, strong when there is trouble."""
    return _seen("downdetector", Kind.CROWD, "downdetector", health, **said)


def probe(health=Health.DOWN, **said):
    """Our own test's."""
    return _seen("probe", Kind.PROBE, "server", health, **said)


def _seen(source, kind, origin, health, **said):
    about = {"key": source, "service": TEAMS} | said
    return Observation(
        source=SourceId(source), kind=kind, origin=origin, health=health, seen_at=NOON, said_at=NOON,
        until=NOON + BELIEVED, vantage="server", **about,
    )  # fmt: skip


class Judged:
    """One replica that judges."""

    def __init__(self, store, clock, *, tenants=(None,), drill=False, holding=None, also=()):  # noqa: PLR0913 - each for some test
        self.store, self.clock = store, clock
        self.board = Board([], None, clock, store)
        self.delivers = []  # tenants for whom there was something
        self.said = {}
        judging = Judging(
            policy_of=lambda _: POLICY, thresholds_of=lambda _: Thresholds(), tenants=self._tenants,
            services=(TEAMS, SIGNIN), changed=self._changed, consequences=(tell_back, wait_on, correct, *also),
            drill=drill,
        )  # fmt: skip
        self.whom = tenants
        self.kept = Incidents(store, self.board, judging, holding=holding)

    async def _tenants(self, _):
        return self.whom

    async def _changed(self, tenant):
        self.delivers.append(tenant)

    def says(self, *statements):
        """From now on these say so, at every look, and nobody else says anything."""
        self.said = {one.key: one for one in statements}

    async def looks(self):
        """Once, now.  Raises what it raises."""
        now = self.clock.now()
        by_place = {}
        for one in self.said.values():
            fresh = replace(one, seen_at=now, said_at=now, until=now + BELIEVED)
            by_place.setdefault((one.source, one.tenant), []).append(fresh)
        for place in [place for place in self.board._seen if place not in by_place]:
            self.board.put(*place, [])
        for place, several in by_place.items():
            self.board.put(*place, several)
        await self.kept.look(now)

    async def passes(self, minutes):
        """Time passes, and it looks as often as it does."""
        until = self.clock.now() + timedelta(minutes=minutes)
        while self.clock.now() < until:
            self.clock.set(self.clock.now() + LOOKS)
            await self.looks()

    async def life(self, tenant=None, service=TEAMS):
        """Every change of every incident of this service, oldest first."""
        async with self.store.reading() as db:
            found = [one for one in reversed(await incidents.recent(db, tenant)) if one.service == service]
            return [(one, [step.change.value for step in await incidents.steps(db, one.id)]) for one in found]

    async def wanted(self, incident):
        """What must be known of this incident."""
        async with self.store.reading() as db:
            return await notifications.about(db, incident.tenant, Subject.INCIDENT, incident.id)


@asynccontextmanager
async def judged(url, **more):
    """A replica on this database, at noon."""
    clock = SettableClock(NOON)
    store = await Store.open(url, clock, exclusive=False)
    try:
        yield Judged(store, clock, **more)
    finally:
        await store.close()
