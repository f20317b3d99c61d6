"""What a step of an incident causes beside the cards of subscribers: it's back, I was wrong, cards of answers.

Each is called within the transaction that keeps the step.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.delivery import Notification, NotificationId, Priority, Subject
from bot.domain.incident import Change, Incident, Level, Reach, Transition
from bot.domain.outcome import Outcome
from bot.store import answers, deliveries, notifications, waiting
from bot.store.deliveries import Owed
from bot.store.engine import Db

Consequence = Callable[[Db, Transition], Awaitable[None]]

ANSWERS_LAST = timedelta(hours=2)  # that long an answer's reader is told when it turns out to be wrong
WORSENED = (Change.CONFIRMED, Change.WIDER, Change.RELAPSED, Change.REOPENED)
BETTER = (Change.OVER, Change.WITHDRAWN)
TOLD_WRONG = frozenset({Outcome.FINE.value, Outcome.JUST_YOU.value, Outcome.YOUR_NETWORK.value})


async def tell_back(db: Db, transition: Transition) -> None:
    """Whoever asked to be told when it's back is told once, also that there was nothing."""
    incident = transition.incident
    if transition.change not in BETTER:
        return
    waited = await waiting.take(db, incident.tenant, incident.service, transition.at, drill=incident.drill)
    places = dict.fromkeys(one.conversation for one in waited)
    await _owe_once(db, incident, Subject.BACK, tuple(places), transition.at)


async def correct(db: Db, transition: Transition) -> None:
    """Whoever was told lately that nothing is wrong while something was hears that this was wrong."""
    incident = transition.incident
    if not _shows_us_wrong(transition):
        return
    since = max(incident.since or incident.opened_at, transition.at - ANSWERS_LAST)
    given = await answers.given_since(db, incident.tenant, incident.service, since)
    wrong = [one for one in given if one.outcome in TOLD_WRONG and one.drill is incident.drill]
    places = dict.fromkeys(one.conversation for one in wrong)
    await _owe_once(db, incident, Subject.CORRECTION, tuple(places), transition.at)


def refresh_answers(wake: Callable[[], None]) -> Consequence:
    """Cards of answers of the last two hours show the new state, when its class has changed; `wake`: they wait."""

    async def refresh(db: Db, transition: Transition) -> None:
        incident = transition.incident
        if transition.change not in (*WORSENED, *BETTER, Change.OPENED, Change.RECOVERING, Change.EASED):
            return
        since = transition.at - ANSWERS_LAST
        for one in await answers.given_since(db, incident.tenant, incident.service, since):
            if one.drill is incident.drill:
                await answers.mark_dirty(db, one.id)
        wake()

    return refresh


def _shows_us_wrong(transition: Transition) -> bool:
    incident = transition.incident
    bad_enough = incident.level.rank >= Level.DEGRADED.rank and incident.reach is not Reach.SITE
    return transition.change in WORSENED and bad_enough


async def _owe_once(db: Db, incident: Incident, subject: Subject, places: tuple[str, ...], now: datetime) -> None:
    """A word that each of these is told once, however often it is owed."""
    if not places:
        return
    told = await notifications.want(
        db,
        Notification(
            id=NotificationId(""),
            subject=subject,
            about=f"{incident.id}.{incident.revision}",  # one that is reopened may be back twice
            tenant=incident.tenant,
            revision=1,
            made_at=now,
            weight=incident.level.rank,
            drill=incident.drill,
            final=True,
        ),
        now=now,
    )
    await deliveries.owe(db, told, [Owed(destination=place, due=now, priority=Priority.PERSONAL) for place in places])
