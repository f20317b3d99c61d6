"""When an announcement takes place and which planned moments that gives.  Pure: rows and senders are elsewhere.

    planned(announcement, zones, now, until)    -> each time it takes place, with its moments
    reconcile(announcement, kept, wanted, now)  -> what that changes of what was planned before

What an occurrence does at its moments stands in `occurring`, what is wrong with a text in `proofreading`, and a second
person's yes in `approving`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.announcement import (
    Announcement,
    Clockwork,
    Draft,
    Due,
    Kind,
    Moment,
    Occurrence,
    OccurrenceId,
    Phase,
)
from bot.domain.occurring import SILENT_END, Step, Taken, Why, cancelled, edited, withdrawn
from bot.domain.schedule import moment, occurrences, zone_of

AHEAD = timedelta(days=8)  # planned that far: a reminder comes a day before, and rows of years help nobody
BEHIND = timedelta(days=7)  # times missed longer ago are not even noted
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_STAYING = (Phase.IN_PROGRESS, Phase.EXTENDED, Phase.OVERRUN, Phase.COMPLETED, Phase.ENDED_EARLY)
_ORDER = {each: place for place, each in enumerate(Moment)}
_REMINDERS = (Moment.DAY_BEFORE, Moment.HOUR_BEFORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One time that it takes place; the store gives it its id."""

    occurrence: Occurrence
    dues: tuple[Due, ...]  # in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a new plan changes of an older one."""

    added: tuple[Plan, ...] = ()
    moved: tuple[Plan, ...] = ()  # the same occurrence, nobody has heard of it: other times
    dropped: tuple[Occurrence, ...] = ()  # nobody has heard of it, nobody will
    taken: tuple[Taken, ...] = ()  # somebody has: each is a step


def planned(announcement: Announcement, zones: Iterable[str], now: datetime, until: datetime) -> tuple[Plan, ...]:
    """Each time from `now` (inclusive) to `until`; `zones`: those of its readers, with Clockwork.CHANNEL.

    A single one is planned whenever it is; it can't come again.
    """
    found = []
    for zone in sorted(set(zones)) if announcement.clockwork is Clockwork.CHANNEL else (announcement.zone,):
        rule = announcement.rule
        starts = (moment(rule.at, zone),) if rule.at is not None else occurrences(rule, zone, now, until)
        found += [plan_of(announcement, zone, at, now) for at in starts]
    return tuple(sorted(found, key=lambda plan: (plan.occurrence.starts_at, plan.occurrence.zone)))


def plan_of(announcement: Announcement, zone: str, starts_at: datetime, now: datetime) -> Plan:
    """This one time, with its moments."""
    lasts = announcement.lasts if announcement.has_window else None
    occurrence = Occurrence(
        id=OccurrenceId(""),
        announcement=announcement.id,
        zone=zone,
        starts_at=starts_at,
        ends_at=starts_at + lasts if lasts is not None else None,
        changed_at=now,
        tenant=announcement.tenant,
        local=starts_at.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0),
    )
    return Plan(occurrence=occurrence, dues=dues_of(announcement, occurrence, now))


def dues_of(announcement: Announcement, occurrence: Occurrence, now: datetime) -> tuple[Due, ...]:
    """Every moment of an occurrence.  Reminders whose time had passed when it was planned are none."""
    found = dict(_moments(announcement, occurrence))
    kept = {each: at for each, at in found.items() if each not in _REMINDERS or at >= now}
    return tuple(
        Due(occurrence=occurrence.id, moment=each, at=at)
        for each, at in sorted(kept.items(), key=lambda pair: (pair[1], _ORDER[pair[0]]))
    )


def reconcile(
    announcement: Announcement, kept: Sequence[Occurrence], wanted: Sequence[Plan], now: datetime
) -> Reconciled:
    """`kept`: what is open of it, and what was told of a single one; `wanted`: what its present text and rule give.

    Whoever has heard of an occurrence hears of its end; of others nothing remains.
    """
    if announcement.draft in (Draft.CANCELLED, Draft.RECALLED):
        end = withdrawn if announcement.draft is Draft.RECALLED else cancelled
        told = [each for each in kept if each.told_at is not None]
        return Reconciled(
            dropped=tuple(each for each in kept if each.told_at is None),
            taken=tuple(one for each in told if (one := end(each, now)) is not None),
        )
    pairs, left, used = _paired(announcement, kept, wanted)
    gone = [each for each in left if each.told_at is None]
    called_off = [one for each in left if each.told_at is not None and (one := cancelled(each, now)) is not None]
    return Reconciled(
        added=tuple(plan for plan in wanted if id(plan) not in used),
        moved=tuple(_moved(before, plan) for before, plan in pairs if before.told_at is None),
        dropped=tuple(gone),
        taken=(*called_off, *(_changed(announcement, before, plan, now) for before, plan in pairs if before.told_at)),
    )


