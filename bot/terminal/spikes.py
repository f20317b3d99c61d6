"""`spikes`: counts over time -> one line per alarm.  Each alarm is raised from what came before its own line only."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.spike import MEMORY, Count, State, assess

CALM_AFTER = timedelta(hours=1)  # without a spike, before the next one is an alarm of its own


def spike_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For each spike in lines of "timestamp,value", oldest first, the moment at which it is seen; a bad line its error.

    A timestamp without a zone is UTC; moments are given back as they were written.
    """
    counts: deque[Count] = deque()
    written: dict[datetime, str] = {}
    spiked_at: datetime | None = None
    for number, line in enumerate(lines, start=1):
        try:
            stamp, count = _count(line)
        except ValueError as error:
            if number > 1 or not line.lower().startswith("timestamp"):
                yield {"line": number, "error": str(error)}
            continue
        if counts and count.at <= counts[-1].at:
            yield {"line": number, "error": "wanted a later timestamp than on the line before"}
            continue
        counts.append(count)
        written[count.at] = stamp
        while counts[0].at <= count.at - MEMORY:
            written.pop(counts.popleft().at)
        found = assess(counts, count.at)
        if found.state is not State.SPIKE:
            continue
        is_new = spiked_at is None or count.at - spiked_at > CALM_AFTER
        spiked_at = count.at
        if is_new:
            yield {
                "timestamp": stamp,
                "since": written.get(found.since or count.at, stamp),
                "state": found.state.value,
                "strength": round(found.strength, 2),
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
