"""Of a measurement the last few tries are looked at together; of what somebody says only the newest word counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.observation import Health, Kind, Observation
from bot.domain.tries import MOST_TRIES, with_earlier_tries

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TRY = Observation(
    source="probe",
    kind=Kind.PROBE,
    origin="our place",
    key="teams_web",
    service="teams",
    health=Health.DOWN,
    seen_at=NOW,
    until=NOW + timedelta(minutes=3),
)


def earlier(minutes, **changed):
    at = NOW - timedelta(minutes=minutes)
    return replace(TRY, seen_at=at, until=at + timedelta(minutes=10), **changed)


def test_a_few_earlier_tries_of_the_same_target_stay_the_newest_first():
    kept = with_earlier_tries([earlier(3), earlier(1), earlier(2), earlier(4)], [TRY], NOW)
    assert kept == (TRY, earlier(1), earlier(2))
    assert len(kept) == MOST_TRIES


def test_a_try_that_is_not_believed_any_more_or_that_is_told_again_does_not_stay():
    assert with_earlier_tries([earlier(30), TRY], [TRY], NOW) == (TRY,)


def test_what_somebody_says_anew_replaces_what_they_said():
    said = earlier(1, kind=Kind.OFFICIAL_PUBLIC)
    assert with_earlier_tries([said], [], NOW) == ()