def _paired(
    announcement: Announcement, kept: Sequence[Occurrence], wanted: Sequence[Plan]
) -> tuple[list[tuple[Occurrence, Plan]], list[Occurrence], set[int]]:
    """Old ones with the new plan for them, old ones that no plan is for, and the plans that are not needed.

    A single one stays itself wherever it is moved; of a recurring one the day and hour on the clock are what it is.
    One that runs or is over stays as it is, whatever its rule says of later ones.
    """
    single = announcement.rule.at is not None
    by_place = {(plan.occurrence.zone, None if single else plan.occurrence.local): plan for plan in wanted}
    pairs, left, used = [], [], set()
    for each in kept:
        plan = by_place.get((each.zone, None if single else each.local))
        same = plan is not None and (each.phase.is_open or plan.occurrence.local == each.local)
        if plan is not None and same:
            used.add(id(plan))
        if plan is not None and same and each.phase.is_open:
            pairs.append((each, plan))
        elif each.phase in (Phase.SCHEDULED, Phase.REMINDED):
            left.append(each)
        elif each.phase in _STAYING:
            pairs.append((each, Plan(occurrence=each, dues=())))
    return pairs, left, used


def _moved(before: Occurrence, plan: Plan) -> Plan:
    after = replace(plan.occurrence, id=before.id, revision=before.revision)
    return Plan(occurrence=after, dues=tuple(replace(due, occurrence=before.id) for due in plan.dues))


def _changed(announcement: Announcement, before: Occurrence, plan: Plan, now: datetime) -> Taken:
    """An edit of what somebody has heard of: loud when its times changed, else a silent edit in place."""
    fresh = plan.occurrence
    stays = before.phase in _STAYING
    starts = before.starts_at if stays else fresh.starts_at
    ends = before.ends_at if before.planned_ends_at is not None else fresh.ends_at
    after = replace(before, starts_at=starts, ends_at=ends, local=fresh.local)
    times_changed = (starts, ends) != (before.starts_at, before.ends_at)
    if times_changed and not stays:
        after = replace(after, phase=Phase.SCHEDULED)
    taken = edited(after, now, Why.OTHER_TIMES if times_changed else Why.OTHER_WORDS)
    dues = [due for due in dues_of(announcement, after, now) if due.at >= now] if times_changed else []
    return replace(taken, before=before.revision, dues=tuple(dues))


def _moments(announcement: Announcement, occurrence: Occurrence) -> Iterator[tuple[Moment, datetime]]:
    starts, ends = occurrence.starts_at, occurrence.ends_at
    if not announcement.has_window:
        yield Moment.POST, starts
    elif announcement.rule.at is not None:
        yield Moment.POST, announcement.post_at or announcement.changed_at
    if announcement.has_window and announcement.kind is Kind.MAINTENANCE:
        if Moment.DAY_BEFORE in announcement.reminders:
            yield Moment.DAY_BEFORE, _a_day_before(occurrence)
        if Moment.HOUR_BEFORE in announcement.reminders:
            yield Moment.HOUR_BEFORE, starts - _HOUR
    if announcement.has_window:
        yield Moment.START, starts
    if ends is not None:
        yield Moment.END, ends
    over = ends or starts
    if announcement.expires_after is not None:
        yield Moment.EXPIRE, over + announcement.expires_after
    elif ends is not None:
        yield Moment.EXPIRE, over + SILENT_END


def _a_day_before(occurrence: Occurrence) -> datetime:
    """The same time on the clock, a day of 23 hours included."""
    wall = occurrence.starts_at.astimezone(zone_of(occurrence.zone)).replace(tzinfo=None, fold=0)
    return moment(wall - _DAY, occurrence.zone)


__all__ = [
    "AHEAD",
    "BEHIND",
    "Plan",
    "Reconciled",
    "Step",
    "Taken",
    "dues_of",
    "plan_of",
    "planned",
    "reconcile",
]
