"""Whether Teams itself fails at carrying our words, so that other ways must.  Pure; decided by evidence.

Never by one bad channel, never by being told to wait, and never when it is our own line that is dead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(seconds=45)  # with one look every few seconds another way speaks within the minute
AT_LEAST = 3  # distinct conversations
SHARE = 0.8  # of those that were tried
BACK = 2  # distinct conversations that must have answered before it counts as back


class Try(StrEnum):
    """How one send ended, as far as it tells of Teams."""

    SENT = "sent"
    FAILED = "failed"  # refused by a fault of the other side, timed out, reset, answer lost
    THROTTLED = "throttled"  # told to wait: it works
    GONE = "gone"  # that conversation only


class Failing(StrEnum):
    """Why Teams counts as failing."""

    SENDS_FAIL = "sends_fail"
    DOORS_FAIL = "doors_fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One send."""

    destination: str
    at: datetime
    ended: Try


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What our probes last found, each None while not known or not believed any more."""

    connector: bool | None = None
    signin: bool | None = None
    neutral: bool | None = None  # sites that have nothing to do with Microsoft


UNKNOWN = Doors()


def teams_fails(
    sends: Sequence[Send], doors: Doors, now: datetime, *, failing: Failing | None = None
) -> Failing | None:
    """Why Teams fails now, or None; `failing`: what was found before, which takes evidence to end."""
    last = _last(sends, now)
    bad, good = last.count(Try.FAILED), last.count(Try.SENT)
    if failing is not None and not _is_back(bad, good, doors):
        return failing
    if doors.neutral is False:
        return None
    if bad >= AT_LEAST and bad >= SHARE * (bad + good):
        return Failing.SENDS_FAIL
    shut = doors.connector is False and doors.signin is False and doors.neutral is True
    return Failing.DOORS_FAIL if shut and good == 0 else None


def _last(sends: Sequence[Send], now: datetime) -> list[Try]:
    """How the last send to each conversation ended, of those within the window."""
    recent = sorted((each for each in sends if now - WINDOW < each.at <= now), key=lambda each: each.at)
    return list({each.destination: each.ended for each in recent}.values())


def _is_back(bad: int, good: int, doors: Doors) -> bool:
    """Enough conversations answer, or nothing is being sent and the doors are open again."""
    if bad + good > 0:
        return good > bad and (good >= BACK or doors.connector is True)
    return doors.connector is True and doors.signin is not False
