"""The turn of a press on a card that is no answer: a form, a list, the card of an incident."""

from datetime import datetime

from bot.commands.answer import choose_language, with_roles
from bot.commands.desk import Desk, Turn
from bot.commands.places import site_of
from bot.domain.conversation import TEAMS, Intent, Press
from bot.domain.observation import Feature, ServiceId


async def turn_of(  # noqa: PLR0913 - who pressed, what, when and about what
    desk: Desk,
    press: Press,
    now: datetime,
    *,
    command: str,
    service: ServiceId = TEAMS,
    feature: Feature | None = None,
) -> Turn:
    """Who pressed and where, by the verified activity; `command`: what the audit calls it."""
    place = await desk.places.find(press.message, now)
    language, _ = choose_language(desk, press.message, place)
    message = with_roles(desk, press.message)
    return Turn(
        desk=desk,
        message=message,
        intent=Intent(name="ask_status", command=command, service=service, feature=feature, confidence=1.0),
        now=now,
        language=language,
        zone=press.message.zone or place.zone or desk.house_for(press.message).zone,
        site=site_of(place, message),
        own=await desk.people.own_tests(message.person, now),
        word=await desk.people.own_word(message.person, now),
    )
