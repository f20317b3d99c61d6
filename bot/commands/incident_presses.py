"""The card of an incident, pressed.  That its delivery went to this very conversation is what gives the right.

A press changes what all may know (counted, acknowledged, muted) or answers one person; the shared card itself is
edited by its delivery, never by a press.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import structlog

from bot.cards.telling import incident_reply
from bot.commands.acknowledging import NEXT_FIELD, acknowledged
from bot.commands.desk import Desk, Turn
from bot.commands.muting import mute_incident
from bot.commands.notices import notice
from bot.commands.questions import asks_site, chosen_site
from bot.commands.status import compose, kept, look
from bot.commands.subscribing import open_form
from bot.commands.subscription_presses import ended_here
from bot.commands.telling import Reader, view_of
from bot.commands.turning import turn_of
from bot.commands.waiting import wait
from bot.domain.conversation import Face, Phrase, Press, Reply, Scope
from bot.domain.delivery import Subject
from bot.domain.incident import Incident
from bot.domain.telling import Why
from bot.store import incidents, subscriptions
from bot.store.reports import Report, Said
from bot.store.told import card_about

log = structlog.get_logger(__name__)

CARD_VERSION = 1
SITE = "site."  # verb of an answer to "where are you?"
ABOUT_NONE = frozenset({"subscribe", "unsubscribe"})  # verbs that mean the conversation, not the incident


async def pressed_on_incident(desk: Desk, press: Press, now: datetime) -> Reply | None:
    """What the person who pressed sees; None: there is no such card here.  Raises StoreError."""
    if press.verb in ABOUT_NONE:
        turn = await turn_of(desk, press, now, command=press.verb)
        return await (open_form(turn) if press.verb == "subscribe" else ended_here(turn))
    incident = await _incident(desk, press)
    if incident is None:
        return None
    turn = await turn_of(desk, press, now, command=press.verb, service=incident.service, feature=incident.feature)
    act = site if press.verb.startswith(SITE) else PRESSES.get(press.verb)
    if act is None or press.version != CARD_VERSION:
        return await full(turn, incident, press)
    said = await act(turn, incident, press)
    return replace(said, beside=True) if said.face is Face.NOTICE else said  # the card stays to be read


async def me_too(turn: Turn, incident: Incident, _: Press) -> Reply:
    """Count this person, once per window, and ask for the place where it is not known; the cards follow."""
    if not incident.stage.is_open:
        return notice(turn, "incident.over", {"id": incident.id}, beside=True)
    asked = asks_site(turn, incident.id)
    return asked or notice(turn, "me_too.count", {"n": await _count(turn, incident)}, beside=True)


async def site(turn: Turn, incident: Incident, press: Press) -> Reply:
    """The answer to "where are you?": count this person there.  The card stands in place of the question again."""
    chosen = chosen_site(turn, press.verb.removeprefix(SITE))
    if chosen is None or not incident.stage.is_open:
        return await _card(turn, incident, None)
    people = await _count(replace(turn, site=chosen), incident)
    return await _card(turn, incident, Phrase(key="me_too.count", values={"n": people}))


async def _count(turn: Turn, incident: Incident) -> int:
    """This person has it too: how many do."""
    report = Report(
        tenant=turn.tenant,
        person=await turn.desk.people.code(turn.message.person, turn.now),
        said=Said.ME_TOO,
        service=incident.service,
        feature=incident.feature,
        site=turn.site,
        at=turn.now,
    )
    return await turn.desk.people.reported(turn.message.person, report)


async def _card(turn: Turn, incident: Incident, changed: Phrase | None) -> Reply:
    """The card of the incident, for whoever pressed."""
    here = turn.message.destination
    async with turn.desk.store.reading() as db:
        wish = await subscriptions.get(db, here.tenant, here.id)
    is_alone = here.scope is Scope.PERSONAL
    why = Why.HELPDESK if wish is not None and wish.helpdesk else Why.PERSONAL if is_alone else Why.CHANNEL
    reader = Reader(why=why, language=turn.language, zone=turn.zone, shared=not is_alone)
    return replace(incident_reply(view_of(turn.desk, incident, reader, turn.now)), changed=changed)


async def tell_back(turn: Turn, incident: Incident, _: Press) -> Reply:
    """Tell this person when it's back."""
    if not incident.stage.is_open:
        return notice(turn, "incident.over", {"id": incident.id}, beside=True)
    return await wait(turn, incident, beside=True)


async def ack(turn: Turn, incident: Incident, press: Press) -> Reply:
    """IT knows."""
    return await acknowledged(turn, incident, press.inputs.get(NEXT_FIELD))


async def ack_next(turn: Turn, incident: Incident, press: Press) -> Reply:
    """IT says when the next word comes; an empty field says nothing more."""
    return await acknowledged(turn, incident, press.inputs.get(NEXT_FIELD, ""))


async def mute(turn: Turn, incident: Incident, _: Press) -> Reply:
    """No more noise about this one here."""
    return await mute_incident(turn, incident)


async def full(turn: Turn, _incident: Incident, _: Press) -> Reply:
    """All we know now, for this person only."""
    verdict = look(turn, personal=True)
    return await kept(turn, replace(compose(turn, verdict, shared=False), personal=True))


Act = Callable[[Turn, Incident, Press], Awaitable[Reply]]
PRESSES: dict[str, Act] = {
    "me_too": me_too,
    "tell_back": tell_back,
    "ack": ack,
    "ack.next": ack_next,
    "mute": mute,
    "again": full,
    "full_card": full,
}


async def _incident(desk: Desk, press: Press) -> Incident | None:
    """The incident that the row names, if a card of it was sent to this tenant and conversation."""
    here = press.message.destination
    if here.tenant != press.message.person.tenant:
        return None
    async with desk.store.reading() as db:
        found = await incidents.get(db, press.row, here.tenant)
        if found is None or found.id != press.row:
            return None
        card = await card_about(db, Subject.INCIDENT, found.id, here.tenant, here.id)
    return found if card is not None else None
