"""`announce report ID`: who got which revision when, in what language, how late; who did not, and why."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.domain.announced_to import hears_of
from bot.domain.announcement import Announcement, Occurrence
from bot.domain.audience import Untold
from bot.domain.delivery import Part, Subject
from bot.domain.reporting import chosen, tellings
from bot.store import deliveries, notifications, occurrences, readers, stepping
from bot.store.deliveries import Line
from bot.store.engine import Db
from bot.store.stepping import StepDone
from bot.terminal.output import Output, csv_safe
from bot.terminal.recorded import iso

DONE = 0
MOST_NAMED = 5  # times that are offered where the one that was meant is not there
HEADS = (
    "occurrence",
    "starts_at",
    "destination",
    "part",
    "revision",
    "text",
    "language",
    "state",
    "at",
    "late_s",
    "why",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line: a card or a word at one destination, or that there was none."""

    occurrence: str
    starts_at: str | None
    destination: str
    part: str
    revision: int
    text: int | None  # revision of the announcement that it shows
    language: str | None
    state: str
    at: str | None
    late_s: float | None
    why: str


class NoSuchTimeError(ValueError):
    """It was not told at that time; its words are the times at which it was, newest first."""


async def lines(  # noqa: PLR0913 - of what, for whom, when
    db: Db, one: Announcement, which: str = "", *, language: str, zone: str, now: datetime
) -> list[Told]:
    """Every line, occurrence by occurrence.  `which`: of one time only.  Raises NoSuchTimeError."""
    known = await occurrences.of_announcement(db, one.id)
    if which:
        several = tellings(known)
        place = chosen(several, which)
        if place is None:
            raise NoSuchTimeError(", ".join(f"{each.local:%Y-%m-%d %H:%M}" for each in several[:MOST_NAMED]))
        known = several[place].occurrences
    found: list[Told] = []
    for occurrence in known:
        steps = await stepping.steps(db, occurrence.id)
        told = await notifications.about(db, one.tenant, Subject.ANNOUNCEMENT, occurrence.id)
        got = await deliveries.all_of(db, told.id) if told is not None else []
        tongues = await readers.languages(db, one.tenant, [line.delivery.destination for line in got])
        for line in got:
            spoken = (tongues.get(line.delivery.destination) or language).split("-")[0]
            found.append(_got(occurrence, line, steps, spoken if spoken in one.words else one.language))
        if told is not None:
            found += await _not_told(
                db, one, occurrence, {line.delivery.destination for line in got}, zone=zone, now=now
            )
    return found


def show(out: Output, found: Sequence[Told], *, as_csv: bool) -> int:
    """As it was asked for."""
    rows = [["" if value is None else str(value) for value in asdict(line).values()] for line in found]
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(HEADS)
        writer.writerows([csv_safe(cell) for cell in row] for row in rows)
    elif out.form == "json":
        out.json([asdict(line) for line in found])
    elif rows or out.form == "plain":
        out.table(HEADS, rows)
    else:
        out.line("Nothing was told of it yet.")
    return DONE


def _got(occurrence: Occurrence, line: Line, steps: Sequence[StepDone], language: str) -> Told:
    delivery = line.delivery
    is_card = delivery.part is Part.CARD
    shown = delivery.sent_revision if is_card else delivery.wanted_revision
    behind = [step for step in steps if step.revision <= shown]
    own = next((step for step in steps if step.revision == delivery.wanted_revision), None) if not is_card else None
    should = own or (steps[0] if steps else None)
    sent = delivery.first_sent_at
    late = (sent - (should.due or should.at)).total_seconds() if sent is not None and should is not None else None
    return Told(
        occurrence=occurrence.id,
        starts_at=iso(occurrence.starts_at),
        destination=delivery.destination,
        part=delivery.step or delivery.part,
        revision=delivery.sent_revision,
        text=behind[-1].text_revision if behind and sent is not None else None,
        language=language if sent is not None else None,
        state="sent" if sent is not None else delivery.progress,
        at=iso(sent),
        late_s=round(max(0.0, late), 1) if late is not None else None,
        why=delivery.error,
    )


async def _not_told(  # noqa: PLR0913 - an occurrence, and who was told of it
    db: Db, one: Announcement, occurrence: Occurrence, told: set[str], *, zone: str, now: datetime
) -> list[Told]:
    """Whoever might have been told and was not."""
    found: list[Told] = []
    after = ""
    while True:
        page = await readers.page(db, one, after=after, zone=zone)
        for each in page:
            heard = hears_of(one, occurrence, each, now, has_card=False, is_important=False)
            if each.conversation not in told:
                why = heard.reason if isinstance(heard, Untold) else "came later"
                found.append(_missed(occurrence, each.conversation, why))
        if len(page) < readers.PAGE:
            return found
        after = page[-1].conversation


def _missed(occurrence: Occurrence, place: str, why: str) -> Told:
    return Told(
        occurrence=occurrence.id,
        starts_at=iso(occurrence.starts_at),
        destination=place,
        part="card",
        revision=0,
        text=None,
        language=None,
        state="not told",
        at=None,
        late_s=None,
        why=why,
    )
