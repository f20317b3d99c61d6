"""The parts that deliver, put together: who is told, what is said, through which doors, and when to look again.

Knows every room and decides nothing, as `assembly` does for answers.
"""

import asyncio
import heapq
import itertools
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.assembly import Parts
from bot.clock import Clock
from bot.commands.announced import announced_reply
from bot.commands.approval_news import approval_news
from bot.commands.blind_news import blind_news
from bot.commands.drawing import Compose, Drawer
from bot.commands.gathered import gathered_reply
from bot.domain.delivery import Subject
from bot.domain.observation import TenantId
from bot.domain.ways import Way
from bot.jobs.deliver import Deliver
from bot.jobs.engine import Engine, new_engine
from bot.jobs.failover import Failover
from bot.jobs.failover import Seen as FailoverSeen
from bot.jobs.gathering import Gathers
from bot.jobs.interruption import Interruption
from bot.jobs.mouth import Mouth
from bot.jobs.runner import guarded
from bot.jobs.spreading import Spreading
from bot.logs import redactor
from bot.renewed_ways import RenewedWays
from bot.settings import Settings
from bot.settings_ways import WaySettings, ways_among
from bot.transports.teams.front import Front
from bot.transports.ways import Ways

DELIVER = "deliver"  # the job's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """What runs, beside the engine."""

    engine: Engine
    interruption: Interruption | None  # with one process only: replicas notice each other's ends
    deliver: Deliver
    alarm: "Alarm"
    failover: Failover
    drawer: Drawer
    spreading: Spreading
    desks: Mapping[TenantId | None, Sequence[Way]]  # ways that are the help desk's

    async def changed(self, tenant: TenantId | None) -> None:
        """There is something to deliver to this tenant."""
        self.deliver.hear(tenant)
        await self.engine.submit(DELIVER, tenant or "")

    async def run(self) -> None:
        """Until stopped."""
        if self.interruption is not None:
            await guarded("sends", self.interruption.begin)
        await self.engine.run()
        if self.interruption is not None:
            await guarded("sends", self.interruption.end)

    async def stop(self) -> None:
        """Begin nothing new, let what is under way end, and return when it has."""
        self.deliver.stop()
        await self.engine.stop()


