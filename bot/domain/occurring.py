"""One occurrence through its life: what it becomes at a planned moment or by its author's word, and why.  Pure.

Each step gives the occurrence after it, the change as people are told it, and whether they must notice; None where it
changes nothing.  A step is made from one revision, so that of two writers one is told that it was overtaken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.announcement import Announcement, Due, Kind, Moment, Occurrence, Phase
from bot.domain.schedule import Missed, due_of_missed

AWAKE = timedelta(minutes=1)  # what is told by then was not missed
_ORDER = {each: place for place, each in enumerate(Moment)}
SILENT_END = timedelta(hours=1)  # a window whose author says nothing counts as over that long after its planned end


class Step(StrEnum):
    """What is told of an occurrence."""

    POSTED = "posted"
    REMINDED = "reminded"
    STARTED = "started"
    EDITED = "edited"
    EXTENDED = "extended"
    OVERRUN = "overrun"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    MISSED = "missed"


class Why(StrEnum):
    """The rule behind a step."""

    PLANNED = "planned"  # its moment came
    LATE = "late"  # its moment came while nobody was awake; it is still worth telling
    TOO_LATE = "too_late"  # later than its grace
    NEWER = "newer"  # a later one of the same was missed too, and that one is told
    SKIPPED = "skipped"  # its author wants missed ones skipped
    OVER = "over"  # nobody heard of it, and it is over
    AUTHOR = "author"
    OTHER_WORDS = "other_words"
    OTHER_TIMES = "other_times"
    TROUBLE = "trouble"  # an incident that it explains is told as a part of it
    NOBODY_ANSWERED = "nobody_answered"  # whether it is over
    PLANNED_END = "planned_end"  # nobody is there to be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One step."""

    occurrence: Occurrence  # after it
    step: Step
    why: Why
    before: int  # revision that it was made from
    is_important: bool = False  # people must notice: also said in the thread
    final: bool = False  # no moment of it is still to come
    asks: bool = False  # its author is asked whether it is over
    dues: tuple[Due, ...] = ()  # moments that this sets anew

    @property
    def is_told(self) -> bool:
        """Whether anybody is to hear of it."""
        return self.step is not Step.MISSED


def due_now(
    announcement: Announcement,
    waiting: Sequence[tuple[Occurrence, Sequence[Due]]],
    now: datetime,
    grace: timedelta,
) -> tuple[Taken, ...]:
    """What becomes of occurrences of one announcement whose moments have come; those without a change are left out.

    `waiting`: each with its moments up to `now`.  A machine that slept over several moments tells the last one only.
    """
    untold = [
        (each, dues)
        for each, dues in waiting
        if each.told_at is None and each.phase.is_open and _is_missed(announcement, each, dues, now)
    ]
    chosen = _chosen(untold, now, announcement.missed, grace)
    found = (_step(announcement, each, dues, now, chosen.get(each.id)) for each, dues in waiting)
    return tuple(taken for taken in found if taken is not None)


def extended(occurrence: Occurrence, until: datetime, now: datetime) -> Taken | None:
    """It takes longer."""
    running = occurrence.phase in (Phase.IN_PROGRESS, Phase.EXTENDED, Phase.OVERRUN)
    ends = occurrence.ends_at
    if not running or ends is None or until <= max(ends, now):
        return None
    after = replace(
        occurrence,
        phase=Phase.EXTENDED,
        ends_at=until,
        planned_ends_at=occurrence.planned_ends_at or ends,
    )
    dues = (
        Due(occurrence=occurrence.id, moment=Moment.END, at=until),
        Due(occurrence=occurrence.id, moment=Moment.EXPIRE, at=until + SILENT_END),
    )
    return replace(_taken(occurrence, after, Step.EXTENDED, Why.AUTHOR, now, is_important=True), dues=dues)


def ended(occurrence: Occurrence, now: datetime) -> Taken | None:
    """It is over: early, or after its planned end."""
    if occurrence.phase not in (Phase.IN_PROGRESS, Phase.EXTENDED, Phase.OVERRUN):
        return None
    early = occurrence.ends_at is not None and now < occurrence.ends_at
    phase, step = (Phase.ENDED_EARLY, Step.ENDED_EARLY) if early else (Phase.COMPLETED, Step.COMPLETED)
    planned = occurrence.planned_ends_at or occurrence.ends_at
    after = replace(occurrence, phase=phase, ends_at=now, planned_ends_at=planned)
    return _taken(occurrence, after, step, Why.AUTHOR, now, is_important=True, final=True)


def cancelled(occurrence: Occurrence, now: datetime) -> Taken | None:
    """It does not take place, or not any longer."""
    if not occurrence.phase.is_open:
        return None
    after = replace(occurrence, phase=Phase.CANCELLED, local=None)
    return _taken(occurrence, after, Step.CANCELLED, Why.AUTHOR, now, is_important=True, final=True)


def withdrawn(occurrence: Occurrence, now: datetime) -> Taken | None:
    """What was told is taken back, also when it is over."""
    if occurrence.told_at is None or occurrence.phase is Phase.WITHDRAWN:
        return None
    after = replace(occurrence, phase=Phase.WITHDRAWN, local=None)
    return _taken(occurrence, after, Step.WITHDRAWN, Why.AUTHOR, now, is_important=True, final=True)


def edited(occurrence: Occurrence, now: datetime, why: Why = Why.OTHER_WORDS) -> Taken:
    """Its card shows other words or times."""
    loud = why is Why.OTHER_TIMES
    return _taken(occurrence, occurrence, Step.EDITED, why, now, is_important=loud, final=not occurrence.phase.is_open)


