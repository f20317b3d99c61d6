"""Counts over time: what is unusual, judged by the past only."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.spike import Count, State, assess, at_least_by_chance, grade
from tests.domain.seen import NOW

QUARTER = timedelta(minutes=15)


def every_quarter(*values, ends_at=NOW, expected=0.0):
    """Counts of quarters of an hour, the last one ending at `ends_at`."""
    first = ends_at - QUARTER * (len(values) - 1)
    return [Count(at=first + QUARTER * place, value=value, expected=expected) for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("reports", "usual", "state"),
    [
        (0, 0.1, State.QUIET),
        (1, 0.05, State.QUIET),  # one post is nobody
        (3, 0.2, State.RISING),  # chance does that every other day
        (12, 0.2, State.SPIKE),
        (40, 30, State.QUIET),
        (90, 30, State.RISING),
        (200, 30, State.SPIKE),
        (3, 0.0, State.RISING),
    ],
)
def test_a_count_is_graded_against_the_usual(reports, usual, state):
    assert grade(reports, usual) is state


@given(st.floats(0, 5000), st.floats(0, 500), st.floats(0, 500))
def test_more_reports_never_look_quieter_and_a_higher_usual_never_louder(reports, usual, more):
    rank = [State.QUIET, State.RISING, State.SPIKE]

    assert rank.index(grade(reports + more, usual)) >= rank.index(grade(reports, usual))
    assert rank.index(grade(reports, usual + more)) <= rank.index(grade(reports, usual))


def test_the_odds_of_what_is_usual_are_one():
    assert at_least_by_chance(3, 3) == 1.0
    assert at_least_by_chance(30, 3) < 1e-9


def test_nothing_known_is_quiet_against_a_guess():
    found = assess([], NOW)

    assert (found.state, found.now, found.since) == (State.QUIET, 0, None)
    assert found.usual == pytest.approx(0.75)


def test_a_spike_tells_how_many_times_the_usual_and_since_when():
    found = assess(every_quarter(*[2] * 40, 60), NOW)

    assert (found.state, found.now, found.since) == (State.SPIKE, 60, NOW)
    assert found.usual == pytest.approx(1.9, abs=0.2)
    assert found.strength == pytest.approx(60 / found.usual)


def test_counts_after_now_are_not_looked_at():
    past = every_quarter(*[1] * 40)

    assert assess([*past, Count(at=NOW + QUARTER, value=500)], NOW) == assess(past, NOW)


def test_the_order_of_counts_does_not_matter():
    counts = every_quarter(*range(40))

    assert assess(counts[::-1], NOW) == assess(counts, NOW)


def test_a_missing_window_is_no_zero():
    whole = every_quarter(*[8] * 60)
    with_gap = [count for place, count in enumerate(whole) if place % 2]

    assert assess(with_gap, NOW).usual == pytest.approx(assess(whole, NOW).usual, rel=0.1)


def test_a_long_outage_does_not_become_its_own_usual():
    outage = every_quarter(*[1] * 16, *[60] * 40)

    assert assess(outage, NOW).state is State.SPIKE


def test_what_lasts_for_days_is_the_new_usual():
    moved = every_quarter(*[1] * 16, *[60] * 300)

    assert assess(moved, NOW).state is State.QUIET


def test_the_same_hours_of_earlier_days_are_preferred():
    days = [40 if (place % 96) < 12 else 1 for place in range(96 * 5 + 6)]  # busy for three hours of each day

    busy_hour = assess(every_quarter(*days), NOW)

    assert busy_hour.now == 40
    assert busy_hour.state is State.QUIET


def test_lookalikes_that_a_classifier_lets_through_are_expected():
    sports = every_quarter(*[1] * 20, 60, expected=50.0)

    assert assess(sports, NOW).state is State.QUIET
