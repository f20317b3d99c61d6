"""Who is told: subscribers page by page -> what each of them is owed.

Each page is one transaction, and the notification remembers how far it came.  So nobody waits for a hundred thousand
rows, and whoever is killed in between goes on behind the last page.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.domain.audience import Told, Untold, hears, quiet_ends_at
from bot.domain.delivery import Notification, Part, Priority, Subject
from bot.domain.incident import Change, Incident, Transition
from bot.domain.observation import TenantId
from bot.domain.ways import Way, suits
from bot.jobs.leases import Holding
from bot.metrics import UNTOLD
from bot.store import deliveries, incidents, notifications, subscriptions
from bot.store.deliveries import Owed
from bot.store.engine import Db, Store
from bot.store.handing_over import way_lines
from bot.store.notifications import Spread
from bot.store.subscriptions import Subscriber

PAGE = 250  # answers wait behind a page, and so do writes: a thousand held both up for a sixth of a second
STILL_SAYING = timedelta(seconds=30)  # longer than a way may take: its alarm may be under way
WORSENED = frozenset({Change.CONFIRMED, Change.WIDER, Change.RELAPSED, Change.REOPENED})
ENDS = frozenset({Change.OVER, Change.WITHDRAWN, Change.UNSEEN})

Page = Callable[[Db, Spread, datetime], Awaitable[tuple[list[Owed], str | None]]]  # what is owed, and the last asked
Decided = Sequence[tuple[Subscriber, Told | Untold]]
Gather = Callable[[Db, Incident, Transition | None, Decided, datetime], Awaitable[frozenset[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A notification of an incident, as a page of subscribers is asked about it."""

    spread: Spread
    incident: Incident
    transition: Transition | None
    others: tuple[Incident, ...]

    @property
    def notification(self) -> Notification:
        """What must be known."""
        return self.spread.notification


