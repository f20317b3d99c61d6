"""The one door for people: understand -> may they? -> run -> audit -> reply.

Teams, the page, the terminal and operators all come through here, so a role can't be walked round.
"""

from dataclasses import replace
from datetime import datetime

import structlog

from bot.commands.audited import guarded
from bot.commands.desk import Desk, Turn
from bot.commands.memo import Read
from bot.commands.places import Place, site_of
from bot.commands.status import CHAT_SCOPES
from bot.commands.table import COMMANDS
from bot.commands.talk import not_stored
from bot.domain.conversation import Message, Phrase, Reply, Scope
from bot.metrics import INTENTS
from bot.store.engine import StoreError
from bot.understand.codes import unclear_codes
from bot.understand.intent import understand
from bot.understand.language import language_of

log = structlog.get_logger(__name__)

LONGEST_TEXT = 4000  # characters; a longer message is a paste, not a question


async def answer(desk: Desk, message: Message, now: datetime) -> Reply:
    """What to say to this message."""
    place, scope = await desk.places.find(message, now), message.destination.scope
    language, unsupported = choose_language(desk, message, place)
    zone = message.zone or place.zone or desk.house_for(message).zone
    text = message.text[:LONGEST_TEXT]
    read = desk.memo.read(
        text, locale=message.language, zone=zone, now=now, how=lambda: _read(desk, text, message.language, zone, now)
    )
    turn = Turn(
        desk=desk,
        message=with_roles(desk, message),
        intent=read.intent,
        symptom=read.symptom,
        unclear=read.unclear,
        now=now,
        language=language,
        zone=zone,
        site=site_of(place, message),
        own=await desk.people.own_tests(message.person, now) if scope in CHAT_SCOPES else (),
        word=await desk.people.own_word(message.person, now),
    )
    INTENTS.labels(intent=read.intent.name).inc()
    try:
        reply = await _run(turn)
    except StoreError as error:
        log.debug("command not stored", command=read.intent.command, error=str(error))
        reply = not_stored(turn)
    before = (Phrase(key="note.too_long", values={"n": LONGEST_TEXT}),) if len(message.text) > LONGEST_TEXT else ()
    after = (Phrase(key="note.language_unsupported"),) if unsupported else ()
    if before or after:  # drawn for this person: others who asked the same are told nothing of it
        return replace(reply, notes=(*before, *reply.notes, *after), like=None)
    return reply


def _read(desk: Desk, text: str, locale: str | None, zone: str, now: datetime) -> Read:
    intent = understand(text, now=now, zone=zone, locale=locale)
    return Read(intent=intent, symptom=desk.catalogue.symptom(text), unclear=unclear_codes(text), at=now)


async def _run(turn: Turn) -> Reply:
    command = COMMANDS[turn.intent.command]
    return await (guarded(turn, command.roles, command.run) if command.roles else command.run(turn))


def with_roles(desk: Desk, message: Message) -> Message:
    """The message of a person with the roles that this tenant's settings give to that directory id, and no others."""
    roles = desk.house_for(message).roles.get((message.person.directory_id or "").lower(), frozenset())
    return replace(message, person=replace(message.person, roles=roles))


def choose_language(desk: Desk, message: Message, place: Place) -> tuple[str, str | None]:
    """The language to answer in, and the one asked for that we do not speak.

    In a channel or group the channel's own, else the organisation's; alone with us the asker's.
    """
    house = desk.house_for(message)
    if message.destination.scope in (Scope.CHANNEL, Scope.GROUP):
        return place.language or house.language, None
    wanted = place.language or message.language or language_of(message.text) or house.language
    short = wanted.split("-")[0].lower()
    if short in house.languages:
        return short, None
    return house.language, wanted
