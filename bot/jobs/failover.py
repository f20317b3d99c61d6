"""When Teams fails at carrying our words, other ways tell the alarm, and later its end.

Decided by evidence, per tenant: its own sends where there are enough, else everybody's; and what our probes find.
Where a tenant has one or two conversations, theirs count when they all fail for long and nobody else's arrive.
Teams' two web addresses stand for its connector, which has no address that may be asked without a token.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.domain.delivery import Progress
from bot.domain.failing import AT_LEAST, KEPT, WINDOW, Doors, Failing, Send, Try, teams_fails
from bot.domain.incident import Change, Incident, Reach
from bot.domain.observation import Health, Kind, Observation, TenantId
from bot.domain.ways import Way, suits
from bot.jobs.leases import Holding
from bot.jobs.runner import guarded
from bot.jobs.spreading import ENDS, way_step
from bot.metrics import FAILOVERS
from bot.store import deliveries, handing_over, incidents, notifications, subscriptions
from bot.store.deliveries import Work
from bot.store.engine import Db, Store
from bot.store.handing_over import Open, WayLine

log = structlog.get_logger(__name__)

LOOK = timedelta(seconds=5)  # while something is being sent, or fails
CALM = timedelta(seconds=15)  # else: the doors are probed once a minute
MOST_SENDS = 5000
Also = Callable[[Db, TenantId | None, Sequence[Way], datetime], Awaitable[bool]]
Told = Collection[tuple[TenantId | None, str, str]]  # whose incident, of which service, on which way
DOORS = frozenset({"teams_web", "teams_cloud"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What failover goes by, and whom it calls."""

    tenants: Collection[TenantId | None]  # those with settings of their own; others are met when something is sent
    ways: Callable[[TenantId | None], Sequence[Way]]
    common: Callable[[TenantId | None], bool]  # whether these are the ways of those without settings, too
    look: Callable[[datetime], Sequence[Observation]]  # public observations
    changed: Callable[[TenantId | None], Awaitable[None]]  # there is something to deliver


