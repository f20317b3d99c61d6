"""The last few tries of a measurement stay beside the newest.  Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.domain.observation import Kind, Observation

MEASURED = (Kind.PROBE, Kind.NEUTRAL)
MOST_TRIES = 3  # of one target that are looked at together


def with_earlier_tries(
    before: Sequence[Observation], new: Sequence[Observation], now: datetime
) -> tuple[Observation, ...]:
    """What a poll said.  Of measurements the last few tries stay beside the newest: one failure in a row is noise."""
    kept: list[Observation] = list(new)
    tries = Counter(seen.key for seen in new)
    for seen in sorted(before, key=lambda seen: seen.seen_at, reverse=True):
        is_new = any(seen.key == one.key and seen.seen_at == one.seen_at for one in new)
        if seen.kind in MEASURED and seen.is_believed(now) and not is_new and tries[seen.key] < MOST_TRIES:
            tries[seen.key] += 1
            kept.append(seen)
    return tuple(kept)
