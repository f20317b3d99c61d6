"""What saving an announcement would do, line by line: for its author, for whoever approves, and at a terminal.

Holds no sentence.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cards.announce_fields import REMINDERS
from bot.cards.rule_words import rule_words
from bot.cards.typed_text import is_cut
from bot.domain.announcement import Announcement, Draft, Kind, Moment, Reader
from bot.domain.conversation import Phrase, Tongue, Wall
from bot.domain.proofreading import Warned

TIMES_SHOWN = 5
_SAVED = (Draft.PLANNED, Draft.ENDED, Draft.CANCELLED, Draft.RECALLED)
MOST_NAMES = 5  # of an audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What saving would do."""

    plan: Announcement
    times: tuple[datetime, ...]  # aware UTC: the next ones
    readers: int  # conversations that it would reach
    takes: timedelta  # to tell them all, at the rate that the platform allows
    missing: tuple[tuple[str, int], ...] = ()  # languages without a text, and how many conversations read them
    warned: tuple[Warned, ...] = ()
    needs_approval: bool = False
    edits: str | None = None  # the saved announcement that this would change


def reading_lines(seen: Preview, *, with_times: bool = True) -> list[Phrase]:
    """Everything that its author or whoever approves should know, in the order in which it is read."""
    plan = seen.plan
    lines = [Phrase(key="announce.is", values={"kind": Phrase(key=f"announcement.kind.{plan.kind}")})]
    if seen.edits:
        lines.append(Phrase(key="announce.changes", values={"id": seen.edits}))
    lines += rule_words(plan.rule)
    lines += _window(seen) if with_times else []
    lines += first_word(plan) if not seen.edits else []
    lines.append(Phrase(key=f"announce.clockwork_is.{plan.clockwork}", values={"place": plan.zone}))
    if plan.kind is Kind.MAINTENANCE and plan.reminders:
        named = [Phrase(key=f"announce.moment.{each}") for each in REMINDERS if each in plan.reminders]
        lines.append(Phrase(key="announce.reminds", values={"moments": named}))
    if plan.draft not in _SAVED:
        lines.append(Phrase(key=f"announce.missed_is.{plan.missed}"))
    lines.append(_meant(plan))
    lines.append(Phrase(key="announce.readers", values={"n": seen.readers}))
    lines.append(Phrase(key="announce.takes", values={"length": seen.takes}))
    lines += [Phrase(key="announce.missing", values={"tongue": Tongue(tag), "n": n}) for tag, n in seen.missing]
    cut = [tag for tag, words in sorted(plan.words.items()) if is_cut(words)]
    lines += [Phrase(key="announce.cut", values={"tongue": Tongue(tag), "id": plan.id}) for tag in cut]
    lines += [_warned(each, plan) for each in seen.warned if not each.languages]
    if seen.needs_approval:
        lines.append(Phrase(key="announce.needs_approval"))
    return lines


def _window(seen: Preview) -> list[Phrase]:
    """The next times on the clock of the zone, each with its end where it has one."""
    plan, lines = seen.plan, []
    for at in seen.times[:TIMES_SHOWN]:
        begins = Wall(at=at, zone=plan.zone)
        if plan.has_window and plan.lasts is not None:
            values = {"begins": begins, "ends": Wall(at=at + plan.lasts, zone=plan.zone), "length": plan.lasts}
            lines.append(Phrase(key="announce.time_window", values={**values, "place": plan.zone}))
        else:
            lines.append(Phrase(key="announce.time", values={"at": begins, "place": plan.zone}))
    return lines or [Phrase(key="announce.no_time")]


def _warned(each: Warned, plan: Announcement) -> Phrase:
    at = Wall(at=each.at, zone=plan.zone) if each.at else Phrase(key="announce.nothing")
    return Phrase(key=f"announce.warning.{each.notice}", values={"at": at})


def first_word(plan: Announcement) -> list[Phrase]:
    """When the card of planned work is posted for the first time: long before the work itself."""
    if not plan.has_window or plan.draft in _SAVED:
        return []
    if plan.rule.at is not None:
        if plan.post_at is None:
            return [Phrase(key="announce.posted_at_once")]
        return [Phrase(key="announce.posted_first", values={"at": Wall(at=plan.post_at, zone=plan.zone)})]
    reminders = (Moment.DAY_BEFORE, Moment.HOUR_BEFORE) if plan.kind is Kind.MAINTENANCE else ()
    first = next((each for each in reminders if each in plan.reminders), Moment.START)
    return [Phrase(key="announce.posted_each", values={"moment": Phrase(key=f"announce.moment.{first}")})]


def _meant(plan: Announcement) -> Phrase:
    """Whom its author means."""
    reader, names = Phrase(key=f"announce.reader.{plan.audience.reader}"), sorted(plan.audience.names)
    if plan.audience.reader is Reader.ALL:
        return Phrase(key="announce.meant", values={"reader": reader})
    shown = [*names[:MOST_NAMES], *(["…"] if len(names) > MOST_NAMES else [])]
    return Phrase(key="announce.meant_names", values={"reader": reader, "names": ", ".join(shown)})
