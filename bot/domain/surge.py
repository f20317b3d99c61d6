"""A long series of counts -> few alarms: a surge is a count unlike the peaks of the last days.

`assess` asks whether a moment is unusual; over weeks unusual moments are common, for real streams are bursty.  Here a
count is held against the highest ones of the days before, over short and long windows at once.  A short peak alone, or
a busy day without one, counts for less than both together.  What comes again day after day is the usual after a week.
Looks at the past only, keeps a few numbers an hour, and takes the same time for each count however long the past is.
"""

import math
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.spike import LEAST_USUAL, Count

HOUR = timedelta(hours=1)
DAY_HOURS = 24
LEARNING = timedelta(days=2)  # without an alarm: one day tells little of how days differ
PRESENT_HOURS = 6  # before a count: what leads up to a surge is not yet the past
DAYS = 10  # that are remembered: a week, and the days of the week before that are most like today
KNOWN_HOURS = 6  # of a day, before its peak counts as known; a missing hour is not a quiet one
QUIET_AFTER = timedelta(hours=24)  # an alarm; what follows within a day belongs to it
CALM = timedelta(hours=1)  # without a rise, before the next surge is an alarm of its own
MOST = 1e12  # larger is no count
SURGE = 1.4  # how far beyond the usual peaks, in spreads of theirs: the one threshold for all series
RISING = 0.5  # of that: from here on the rise is dated
GUESSED_DAYS = 8.0  # for how many days the guessed spread of a scale counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One length of window, with what is guessed of it before the series tells."""

    window: timedelta
    weight: float
    spread: float  # of the logarithm of a day's peak, from day to day


SCALES = (
    Scale(window=timedelta(minutes=15), weight=0.6, spread=0.75),
    Scale(window=timedelta(hours=6), weight=0.2, spread=0.5),
    Scale(window=timedelta(hours=24), weight=0.2, spread=0.5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """One alarm, at the moment at which it could be known."""

    at: datetime
    since: datetime  # end of the first count of this rise
    strength: float  # how many times the usual of the short window


@dataclass(slots=True)
class _Window:
    """What the last minutes held."""

    span: timedelta
    total: float = 0.0
    counts: deque[Count] = field(default_factory=deque)

    def take(self, count: Count) -> float:
        self.counts.append(count)
        self.total += min(count.value, MOST)
        while count.at - self.counts[0].at >= self.span:
            self.total -= min(self.counts.popleft().value, MOST)
        return max(0.0, self.total)


@dataclass(slots=True)
class _Hour:
    """What is kept of an hour: how high each scale rose, and the mean of the short window."""

    number: int
    peaks: list[float] = field(default_factory=lambda: [0.0] * len(SCALES))
    short_total: float = 0.0
    counts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a series held on the days before: per scale the middle of its daily peaks and their spread."""

    middles: Sequence[float]
    spreads: Sequence[float]
    short: float  # mean of the short window

    def beyond(self, levels: Sequence[float]) -> float:
        """How far these levels lie beyond the usual peaks, in spreads."""
        each = zip(SCALES, levels, self.middles, self.spreads, strict=True)
        return sum(scale.weight * (level - middle) / spread for scale, level, middle, spread in each)


class Surges:
    """One series, count by count, oldest first."""

    def __init__(self, *, threshold: float = SURGE) -> None:
        """Nothing is known yet."""
        self.risen_at: datetime | None = None  # when the present rise began, be it a surge by now or not
        self._threshold = threshold
        self._windows = [_Window(scale.window) for scale in SCALES]
        self._hours: deque[_Hour] = deque()
        self._usual: Usual | None = None
        self._first_at: datetime | None = None
        self._rose_at: datetime | None = None  # the last time
        self._told = False  # whether this rise has been told of, or belongs to an alarm before
        self._alarmed_at: datetime | None = None

    def take(self, count: Count) -> Surge | None:
        """The alarm that this count raises against all before it, if any; wants counts in the order of time."""
        self._first_at = self._first_at or count.at
        totals = [window.take(count) for window in self._windows]
        levels = [math.log1p(total) for total in totals]
        self._learn(count.at, levels, totals[0])
        if self._usual is None or count.at - self._first_at < LEARNING:
            return None
        beyond = self._usual.beyond(levels)
        if beyond <= RISING * self._threshold:
            self.risen_at = None
            return None
        calm = self._rose_at is None or count.at - self._rose_at > CALM
        self.risen_at = self.risen_at or count.at
        self._rose_at = count.at
        self._told = self._told and not calm
        if beyond <= self._threshold or self._told:
            return None
        self._told = True
        if self._alarmed_at is not None and count.at - self._alarmed_at <= QUIET_AFTER:
            return None
        self._alarmed_at = count.at
        strength = totals[0] / max(self._usual.short, LEAST_USUAL)
        return Surge(at=count.at, since=self.risen_at, strength=strength)

    def _learn(self, at: datetime, levels: Sequence[float], short_total: float) -> None:
        """Note the count in its hour; with a new hour, look again at what is usual."""
        number = int(at.timestamp() // HOUR.total_seconds())
        if not self._hours or self._hours[-1].number != number:
            while self._hours and self._hours[0].number < number - PRESENT_HOURS - DAYS * DAY_HOURS:
                self._hours.popleft()
            self._usual = usual_of(self._hours, number)
            self._hours.append(_Hour(number))
        hour = self._hours[-1]
        hour.peaks = [max(pair) for pair in zip(hour.peaks, levels, strict=True)]
        hour.short_total += short_total
        hour.counts += 1


def usual_of(hours: Sequence[_Hour], number: int) -> Usual | None:
    """What the days before this hour held; None before one of them is known."""
    days: dict[int, list[_Hour]] = {}
    for hour in hours:
        days.setdefault((number - PRESENT_HOURS - 1 - hour.number) // DAY_HOURS, []).append(hour)
    known = [day for ago, day in days.items() if ago >= 0 and len(day) >= KNOWN_HOURS]
    if not known:
        return None
    peaks = [[max(hour.peaks[place] for hour in day) for day in known] for place in range(len(SCALES))]
    middles = [statistics.median(each) for each in peaks]
    spreads = [_spread(*each) for each in zip(peaks, middles, SCALES, strict=True)]
    each = [hour for day in known for hour in day]
    short = sum(hour.short_total for hour in each) / sum(hour.counts for hour in each)
    return Usual(middles=middles, spreads=spreads, short=short)


def _spread(peaks: Sequence[float], middle: float, scale: Scale) -> float:
    """How far a day's peak lies from their middle: of these days and the guess together; wider while days are few."""
    squares = sum((peak - middle) ** 2 for peak in peaks) + GUESSED_DAYS * scale.spread**2
    return math.sqrt(squares / (len(peaks) + GUESSED_DAYS) * (1 + 1 / len(peaks)))
