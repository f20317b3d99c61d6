"""Quiet hours: wall clock of a place, over midnight and over both clock changes.  Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.subscription import QuietHours

DAY = timedelta(days=1)


def quiet_ends_at(quiet: QuietHours | None, now: datetime) -> datetime | None:
    """When the quiet hours end that hold at `now`, in UTC; None when nothing is quiet.

    Equal times mean no quiet hours.  A wall time that comes twice counts the first time, one that is skipped as much
    later as the clock jumps; so a night has exactly one beginning and one end.
    """
    if quiet is None or quiet.starts == quiet.ends:
        return None
    zone = ZoneInfo(quiet.zone)
    today = now.astimezone(zone).date()
    for day in (today - DAY, today):
        ends_on = day if quiet.starts < quiet.ends else day + DAY
        begins, ends = _moment(day, quiet.starts, zone), _moment(ends_on, quiet.ends, zone)
        if begins <= now < ends:
            return ends
    return None


def next_at(wall: time, zone: str, now: datetime) -> datetime:
    """The next moment, in UTC, at which the clocks of `zone` show this time."""
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    moments = (_moment(day, wall, place) for day in (today, today + DAY, today + 2 * DAY))
    return next(moment for moment in moments if moment > now)


def _moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
