"""Announcements and occurrences for tests of what is decided about them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.announcement import Announcement, AnnouncementId, Draft, Kind, Occurrence, OccurrenceId, Phase, Words
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.schedule import Rule, moment

OURS, THEIRS = TenantId("ours"), TenantId("theirs")
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 7, 21, tzinfo=UTC)  # Saturday, 22:00 in Berlin
TEAMS = ServiceId("teams")


def wall(text):
    """A time on some clock."""
    return datetime.fromisoformat(text)


def plan(**changes):
    """Telephony is down on Saturday 22:00 to 02:00."""
    first = Announcement(
        id=AnnouncementId("5T2K8QXA"),
        tenant=OURS,
        kind=Kind.MAINTENANCE,
        words={"en": Words(title="Telephony stops")},
        language="en",
        rule=Rule(at=wall("2026-03-07T22:00")),
        zone="Europe/Berlin",
        lasts=4 * HOUR,
        services=frozenset({TEAMS}),
        features=frozenset({Feature.CALLING}),
        draft=Draft.PLANNED,
        author="anna",
        made_at=MONDAY,
        changed_at=MONDAY,
    )
    return replace(first, **changes)


def notice(**changes):
    return plan(kind=Kind.NOTICE, lasts=None, **changes)


def occurrence(phase=Phase.SCHEDULED, **changes):
    first = Occurrence(
        id=OccurrenceId("occ-1"),
        announcement=AnnouncementId("5T2K8QXA"),
        tenant=OURS,
        zone="Europe/Berlin",
        starts_at=START,
        ends_at=START + 4 * HOUR,
        local=wall("2026-03-07T22:00"),
        phase=phase,
        changed_at=MONDAY,
        told_at=MONDAY,
    )
    return replace(first, **changes)


__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "MONDAY",
    "OURS",
    "START",
    "TEAMS",
    "THEIRS",
    "moment",
    "notice",
    "occurrence",
    "plan",
]
