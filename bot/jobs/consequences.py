"""What a step of an incident causes beside the cards of subscribers: it's back, I was wrong, cards of answers.

Each is called within the transaction that keeps the step.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.audience import Told, hears
from bot.domain.conversation import Answer
from bot.domain.delivery import Notification, NotificationId, Priority, Subject
from bot.domain.finding import nearness
from bot.domain.incident import Change, Incident, IncidentId, Level, Reach, Stage, Transition
from bot.domain.outcome import Outcome
from bot.domain.wrong import wrong_step
from bot.store import answers, deliveries, incidents, notifications, subscriptions, unsaid, waiting
from bot.store.deliveries import Owed
from bot.store.engine import Db
from bot.store.waiting import Waiting

Consequence = Callable[[Db, Transition], Awaitable[None]]

WAITS = timedelta(days=1)
ANSWERS_LAST = timedelta(hours=2)  # that long an answer's reader is told when it turns out to be wrong
AGAIN = "bad again before it could be told"
WORSENED = (Change.OPENED, Change.CONFIRMED, Change.WIDER, Change.RELAPSED, Change.REOPENED)
BETTER = (Change.OVER, Change.WITHDRAWN)
TURNS = frozenset({*WORSENED, *BETTER, Change.RECOVERING, Change.EASED, Change.ACKNOWLEDGED, Change.UNSEEN})
TOLD_WRONG = frozenset({Outcome.FINE.value, Outcome.JUST_YOU.value, Outcome.YOUR_NETWORK.value})


async def tell_back(db: Db, transition: Transition) -> None:
    """Whoever asked to be told when it's back is told once, also that there was nothing."""
    incident = transition.incident
    if transition.change not in BETTER:
        return
    waited = await waiting.take(db, incident.tenant, incident.service, transition.at, drill=incident.drill)
    places = {one.conversation for one in waited if _still_waits(one, transition.at)}
    places -= await _told_by_its_card(db, transition, places)
    again = f"{incident.id}.{incident.revision}"  # one that is reopened may be back twice
    await _owe_once(db, transition, Subject.BACK, again, [_owed(place, transition.at) for place in sorted(places)])


async def wait_on(db: Db, transition: Transition) -> None:
    """Whoever was still to be told that it's back, and it is not any more, waits on: for the real end."""
    incident = transition.incident
    if not _is_bad_again(transition):
        return
    owed = await unsaid.unsaid(db, incident.tenant, Subject.BACK, drill=incident.drill)
    ended = await incidents.those(db, {_told_of(one.about) for one in owed})
    theirs = {one.id for one in ended if one.service == incident.service}
    for one in owed:
        if _told_of(one.about) not in theirs:
            continue
        places = await unsaid.take_back(db, [one.notification], AGAIN)
        await waiting.go_on(db, incident, places, answered_at=one.made_at)


async def correct(db: Db, transition: Transition) -> None:
    """Whoever was told lately that nothing is wrong while something was hears that this was wrong, once."""
    incident = transition.incident
    if not _shows_us_wrong(transition):
        return
    since = max(incident.since or incident.opened_at, transition.at - ANSWERS_LAST)
    given = await answers.given_since(db, incident.tenant, incident.service, since)
    newest = {one.conversation: one for one in reversed(given) if _was_wrong(one, incident)}
    owed = [
        replace(_owed(place, transition.at), step=wrong_step(one), thread=one.thread)
        for place, one in sorted(newest.items())
    ]
    await _owe_once(db, transition, Subject.CORRECTION, incident.id, owed)


def refresh_answers(wake: Callable[[], None]) -> Consequence:
    """Cards of answers of the last two hours show the new state, when its class has changed; `wake`: they wait."""

    async def refresh(db: Db, transition: Transition) -> None:
        incident = transition.incident
        if transition.change in TURNS and not _is_whispered(incident):
            since = transition.at - ANSWERS_LAST
            await answers.mark_since(db, incident.tenant, incident.service, since, drill=incident.drill)
            wake()

    return refresh


async def _told_by_its_card(db: Db, transition: Transition, places: Collection[str]) -> set[str]:
    """Those of them that have the card and hear its end aloud under it: that answers them."""
    incident = transition.incident
    told = await notifications.about(db, incident.tenant, Subject.INCIDENT, incident.id) if places else None
    if told is None:
        return set()
    have = await deliveries.heard(db, told.id, ways=False)
    wishes = await subscriptions.among(db, incident.tenant, have.intersection(places))
    ends = {name: hears(wish, incident, transition, transition.at, has_card=True) for name, wish in wishes.items()}
    return {name for name, end in ends.items() if isinstance(end, Told) and end.with_step}


def _is_bad_again(transition: Transition) -> bool:
    """Whether "it's back" would be wrong now: also of an earlier trouble, when another one has been confirmed."""
    incident = transition.incident
    if transition.change is Change.REOPENED:
        return True
    is_new = transition.change in (Change.OPENED, Change.CONFIRMED) and incident.reach is Reach.EVERYONE
    return is_new and incident.stage is Stage.CONFIRMED and incident.level.rank >= Level.DEGRADED.rank


def _told_of(about: str) -> IncidentId:
    """Of which incident a notification tells that it's back."""
    return IncidentId(about.partition(".")[0])


def _still_waits(one: Waiting, now: datetime) -> bool:
    """Who asked while we knew of nothing was promised a word within a day."""
    return one.incident is not None or now - one.asked_at <= WAITS


def _shows_us_wrong(transition: Transition) -> bool:
    incident = transition.incident
    if incident.stage is not Stage.CONFIRMED or incident.level.rank < Level.DEGRADED.rank:
        return False
    if incident.reach is Reach.EVERYONE:
        return transition.change in WORSENED
    is_told = transition.change in (*WORSENED, Change.ACKNOWLEDGED) and not _is_whispered(incident)
    return is_told and incident.reach is Reach.ORGANISATION  # at other sites they were told right


def _is_whispered(incident: Incident) -> bool:
    """Whether only the help desk is to know: trouble of the organisation that it has not acknowledged."""
    return incident.reach is not Reach.EVERYONE and incident.acknowledged is None and incident.stage.is_open


def _was_wrong(answer: Answer, incident: Incident) -> bool:
    is_of_this = answer.drill is incident.drill and nearness(incident.feature, answer.feature) == 1.0
    return is_of_this and answer.outcome in TOLD_WRONG


def _owed(place: str, now: datetime) -> Owed:
    return Owed(destination=place, due=now, priority=Priority.PERSONAL)


async def _owe_once(db: Db, transition: Transition, subject: Subject, about: str, owed: Sequence[Owed]) -> None:
    """A word that each of these is told once, however often it is owed."""
    if not owed:
        return
    incident = transition.incident
    told = await notifications.want(
        db,
        Notification(
            id=NotificationId(""),
            subject=subject,
            about=about,
            tenant=incident.tenant,
            revision=1,
            made_at=transition.at,
            weight=incident.level.rank,
            drill=incident.drill,
            final=True,
        ),
        now=transition.at,
    )
    have = await deliveries.with_card(db, told.id, [each.destination for each in owed])
    await deliveries.owe(db, told, [each for each in owed if each.destination not in have])
