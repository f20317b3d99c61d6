"""How fast we speak: never faster than Teams allows, answers before deliveries, one conversation delaying no other."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.transports.teams.limits import PER_CONVERSATION, Allowance, Limits, backoff
from tests.teams.room import START, open_room

SECOND = timedelta(seconds=1)


def sends(limits: Limits, conversation: str, *, lasting: timedelta) -> list[timedelta]:
    """Send as fast as the limits let us, for so long; the moments of each send since the start."""
    now, sent = START, []
    while now < START + lasting:
        again = limits.take(conversation, now)
        if again is None:
            sent.append(now - START)
        else:
            assert again > now
            now = again
    return sent


def test_a_conversation_gets_all_that_its_windows_allow_and_no_more():
    sent = sends(Limits(Allowance()), "c", lasting=timedelta(minutes=3))
    for most, seconds in PER_CONVERSATION:
        window = timedelta(seconds=seconds)
        assert max(sum(start <= at <= start + window for at in sent) for start in sent) <= most
    assert len(sent) >= 6 * 60, "two a second over minutes"


def test_a_silenced_conversation_delays_no_other():
    limits = Limits(Allowance())
    limits.hush("a", START + 300 * SECOND)
    assert limits.take("a", START) == START + 300 * SECOND
    assert limits.take("b", START) is None
    limits.hush("a", START + SECOND)
    assert limits.ready_at("a", START) == START + 300 * SECOND, "a shorter wait does not shorten the longer one"


def test_deliveries_leave_room_for_answers():
    limits = Limits(Allowance())
    for number in range(48):
        assert limits.take(f"channel-{number}", START, tenant="t") is None
    assert limits.take("channel-49", START, tenant="t") is not None
    assert limits.take("asker-1", START, tenant="t", first=True) is None
    assert limits.take("asker-2", START, tenant="t", first=True) is None
    assert limits.take("asker-3", START, tenant="t", first=True) is not None
    assert limits.take("other-tenant", START, tenant="u") is None


def test_a_clock_that_is_set_back_silences_nobody():
    limits, before = Limits(Allowance()), START - timedelta(hours=1)
    for number in range(48):
        limits.take(f"channel-{number}", START, tenant="t")
    for _ in range(7):
        limits.take("channel-0", START + SECOND, tenant="u")
    assert limits.take("channel-0", before, tenant="t") is None
    for number in range(1, 48):
        assert limits.take(f"channel-{number}", before, tenant="t") is None
    assert limits.take("channel-48", before, tenant="t") is not None, "what is sent since then counts"


def test_a_fan_out_uses_95_percent_of_what_the_tenant_may():
    limits, now, sent = Limits(Allowance()), START, 0
    while now < START + 20 * SECOND:
        again = limits.take(f"channel-{sent}", now, tenant="t")
        sent, now = (sent + 1, now) if again is None else (sent, again)
    assert sent >= 0.95 * 50 * 20


def test_asking_when_takes_nothing():
    limits = Limits(Allowance())
    assert {limits.ready_at("c", START) for _ in range(100)} == {START}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=60))
def test_whatever_the_rhythm_a_named_moment_is_kept(waits):
    limits, now = Limits(Allowance()), START
    for wait in waits:
        now += timedelta(milliseconds=wait)
        ready = limits.ready_at("c", now)
        assert ready >= now
        assert limits.take("c", ready) is None


@pytest.mark.parametrize(("attempt", "longest"), [(1, 2), (2, 4), (3, 8), (6, 60), (50, 60)])
def test_our_own_wait_doubles_up_to_a_minute(attempt, longest):
    assert backoff(attempt, 0.0) == timedelta(0)
    assert timedelta(seconds=longest * 0.9) < backoff(attempt, 0.999) <= timedelta(seconds=longest)


async def test_thirty_questions_at_once_are_all_answered_without_a_429():
    async with open_room(answer_in_request=timedelta(milliseconds=5)) as room:
        room.teams.limits_by(room.clock.monotonic)
        for number in range(30):
            await room.says("down?", id=f"f:storm-{number}")
        while len(room.product.sent) < 30:
            await room.until(lambda: len(room.product.sent) + len(room.clock._sleepers) == 30)
            await room.pass_time(timedelta(milliseconds=250))
        assert len(room.teams.arrived) == 30, "no call was refused, none repeated"