class Failover:
    """Watches how sends end."""

    def __init__(self, store: Store, clock: Clock, holding: Holding, seen: Seen) -> None:
        """`run` must be going."""
        self._store, self._clock, self._holding, self._seen = store, clock, holding, seen
        self._sends: deque[tuple[TenantId | None, Send]] = deque(maxlen=MOST_SENDS)
        self._failing: dict[TenantId | None, Failing] = {}
        self.also: Also | None = None  # owes the ways what tells of no incident; True: there was something

    def note(self, work: Work, ended: Try, at: datetime) -> None:
        """One send has ended."""
        self._sends.append((work.delivery.tenant, Send(destination=work.delivery.destination, at=at, ended=ended)))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await guarded("failover", self.look)
            await self._clock.sleep(LOOK if self._sends or self._failing else CALM)

    async def look(self) -> None:
        """Judge every tenant that has other ways.  Raises StoreError."""
        now = self._clock.now()
        while self._sends and self._sends[0][1].at <= now - KEPT:
            self._sends.popleft()
        doors, sends = doors_of(self._seen.look(now)), self._by_tenant()
        tenants = {*self._seen.tenants, *self._failing, *sends}
        for tenant in sorted(tenants, key=lambda one: (one is None, one or "")):  # the public last: see `_is_doubled`
            ways, before = self._seen.ways(tenant), self._failing.get(tenant)
            if not ways and tenant not in self._seen.tenants:
                continue
            few = await self._few(tenant) if ways and tenant in sends else frozenset()
            failing = teams_fails(self._evidence(sends.get(tenant, ()), now), doors, now, failing=before, few=few)
            if failing is None:
                if before is not None:
                    await self._back(tenant, now)
                continue
            if before is None:
                FAILOVERS.labels(reason=failing).inc()
                log.warning("teams fails", tenant=tenant, reason=failing, ways=[way.name for way in ways])
            self._failing[tenant] = failing
            if ways and await self._tell(tenant, ways, now):
                await self._seen.changed(tenant)

    async def _few(self, tenant: TenantId | None) -> frozenset[str]:
        """Every conversation that this tenant has subscribed, where those are fewer than it takes to be sure."""
        async with self._store.reading() as db:
            first = await subscriptions.of_tenant(db, tenant, limit=AT_LEAST)
        return frozenset(each.subscription.conversation for each in first if len(first) < AT_LEAST)

    def _by_tenant(self) -> Mapping[TenantId | None, Sequence[Send]]:
        sends: dict[TenantId | None, list[Send]] = {}
        for tenant, send in self._sends:
            sends.setdefault(tenant, []).append(send)
        return sends

    def _evidence(self, own: Sequence[Send], now: datetime) -> Sequence[Send]:
        """The tenant's own sends; everybody's, where too few of its conversations were spoken to."""
        enough = len({send.destination for send in own if send.at > now - WINDOW}) >= AT_LEAST
        return own if enough else [send for _, send in self._sends]

    async def _back(self, tenant: TenantId | None, now: datetime) -> None:
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            await handing_over.hurry(db, tenant, now)
        del self._failing[tenant]
        log.info("teams is back", tenant=tenant)
        await self._seen.changed(tenant)

    async def _tell(self, tenant: TenantId | None, ways: Sequence[Way], now: datetime) -> bool:
        """Owe each way what it has not told; whether there was anything."""
        owed = False
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            told = await handing_over.told_for(db) if self._seen.common(tenant) else frozenset()
            for known in await handing_over.open_ones(db, tenant):
                incident = await incidents.get(db, known.incident, tenant)
                if incident is not None and known.waits:
                    new = [way for way in ways if not self._is_doubled(way, incident, told)]
                    owed |= await self._owe(db, known, incident, new, now)
                    await self._hand_over(db, known, {way.name for way in ways if way.helpdesk})
            if self.also is not None:
                owed |= await self.also(db, tenant, ways, now)
        return owed

    def _is_doubled(self, way: Way, incident: Incident, told: Told) -> bool:
        """Whether this way tells the same trouble as somebody else's incident already: each tenant has its own.

        Only what is everybody's can be the same; and the public's is told only where no tenant has it.
        """
        if incident.reach is not Reach.EVERYONE or incident.drill:
            return False
        return any(
            name == way.name and service == incident.service and whose != incident.tenant and self._seen.common(whose)
            for whose, service, name in told
        )

    async def _owe(self, db: Db, known: Open, incident: Incident, ways: Sequence[Way], now: datetime) -> bool:
        notification = await notifications.get(db, known.notification)
        due = [
            way_step(way, Change.CONFIRMED, incident.revision, now)
            for way in ways
            if suits(way, incident) is None and is_untold(way, known)
        ]
        if notification is not None:
            await deliveries.owe(db, notification, due)
        return bool(due)

    async def _hand_over(self, db: Db, known: Open, desks: Collection[str]) -> None:
        """Cards that wait are shown as told by the ways that told it; `desks` told the help desk, and nobody else."""
        telling = {line.way for line in known.ways if line.sent_at is not None and line.step not in ENDS}
        told = sorted(telling.difference(desks))
        if told and (handed := await handing_over.hand_over(db, known.notification, ", ".join(told))):
            log.info("handed over", incident=known.incident, ways=told, cards=handed)


def is_untold(way: Way, known: Open) -> bool:
    """Whether this way has yet to tell that it began, or began again."""
    lines = [line for line in known.ways if line.way == way.name]
    last = lines[-1] if lines else None
    return last is None or last.step in ENDS or _is_lost(last, known)


def _is_lost(line: WayLine, known: Open) -> bool:
    """Owed, not said, and overtaken by a later step."""
    return line.sent_at is None and (line.progress is not Progress.OPEN or line.revision < known.stepped)


def doors_of(seen: Sequence[Observation]) -> Doors:
    """What our probes find, as far as it is still believed."""
    real = [one for one in seen if not one.drill and one.vantage == "server"]
    probes = [one for one in real if one.kind is Kind.PROBE]
    return Doors(
        connector=_open([one for one in probes if one.key in DOORS]),
        signin=_open([one for one in probes if one.key == "signin"]),
        neutral=_open([one for one in real if one.kind is Kind.NEUTRAL]),
    )


def _open(several: Sequence[Observation]) -> bool | None:
    """Whether one of these answers; None while nothing is known."""
    told = [one.health for one in several if one.health in (Health.FINE, Health.DOWN)]
    return any(health is Health.FINE for health in told) if told else None
