"""Counts over time -> quiet, rising or spike.  Pure; looks at the past only; a missing window is not a zero.

Sparse streams (under one per window) are judged by how unlikely the count is, busy ones by that and by the ratio to the
usual.  Real streams are burstier than chance alone, so the spread is learnt from the history too.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """How a count compares with its past."""

    QUIET = "quiet"
    RISING = "rising"
    SPIKE = "spike"


RANK = {State.QUIET: 0, State.RISING: 1, State.SPIKE: 2}

WINDOW = timedelta(minutes=15)
PRESENT = timedelta(hours=1)  # nearer than this is the present, not the usual
MEMORY = timedelta(days=7)
SAME_HOURS = timedelta(hours=1)  # around the same time on earlier days
ENOUGH_WINDOWS = 24  # of the same hours, before they are preferred to all hours
UNLEARNT = 0.05 / 60  # a second: what a network holds about one service, until more is known
PRIOR_WINDOWS = 4.0  # how many windows' worth of history the guess counts for
LEARNING_WINDOWS = 4  # the first ones teach, whatever they hold
PATIENCE = timedelta(hours=36)  # a spike that lasts longer is the new usual
LEAST_USUAL = 0.2  # per window: below, the history was too short to have seen one
LEAST_REPORTS = 4  # fewer never are a spike, whatever the odds
SPIKE_ODDS = 1e-6  # chance of so many in a quiet window; windows overlap and are many
RISING_ODDS = 1e-2
SPIKE_RATIO = 3.0
RISING_RATIO = 1.7
BURSTY = 0.15  # share of the mean by which quiet windows differ beyond chance


def grade(reports: float, usual: float) -> State:
    """Compare one window's count with what such a window usually holds."""
    mean = max(usual, LEAST_USUAL)
    odds = at_least_by_chance(reports, mean)
    if reports >= LEAST_REPORTS and odds < SPIKE_ODDS and reports >= SPIKE_RATIO * mean:
        return State.SPIKE
    if reports > 1 and odds < RISING_ODDS and reports >= RISING_RATIO * mean:
        return State.RISING
    return State.QUIET


def at_least_by_chance(reports: float, mean: float) -> float:
    """Chance that a quiet window with this mean holds at least so many; upper bound, allowing for bursts.

    Chernoff's bound of the Poisson tail, with the excess shrunk by the spread that quiet streams show beyond chance.
    """
    if reports <= mean:
        return 1.0
    spread = 1.0 + BURSTY * mean
    bound = reports - mean - reports * math.log(reports / mean)
    return math.exp(bound / spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many there were in the window that ended at `at`."""

    at: datetime  # aware UTC
    value: float
    expected: float = 0.0  # of these, how many come by mistake: lookalikes that a classifier lets through


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a stream does now, against its own past."""

    state: State
    strength: float  # how many times the usual
    now: float  # in the last window
    usual: float
    since: datetime | None = None  # end of the first count of this rise


def assess(counts: Sequence[Count], now: datetime, *, window: timedelta = WINDOW) -> Assessment:
    """Compare the last `window` with what such windows held before; counts after `now` are not looked at."""
    known = sorted((count for count in counts if count.at <= now), key=lambda count: count.at)
    recent = [count for count in known if count.at > now - window]
    past = [count for count in known if now - MEMORY < count.at <= now - PRESENT]
    usual = _usual(past, now, window) + sum(count.expected for count in recent)
    value = sum(count.value for count in recent)
    state = grade(value, usual)
    since = None if state is State.QUIET else next((count.at for count in recent if count.value > 0), None)
    return Assessment(state=state, strength=value / max(usual, LEAST_USUAL), now=value, usual=usual, since=since)


def _usual(past: Sequence[Count], now: datetime, window: timedelta) -> float:
    """What a window held: in the same hours of earlier days where those are enough, else on average without spikes.

    A spike teaches nothing of the usual, unless it lasts so long that it has become the usual.
    """
    windows: dict[int, float] = {}
    for count in past:
        place = int((now - count.at) / window)
        windows[place] = windows.get(place, 0.0) + max(0.0, count.value - count.expected)
    guess = UNLEARNT * window.total_seconds()
    day = timedelta(days=1) / window
    near = [told for place, told in windows.items() if min(place % day, day - place % day) * window <= SAME_HOURS]
    if len(near) >= ENOUGH_WINDOWS:
        return statistics.median(near)  # one day's outage does not move it
    taken = _without_spikes(windows, guess, patience=int(PATIENCE / window))
    return (sum(taken) + guess * PRIOR_WINDOWS) / (len(taken) + PRIOR_WINDOWS)


def _without_spikes(windows: Mapping[int, float], guess: float, *, patience: int) -> list[float]:
    """Of windows, oldest first, those that were no spike against the ones before them; the first ones always."""
    taken: list[float] = []
    skipped: list[float] = []
    total, known = guess * PRIOR_WINDOWS, PRIOR_WINDOWS
    for place in sorted(windows, reverse=True):
        told = windows[place]
        is_spike = len(taken) >= LEARNING_WINDOWS and grade(told, total / known) is State.SPIKE
        if is_spike and len(skipped) < patience:
            skipped.append(told)
            continue
        lasting = skipped if len(skipped) >= patience else []
        taken = [*taken, *lasting, told]
        total, known = total + sum(lasting) + told, known + len(lasting) + 1
        skipped = []
    return taken
