"""Everything that is not a question about a service: help, thanks, who am I, small talk."""

from collections.abc import Mapping
from dataclasses import replace

from bot.commands.desk import Turn
from bot.commands.places import Place, owner
from bot.commands.roles import ROLELESS, given_in
from bot.commands.status import CHAT_SCOPES, status
from bot.commands.wishing import FORM
from bot.domain.conversation import TEAMS, Button, ConversationEvent, Face, Life, Phrase, Reply, Role, Scope
from bot.store import conversations

SHARED = frozenset({Scope.GROUP, Scope.CHANNEL})
MOST_SITE_CHARACTERS = 60
GREETING_WORDS = 3


async def show_help(turn: Turn) -> Reply:
    """How to ask, with examples."""
    scope = turn.message.destination.scope
    announces = scope not in SHARED and bool(turn.message.person.roles & {Role.ANNOUNCER, Role.ADMIN})
    like = (Face.HELP, scope, turn.language, turn.zone, announces)

    def compose() -> Reply:
        reply = _reply(turn, Face.HELP)
        return replace(reply, notes=(*reply.notes, Phrase(key="help.announce"))) if announces else reply

    return turn.desk.memo.reply(like, turn.desk.board.changes, turn.now, compose)


async def thanks(turn: Turn) -> Reply:
    """Somebody is glad."""
    return _notice(turn, "note.thanks")


async def other(turn: Turn) -> Reply:
    """Small talk, a mention without words, or not understood: one line that says how to ask."""
    if not turn.message.text.strip():
        return _notice(turn, "note.empty")
    if turn.intent.addressed and turn.intent.service != TEAMS:
        return await status(turn)  # trouble with what Teams leans on: how that is, is what we can tell
    is_greeting = turn.intent.addressed and len(turn.message.text.split()) <= GREETING_WORDS
    return _notice(turn, "note.hello" if is_greeting else "note.other")


async def its_fixed(turn: Turn) -> Reply:
    """Typed instead of pressed: there is no card to take it from, so only thank."""
    return _notice(turn, "note.fixed")


async def not_yet(turn: Turn) -> Reply:
    """A command that this release does not have."""
    return _notice(turn, "note.not_yet")


async def whoami(turn: Turn) -> Reply:
    """The id that roles are given to, and the roles it has."""
    if turn.message.destination.scope in ROLELESS:
        return _notice(turn, "note.whoami_nobody")
    person = turn.message.person
    values = {"id": person.lasting_id, "roles": ", ".join(sorted(person.roles)) or "-"}
    said = _notice(turn, "note.whoami", values)
    here = turn.message.destination
    place = [Phrase(key="incident.whoami_here", values={"id": here.id})] if here.scope in SHARED else []
    return replace(said, notes=(*said.notes, Phrase(key="note.whoami_settings", values=given_in(turn.house)), *place))


async def language(turn: Turn) -> Reply:
    """Choose the language of this conversation."""
    wanted = turn.intent.argument
    if turn.message.destination.scope not in CHAT_SCOPES:
        return await other(turn)  # nobody's place: there is nothing to choose for
    if wanted not in turn.house.languages:
        return _notice(turn, "note.languages", {"languages": ", ".join(turn.house.languages)})
    place = await turn.desk.places.find(turn.message, turn.now)
    await _remember(turn, replace(place, language=wanted))
    return _notice(replace(turn, language=wanted), "note.language_set")


async def site(turn: Turn) -> Reply:
    """Name the place where the people of this conversation are."""
    name = turn.intent.argument[:MOST_SITE_CHARACTERS].strip()
    if turn.message.destination.scope not in CHAT_SCOPES:
        return await other(turn)
    if not name:
        return _notice(turn, "note.site_wanted", {"sites": ", ".join(turn.house.sites) or "-"})
    place = await turn.desk.places.find(turn.message, turn.now)
    await _remember(turn, replace(place, site=name))
    return _notice(turn, "note.site_set", {"site": name})


def not_stored(turn: Turn) -> Reply:
    """What was asked for could not be written down."""
    return _notice(turn, "note.not_stored")


async def _remember(turn: Turn, place: Place) -> None:
    destination = turn.message.destination
    event = ConversationEvent(life=Life.SEEN, destination=destination, person=owner(turn.message))
    async with turn.desk.store.transaction() as db:
        await conversations.record(db, event, turn.now)
        if place.language:
            await conversations.set_language(db, destination.tenant, destination.id, place.language)
        if place.site:
            await conversations.set_site(db, destination.tenant, destination.id, place.site)
    turn.desk.places.remember((destination.tenant, destination.id), place)


def _notice(turn: Turn, key: str, values: Mapping[str, object] | None = None) -> Reply:
    return replace(_reply(turn, Face.NOTICE), notes=(Phrase(key=key, values=values or {}),))


def _buttons(turn: Turn) -> tuple[Button, ...]:
    page = turn.house.page_url
    links = (Button(verb="page", link=page),) if page else ()
    is_chat = turn.message.destination.scope in CHAT_SCOPES
    label = Phrase(key="subscription.button")
    return (*links, *([Button(verb="subscribe", label=label)] if is_chat else []))


def _reply(turn: Turn, face: Face) -> Reply:
    house = turn.house
    shared = turn.message.destination.scope in SHARED
    return Reply(
        face=face,
        personal=not shared,
        page_url=house.page_url,
        row=f"{FORM}help" if face is Face.HELP else None,
        buttons=_buttons(turn) if face is Face.HELP else (),
        drill=turn.desk.drill is not None,
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
    )
