"""The clock judges: verdicts -> incidents -> what must be known, each step with what it causes in one transaction.

Whoever may be told anything is judged: the public view, and each tenant with its own evidence beside it.  A step that
can't be kept is taken again at the next look, from what is stored then; nothing is told that was not kept.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.board import Board
from bot.clock import Clock
from bot.domain.audience import Told, hears
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.incident import Incident, Transition
from bot.domain.lifecycle import Thresholds, advance, taken_back
from bot.domain.observation import Observation, ServiceId, TenantId
from bot.domain.outcome import Policy
from bot.domain.reading import colleagues_of
from bot.domain.verdict import judge
from bot.jobs.consequences import Consequence
from bot.jobs.leases import AlwaysHeld, Holding
from bot.jobs.runner import guarded
from bot.metrics import INCIDENT_STEPS
from bot.store import incidents, notifications, subscriptions
from bot.store.engine import Db, Store
from bot.store.incidents import OvertakenError

log = structlog.get_logger(__name__)

AGES = timedelta(seconds=15)  # without news: statements fade, promised moments come
LOOK = timedelta(seconds=1)

Key = tuple[TenantId | None, ServiceId]
Changed = Callable[[TenantId | None], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What judging needs from the rest of the product."""

    policy_of: Callable[[TenantId | None], Policy]
    thresholds_of: Callable[[TenantId | None], Thresholds]
    tenants: Callable[[], Awaitable[Iterable[TenantId | None]]]  # everybody who may be told anything
    services: Sequence[ServiceId]
    changed: Changed  # there is something to deliver to this tenant
    consequences: Sequence[Consequence] = ()  # what else a step causes, in the same transaction
    drill: bool = False


class Incidents:
    """Keeps every incident in step with the verdicts."""

    def __init__(self, store: Store, board: Board, judging: Judging, *, holding: Holding | None = None) -> None:
        """`holding`: the right to judge, where several replicas share a database."""
        self._store, self._board, self._judging = store, board, judging
        self._holding = holding or AlwaysHeld()
        self._newest: dict[Key, Incident | None] = {}
        self._looked: tuple[int, datetime] | None = None  # changes of the board, and when

    async def look(self, now: datetime) -> None:
        """Judge what has changed since the last look.  Raises StoreError; the next look goes on from what is kept."""
        changes = self._board.changes
        if self._looked is not None and self._looked[0] == changes and now - self._looked[1] < AGES:
            return
        for tenant in await self._judging.tenants():
            seen = self._board.look(tenant, now)
            for service in self._judging.services:
                await self._judge(tenant, service, seen, now)
        self._looked = (changes, now)

    def forget(self) -> None:
        """Somebody else may have changed them: read them again."""
        self._newest.clear()

    async def _judge(
        self, tenant: TenantId | None, service: ServiceId, seen: tuple[Observation, ...], now: datetime
    ) -> None:
        verdict = judge(seen, now, self._judging.policy_of(tenant), service=service, tenant=tenant)
        before = await self._find(tenant, service)
        after, transition = advance(
            before,
            verdict,
            now,
            self._judging.thresholds_of(tenant),
            new_id=incidents.new_id(),
            colleagues=colleagues_of(each for each in seen if each.service == service),
            others=self._others(tenant, service),
            denied=taken_back(seen),
        )
        if after is None or after is before:
            return
        try:
            await self._keep(before, after, transition, now)
        except OvertakenError:
            self._newest.pop((tenant, service), None)
            log.info("incident was changed meanwhile", incident=after.id)
            return
        if transition is not None:
            await self._judging.changed(tenant)

    def _others(self, tenant: TenantId | None, service: ServiceId) -> list[Incident]:
        known = [one for (whose, of), one in self._newest.items() if whose == tenant and of != service]
        return [one for one in known if one is not None and one.stage.is_open]

    async def _find(self, tenant: TenantId | None, service: ServiceId) -> Incident | None:
        key = (tenant, service)
        if key not in self._newest:
            async with self._store.reading() as db:
                self._newest[key] = await incidents.newest_of(db, tenant, service, drill=self._judging.drill)
        return self._newest[key]

    async def _keep(
        self, before: Incident | None, after: Incident, transition: Transition | None, now: datetime
    ) -> None:
        key = (after.tenant, after.service)
        continued = before if before is not None and before.id == after.id else None
        if transition is None:
            if _is_worth_keeping(continued, after):
                async with self._store.transaction() as db:
                    await self._holding.guard(db)
                    await incidents.save(db, after, continued)
            self._newest[key] = after
            return
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            after = await _alerting(db, transition, now)
            transition = replace(transition, incident=after)
            await incidents.save(db, after, continued)
            await incidents.add_step(db, transition)
            await tell(db, transition, now)
            for consequence in self._judging.consequences:
                await consequence(db, transition)
        self._newest[key] = after
        INCIDENT_STEPS.labels(change=transition.change).inc()
        log.info(
            "incident stepped", incident=after.id, tenant=after.tenant, service=after.service, change=transition.change,
            stage=after.stage, level=after.level, reason=transition.reason,
        )  # fmt: skip


async def tell(db: Db, transition: Transition, now: datetime) -> Notification:
    """This step of an incident must be known; who hears of it is decided destination by destination."""
    incident = transition.incident
    return await notifications.want(
        db,
        Notification(
            id=NotificationId(""),
            subject=Subject.INCIDENT,
            about=incident.id,
            tenant=incident.tenant,
            revision=incident.revision,
            made_at=now,
            weight=incident.level.rank,
            drill=incident.drill,
            final=not incident.stage.is_open,
        ),
        now=now,
        step=transition.change if transition.change.is_important else None,
        spread=True,
    )


async def watch_incidents(kept: Incidents, clock: Clock) -> None:
    """Run until cancelled."""
    while True:
        if await guarded("incidents", lambda: kept.look(clock.now())) is not None:
            kept.forget()
        await clock.sleep(LOOK)


async def _alerting(db: Db, transition: Transition, now: datetime) -> Incident:
    """The incident, with the moment of our alert when this step is the first that somebody hears of."""
    incident = transition.incident
    if incident.alert_at is not None:
        return incident
    for one in await subscriptions.of_tenant(db, incident.tenant, limit=subscriptions.CHUNK):
        told = hears(one.subscription, incident, transition, now, has_card=False)
        if isinstance(told, Told) and not told.summary:
            return replace(incident, alert_at=now)
    return incident


def _is_worth_keeping(before: Incident | None, after: Incident) -> bool:
    """Whether a restart would miss it: what is waited for, and since when; not how often it was seen."""
    if before is None:
        return True
    known = replace(after, pending=before.pending)
    if known != before:
        return True
    waits, waited = after.pending, before.pending
    if waits is None or waited is None:
        return waits is not waited
    return (waits.stage, waits.level, waits.since) != (waited.stage, waited.level, waited.since)
