"""What one poll asks for and learns on the way: requests made, how many are left to it, how far our clock is off.

The board opens a tally around a poll; the fetcher writes into the one that is open.  Tasks that a source starts inherit
it.  Knows no source.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

from bot.http_trouble import FetchError, Trouble


@dataclass(slots=True, kw_only=True)
class Tally:
    """One poll's requests."""

    most: int | None = None  # requests that may still be made; None: no limit
    requests: int = 0
    offs: list[timedelta] = field(default_factory=list)  # our clock minus theirs, one per dated answer

    def ask(self, host: str, *, always: bool) -> None:
        """One more request is about to be made.  Raises FetchError when none is left and it is not made `always`."""
        if not always and self.most is not None and self.requests >= self.most:
            raise FetchError(Trouble.BUDGET, f"{host}: not asked, the budget of requests is used up")
        self.requests += 1

    @property
    def clock_off(self) -> timedelta | None:
        """By how much our clock is ahead of theirs; None when nobody told the time."""
        return timedelta(seconds=median(off.total_seconds() for off in self.offs)) if self.offs else None


_open: ContextVar[Tally | None] = ContextVar("tally", default=None)


@contextmanager
def tallied(most: int | None = None) -> Iterator[Tally]:
    """Count what is asked within."""
    tally = Tally(most=most)
    before = _open.set(tally)
    try:
        yield tally
    finally:
        _open.reset(before)


def note_request(host: str, *, always: bool = False) -> None:
    """A request is about to be made; `always`: a probe, since one that is not made would look like a dead door."""
    if (tally := _open.get()) is not None:
        tally.ask(host, always=always)


def note_date(headers: Mapping[str, str], now: datetime) -> None:
    """An answer came at `now`; one out of a cache tells an old time, and is passed over."""
    tally = _open.get()
    if tally is None or headers.get("age", "0").strip() != "0":
        return
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return
    tally.offs.append(now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)))