class Spreading:
    """Writes down what subscribers are owed."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        holding: Holding,
        ways: Callable[[TenantId | None], Sequence[Way]],
        *,
        of_a_page: int = PAGE,
    ) -> None:
        """`ways`: those beside Teams that a tenant has; `of_a_page`: subscribers that are asked together."""
        self._store, self._clock, self._holding, self._ways = store, clock, holding, ways
        self._of_a_page = of_a_page
        self.pages: dict[Subject, Page] = {}  # who chooses the readers of what tells of no incident
        self.gather: Gather = _nobody  # takes in whoever is told later, in one card: these

    async def spread(self, tenant: TenantId | None) -> None:
        """All that is not written down yet.  Raises StoreError, LostLease."""
        while True:
            async with self._store.reading() as db:
                waiting = await notifications.spreading(db, tenant)
            if not waiting:
                return
            await self._page(waiting[0])

    async def _page(self, spread: Spread) -> None:
        """One page of the first of them."""
        now, notification = self._clock.now(), spread.notification
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            if (page_of := self.pages.get(notification.subject)) is not None:
                owed, last = await page_of(db, spread, now)
                await deliveries.owe(db, notification, owed)
                await notifications.spread_to(db, spread, last)
                return
            incident = await incidents.get(db, notification.about, notification.tenant)
            if notification.subject is not Subject.INCIDENT or incident is None:
                await notifications.spread_to(db, spread, None)
                return
            others = await incidents.open_of(db, notification.tenant)
            seen = Seen(spread=spread, incident=incident, transition=_step(spread, incident, now), others=others)
            page = await subscriptions.of_tenant(db, notification.tenant, after=spread.after, limit=self._of_a_page)
            if not spread.after:  # the first page: a help desk waits for nobody
                await self._owe_desks(db, seen, now)
            await deliveries.owe(db, notification, await self._owed(db, seen, page, now))
            is_last = len(page) < self._of_a_page
            if is_last:
                await deliveries.owe(db, notification, await self._ends(db, seen, now))
            await notifications.spread_to(db, spread, None if is_last else page[-1].subscription.conversation)

    async def _owed(self, db: Db, seen: Seen, page: Sequence[Subscriber], now: datetime) -> list[Owed]:
        """What these subscribers are owed."""
        names = [each.subscription.conversation for each in page]
        have = await deliveries.with_card(db, seen.notification.id, names)
        muted = await incidents.muted_in(db, seen.incident.tenant, seen.incident.id, names)
        ask = partial(hears, incident=seen.incident, transition=seen.transition, now=now, others=seen.others)
        decided = [
            (each, ask(each.subscription, has_card=name in have))
            for each, name in zip(page, names, strict=True)
            if name not in muted
        ]
        UNTOLD.labels(reason="muted").inc(len(page) - len(decided))
        first = [(each, told) for each, told in decided if each.subscription.conversation not in have]
        later = await self.gather(db, seen.incident, seen.transition, first, now)
        if seen.incident.alert_at is None and any(_is_aloud(each, told, later) for each, told in first):
            await incidents.alerted(db, seen.incident.id, now)
        owed: list[Owed] = []
        for each, told in decided:
            if not isinstance(told, Told):
                UNTOLD.labels(reason=told.reason).inc()
                continue
            if told.hushed is not None:
                UNTOLD.labels(reason=told.hushed).inc()
            if each.subscription.conversation not in later:
                owed += _told(seen, each, told)
        return owed

    async def _owe_desks(self, db: Db, seen: Seen, now: datetime) -> None:
        """Ways that are the help desk's tell that it began, and when it is confirmed or gets worse."""
        ways = [way for way in self._ways(seen.incident.tenant) if way.helpdesk and suits(way, seen.incident) is None]
        lines = {line.way: line for line in await way_lines(db, seen.notification.id)} if ways else {}
        owed: list[Owed] = []
        for way in ways:
            line = lines.get(way.name)
            change = None if seen.transition is None else seen.transition.change
            if line is None or line.step in ENDS:
                change = Change.CONFIRMED
            if change in WORSENED:
                owed.append(way_step(way, change, seen.spread.told, now))
        await deliveries.owe(db, seen.notification, owed)
        if owed and seen.incident.alert_at is None:
            await incidents.alerted(db, seen.incident.id, now)

    async def _ends(self, db: Db, seen: Seen, now: datetime) -> list[Owed]:
        """Ways that told an alarm also tell its end."""
        if seen.transition is None or seen.transition.change not in ENDS:
            return []
        lines = {line.way: line for line in await way_lines(db, seen.notification.id)}  # the newest of each
        known = {way.name: way for way in self._ways(seen.incident.tenant)}
        return [
            way_step(known[name], seen.transition.change, seen.spread.told, now if line.sent_at else now + STILL_SAYING)
            for name, line in sorted(lines.items())
            if name in known and line.step not in ENDS
        ]


def _is_aloud(subscriber: Subscriber, told: Told | Untold, later: Collection[str]) -> bool:
    """Whether a first card is owed there now."""
    return isinstance(told, Told) and not told.summary and subscriber.subscription.conversation not in later


def _told(seen: Seen, subscriber: Subscriber, told: Told) -> list[Owed]:
    """The card, and where it is said aloud the short word under it."""
    name = subscriber.subscription.conversation
    card = Owed(destination=name, due=told.due, priority=told.priority)
    if not told.with_step or seen.transition is None:
        return [card]
    step = Owed(
        destination=name,
        due=told.due,
        priority=told.priority,
        part=Part.STEP,
        step=seen.transition.change,
        revision=seen.spread.told,
    )
    return [card, step]


def way_step(way: Way, change: Change, revision: int, now: datetime) -> Owed:
    """What a way beside Teams is owed for one step."""
    return Owed(
        destination=way.name,
        due=quiet_ends_at(way.quiet, now) or now,
        priority=Priority.HELPDESK,
        way=True,
        part=Part.STEP,
        step=change,
        revision=revision,
    )


def _step(spread: Spread, incident: Incident, now: datetime) -> Transition | None:
    """The change that is also said in threads."""
    if spread.step is None:
        return None
    return Transition(change=Change(spread.step), incident=incident, before=None, at=now, reason=incident.reason)


async def _nobody(*_: object) -> frozenset[str]:
    return frozenset()
