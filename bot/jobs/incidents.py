"""The clock judges: verdicts -> incidents -> what must be known, each step with what it causes in one transaction.

Whoever may be told anything is judged: the public view, and each tenant with its own evidence beside it.  A step that
can't be kept is taken again at the next look, from what is stored then; nothing is told that was not kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.board import OWN_REPORTS, Board
from bot.clock import Clock
from bot.domain.incident import Incident, Transition
from bot.domain.lifecycle import Thresholds, advance, taken_back
from bot.domain.observation import Health, Kind, Observation, ServiceId, TenantId
from bot.domain.outcome import Policy, Verdict
from bot.domain.reading import colleagues_of
from bot.domain.stepping import speaker_for
from bot.domain.verdict import judge
from bot.jobs.consequences import Consequence
from bot.jobs.incident_steps import Holds, keep_quietly, keep_step, told_counts
from bot.jobs.incidents_known import Known
from bot.jobs.leases import AlwaysHeld, Holding, while_held
from bot.jobs.runner import guarded
from bot.metrics import INCIDENT_STEPS
from bot.store import incidents
from bot.store.engine import Store
from bot.store.incidents import OvertakenError

log = structlog.get_logger(__name__)

AGES = timedelta(seconds=15)  # without news: statements fade, what persists is confirmed
LOOK = timedelta(seconds=1)  # between two looks, however much happens
AFTER_FAILURE = timedelta(seconds=5)

Look = Callable[[datetime], Awaitable[None]]
Changed = Callable[[TenantId | None], Awaitable[None]]
Verdicts = dict[tuple[ServiceId, int], Verdict]  # by service and policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What judging needs from the rest of the product."""

    policy_of: Callable[[TenantId | None], Policy]
    thresholds_of: Callable[[TenantId | None], Thresholds]
    tenants: Callable[[datetime], Awaitable[Iterable[TenantId | None]]]  # everybody who may be told anything
    services: Sequence[ServiceId]
    changed: Changed  # there is something to deliver to this tenant
    consequences: Sequence[Consequence] = ()  # what else a step causes, in the same transaction
    write_down: Callable[[], Awaitable[None]] | None = None  # before a step: what consequences read is stored
    holds: Holds | None = None  # whether what was announced holds this step back
    drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one tenant sees at one moment."""

    tenant: TenantId | None
    seen: tuple[Observation, ...]
    verdicts: Verdicts  # those that were judged already, of whoever sees the same
    now: datetime

    def verdict(self, service: ServiceId, policy: Policy, *, drill: bool) -> Verdict:
        """What is with this service."""
        key = (service, id(policy))
        if key not in self.verdicts:
            self.verdicts[key] = judge(self.seen, self.now, policy, service=service, tenant=self.tenant)
        return replace(self.verdicts[key], tenant=self.tenant, drill=drill)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one look makes of one incident."""

    before: Incident | None
    after: Incident | None
    transition: Transition | None
    reports: int  # of colleagues


def merged(several: Sequence[Decided]) -> list[Decided]:
    """Those that begin in the same look are told as one trouble from their first card on: who speaks is kept first."""
    found = [one.after for one in several if one.after is not None and one.after.stage.is_open]
    told: list[Decided] = []
    for one in several:
        begun = one.transition
        if begun is None or begun.before is not None:
            told.append(one)
            continue
        after = replace(begun.incident, merged_into=speaker_for(begun.incident, found))
        told.append(replace(one, after=after, transition=replace(begun, incident=after)))
    return sorted(told, key=lambda one: one.after is not None and one.after.merged_into is not None)


