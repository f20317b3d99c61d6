"""The only module that asks the machine for the time; everything else is handed a clock.

Wall-clock moments are aware UTC.  Periods and timeouts are measured with `monotonic`, in seconds.
"""

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What code that needs the time is handed."""

    def now(self) -> datetime:
        """This moment, aware UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    async def sleep(self, wait: timedelta) -> None:
        """Return once `wait` has passed on this clock."""


class MachineClock:
    """The machine's own time, optionally running faster: drills play an hour in minutes."""

    def __init__(self, speed: float = 1.0) -> None:
        """`speed` is how many seconds of this clock pass in one second of the machine."""
        self._speed = speed
        self._started = time.monotonic()
        self._origin = datetime.now(UTC)

    def now(self) -> datetime:
        """This moment; at speed 1 the machine's own wall clock, with its corrections."""
        if self._speed == 1.0:
            return datetime.now(UTC)
        return self._origin + timedelta(seconds=(time.monotonic() - self._started) * self._speed)

    def monotonic(self) -> float:
        """Seconds of this clock since it was made, plus a constant."""
        return time.monotonic() * self._speed

    async def sleep(self, wait: timedelta) -> None:
        """Wait `wait` of this clock."""
        await asyncio.sleep(max(0.0, wait.total_seconds()) / self._speed)


class SettableClock:
    """Time that moves only when told: for tests and for replays."""

    def __init__(self, at: datetime) -> None:
        """Start at `at`, aware UTC."""
        self._at = at
        self._origin = at
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """The moment that was set."""
        return self._at

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return (self._at - self._origin).total_seconds()

    async def sleep(self, wait: timedelta) -> None:
        """Return when the clock has been moved past `wait` from here."""
        if wait <= timedelta(0):
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._at + wait, next(self._order), woken))
        await woken

    def next_wake(self) -> datetime | None:
        """When the next sleeper is due; None when nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def set(self, at: datetime) -> None:
        """Move to `at` and wake everybody who is due by then.  Never moves back."""
        self._at = max(self._at, at)
        while (due := self.next_wake()) is not None and due <= self._at:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)
