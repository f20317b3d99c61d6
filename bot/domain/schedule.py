"""When a plan takes place: a rule on the wall clock of a zone -> aware UTC moments.  Pure.

Every rule, cron or RRULE (RFC 5545), is first expanded as naive wall time; then one function turns wall time into
moments.  A wall time that a clock change skips counts as the first moment after the gap; one that comes twice counts
the first time.  So nothing is lost and nothing happens twice, whatever library expanded the rule.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from dateutil.rrule import rrulestr

HORIZON = timedelta(days=366 * 9)  # leap days are up to eight years apart; a rule without a time in nine years has none
LONGEST_RULE = 500  # characters
LONGEST_INTERVAL = 1000
MOST_TIMES = 10_000  # of a counted rule
LONGEST_GAP = timedelta(hours=25)  # of a zone's clock: Samoa skipped a whole day in 2011
_CRON_FIELDS = 5
_PACES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")  # faster ones are no announcements
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNTIL = {8: "%Y%m%d", 15: "%Y%m%dT%H%M%S", 16: "%Y%m%dT%H%M%SZ"}  # by length: a day, wall time, UTC
_PART = re.compile(r"[A-Z]+=[A-Z0-9+,:-]+", re.IGNORECASE)


class RuleError(ValueError):
    """A rule can't be used.  `wanted` says what would be right."""

    def __init__(self, wanted: str) -> None:
        """`wanted` is for people, in English; it repeats nothing of the rule."""
        super().__init__(wanted)
        self.wanted = wanted


class Missed(StrEnum):
    """What happens to an occurrence that nobody was awake for."""

    WITHIN_GRACE = "within_grace"  # told late, unless it is later than its grace
    ONCE = "once"  # of all that were missed the last one is told, however late
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When, on the wall clock: one of `at`, `cron` and `rrule`."""

    at: datetime | None = None  # naive
    cron: str | None = None  # five fields
    rrule: str | None = None  # FREQ=..., without COUNT and UNTIL, which stand below
    start: datetime | None = None  # naive; of an RRULE its first day and time of day
    until: datetime | None = None  # naive, inclusive
    count: int | None = None  # of an RRULE, counted from its start
    except_on: frozenset[date] = frozenset()

    @property
    def recurs(self) -> bool:
        """Whether it may take place more than once."""
        return self.at is None


def read_rule(text: str, *, start: datetime, zone: str) -> Rule:
    """The rule that these words stand for: `FREQ=…` is an RRULE, five fields are cron.

    `start`: naive wall time in `zone`.  Raises RuleError.
    """
    text = text.strip()
    if len(text) > LONGEST_RULE or not text.isprintable():
        raise RuleError(f"a rule of at most {LONGEST_RULE} printable characters")
    upper = text.upper().removeprefix("RRULE:")
    if upper.startswith("FREQ=") or ";FREQ=" in upper:
        return _checked_rrule(upper, start, zone)
    return _checked_cron(text)


def occurrences(rule: Rule, zone: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Moments from `after` (inclusive) to `until` (exclusive), in order, each once; aware UTC."""
    place = zone_of(zone)
    last: datetime | None = None
    begins = _wall(after, place) - LONGEST_GAP
    for wall in _walls(rule, begins, _wall(until, place) + LONGEST_GAP):
        at = moment(wall, zone)
        if at >= until:
            return
        if at >= after and at != last and wall.date() not in rule.except_on:
            last = at
            yield at


def upcoming(rule: Rule, zone: str, after: datetime, count: int) -> tuple[datetime, ...]:
    """The next `count` moments from `after` (inclusive) on; fewer when there are no more within the horizon."""
    return tuple(islice(occurrences(rule, zone, after, after + HORIZON), count))


def closest_together(rule: Rule, zone: str, after: datetime, look: int = 100) -> timedelta | None:
    """The shortest time between two of the next `look` moments; None when there are not two."""
    times = upcoming(rule, zone, after, look)
    return min((later - earlier for earlier, later in pairwise(times)), default=None)


def moment(wall: datetime, zone: str) -> datetime:
    """The moment of a naive wall time: after a gap its first moment, of a doubled hour the first."""
    place = zone_of(zone)
    early, late = wall.replace(tzinfo=place, fold=0).astimezone(UTC), wall.replace(tzinfo=place, fold=1).astimezone(UTC)
    if _wall(early, place) == wall:
        return early
    return _change(min(early, late), max(early, late), place)


def is_skipped(wall: datetime, zone: str) -> bool:
    """Whether the clock of that zone never shows this wall time."""
    return _wall(moment(wall, zone), zone_of(zone)) != wall


