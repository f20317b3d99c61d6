"""When a source is asked again, what it may cost, and when operators hear of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.blindness import Remedy, is_important, remedy, tell_at
from bot.domain.observation import Kind
from bot.domain.source_health import (
    Budget,
    PollFailure,
    SourceHealth,
    SourceState,
    after_failure,
    after_success,
    budget_returns,
    requests_left,
    usual_budget,
)

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WELL = SourceHealth(source="x", state=SourceState.OK, since=NOW, last_try=NOW, period=MINUTE)


def failing(times, failure=None, jitter=1.0):
    health = WELL
    for _ in range(times):
        health = after_failure(health, failure or PollFailure(reason="timed out"), NOW, jitter=jitter)
    return health


@pytest.mark.parametrize(("times", "longest_s"), [(1, 30), (2, 30), (3, 120), (4, 240), (6, 900), (50, 900)])
def test_waits_double_and_are_drawn_from_their_whole_length(times, longest_s):
    assert failing(times).next_try == NOW + timedelta(seconds=longest_s)
    assert failing(times, jitter=0.5).next_try == NOW + timedelta(seconds=longest_s / 2)
    assert failing(times, jitter=0.0).next_try >= NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (PollFailure(reason="401 refused", http_status=401), 15 * MINUTE),
        (PollFailure(reason="429 challenge", http_status=429), 60 * MINUTE),
        (PollFailure(reason="429", http_status=429, retry_at=NOW + 7 * MINUTE), 7 * MINUTE),
        (PollFailure(reason="429", http_status=429, retry_at=NOW - 7 * MINUTE), MINUTE / 10),
    ],
)
def test_who_refuses_is_asked_when_it_can_help(failure, wait):
    assert failing(1, failure).next_try == NOW + wait


def test_requests_are_counted_by_hour_and_by_month():
    health = after_success(WELL, NOW, jitter=0, requests=4)
    health = after_failure(health, PollFailure(reason="x", requests=3), NOW + MINUTE, jitter=0)
    assert (health.spend, health.spend_hour) == (7, 7)
    later = after_success(health, NOW + 40 * MINUTE, jitter=0, requests=1)
    assert (later.spend, later.spend_hour) == (8, 1)
    december = after_success(later, NOW + timedelta(days=10), jitter=0, requests=2)
    assert (december.spend, december.spend_hour) == (2, 2)


@pytest.mark.parametrize(
    ("budget", "left", "again"),
    [
        (Budget(), None, None),
        (Budget(per_hour=30), 10, None),
        (Budget(per_hour=20), 0, datetime(2026, 11, 24, 10, tzinfo=UTC)),
        (Budget(per_hour=90, per_month=900), 0, datetime(2026, 12, 1, tzinfo=UTC)),
        (Budget(per_hour=90, per_month=905), 5, None),
    ],
)
def test_a_used_up_budget_comes_back_with_the_hour_or_the_month(budget, left, again):
    health = replace(WELL, spend=900, spend_hour=20)
    assert requests_left(health, budget, NOW) == left
    if again:
        assert budget_returns(health, budget, NOW) == again


def test_a_quick_source_may_ask_more_than_a_slow_one():
    assert usual_budget(MINUTE) == Budget(per_hour=1200)
    assert usual_budget(timedelta(days=1)) == Budget(per_hour=20)


@pytest.mark.parametrize(
    ("reason", "status", "wanted"),
    [
        ("401 sign-in refused: the app's secret has expired (AADSTS7000222)", 401, Remedy.RENEW_SECRET),
        ("401 sign-in refused: the app's secret is wrong (AADSTS7000215)", 401, Remedy.CORRECT_SECRET),
        ("400 sign-in refused (AADSTS700016)", 400, Remedy.REGISTER_APP),
        ("400 sign-in refused (AADSTS90002)", 400, Remedy.CORRECT_TENANT),
        ("400 sign-in refused (AADSTS53003)", 400, Remedy.ALLOW_APP),
        ("403 refused: permission ServiceHealth.Read.All or an admin's consent is missing", 403, Remedy.CONSENT),
        ("429 challenge", 429, Remedy.CHALLENGED),
        ("401 token refused", 401, Remedy.RENEW_TOKEN),
        ("402 credits used up", 402, Remedy.PAY),
        ("403 refused", 403, Remedy.ASK_ACCESS),
        ("410 failing", 410, Remedy.MOVED),
        ("429 throttled", 429, Remedy.SLOW_DOWN),
        ("our own budget of requests is used up", None, Remedy.BUDGET),
        ("x.example: something on this network replaces certificates: set …", None, Remedy.TRUST),
        ("x.example: the proxy failed", None, Remedy.PROXY),
        ("x.example: name not found", None, Remedy.LINE),
        ("mac: shape changed: Object missing required field `Status`", 200, Remedy.UPDATE),
        ("503 failing", 503, Remedy.WAIT),
    ],
)
def test_every_reason_has_its_remedy(reason, status, wanted):
    assert remedy(replace(WELL, state=SourceState.BLIND, reason=reason, http_status=status)) is wanted


def test_operators_are_told_after_a_while_or_at_once_when_waiting_cannot_help():
    half_an_hour = timedelta(minutes=30)
    blind = failing(3)
    assert tell_at(WELL, half_an_hour) is None
    assert tell_at(blind, half_an_hour) == NOW + half_an_hour
    assert tell_at(replace(blind, reason="AADSTS7000222", http_status=401), half_an_hour) == NOW
    assert tell_at(replace(blind, told_at=NOW), half_an_hour) is None
    assert after_success(replace(blind, told_at=NOW), NOW, jitter=0, requests=1).told_at is None


def test_what_answers_rest_on_or_somebody_set_up_is_important():
    assert is_important(Kind.OFFICIAL_PUBLIC, set_up=False)
    assert is_important(Kind.CROWD, set_up=True)
    assert not is_important(Kind.POSTS, set_up=False)


@pytest.mark.parametrize(
    ("state", "next_try", "due"),
    [
        (SourceState.OK, None, True),
        (SourceState.OK, NOW, True),
        (SourceState.BLIND, NOW + MINUTE, False),
        (SourceState.OFF, None, False),
        (SourceState.NOT_SET_UP, None, False),
    ],
)
def test_a_source_is_due_at_its_time_unless_it_is_not_asked(state, next_try, due):
    assert replace(WELL, state=state, next_try=next_try).is_due(NOW) is due
