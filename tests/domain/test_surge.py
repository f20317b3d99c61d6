"""A long series of counts: few alarms, each from the past only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.spike import Count
from bot.domain.surge import LEARNING, QUIET_AFTER, Surges
from tests.domain.seen import NOW

STEP = timedelta(minutes=15)
DAY = 96  # steps


def series(*values, step=STEP):
    return [Count(at=NOW + step * place, value=value) for place, value in enumerate(values)]


def alarms(counts):
    surges = Surges()
    return [surge for surge in map(surges.take, counts) if surge is not None]


def days(count, usual=4, **peaks):
    """Days with a small peak at noon each; `peaks` by step instead of the usual, as _<step>=value."""
    values = [usual * 2 if place % DAY == DAY // 2 else usual for place in range(count * DAY)]
    for place, value in peaks.items():
        values[int(place[1:])] = value
    return values


def test_a_surge_is_one_alarm_at_the_count_that_shows_it():
    quiet = days(5)

    (alarm,) = alarms(series(*quiet, 4, 90, 120, 110, *[4] * 20))

    assert alarm.at == alarm.since == NOW + STEP * (5 * DAY + 1)
    assert alarm.strength == pytest.approx(90 / 4, rel=0.05)


def test_a_rise_is_dated_from_its_first_count():
    (alarm,) = alarms(series(*days(5), 4, 20, 35, 60, 120, 250))

    assert alarm.since < alarm.at
    assert alarm.since > NOW + STEP * 5 * DAY


def test_days_like_each_other_are_quiet():
    assert alarms(series(*days(20))) == []


def test_a_peak_that_comes_day_after_day_becomes_the_usual():
    daily = [*days(4), *[value for _ in range(14) for value in (*[4] * 40, 80, 80, *[4] * 54)]]

    told = alarms(series(*daily))

    assert told
    assert told[-1].at < NOW + STEP * DAY * 12


def test_a_new_level_is_one_alarm_and_then_the_usual():
    told = alarms(series(*days(5), *[60] * DAY * 12))

    assert len(told) == 1


def test_what_follows_within_a_day_belongs_to_the_alarm_before():
    first = 6 * DAY
    soon, later = first + 20, first + 2 * DAY

    told = alarms(series(*days(10, **{f"_{first}": 200, f"_{soon}": 300, f"_{later}": 900})))

    assert [alarm.at for alarm in told] == [NOW + STEP * first, NOW + STEP * later]
    assert told[1].at - told[0].at > QUIET_AFTER


def test_nothing_is_unusual_before_there_is_a_past():
    counts = series(*days(1), 5000)

    assert alarms(counts) == []
    assert counts[-1].at - counts[0].at < LEARNING


def test_hours_without_counts_are_no_quiet_hours():
    whole = series(*days(6), 90)
    gappy = [count for place, count in enumerate(whole) if (place // 4) % 3 or place >= 6 * DAY]

    ((of_whole,), (of_gappy,)) = alarms(whole), alarms(gappy)

    assert of_gappy.at == of_whole.at
    assert of_gappy.strength == pytest.approx(of_whole.strength, rel=0.05)


def test_days_of_which_hardly_anything_is_known_teach_nothing():
    sparse = [Count(at=NOW + timedelta(hours=8) * place, value=1) for place in range(60)]

    assert alarms([*sparse, Count(at=sparse[-1].at + STEP, value=500)]) == []


def test_a_higher_threshold_tells_less():
    counts = series(*days(5), 4, 60, 60)
    strict = Surges(threshold=9.0)

    assert alarms(counts)
    assert [surge for surge in map(strict.take, counts) if surge is not None] == []


def test_endless_values_are_bounded():
    huge = series(*days(4), *[1e308] * 300, *[1] * DAY)

    assert len(alarms(huge)) == 1


def test_the_first_day_of_all_time_is_a_day():
    first = datetime.min.replace(tzinfo=UTC)

    assert alarms([Count(at=first, value=1), Count(at=first + STEP, value=1)]) == []


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=5, max_size=60),
    st.integers(0, 300),
)
def test_later_counts_change_no_earlier_alarm(values, more):
    counts = series(*days(3), *values)
    changed = [*counts, replace(counts[-1], at=counts[-1].at + STEP, value=float(more))]
    before = alarms(counts)

    assert alarms(changed)[: len(before)] == before
