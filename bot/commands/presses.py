"""A button was pressed on one of our cards: from its verb to a reply for the person who pressed.

Data on a card is only {version, verb, row}: who acts and where comes from the verified activity, and the row must
belong to that tenant and conversation.  Effects are idempotent; an older card gets a fresh one and no effect.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import structlog

from bot.commands.announce_presses import VERBS as ANNOUNCING
from bot.commands.announce_presses import pressed_on_announcement
from bot.commands.answer import choose_language, with_roles
from bot.commands.desk import Desk, Turn
from bot.commands.incident_presses import pressed_on_incident
from bot.commands.people import own_test
from bot.commands.places import site_of
from bot.commands.questions import EVERYWHERE, asks_site, chosen_site
from bot.commands.shared import intent_of, what_changed
from bot.commands.status import compose, kept, look
from bot.commands.steps import more_steps, next_step
from bot.commands.subscribing import open_form
from bot.commands.subscription_presses import ended_here, pressed_on_form
from bot.commands.tickets import ticket
from bot.commands.waiting import pressed_back
from bot.commands.wishing import FORM
from bot.domain.advice import StepId
from bot.domain.conversation import Answer, Face, Phrase, Press, Reply
from bot.domain.observation import Client, Health
from bot.store.engine import StoreError
from bot.store.ids import new_answer_id
from bot.store.reports import Report, Said

log = structlog.get_logger(__name__)

CARD_VERSION = 1
OFFERS_BEFORE_TICKET = 2
ANSWER_ID = len(new_answer_id())  # rows of other cards have other lengths


async def pressed(desk: Desk, press: Press, now: datetime) -> Reply:
    """What the person who pressed sees instead of the card."""
    if len(press.row) != ANSWER_ID or press.verb.startswith(ANNOUNCING):
        return await _on_another_card(desk, press, now)
    return await _on_an_answer(desk, press, now)


async def _on_an_answer(desk: Desk, press: Press, now: datetime) -> Reply:
    try:
        answer = await desk.answers.find(press.row, press.message.person.tenant, press.message.destination.id)
    except StoreError as error:
        log.debug("card not read", error=str(error))
        return await _without_card(desk, press, "note.not_stored", now)
    if answer is None:
        return await _without_card(desk, press, "note.card_unknown", now)
    turn = await _turn(desk, press, answer, now)
    if press.version != CARD_VERSION:
        return await again(turn, answer)
    verb, _, argument = press.verb.partition(".")
    act = PRESSES.get(verb)
    if act is None:
        return await again(turn, answer)
    try:
        return await act(turn, answer, argument)
    except StoreError as error:
        log.debug("press not stored", verb=verb, error=str(error))
        return _notice(turn, "note.not_stored")


async def _on_another_card(desk: Desk, press: Press, now: datetime) -> Reply:
    """The card of an incident, a form or a list."""
    try:
        if press.verb.startswith(ANNOUNCING):
            return await pressed_on_announcement(desk, press, now)
        if press.row.startswith(FORM):
            return await pressed_on_form(desk, press, now)
        reply = await pressed_on_incident(desk, press, now)
    except StoreError as error:
        log.debug("press not stored", verb=press.verb, error=str(error))
        return await _without_card(desk, press, "note.not_stored", now)
    return reply if reply is not None else await _without_card(desk, press, "note.card_unknown", now)


async def again(turn: Turn, answer: Answer, _: str = "") -> Reply:
    """Check again: what changed comes first."""
    return await _fresh(turn, answer)


async def me_too(turn: Turn, answer: Answer, _: str = "") -> Reply:
    """Count this person, once per window; ask for the place where it is not known."""
    return asks_site(turn, answer.id) or await _count(turn, answer)


async def site(turn: Turn, answer: Answer, argument: str) -> Reply:
    """The answer to "where are you?": count this person there."""
    chosen = chosen_site(turn, argument)
    return await again(turn, answer) if chosen is None else await _count(replace(turn, site=chosen), answer)


async def _count(turn: Turn, answer: Answer) -> Reply:
    people = await turn.desk.people.reported(turn.message.person, await _report(turn, Said.ME_TOO))
    await turn.desk.answers.mark(answer)
    return await _fresh(turn, answer, changed=Phrase(key="me_too.count", values={"n": people}))


async def client(turn: Turn, answer: Answer, argument: str) -> Reply:
    """The answer to "where does it fail?": steps for that client, seen by this person only."""
    if argument == EVERYWHERE:
        return await _fresh(replace(turn, everywhere=True), answer, own=True)
    if argument not in set(Client):
        return await again(turn, answer)
    chosen = replace(turn.intent, client=Client(argument), symptom=True)
    return await _fresh(
        replace(turn, intent=chosen),
        answer,
        own=True,
        changed=Phrase(key="changed.client", values={"client": Client(argument)}),
    )


async def test(turn: Turn, answer: Answer, argument: str) -> Reply:
    """The result of the test with another site; it moves the verdict of this person only."""
    results = {
        "yes": ("other_site", Health.FINE),
        "no": ("other_site", Health.DOWN),
        "blocked": ("other_site", Health.FINE),
        "this_device": ("other_site", Health.FINE),
    }
    if argument not in results:
        return await again(turn, answer)
    key, health = results[argument]
    found = own_test(key, health, turn.now)
    await turn.desk.people.tested(turn.message.person, found)
    symptom = replace(turn.intent, symptom=True)
    changed = Phrase(key=f"changed.test.{argument}", values={"site": turn.house.test_site})
    return await _fresh(replace(turn, intent=symptom, own=turn.with_own(found)), answer, own=True, changed=changed)


async def fixed(turn: Turn, answer: Answer, _: str = "") -> Reply:
    """It works again for this person: that is evidence, and the result of the last step."""
    person = await turn.desk.people.code(turn.message.person, turn.now)
    await turn.desk.answers.settle(answer, person, turn.now, worked=True)
    await turn.desk.people.reported(turn.message.person, await _report(turn, Said.FIXED))
    await turn.desk.answers.mark(answer)
    return _notice(turn, "note.fixed")


async def still_broken(turn: Turn, answer: Answer, _: str = "") -> Reply:
    """The next step that was not tried; after two of them, the way to IT."""
    verdict = look(turn, personal=True)
    try:
        person = await turn.desk.people.code(turn.message.person, turn.now)
        await turn.desk.answers.settle(answer, person, turn.now, worked=False)
        offered = await turn.desk.answers.offered(answer, person)
        if len(offered) >= OFFERS_BEFORE_TICKET:
            return ticket(turn, answer, verdict, tried=offered)
        return await next_step(turn, answer, verdict, offered)
    except StoreError as error:
        log.debug("step not stored", error=str(error))
        return more_steps(turn, answer, verdict)  # which was shown last is not known: all of them


async def more(turn: Turn, answer: Answer, _: str = "") -> Reply:
    """All steps that did not fit on the card."""
    return more_steps(turn, answer, look(turn, personal=True))


async def tell_it(turn: Turn, answer: Answer, _: str = "") -> Reply:
    """The way to IT, prefilled; with trouble that is known, why no ticket is needed."""
    tried: tuple[StepId, ...] = ()
    try:
        person = await turn.desk.people.code(turn.message.person, turn.now)
        tried = await turn.desk.answers.offered(answer, person)
    except StoreError as error:
        log.debug("steps not read", error=str(error))
    return ticket(turn, answer, look(turn, personal=True), tried=tried)


async def full_card(turn: Turn, answer: Answer, _: str = "") -> Reply:
    """All we know, where two lines were said; seen by this person only."""
    return await _fresh(turn, answer, own=True)


async def subscribe(turn: Turn, _answer: Answer, _: str = "") -> Reply:
    """The form in which this conversation says what it wants to be told."""
    return await open_form(turn)


async def unsubscribe(turn: Turn, _answer: Answer, _: str = "") -> Reply:
    """Nothing more comes here by itself."""
    return await ended_here(turn)


Act = Callable[[Turn, Answer, str], Awaitable[Reply]]
PRESSES: dict[str, Act] = {
    "again": again,
    "me_too": me_too,
    "site": site,
    "client": client,
    "test": test,
    "fixed": fixed,
    "still_broken": still_broken,
    "more_steps": more,
    "tell_it": tell_it,
    "tell_back": pressed_back,
    "full_card": full_card,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
}


async def _fresh(turn: Turn, answer: Answer, *, own: bool = False, changed: Phrase | None = None) -> Reply:
    """The verdict now.  `own`: it holds this person's answers, so it gets a row of its own and is never shared."""
    personal = own or not answer.shared
    verdict = look(turn, personal=personal)
    told = compose(
        turn, verdict, shared=not personal, changed=changed or what_changed(answer, verdict.outcome, turn.now)
    )
    if own:
        return await kept(turn, told)
    if personal:
        await turn.desk.answers.update(answer, verdict)
    elif answer.outcome != verdict.outcome:  # the others still read the old word: their card follows
        await turn.desk.answers.mark(answer)
    return replace(told, row=answer.id)


