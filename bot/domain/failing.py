"""Whether Teams itself fails at carrying our words, so that other ways must.  Pure; decided by evidence.

Never by one bad channel, never by being told to wait, and never when it is our own line that is dead.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(seconds=45)  # with one look every few seconds another way speaks within the minute
AT_LEAST = 3  # distinct conversations
KEPT = timedelta(minutes=6)  # sends of so long ago are looked at: longer than a delivery waits between two tries
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
    FEW_FAIL = "few_fail"  # all of the one or two conversations that want to be told


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
    sends: Sequence[Send],
    doors: Doors,
    now: datetime,
    *,
    failing: Failing | None = None,
    few: Collection[str] = (),
) -> Failing | None:
    """Why Teams fails now, or None; `failing`: what was found before, which takes evidence to end.

    `few`: all conversations of a tenant that has too few of them to show anything by their number.
    """
    last = _last(sends, now)
    bad, good = last.count(Try.FAILED), last.count(Try.SENT)
    if failing is not None and not _is_back(bad, good, doors, min(BACK, len(few) or BACK)):
        return failing
    if doors.neutral is False:
        return None
    if bad >= AT_LEAST and bad >= SHARE * (bad + good):
        return Failing.SENDS_FAIL
    shut = doors.connector is False and doors.signin is False and doors.neutral is True
    if shut and good == 0:
        return Failing.DOORS_FAIL
    return Failing.FEW_FAIL if few and good == 0 and _few_fail(sends, few, doors, now) else None


def _few_fail(sends: Sequence[Send], few: Collection[str], doors: Doors, now: datetime) -> bool:
    """Each of them has failed time and again for a while, and no probe finds Teams' doors open.

    The caller has seen that nobody else's sends arrive.
    """
    if doors.connector is True or len(few) >= AT_LEAST:
        return False
    mine = sorted((each for each in sends if now - KEPT < each.at <= now), key=lambda each: each.at)
    tries = {name: [each for each in mine if each.destination == name] for name in few}
    return all(_keeps_failing(each, now) for each in tries.values())


def _keeps_failing(tries: Sequence[Send], now: datetime) -> bool:
    """Twice at least, without another end in between, and from so long ago that it is no hiccup."""
    others = [at for at, each in enumerate(tries) if each.ended is not Try.FAILED]
    since = tries[others[-1] + 1 :] if others else tries
    return len(since) > 1 and since[0].at <= now - WINDOW


def _last(sends: Sequence[Send], now: datetime) -> list[Try]:
    """How the last send to each conversation ended, of those within the window."""
    recent = sorted((each for each in sends if now - WINDOW < each.at <= now), key=lambda each: each.at)
    return list({each.destination: each.ended for each in recent}.values())


def _is_back(bad: int, good: int, doors: Doors, enough: int) -> bool:
    """Enough conversations answer, or nothing is being sent and the doors are open again."""
    if bad + good > 0:
        return good > bad and (good >= enough or doors.connector is True)
    return doors.connector is True and doors.signin is not False
