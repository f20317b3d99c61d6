"""What is told here, with the buttons to change and to end it; an administrator sees all of the organisation."""

from dataclasses import replace

from bot.cards.blocks import Part
from bot.cards.subscribing import subscriptions_reply
from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.commands.status import CHAT_SCOPES
from bot.commands.subscribing import ELSEWHERE, current, drawn, offer_of
from bot.commands.wishing import FORM, OPEN, fresh, mark_of
from bot.domain.conversation import Button, Face, Phrase, Reply, Role, Said
from bot.domain.subscription import Subscription
from bot.store import subscriptions

MOST_LISTED, MOST_BUTTONS = 50, 6


async def show(turn: Turn) -> Reply:
    """The list.  Of other conversations only alone with an administrator: their ids are not for everybody's eyes."""
    if turn.message.destination.scope not in CHAT_SCOPES:
        return notice(turn, ELSEWHERE.key)
    found = await current(turn)
    own = drawn(turn, subscriptions_reply(found, offer_of(turn, found or fresh(turn))))
    if Role.ADMIN not in turn.message.person.roles:
        return own
    async with turn.desk.store.reading() as db:
        everyone = await subscriptions.all_of(db, turn.tenant, limit=MOST_LISTED + 1)
    others = [one for one in everyone if found is None or one.id != found.id]
    return _with_others(own, others) if others else own


def _with_others(own: Reply, others: list[Subscription]) -> Reply:
    lines = [_line(number, one) for number, one in enumerate(others[:MOST_LISTED], start=1)]
    if len(others) > MOST_LISTED:
        lines.append(Phrase(key="sheet.more", values={"n": len(others) - MOST_LISTED}))
    buttons = tuple(
        Button(verb=f"{OPEN}.{mark_of(one)}", label=Phrase(key="subscription.change", values={"n": number}))
        for number, one in enumerate(others[:MOST_BUTTONS], start=1)
    )
    listed = Said(part=Part.NOTES, lines=(Phrase(key="subscription.others"), *lines))
    return replace(own, face=Face.LINES, row=own.row or f"{FORM}list", said=(*own.said, listed), choices=buttons)


def _line(number: int, one: Subscription) -> Phrase:
    values = {
        "n": number,
        "place": one.conversation,
        "level": Phrase(key=f"subscribing.level.{one.wish.level}"),
        "services": [Phrase(key=f"service.{each}") for each in sorted(one.wish.services)]
        or Phrase(key="subscribing.every_service"),
    }
    return Phrase(key="subscription.line_helpdesk" if one.helpdesk else "subscription.line", values=values)
