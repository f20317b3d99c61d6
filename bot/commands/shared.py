"""A card that everybody in a conversation reads, drawn anew without anybody's personal answers."""

from dataclasses import replace
from datetime import datetime

from bot.commands.desk import Desk, Turn
from bot.commands.status import compose, look
from bot.domain.conversation import Answer, Destination, Intent, Message, Person, Reply


async def redrawn(desk: Desk, answer: Answer, place: Destination, now: datetime) -> Reply:
    """What this shared card should say at `now`."""
    nobody = Person(id="", tenant=answer.tenant)
    turn = Turn(
        desk=desk,
        message=Message(text="", person=nobody, destination=place),
        intent=intent_of(answer),
        now=now,
        language=answer.language,
        zone=answer.zone,
    )
    verdict = look(turn, personal=False)
    await desk.answers.update(answer, verdict)
    return replace(compose(turn, verdict, shared=True), row=answer.id)


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
