"""Who is told later, in one card with everything else: after quiet hours, or of advisories once a day.

What stands in such a card is decided when it is drawn; here only who gets one and when.  It follows its incidents until
all of them are over; whoever would be told of nothing that is still open then gets none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from bot.domain.audience import Told, Untold, hears, priority_of
from bot.domain.delivery import Part, Subject
from bot.domain.incident import Incident, Level, Transition
from bot.domain.observation import TenantId
from bot.domain.quiet import next_at
from bot.store import deliveries, gatherings
from bot.store.deliveries import Owed
from bot.store.engine import Db
from bot.store.gatherings import Gathering
from bot.store.subscriptions import Subscriber

DIGEST_AT = time(9)  # wall clock of the reader

Decided = tuple[Subscriber, Told | Untold]
When = tuple[Subject, datetime]


class Gathers:
    """Takes in whoever is told later."""

    def __init__(self, zone_of: Callable[[TenantId | None], str]) -> None:
        """`zone_of`: a tenant's own zone, for whoever has none."""
        self._zone_of = zone_of

    async def take_in(
        self, db: Db, incident: Incident, transition: Transition | None, decided: Sequence[Decided], now: datetime
    ) -> frozenset[str]:
        """Of these, who have no card of the incident: whose one card it goes into, now or before."""
        taken: set[str] = set()
        page = _Page(db=db, incident=incident, transition=transition, decided=decided, now=now)
        for card in await gatherings.live(db, incident.tenant):
            if incident.id in card.incidents:
                taken |= await page.follow(card)
        groups: dict[When, list[Owed]] = {}
        for subscriber, told in decided:
            when = self._when(subscriber, told, incident, now)
            if when is not None and subscriber.subscription.conversation not in taken:
                priority, place = priority_of(subscriber.subscription), subscriber.subscription.conversation
                groups.setdefault(when, []).append(Owed(destination=place, due=when[1], priority=priority))
        for (subject, due), owed in groups.items():
            about = _about(due, incident)
            card_of_all = await gatherings.gather(db, incident.tenant, subject, about, incident, now=now)
            await deliveries.owe(db, card_of_all, owed)
            taken |= {each.destination for each in owed}
        return frozenset(taken)

    def _when(self, subscriber: Subscriber, told: Told | Untold, incident: Incident, now: datetime) -> When | None:
        if not isinstance(told, Told):
            return None
        if incident.level is Level.ADVISORY:
            zone = subscriber.zone or self._zone_of(incident.tenant)
            return Subject.DIGEST, next_at(DIGEST_AT, zone, now)
        return (Subject.SUMMARY, told.due) if told.summary else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Some readers, and the step of an incident that they may be told."""

    db: Db
    incident: Incident
    transition: Transition | None
    decided: Sequence[Decided]
    now: datetime

    async def follow(self, card: Gathering) -> set[str]:
        """The card shows this step; where it stands already an important one is also said under it."""
        kept = card.notification
        is_due = _due(kept.about) <= self.now
        is_step = is_due and self.transition is not None and self.transition.change.is_important
        told = await gatherings.gather(
            self.db, kept.tenant, kept.subject, kept.about, self.incident, now=self.now, is_step=is_step
        )
        readers = {each.subscription.conversation: (each, how) for each, how in self.decided}
        have = await deliveries.with_card(self.db, told.id, readers)
        loud = {name for name in have if not is_due and _is_loud(readers[name][1])}  # it can't wait any more
        steps = [self._step(readers[name][0], told.revision) for name in sorted(have - loud)] if is_step else []
        await deliveries.owe(self.db, told, [step for step in steps if step is not None])
        return set(have - loud)

    def _step(self, subscriber: Subscriber, revision: int) -> Owed | None:
        told = hears(subscriber.subscription, self.incident, self.transition, self.now, has_card=True)
        if self.transition is None or not isinstance(told, Told) or not told.with_step:
            return None
        return Owed(
            destination=subscriber.subscription.conversation,
            due=told.due,
            priority=told.priority,
            part=Part.STEP,
            step=self.transition.change,
            revision=revision,
        )


def _about(due: datetime, incident: Incident) -> str:
    """Everybody who is told at the same moment is told the same thing."""
    return f"{due.isoformat()} drill" if incident.drill else due.isoformat()


def _due(about: str) -> datetime:
    return datetime.fromisoformat(about.partition(" ")[0])


def _is_loud(told: Told | Untold) -> bool:
    return isinstance(told, Told) and not told.summary
