"""A question where the card of an open incident stands already: two lines that lead to it, not one more card."""

from dataclasses import replace
from urllib.parse import quote, urlencode

import structlog

from bot.cards.words import channel_reply
from bot.commands.desk import Turn
from bot.commands.status import SHARED_SCOPES, advise_on, look, status
from bot.commands.telling import IS_TOLD
from bot.domain.conversation import Destination, Phrase, Reply, Scope
from bot.domain.delivery import Subject
from bot.domain.incident import Incident
from bot.domain.telling import IncidentView, Why
from bot.store.engine import StoreError
from bot.store.told import CardThere, card_about

log = structlog.get_logger(__name__)

MOST_STEPS = 3
ROOM = "https://teams.microsoft.com/l/message"  # vendor's page on deep links to messages, 2026


async def asked(turn: Turn) -> Reply:
    """A question how a service is: the card, or the short reply where everybody reads of it already."""
    return await known_here(turn) or await status(turn)


async def known_here(turn: Turn) -> Reply | None:
    """The short reply, where this conversation reads of it already; else nothing."""
    destination, intent = turn.message.destination, turn.intent
    if destination.scope not in SHARED_SCOPES:
        return None
    incident = turn.desk.open.of(turn.tenant, intent.service, intent.feature)
    if incident is None:
        return None
    try:
        async with turn.desk.store.reading() as db:
            card = await card_about(db, Subject.INCIDENT, incident.id, destination.tenant, destination.id)
    except StoreError as error:
        log.debug("open card not read", error=str(error))
        return None
    if card is None or card.activity is None:
        return None
    return await _reply(turn, incident, card)


async def _reply(turn: Turn, incident: Incident, card: CardThere) -> Reply:
    verdict = look(turn, personal=False)
    advice = advise_on(turn, verdict)
    view = IncidentView(
        incident=incident,
        why=Why.CHANNEL,
        as_of=turn.now,
        shared=True,
        language=turn.language,
        zone=turn.zone,
    )
    own = [step for step in advice.steps if step != IS_TOLD]
    steps = [Phrase(key=f"step.{step}.title") for step in own[:MOST_STEPS]]
    told = channel_reply(view, link_to(turn.message.destination, card), steps)
    answer = await turn.desk.answers.open(turn, verdict, shared=False)  # short as it is, it is never edited
    return replace(told, row=answer.id, drill=told.drill or turn.desk.drill is not None)


def link_to(destination: Destination, card: CardThere) -> str | None:
    """The address of a card in Teams."""
    if card.activity is None or not card.activity.isalnum():
        return None
    place, message = quote(destination.id, safe=""), quote(card.activity, safe="")
    if destination.scope is Scope.CHANNEL:
        more = {"parentMessageId": card.thread or card.activity}
        more |= {"tenantId": destination.tenant} if destination.tenant else {}
        return f"{ROOM}/{place}/{message}?{urlencode(more)}"
    context = urlencode({"context": '{"contextType":"chat"}'})
    return f"{ROOM}/{place}/{message}?{context}"