def _step(
    announcement: Announcement, each: Occurrence, dues: Sequence[Due], now: datetime, late: Why | None
) -> Taken | None:
    """`late`: why this missed one is told or not; None: it was not missed."""
    if not each.phase.is_open or not dues:
        return None
    if late not in (None, Why.LATE):
        missed = replace(each, phase=Phase.MISSED)
        return _taken(each, missed, Step.MISSED, late, now, final=True)
    last = max((due.moment for due in dues), key=_ORDER.__getitem__)
    taken = _at(announcement, each, last, now)
    if taken is None:
        return None
    why = Why.LATE if late is Why.LATE and taken.why is Why.PLANNED else taken.why
    loud = taken.is_important and each.told_at is not None  # with the first word of it there is no other to notice
    return taken if (why, loud) == (taken.why, taken.is_important) else replace(taken, why=why, is_important=loud)


def _at(announcement: Announcement, each: Occurrence, last: Moment, now: datetime) -> Taken | None:
    """What the last moment that has come makes of it."""
    match last:
        case Moment.POST:
            return _posted(announcement, each, now)
        case Moment.DAY_BEFORE | Moment.HOUR_BEFORE:
            before_start = each.phase in (Phase.SCHEDULED, Phase.REMINDED)
            return _moved(each, Phase.REMINDED, Step.REMINDED, now, is_important=True) if before_start else None
        case Moment.START:
            loud = Moment.START in announcement.reminders
            return _moved(each, Phase.IN_PROGRESS, Step.STARTED, now, is_important=loud)
        case Moment.END:
            return _at_end(announcement, each, now)
    return _expired(announcement, each, now)


def _posted(announcement: Announcement, each: Occurrence, now: datetime) -> Taken | None:
    if each.told_at is not None:
        return None
    if announcement.has_window:
        return _moved(each, each.phase, Step.POSTED, now)
    goes_on = announcement.expires_after is not None or announcement.kind is Kind.OUTAGE
    return _moved(each, Phase.IN_PROGRESS if goes_on else Phase.COMPLETED, Step.POSTED, now, final=not goes_on)


def _at_end(announcement: Announcement, each: Occurrence, now: datetime) -> Taken | None:
    """Its author is asked; of planned work that others announced nobody can be."""
    loud = Moment.END in announcement.reminders
    if each.phase is Phase.OVERRUN:
        return None
    if announcement.origin:
        return _moved(each, Phase.COMPLETED, Step.COMPLETED, now, Why.PLANNED_END, is_important=loud, final=True)
    return replace(_moved(each, Phase.OVERRUN, Step.OVERRUN, now, is_important=loud), asks=True)


def _expired(announcement: Announcement, each: Occurrence, now: datetime) -> Taken:
    """Nothing more is told of it.  Said aloud only to those who did not hear of its end."""
    loud = Moment.END in announcement.reminders and each.phase is not Phase.OVERRUN and announcement.has_window
    why = Why.NOBODY_ANSWERED if announcement.has_window and not announcement.origin else Why.PLANNED
    return _moved(each, Phase.COMPLETED, Step.COMPLETED, now, why, is_important=loud, final=True)


def _is_missed(announcement: Announcement, each: Occurrence, dues: Sequence[Due], now: datetime) -> bool:
    """Whether nobody was awake when it should have been told, and telling it now is not simply true."""
    if not dues or now - min(due.at for due in dues) <= AWAKE:
        return False
    if announcement.has_window and each.ends_at is not None and now < each.ends_at:
        return announcement.missed is Missed.SKIP and now >= each.starts_at
    return True


def _chosen(
    untold: Sequence[tuple[Occurrence, Sequence[Due]]], now: datetime, policy: Missed, grace: timedelta
) -> dict[str, Why]:
    """Of missed ones the one that is told, in each zone, and why the others are not."""
    found: dict[str, Why] = {}
    for zone in {each.zone for each, _ in untold}:
        here = [(each, dues) for each, dues in untold if each.zone == zone]
        over = {each.id for each, dues in here if _is_over(each, dues, now)}
        first = {each.id: min(due.at for due in dues) for each, dues in here}
        times = sorted(at for each, at in first.items() if each not in over)
        told = due_of_missed(tuple(times), now, policy, grace)
        for each, at in first.items():
            found[each] = Why.OVER if each in over else _why(at, times[-1], told, policy)
    return found


def _is_over(each: Occurrence, dues: Sequence[Due], now: datetime) -> bool:
    ended_at = each.ends_at
    return (ended_at is not None and ended_at <= now) or any(due.moment is Moment.EXPIRE for due in dues)


def _why(at: datetime, last: datetime, told: datetime | None, policy: Missed) -> Why:
    if at == told:
        return Why.LATE
    if policy is Missed.SKIP:
        return Why.SKIPPED
    return Why.NEWER if at != last else Why.TOO_LATE


def _taken(  # noqa: PLR0913 - what one step is
    before: Occurrence,
    after: Occurrence,
    step: Step,
    why: Why,
    now: datetime,
    *,
    is_important: bool = False,
    final: bool = False,
) -> Taken:
    """The next revision."""
    grown = replace(after, revision=before.revision + 1, changed_at=now)
    return Taken(occurrence=grown, step=step, why=why, before=before.revision, is_important=is_important, final=final)


def _moved(  # noqa: PLR0913 - what one step is
    each: Occurrence,
    phase: Phase,
    step: Step,
    now: datetime,
    why: Why = Why.PLANNED,
    *,
    is_important: bool = False,
    final: bool = False,
) -> Taken:
    """The next revision, by one of its own moments; copied once, since ten thousand may have the same moment."""
    told_at = each.told_at or now
    grown = replace(each, phase=phase, told_at=told_at, revision=each.revision + 1, changed_at=now)
    return Taken(occurrence=grown, step=step, why=why, before=each.revision, is_important=is_important, final=final)
