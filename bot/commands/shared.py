"""The card of an answer, drawn anew: where many read it, without anybody's personal answers."""

from dataclasses import replace
from datetime import datetime

from bot.commands.desk import Desk, Turn
from bot.commands.status import compose, look
from bot.domain.conversation import Answer, Intent, Message, Person, Phrase, Reply, Scope
from bot.domain.verdict import Outcome
from bot.store.conversations import Conversation


async def redrawn(desk: Desk, answer: Answer, place: Conversation, now: datetime) -> Reply | None:
    """What this card should say at `now`; None: a card that one person reads, and that is still right.

    Who reads alone keeps what only they found out: their own tests and their word.
    """
    where = place.destination
    if not answer.shared and (where.scope is not Scope.PERSONAL or place.person is None):
        return None  # a short reply in a channel, or nobody knows whose card it is
    reader = Person(id=place.person or "", directory_id=place.person, tenant=answer.tenant)
    turn = Turn(
        desk=desk,
        message=Message(text="", person=Person(id="", tenant=answer.tenant), destination=where),
        intent=intent_of(answer),
        now=now,
        language=answer.language,
        zone=answer.zone,
    )
    if not answer.shared:
        own = await desk.people.own_tests(reader, now)
        turn = replace(turn, own=own, word=await desk.people.own_word(reader, now))
    verdict = look(turn, personal=not answer.shared)
    if not answer.shared and verdict.outcome == answer.outcome:
        return None
    await desk.answers.update(answer, verdict)
    changed = None if answer.shared else what_changed(answer, verdict.outcome, now)
    return replace(compose(turn, verdict, shared=answer.shared, changed=changed), row=answer.id)


def what_changed(answer: Answer, outcome: Outcome, now: datetime) -> Phrase:
    """What the card said, and what it says now."""
    before = Phrase(key=f"outcome.{answer.outcome}")
    after = Phrase(key=f"outcome.{outcome}")
    if answer.outcome == outcome:
        return Phrase(key="changed.still", values={"at": now, "outcome": after})
    return Phrase(key="changed.now", values={"at": now, "before": before, "outcome": after})


def intent_of(answer: Answer) -> Intent:
    """What was asked when this answer was given."""
    return Intent(
        name=answer.intent,
        command="status",
        service=answer.service,
        feature=answer.feature,
        client=answer.client,
        since=answer.since,
        codes=answer.codes,
        symptom=answer.symptom,
        confidence=1.0,
    )
