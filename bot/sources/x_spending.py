"""What X has cost this month, and whether a call may still be made.

A counting request costs as much as a post that is read; the same post again on the same day is free (price list of
2026).  What an earlier process spent is not known: of the cap only the share of the days that are left may be spent.
X's own spending limit, set in its console, stays the last word.
"""

import calendar
from datetime import date, datetime

import msgspec

from bot.http import Page
from bot.sources import shapes

USD_A_READ = 0.005
USUAL_CAP_USD = 75.0  # counting every five minutes costs 43 a month, and an alarm more than twice as much an hour
KEPT_BACK = 10  # a tenth of the cap, for Microsoft's own posts: they cost little and say most


class _Post(msgspec.Struct):
    id: str


class _Posts(msgspec.Struct):
    data: list[_Post] = []


class Spending:
    """One process's bill for the present calendar month, UTC."""

    def __init__(self, cap_usd: float) -> None:
        """`cap_usd`: for a whole month."""
        self._cap = round(cap_usd / USD_A_READ)  # in reads, as all below
        self._month: tuple[int, int] | None = None
        self._spent = 0
        self._today: date | None = None
        self._read_today: set[str] = set()

    def may_count(self, now: datetime) -> bool:
        """Whether counts may be asked for."""
        return self._left(now) > self._cap // KEPT_BACK

    def may_read(self, now: datetime) -> bool:
        """Whether posts may be asked for."""
        return self._left(now) > 0

    def counted(self, now: datetime) -> None:
        """A counting request was answered."""
        self._left(now)
        self._spent += 1

    def read(self, page: Page, now: datetime) -> None:
        """Posts were given; those that came today already are free."""
        self._left(now)
        if self._today != now.date():
            self._today, self._read_today = now.date(), set()
        found = shapes.unchecked(page, _Posts)
        new = {post.id for post in found.data} - self._read_today if found else set()
        self._read_today |= new
        self._spent += len(new)

    def _left(self, now: datetime) -> int:
        if self._month != (now.year, now.month):
            is_first = self._month is None
            self._month = (now.year, now.month)
            self._spent = _share_gone(self._cap, now) if is_first else 0
        return self._cap - self._spent


def _share_gone(cap: int, now: datetime) -> int:
    """The part of a month's cap that belongs to the days that have passed."""
    return cap * (now.day - 1) // calendar.monthrange(now.year, now.month)[1]
