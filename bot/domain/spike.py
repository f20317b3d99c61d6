"""Counts over time -> quiet, rising or spike.  Pure; looks at the past only; a missing window is not a zero.

Sparse streams (under one per window) are judged by how unlikely the count is, busy ones by that and by the ratio to the
usual.  Real streams are burstier than chance alone, so the spread is learnt from the history too.
"""

import math
from enum import StrEnum


class State(StrEnum):
    """How a count compares with its past."""

    QUIET = "quiet"
    RISING = "rising"
    SPIKE = "spike"


RANK = {State.QUIET: 0, State.RISING: 1, State.SPIKE: 2}

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