async def _report(turn: Turn, said: Said) -> Report:
    return Report(
        tenant=turn.tenant,
        person=await turn.desk.people.code(turn.message.person, turn.now),
        said=said,
        service=turn.intent.service,
        feature=turn.intent.feature,
        site=turn.site,
        at=turn.now,
    )


async def _turn(desk: Desk, press: Press, answer: Answer, now: datetime) -> Turn:
    message = with_roles(desk, press.message)
    place = await desk.places.find(message, now)
    return Turn(
        desk=desk,
        message=message,
        intent=intent_of(answer),
        now=now,
        language=answer.language,
        zone=answer.zone,
        site=site_of(place, message),
        own=await desk.people.own_tests(message.person, now),
        word=await desk.people.own_word(message.person, now),
    )


async def _without_card(desk: Desk, press: Press, key: str, now: datetime) -> Reply:
    """A word about a card of which we know nothing, so in the presser's own language."""
    language, _ = choose_language(desk, press.message, await desk.places.find(press.message, now))
    drill = desk.drill is not None
    return Reply(face=Face.NOTICE, notes=(Phrase(key=key),), at=now, language=language, drill=drill)


def _notice(turn: Turn, key: str) -> Reply:
    return Reply(
        face=Face.NOTICE,
        notes=(Phrase(key=key),),
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
        drill=turn.desk.drill is not None,
    )
