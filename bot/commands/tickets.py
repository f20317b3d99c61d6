"""The way to IT: a ticket or mail address that is prefilled with what we know, or why no ticket is needed."""

from urllib.parse import quote

from bot.commands.desk import Turn
from bot.domain.advice import StepId
from bot.domain.conversation import Answer, Button, Face, Phrase, Reply
from bot.domain.observation import Feature
from bot.domain.verdict import Outcome, Verdict

KNOWN_TROUBLE = frozenset({Outcome.DOWN, Outcome.DEGRADED, Outcome.MAINTENANCE})


def ticket(turn: Turn, answer: Answer, verdict: Verdict, *, tried: tuple[StepId, ...]) -> Reply:
    """Where to tell IT, and what to tell."""
    return Reply(
        face=Face.TICKET,
        row=answer.id,
        verdict=verdict,
        feature=turn.intent.feature,
        client=turn.intent.client,
        codes=turn.intent.codes,
        notes=_notes(turn, verdict),
        buttons=(*_ways(turn, verdict, tried), Button(verb="again")),
        drill=verdict.drill or turn.desk.drill is not None,
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
    )


def contact(turn: Turn, verdict: Verdict) -> tuple[tuple[Phrase, ...], tuple[Button, ...]]:
    """How IT is reached, as a line and as links, for places where no button brings a ticket."""
    reached = turn.house.it_contact
    line = (_contact(reached),) if reached and not _is_mail(reached) else ()
    return line, _ways(turn, verdict, ())


def _contact(words: str) -> Phrase:
    return Phrase(key="ticket.contact", values={"contact": words})


def _notes(turn: Turn, verdict: Verdict) -> tuple[Phrase, ...]:
    house = turn.house
    if verdict.outcome in KNOWN_TROUBLE:
        lines = [Phrase(key="ticket.not_needed", values=_values(turn, verdict))]
    else:
        lines = [Phrase(key="ticket.tell", values=_values(turn, verdict))]
    if not house.ticket_url and not house.it_contact:
        lines.append(Phrase(key="ticket.no_contact"))
    elif house.it_contact and not _is_mail(house.it_contact):
        lines.append(_contact(house.it_contact))
    return tuple(lines)


def _ways(turn: Turn, verdict: Verdict, tried: tuple[StepId, ...]) -> tuple[Button, ...]:
    """Links whose subject and text are already filled in."""
    house, desk = turn.house, turn.desk
    values = _values(turn, verdict)
    subject = desk.texts.say(Phrase(key="ticket.subject", values=values), turn.language, zone=turn.zone, now=turn.now)
    titles = ", ".join(desk.texts.say(f"step.{step}.title", turn.language) for step in tried) or "-"
    body_values = {**values, "tried": titles}
    body = desk.texts.say(Phrase(key="ticket.body", values=body_values), turn.language, zone=turn.zone, now=turn.now)
    ways = []
    if house.ticket_url:
        address = house.ticket_url.replace("{subject}", quote(subject, safe="")).replace("{text}", quote(body, safe=""))
        ways.append(Button(verb="ticket", link=address))
    if house.it_contact and _is_mail(house.it_contact):
        address = f"mailto:{house.it_contact}?subject={quote(subject, safe='')}&body={quote(body, safe='')}"
        ways.append(Button(verb="mail", link=address))
    return tuple(ways)


def _values(turn: Turn, verdict: Verdict) -> dict[str, object]:
    intent = turn.intent
    return {
        "service": Phrase(key=f"service.{verdict.service}"),
        "outcome": Phrase(key=f"outcome.{verdict.outcome}"),
        "feature": intent.feature or verdict.feature or Feature.ALL,
        "client": intent.client or Phrase(key="client.unknown"),
        "codes": ", ".join(intent.codes) or "-",
        "at": turn.now,
    }


def _is_mail(contact: str) -> bool:
    return "@" in contact and " " not in contact