class Alarm:
    """Runs a tenant's deliveries again at a moment that is known now.  What it forgets, the engine's sweep finds."""

    def __init__(self, clock: Clock, engine: Engine) -> None:
        """`run` must be going."""
        self._clock, self._engine = clock, engine
        self._set: dict[TenantId | None, datetime] = {}
        self._queue: list[tuple[datetime, int, TenantId | None]] = []
        self._order = itertools.count()
        self._sooner = asyncio.Event()

    def at(self, tenant: TenantId | None, moment: datetime) -> None:
        """Once, at this moment, unless it is set for an earlier one."""
        if moment < self._set.get(tenant, datetime.max.replace(tzinfo=moment.tzinfo)):
            self._set[tenant] = moment
            heapq.heappush(self._queue, (moment, next(self._order), tenant))
            self._sooner.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._sooner.clear()
            now = self._clock.now()
            while self._queue and self._queue[0][0] <= now:
                moment, _, tenant = heapq.heappop(self._queue)
                if self._set.get(tenant) == moment:
                    del self._set[tenant]
                    await self._engine.submit(DELIVER, tenant or "")
            await self._wait(self._queue[0][0] - now if self._queue else None)

    async def _wait(self, until: timedelta | None) -> None:
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._sooner.wait())}
        if until is not None:
            waits.add(asyncio.ensure_future(self._clock.sleep(until)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()


def delivering_of(parts: Parts, teams: Front) -> Delivering:
    """Everything, not running yet."""
    settings, store, clock = parts.settings, parts.store, parts.clock
    replica = uuid.uuid4().hex
    engine = new_engine(settings.database_url, store, clock, replica)
    ways, desks = ways_by_tenant(settings), helpdesk_ways(settings)
    speakers = {tenant: speaker(several) for tenant, several in ways.items()}
    nobody = speaker(())

    def whose(tenant: TenantId | None) -> TenantId | None:
        return tenant if tenant in ways or not serves_strangers(settings) else None

    def ways_of(tenant: TenantId | None) -> Ways:
        return speakers.get(whose(tenant), nobody)

    def named(tenant: TenantId | None) -> Sequence[Way]:
        theirs = desks.get(tenant, frozenset())
        return [replace(one.way, helpdesk=one.way.name in theirs) for one in ways.get(whose(tenant), ())]

    together: Compose = partial(gathered_reply, parts.desk)
    others: dict[Subject, Compose] = {Subject.SUMMARY: together, Subject.DIGEST: together}
    others[Subject.BLINDNESS] = partial(blind_news, parts.desk)
    others[Subject.APPROVAL] = partial(approval_news, parts.desk)
    others[Subject.ANNOUNCEMENT] = partial(announced_reply, parts.desk)
    drawer = Drawer(parts.desk, parts.outgoing, others=others, ways=named)
    alarm = Alarm(clock, engine)

    async def changed(tenant: TenantId | None) -> None:
        await engine.submit(DELIVER, tenant or "")

    failover = Failover(
        store,
        clock,
        engine.holding,
        FailoverSeen(
            tenants=frozenset(ways),
            ways=named,
            common=lambda tenant: ways.get(whose(tenant)) == ways[None],
            look=lambda now: parts.board.look(None, now),
            changed=changed,
        ),
    )
    mouth = Mouth(
        teams=teams,
        draw=drawer.draw,
        ways_of=ways_of,
        chance=random.random,  # spreads waits; asking the system for each cost more than the limits do
        left=parts.desk.places.forget,
        tried=failover.note,
    )
    deliver = Deliver(store, clock, mouth, engine.holding)
    spreading = Spreading(store, clock, engine.holding, named)
    spreading.gather = Gathers(lambda tenant: parts.desk.house_of(tenant).zone).take_in
    deliver.spread = spreading.spread
    deliver.wake = alarm.at
    engine.job(DELIVER, deliver.run, with_work=deliver.with_work)
    interruption = None if parts.shared else Interruption(store, replica)
    return Delivering(
        engine=engine,
        interruption=interruption,
        deliver=deliver,
        alarm=alarm,
        failover=failover,
        drawer=drawer,
        spreading=spreading,
        desks={tenant: [way for way in named(tenant) if way.helpdesk] for tenant in desks},
    )


def ways_by_tenant(settings: Settings) -> Mapping[TenantId | None, tuple[WaySettings, ...]]:
    """The ways beside Teams of each tenant; under None those of whoever has none."""
    ways: dict[TenantId | None, tuple[WaySettings, ...]] = {None: settings.fallbacks}
    return ways | {TenantId(one.tenant_id): one.fallbacks for one in settings.tenants if one.tenant_id}


def helpdesk_ways(settings: Settings) -> Mapping[TenantId | None, frozenset[str]]:
    """Names of the ways that are destinations of the help desk, by tenant."""
    return {TenantId(one.tenant_id): ways_among(one.helpdesk_channels) for one in settings.tenants if one.tenant_id}


def serves_strangers(settings: Settings) -> bool:
    """Whether tenants without settings of their own are spoken to: by a local bot, or one that knows no tenant.

    To them the common ways belong.  Elsewhere such a tenant was removed, and what it is told is nobody's business.
    """
    return any(one.app_id is None or not one.tenant_id for one in settings.tenants)


def speaker(several: Sequence[WaySettings]) -> Ways:
    """Speaks on these ways, and lets nothing of their addresses out."""
    redact = redactor(secret for each in several for secret in each.secrets)
    file = next((each.file for each in several), None)
    renewed = RenewedWays(several, file, redact) if file is not None else None
    return Ways({each.way.name: each.addresses for each in several}, redact=redact, renewed=renewed)
