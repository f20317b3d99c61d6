"""Announced windows while they run: what the board is told of them, and which alerts they hold back."""

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta

from bot.board import Board
from bot.clock import Clock
from bot.domain.delivery import Subject
from bot.domain.incident import Incident, Transition
from bot.domain.observation import Observation, TenantId
from bot.domain.occurring import Why, edited
from bot.domain.planned_work import OPERATOR, Alerts, Window, explaining, observed
from bot.jobs.leases import Holding
from bot.jobs.runner import every
from bot.store import incidents, notifications, stepping
from bot.store.engine import Db, Store
from bot.store.incidents import ANY
from bot.store.running_windows import resume, windows_of

LOOK = timedelta(seconds=15)  # as late as that another replica, or a word at the terminal, is noticed

Changed = Callable[[TenantId | None], Awaitable[None]]


class Windows:
    """Keeps the board in step with the windows that run: an operator's word, believed until the planned end."""

    def __init__(self, store: Store, board: Board, clock: Clock, changed: Changed, holding: Holding) -> None:
        """`changed`: there is something to deliver; `holding`: the right to say that a window is over."""
        self._store, self._board, self._clock, self._changed, self._holding = store, board, clock, changed, holding
        self._shown: dict[TenantId | None, tuple[Observation, ...]] = {}
        self._over: set[TenantId | None] = set()  # tenants of whose windows one has ended since we resumed alerts
        self._begun = False

    async def run(self) -> None:
        """Until cancelled."""
        await every(self._clock, LOOK, "windows", self.look)

    async def look(self) -> None:
        """Show what runs, and let alerts resume where something has ended.  Raises StoreError, LostLease."""
        now = self._clock.now()
        await self.refresh(now)
        if not self._holding.held.is_set():
            return
        if not self._begun:
            async with self._store.reading() as db:
                self._over |= {one.tenant for one in await incidents.open_of(db, ANY)}
            self._begun = True
        for tenant in tuple(self._over):
            async with self._store.transaction() as db:
                await self._holding.guard(db)
                untold = await resume(db, tenant, now)
            self._over.discard(tenant)
            if untold:
                await self._changed(tenant)

    async def refresh(self, now: datetime) -> None:
        """Read what runs, and put it on the board where it differs.  Raises StoreError."""
        async with self._store.reading() as db:
            running = await windows_of(db)
        by_tenant: dict[TenantId | None, list[Window]] = {tenant: [] for tenant in self._shown}
        for window in running:
            by_tenant.setdefault(window.announcement.tenant, []).append(window)
        for tenant, several in by_tenant.items():
            said, before = observed(several, now), self._shown.get(tenant, ())
            if said != before:
                self._shown[tenant] = said
                self._board.put(OPERATOR, tenant, said)
                if {one.key for one in before} - {one.key for one in said}:
                    self._over.add(tenant)


class HoldingBack:
    """Whether an incident's alert is held back because its trouble was announced."""

    def __init__(self, mode_of: Callable[[TenantId | None], Alerts]) -> None:
        """`mode_of`: the tenant's setting."""
        self._mode_of = mode_of

    async def holds(self, db: Db, transition: Transition, now: datetime) -> bool:
        """True: nobody is told of this step.  Whoever was told of the incident before hears the rest of it."""
        incident, before = transition.incident, transition.before
        running = await windows_of(db, incident.tenant)
        window = explaining(running, incident, now)
        left = explaining(running, before, now) if before is not None else None
        if (window or left) is None or await _is_told(db, incident):
            return False
        if self._mode_of(incident.tenant) is Alerts.FOLD:
            if window is not None and (before is None or _line(before) != _line(incident)):
                await self._edit(db, window, now)
            if left is not None and not _is_same(left, window):
                await self._edit(db, left, now)  # it is a line of that card no longer
        return window is not None

    async def _edit(self, db: Db, window: Window, now: datetime) -> None:
        await stepping.take(db, window.announcement, [edited(window.occurrence, now, Why.TROUBLE)], now)


def _line(incident: Incident) -> Hashable:
    """What the announcement's card says of it."""
    one = incident
    return (one.id, one.stage, one.level, one.reach, one.site, one.region, one.feature, one.since)


def _is_same(one: Window, other: Window | None) -> bool:
    return other is not None and one.occurrence.id == other.occurrence.id


async def _is_told(db: Db, incident: Incident) -> bool:
    return await notifications.about(db, incident.tenant, Subject.INCIDENT, incident.id) is not None
