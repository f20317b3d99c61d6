"""`spikes`: counts over time -> one line per alarm.  Each alarm is raised from what came before its own line only."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from bot.domain.spike import Count, State
from bot.domain.surge import Surges


def spike_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For each surge in lines of "timestamp,value", oldest first, the moment at which it is seen; a bad line its error.

    A timestamp without a zone is UTC; moments are given back as they were written.
    """
    surges = Surges()
    latest: datetime | None = None
    since = ""  # the beginning of the latest rise, as it was written
    for number, line in enumerate(lines, start=1):
        try:
            stamp, count = _count(line)
        except ValueError as error:
            if number > 1 or not line.lower().startswith("timestamp"):
                yield {"line": number, "error": str(error)}
            continue
        if latest is not None and count.at <= latest:
            yield {"line": number, "error": "wanted a later timestamp than on the line before"}
            continue
        latest = count.at
        surge = surges.take(count)
        if surges.risen_at == count.at:
            since = stamp
        if surge is not None:
            yield {
                "timestamp": stamp,
                "since": since,
                "state": State.SPIKE.value,
                "strength": round(surge.strength, 2),
            }


def _count(line: str) -> tuple[str, Count]:
    stamp, _, value = line.strip().partition(",")
    try:
        at = datetime.fromisoformat(stamp)
        number = float(value)
    except ValueError:
        raise ValueError('wanted "timestamp,value" with an ISO timestamp and a number') from None
    if not 0 <= number < float("inf"):
        raise ValueError("wanted a value that is not negative")
    return stamp, Count(at=at if at.tzinfo else at.replace(tzinfo=UTC), value=number)