class Incidents:
    """Keeps every incident in step with the verdicts."""

    def __init__(self, store: Store, board: Board, judging: Judging, *, holding: Holding | None = None) -> None:
        """`holding`: the right to judge, where several replicas share a database."""
        self._store, self._board, self._judging = store, board, judging
        self._holding = holding or AlwaysHeld()
        self._known = Known(drill=judging.drill)
        self._looked: tuple[int, datetime] | None = None  # changes of the board, and when

    async def look(self, now: datetime) -> None:
        """Judge what has changed since the last look.  Raises StoreError; the next look goes on from what is kept.

        What fails for one tenant keeps nobody else from being judged.
        """
        changes = self._board.changes
        if not self._is_due(changes, now):
            return
        self._looked = None
        for ended in await self._known.refresh(self._store, now):  # drills that nobody plays any more
            await self._step(ended, now)
        shared: Verdicts = {}  # of those who have no evidence of their own
        failed = False
        for tenant in dict.fromkeys((*await self._judging.tenants(now), *self._known.tenants())):
            failed |= await guarded("incidents", partial(self._judge_tenant, tenant, shared, now)) is not None
        self._looked = None if failed else (changes, now)

    def forget(self) -> None:
        """Somebody else may have changed them: read them again."""
        self._known.forget()
        self._looked = None

    def open_of(self, tenant: TenantId | None) -> list[Incident]:
        """Those of this tenant that are open, as far as was looked."""
        return [one for one in self._known.of(tenant) if one.stage.is_open]

    async def until_due(self, clock: Clock) -> None:
        """Wait until there may be something to judge: the board changes, time has passed, or a word was promised."""
        promised = self._known.promised()
        wait = AGES if promised is None else max(LOOK, min(AGES, promised - clock.now()))
        if self._looked is None:
            wait = AFTER_FAILURE
        async with asyncio.TaskGroup() as both:
            waits = [
                both.create_task(clock.sleep(wait), name="incidents age"),
                both.create_task(self._board.until_changed(), name="board changes"),
            ]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for task in waits:
                task.cancel()

    def _is_due(self, changes: int, now: datetime) -> bool:
        if self._looked is None or self._looked[0] != changes or now < self._looked[1]:
            return True
        promised = self._known.promised()
        return now - self._looked[1] >= AGES or (promised is not None and promised <= now)

    async def _judge_tenant(self, tenant: TenantId | None, shared: Verdicts, now: datetime) -> None:
        seen = tuple(one for one in self._board.look(tenant, now) if one.drill is self._judging.drill)
        has_own = any(one.tenant is not None or one.source == OWN_REPORTS for one in seen)
        view = View(tenant=tenant, seen=seen, verdicts={} if has_own else shared, now=now)
        spoken_of = {one.service for one in seen if _speaks(one)}
        decided: list[Decided] = []
        for service in self._judging.services:
            before = self._known.newest(tenant, service)
            if service in spoken_of or (before is not None and before.stage.is_open):
                decided.append(self._decide(before, view, service))
        for one in merged(decided):
            await self._keep(one, view)

    def _decide(self, before: Incident | None, view: View, service: ServiceId) -> Decided:
        tenant, seen, now = view.tenant, view.seen, view.now
        colleagues = colleagues_of(each for each in seen if each.service == service)
        after, transition = advance(
            before,
            view.verdict(service, self._judging.policy_of(tenant), drill=self._judging.drill),
            now,
            self._judging.thresholds_of(tenant),
            new_id=incidents.new_id(),
            colleagues=colleagues,
            others=[one for one in self.open_of(tenant) if one.service != service],
            denied=taken_back(seen),
        )
        return Decided(before=before, after=after, transition=transition, reports=colleagues.reports)

    async def _keep(self, decided: Decided, view: View) -> None:
        before, after, now = decided.before, decided.after, view.now
        if after is not None and after is not before:
            if decided.transition is not None:
                await self._step(decided.transition, now)
            else:
                await keep_quietly(self._store, self._holding, self._known, before, after)
        if after is not None and await told_counts(self._store, self._known, after, decided.reports, now):
            await self._judging.changed(view.tenant)

    async def _step(self, transition: Transition, now: datetime) -> None:
        """Keep it with what it causes, then have it delivered."""
        if self._judging.write_down is not None:
            await self._judging.write_down()
        try:
            after = await keep_step(
                self._store,
                self._holding,
                transition,
                now,
                self._judging.consequences,
                holds=self._judging.holds,
            )
        except OvertakenError:
            self._known.forget()
            log.info("incident was changed meanwhile", incident=transition.incident.id)
            raise
        self._known.wrote(after)
        INCIDENT_STEPS.labels(change=transition.change).inc()
        log.info(
            "incident stepped", incident=after.id, tenant=after.tenant, service=after.service, change=transition.change,
            stage=after.stage, level=after.level, reason=transition.reason,
        )  # fmt: skip
        await self._judging.changed(after.tenant)


async def watch_incidents(
    kept: Incidents, clock: Clock, holding: Holding | None = None, *, also: Mapping[str, Look] | None = None
) -> None:
    """Run until cancelled.

    `holding`: the right to judge, where there are several replicas; `also`: who looks at the same moments.
    """

    async def look_on() -> None:
        kept.forget()
        while True:
            for name, look in {"incidents": kept.look, **(also or {})}.items():
                await guarded(name, partial(look, clock.now()))
            await clock.sleep(LOOK)
            await kept.until_due(clock)

    await while_held(holding or AlwaysHeld(), look_on)


def _speaks(one: Observation) -> bool:
    """Whether this says anything of a service itself."""
    return one.kind is not Kind.NEUTRAL and one.health is not Health.UNREACHABLE
