"""The card of an incident, pressed.  That its delivery went to this very conversation is what gives the right.

A press changes what all may know (counted, acknowledged, muted) or answers one person; the shared card itself is
edited by its delivery, never by a press.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import structlog

from bot.commands.acknowledging import NEXT_FIELD, acknowledged
from bot.commands.desk import Desk, Turn
from bot.commands.muting import mute_incident
from bot.commands.notices import notice
from bot.commands.status import compose, kept, look
from bot.commands.subscribing import open_form
from bot.commands.subscription_presses import ended_here
from bot.commands.turning import turn_of
from bot.commands.waiting import wait
from bot.domain.conversation import Face, Press, Reply
from bot.domain.delivery import Subject
from bot.domain.incident import Incident
from bot.store import incidents
from bot.store.reports import Report, Said
from bot.store.told import card_about

log = structlog.get_logger(__name__)

CARD_VERSION = 1
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
    act = PRESSES.get(press.verb)
    if act is None or press.version != CARD_VERSION:
        return await full(turn, incident, press)
    said = await act(turn, incident, press)
    return replace(said, beside=True) if said.face is Face.NOTICE else said  # the card stays to be read


async def me_too(turn: Turn, incident: Incident, _: Press) -> Reply:
    """Count this person, once per window; the cards' number follows within the minute."""
    if not incident.stage.is_open:
        return notice(turn, "incident.over", {"id": incident.id}, beside=True)
    report = Report(
        tenant=turn.tenant,
        person=await turn.desk.people.code(turn.message.person, turn.now),
        said=Said.ME_TOO,
        service=incident.service,
        feature=incident.feature,
        site=turn.site,
        at=turn.now,
    )
    people = await turn.desk.people.reported(turn.message.person, report)
    return notice(turn, "me_too.count", {"n": people}, beside=True)


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
