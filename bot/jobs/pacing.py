"""Evenly spaced deliveries to one tenant.  Pure.

What leaves in one burst a second arrives as two bursts in a second when the first was slow on its way, and Teams
counts arrivals.  So only a few go out at once, and the others one after the other.
"""

from collections import deque
from datetime import datetime, timedelta

AT_ONCE = 8  # within a second; more are spaced
SECOND = timedelta(seconds=1)
SET_BACK = 2 * SECOND  # a turn so far ahead of now was given before the clock was set back
MOST_BEHIND = 1  # gap that may be made good after a late wake-up: more would be a burst


class Stride:
    """When the next delivery may go out."""

    def __init__(self, per_second: int) -> None:
        """`per_second`: what is allowed."""
        self._gap = SECOND / per_second
        self._next: datetime | None = None
        self._last: deque[datetime] = deque(maxlen=min(AT_ONCE, per_second))

    def ready_at(self, now: datetime) -> datetime:
        """The earliest moment; `now` when that is at once."""
        if len(self._last) < AT_ONCE or self._last[0] <= now - SECOND or self._next is None or self._is_set_back(now):
            return now
        return max(now, self._next)

    def went(self, now: datetime) -> None:
        """One goes out."""
        self._last.append(now)
        begun = now if self._next is None or self._is_set_back(now) else max(self._next, now - MOST_BEHIND * self._gap)
        self._next = begun + self._gap

    def _is_set_back(self, now: datetime) -> bool:
        """Whether the clock was: it must not keep us silent until it has caught up."""
        return self._next is not None and self._next > now + SET_BACK
