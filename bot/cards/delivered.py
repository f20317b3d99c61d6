"""How far each destination has an incident: a card for administrators, and rows for tables and CSV."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.cards.blocks import Part
from bot.domain.conversation import Button, Face, Phrase, Reply, Said
from bot.domain.delivery import Delivery, Progress

HEADS = ("destination", "part", "state", "wants", "sent", "due", "attempts", "error", "at")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run
MOST_ROWS = 15  # destinations on a card, the troubled first; the rest is counted
LONGEST_ID = 60


def state_of(delivery: Delivery, wanted: int, now: datetime) -> str:
    """One word for how far it has come; the end of a text key `deliveries.<state>`."""
    if delivery.progress is not Progress.OPEN:
        return delivery.progress.value
    if delivery.throttled_until and delivery.throttled_until > now:
        return "throttled"
    if delivery.maybe_twice:
        return "maybe_twice"
    if delivery.sent_revision >= wanted:
        return "edited" if delivery.sent_revision > 1 else "sent"
    return "retrying" if delivery.attempts else "waiting"


def delivery_rows(deliveries: Iterable[Delivery], wanted: int, now: datetime) -> list[tuple[str, ...]]:
    """One row a delivery, in the order of HEADS; a cell that a spreadsheet would run begins with an apostrophe."""
    return [tuple(map(_cell, _row(each, wanted, now))) for each in deliveries]


def deliveries_reply(  # noqa: PLR0913 - whose, as wanted, when, for whom
    deliveries: Sequence[Delivery],
    wanted: int | None,
    now: datetime,
    *,
    row: str = "",
    title: Phrase | None = None,
    buttons: tuple[Button, ...] = (),
    language: str = "en",
    zone: str = "UTC",
) -> Reply:
    """The card for administrators: how many are in each state, then those that have trouble, then the others.

    `wanted`: revision of what they are told; None: each has its own.
    """
    states = {each.id: state_of(each, each.wanted_revision if wanted is None else wanted, now) for each in deliveries}
    counts = Counter(states.values())
    calm = ("sent", "edited", "done")
    ordered = sorted(deliveries, key=lambda each: states[each.id] in calm)
    lines = [_line(each, states[each.id], now) for each in ordered[:MOST_ROWS]]
    if len(deliveries) > MOST_ROWS:
        lines.append(Phrase(key="sheet.more", values={"n": len(deliveries) - MOST_ROWS}))
    summed = [
        Phrase(key="deliveries.count", values={"state": Phrase(key=f"deliveries.{name}"), "n": count})
        for name, count in counts.most_common()
    ]
    told = (*(summed or [Phrase(key="deliveries.none")]), *lines)
    return Reply(
        face=Face.DELIVERIES,
        row=row or None,
        title=title or Phrase(key="deliveries.title"),
        said=(Said(part=Part.NOTES, lines=told),),
        buttons=buttons,
        at=now,
        language=language,
        zone=zone,
    )


def _row(each: Delivery, wanted: int, now: datetime) -> tuple[str, ...]:
    aim = each.wanted_revision if each.step else wanted
    return (
        each.destination,
        each.step or each.part.value,
        state_of(each, aim, now),
        str(aim),
        str(each.sent_revision),
        _written(each.due),
        str(each.attempts),
        each.error,
        _written(each.settled_at),
    )


def _line(each: Delivery, state: str, now: datetime) -> Phrase:
    at = each.throttled_until if state == "throttled" else each.settled_at or each.due
    word = Phrase(key=f"deliveries.{state}")
    return Phrase(
        key="deliveries.line_error" if each.error else "deliveries.line",
        values={"destination": each.destination[:LONGEST_ID], "state": word, "at": at or now, "error": each.error},
    )


def _written(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