def is_doubled(wall: datetime, zone: str) -> bool:
    """Whether the clock of that zone shows this wall time twice."""
    place = zone_of(zone)
    first, second = (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first != second and _wall(first, place) == wall


def due_of_missed(times: tuple[datetime, ...], now: datetime, policy: Missed, grace: timedelta) -> datetime | None:
    """Of occurrences that nobody was awake for the one to be told now; the others are skipped.

    `times`: in order, none after `now`.
    """
    last = times[-1] if times else None
    if last is None or policy is Missed.SKIP:
        return None
    return None if policy is Missed.WITHIN_GRACE and now - last > grace else last


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    """The zone of that IANA name or alias.  Raises RuleError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise RuleError("an IANA time zone such as Europe/Berlin") from None


def _wall(at: datetime, place: ZoneInfo) -> datetime:
    return at.astimezone(place).replace(tzinfo=None, fold=0)


def _change(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The moment between the two at which the zone's clock jumps."""
    offset = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(place).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _walls(rule: Rule, begins: datetime, ends: datetime) -> Iterator[datetime]:
    ends = min(ends, rule.until) if rule.until is not None else ends
    if rule.at is not None:
        times: Iterator[datetime] = iter((rule.at,))
    elif rule.cron is not None:
        times = CronSim(rule.cron, (max(begins, rule.start) if rule.start else begins) - timedelta(seconds=1))
    elif rule.rrule is not None and rule.start is not None:
        times = _rrule_walls(rule, ends)
    else:
        return  # a draft's, of which nothing is written yet
    for wall in times:
        if wall > ends:
            return
        if wall >= begins:
            yield wall


def _rrule_walls(rule: Rule, ends: datetime) -> Iterator[datetime]:
    """Bounded by UNTIL, since a rule whose parts exclude each other would be looked for until the year 9999."""
    text = f"{rule.rrule};UNTIL={ends:%Y%m%dT%H%M%S}"
    return islice(iter(rrulestr(text, dtstart=rule.start)), rule.count)


def _checked_cron(text: str) -> Rule:
    wanted = "five fields such as `30 2 * * SUN` (minute, hour, day, month, weekday), or FREQ=… (an RRULE)"
    if len(text.split()) != _CRON_FIELDS:
        raise RuleError(wanted)
    try:
        CronSim(text, datetime(2024, 1, 1))  # noqa: DTZ001 - wall time has no zone
    except (CronSimError, ValueError, IndexError):
        raise RuleError(wanted) from None
    return Rule(cron=" ".join(text.split()))


def _checked_rrule(text: str, start: datetime, zone: str) -> Rule:
    wanted = "an RRULE such as FREQ=WEEKLY;BYDAY=SA;BYHOUR=22;BYMINUTE=0"
    parts = dict(part.split("=", 1) for part in text.split(";") if _PART.fullmatch(part))
    if len(parts) != len(text.split(";")):
        raise RuleError(f"{wanted}: NAME=VALUE, separated by semicolons, each name once")
    if parts["FREQ"] not in _PACES:
        raise RuleError(f"FREQ of {', '.join(_PACES)}: an announcement every minute is none")
    if "BYSECOND" in parts or "BYEASTER" in parts:
        raise RuleError(f"{wanted}, without BYSECOND and BYEASTER")
    until, count = _until(parts.pop("UNTIL", None), zone), parts.pop("COUNT", None)
    if count is not None and not (count.isdigit() and 0 < int(count) <= MOST_TIMES):
        raise RuleError(f"COUNT from 1 to {MOST_TIMES}")
    rest = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        found = rrulestr(rest, dtstart=start)
        possible = 0 < int(parts.get("INTERVAL", "1")) <= LONGEST_INTERVAL and _has_a_day(parts, start.date())
        possible = possible and next(iter(found), start + 2 * HORIZON) <= start + HORIZON
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        raise RuleError(wanted) from None
    if not possible:
        raise RuleError(f"a rule that some day in {HORIZON.days // 366} years fulfils")
    return Rule(rrule=rest, start=start, until=until, count=int(count) if count else None)


def _has_a_day(parts: Mapping[str, str], start: date) -> bool:
    """Whether any day fits month, day of month, day of year and weekday: else the library looks for one for seconds."""
    months, days, year_days = (_numbers(parts.get(name, "")) for name in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY"))
    weekdays = {_WEEKDAYS.index(word[-2:]) for word in parts.get("BYDAY", "").split(",") if word}
    return any(
        (not months or day.month in months)
        and (not days or {day.day, day.day - monthrange(day.year, day.month)[1] - 1} & days)
        and (not year_days or {_year_day(day), _year_day(day) - (366 if isleap(day.year) else 365) - 1} & year_days)
        and (not weekdays or day.weekday() in weekdays)
        for day in (start + timedelta(days=number) for number in range(HORIZON.days))
    )


def _numbers(text: str) -> set[int]:
    return {int(number) for number in text.split(",") if number}


def _year_day(day: date) -> int:
    return day.timetuple().tm_yday


def _until(text: str | None, zone: str) -> datetime | None:
    """On the wall clock that the rule is expanded on; RFC 5545 has it in UTC for rules with a zone."""
    if text is None:
        return None
    try:
        at = datetime.strptime(text, _UNTIL[len(text)])  # noqa: DTZ007 - wall time has no zone
    except (ValueError, KeyError):
        raise RuleError("UNTIL as YYYYMMDDTHHMMSSZ, or without Z on the clock of the zone") from None
    return _wall(at.replace(tzinfo=UTC), zone_of(zone)) if text.endswith("Z") else at
