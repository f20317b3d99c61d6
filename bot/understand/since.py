"""Words such as "since 9", "seit gestern 16:30" or "for an hour" -> the moment that is meant, aware UTC.

The asker's zone gives days and clocks their meaning.  The moment is never in the future: "since 9" at eight in the
morning is last evening's nine.  What is older than `OLDEST` is no trouble of today.
"""

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.understand.since_words import UNITS, around_openers, patterns, table, unspaced_patterns
from bot.understand.text import READ_AT_MOST, plain

OLDEST = timedelta(days=45)

_HALF_DAY, _DAY = 12, 24
_EARLY = 7  # "yesterday at 4" of somebody who counts to twelve is the afternoon
_LONG_SPAN = 6  # "depuis 2 heures" is a span, "depuis 9 heures" a clock


def since_of(text: str, *, now: datetime, zone: str = "UTC") -> datetime | None:
    """When it began, as the text says; None when it does not say.  An unknown zone counts as UTC."""
    said = " ".join(plain(text[:READ_AT_MOST]).lower().split())
    local_now = now.astimezone(_zone(zone))
    nearby = around_openers(said)
    places = [(pattern, said) for pattern in patterns()] + [
        (pattern, nearby) for pattern in unspaced_patterns() if nearby
    ]
    for pattern, place in places:
        for match in pattern.finditer(place):
            found = {name: value for name, value in match.groupdict().items() if value is not None}
            moment = _span(found, local_now) or _moment(found, local_now)
            if moment is not None and now - OLDEST <= moment <= now:
                return moment.astimezone(UTC)
    return None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _span(found: dict[str, str], now: datetime) -> datetime | None:
    """A length of time before `now`: "for two hours", "10 minutes ago"."""
    if "alone" in found:
        return _ago(now, timedelta(minutes=float(table("alone")[found["alone"]])))
    if "unit" not in found:
        return None
    number, kind = found["number"], table("units")[found["unit"]]
    count = float(number.replace(",", ".")) if number[0].isascii() and number[0].isdigit() else None
    if count is None:
        count = float(table("numbers")[number])
    elif "since" in found and (kind == "clock_or_hour" or (kind == "hour_or_clock" and count > _LONG_SPAN)):
        return _moment({"hour": str(int(count)), "since": found["since"]}, now)
    return _ago(now, count * UNITS[kind]) if count * UNITS[kind] <= OLDEST else None


def _ago(now: datetime, span: timedelta) -> datetime:
    return (now.astimezone(UTC) - span).replace(second=0, microsecond=0)


def _moment(found: dict[str, str], now: datetime) -> datetime | None:
    """A day, a clock or both."""
    day = found.get("day") or found.get("day2")
    hours = _hours(found)
    if day is None and not hours:
        return None
    days_back, clock = _day(day, now) if day else (None, None)
    if not hours:
        hours = ((clock.hour, clock.minute),) if clock else ()
    elif clock and clock.hour >= _HALF_DAY:  # "yesterday evening at 9"
        hours = tuple((hour + _HALF_DAY if hour < _HALF_DAY else hour, minute) for hour, minute in hours[:1])
    if days_back is not None and len(hours) > 1:
        hours = hours[1:] if hours[0][0] < _EARLY else hours[:1]
    tried = (days_back,) if days_back else (0, 1)
    moments = [_at(now, back, *hour) for back in tried if back is not None for hour in hours]
    return max((moment for moment in moments if moment <= now), default=None)


def _hours(found: dict[str, str]) -> tuple[tuple[int, int], ...]:
    """What the clock can mean: one time, or two when morning and afternoon are both possible."""
    if "hour" not in found:
        return ()
    hour, minute = int(found["hour"]), 30 if "half" in found else int(found.get("minute", 0))
    if hour > _DAY or minute >= 60:  # noqa: PLR2004 - minutes of an hour
        return ()
    if "half_to" in found:
        hour, minute = (hour or _DAY) - 1, 30
    hour %= _DAY
    if "afternoon" in found and hour < _HALF_DAY:
        return ((hour + _HALF_DAY, minute),)
    if "morning" in found:
        return ((hour % _HALF_DAY, minute),)
    exact = ("minute" in found or "half" in found) and found.get("since") not in table("counts_to_twelve")
    if not exact and 0 < hour <= _HALF_DAY and not found["hour"].startswith("0"):
        return ((hour % _HALF_DAY, minute), (hour % _HALF_DAY + _HALF_DAY, minute))
    return ((hour, minute),)


def _day(said: str, now: datetime) -> tuple[int, time]:
    """How many days before today, and the clock that the words carry."""
    if (weekday := table("weekdays").get(said)) is not None:
        return (now.weekday() - int(weekday)) % 7 or 7, time()
    back, clock = table("moments")[said].split()
    return int(back), time.fromisoformat(clock)


def _at(now: datetime, days_back: int, hour: int, minute: int) -> datetime:
    """A wall-clock moment in the asker's zone; days are counted on the calendar."""
    return datetime.combine(now.date() - timedelta(days=days_back), time(hour, minute), tzinfo=now.tzinfo)
