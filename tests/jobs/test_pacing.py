"""Deliveries to one tenant are spaced, so that no second at the other side holds more than it allows."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.pacing import AT_ONCE, Stride

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def moments(many, late):
    """When so many go out, each of them woken so much too late."""
    stride, now, gone = Stride(48), START, []
    for number in range(many):
        ready = stride.ready_at(now)
        now = ready + late[number % len(late)] if ready > now else now
        stride.went(now)
        gone.append(now)
    return gone


def test_a_few_go_at_once_and_the_rest_one_after_the_other():
    gone = moments(AT_ONCE + 48, [timedelta(0)])
    assert gone[AT_ONCE - 1] == START
    assert gone[-1] - START >= 0.95 * SECOND
    gaps = {later - sooner for sooner, later in zip(gone[AT_ONCE:], gone[AT_ONCE + 1 :], strict=False)}
    assert max(gaps) - min(gaps) < timedelta(milliseconds=1)


@given(st.lists(st.integers(0, 200).map(lambda ms: timedelta(milliseconds=ms)), min_size=1, max_size=50))
def test_late_wake_ups_are_not_made_good_by_a_burst(late):
    gone = moments(200, late)[AT_ONCE:]
    for start in gone:
        assert sum(start <= at < start + SECOND for at in gone) <= 50


def test_a_clock_that_is_set_back_silences_nobody():
    stride, hour = Stride(48), timedelta(hours=1)
    for _ in range(AT_ONCE):
        stride.went(START)
    assert stride.ready_at(START - hour) == START - hour
    for _ in range(AT_ONCE):
        stride.went(START - hour)
    assert START - hour < stride.ready_at(START - hour) < START - hour + SECOND


def test_after_a_pause_a_few_go_at_once_again():
    stride = Stride(48)
    for _ in range(AT_ONCE):
        stride.went(START)
    assert stride.ready_at(START) > START
    assert stride.ready_at(START + 2 * SECOND) == START + 2 * SECOND
