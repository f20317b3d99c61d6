"""Tells an outside watchman that we live, so that somebody notices when we don't: its silence is the alarm.

A process that only runs is not alive: the watch must go round and the database must take writes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.http import Fetcher, FetchError
from bot.metrics import HEARTBEATS

log = structlog.get_logger(__name__)

STANDS_STILL_AFTER = timedelta(minutes=3)  # the watch goes round once a minute at least
TAKEN = range(200, 300)


@dataclass(slots=True, kw_only=True)
class Pulse:
    """When the watch last went round."""

    at: datetime
    stands_by: Callable[[], bool] = lambda: False  # another replica watches: then ours need not go round

    def beat(self, now: datetime) -> None:
        """It did now."""
        self.at = now

    def trouble(self, now: datetime) -> str | None:
        """Why it does not count as alive; None when it does."""
        stood = now - self.at
        if stood <= STANDS_STILL_AFTER or self.stands_by():
            return None
        return f"the watch has stood still for {stood.total_seconds():.0f} s"


class Heartbeat:
    """One watchman."""

    def __init__(
        self, url: Callable[[], str], fetcher: Fetcher, clock: Clock, *, trouble: Callable[[], str | None]
    ) -> None:
        """`url`, as it stands now: a GET to it is a sign of life; `trouble`: why none may be given."""
        self._url = url
        self._fetcher = fetcher
        self._clock = clock
        self._trouble = trouble
        self._failing = ""

    async def run(self, period: timedelta, stop: asyncio.Event) -> None:
        """Until cancelled; once `stop` is set nothing more is sent."""
        while True:
            if not stop.is_set():
                await self._once(period)
            await self._clock.sleep(period)

    async def _once(self, period: timedelta) -> None:
        if (trouble := self._trouble()) is not None:
            self._settle("held_back", trouble)
            return
        try:
            page = await self._fetcher.get("heartbeat", self._url(), within=period, redirects=0)
        except FetchError as error:
            self._settle("failed", str(error))
            return
        if page.status in TAKEN:
            self._settle("sent", "")
        else:
            self._settle("failed", f"answered {page.status}")

    def _settle(self, result: str, reason: str) -> None:
        """Count it; say it once on the way down, and once on the way up."""
        HEARTBEATS.labels(result=result).inc()
        was, self._failing = self._failing, result if reason else ""
        if reason and was != result:
            log.warning("heartbeat was held back" if result == "held_back" else "heartbeat failed", reason=reason)
        elif was and not reason:
            log.info("heartbeat arrives again")
