"""Words for a moment become that moment, in the asker's zone and never in the future."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understand.since import OLDEST, since_of

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 25, 13, 30, tzinfo=UTC)  # Wednesday, 14:30 in Berlin

SAID = {
    "en": [
        ("calls drop since 9", "25 09:00"),
        ("since 4pm", "24 16:00"),
        ("since 9:30 this morning", "25 09:30"),
        ("since yesterday 16:30", "24 16:30"),
        ("since yesterday at 4", "24 16:00"),
        ("for an hour", "25 13:30"),
        ("for the last 2 hours", "25 12:30"),
        ("it began 20 minutes ago", "25 14:10"),
        ("since last night", "24 20:00"),
        ("since Monday", "23 00:00"),
        ("since noon", "25 12:00"),
    ],
    "de": [
        ("seit heute früh", "25 06:00"),
        ("seit gestern", "24 00:00"),
        ("seit 10 Minuten", "25 14:20"),
        ("seit einer halben Stunde", "25 14:00"),
        ("seit halb 9", "25 08:30"),
        ("seit ca. 9:40 Uhr", "25 09:40"),
        ("vor zwei Stunden ging es los", "25 12:30"),
    ],
    "fr": [
        ("depuis ce matin", "25 06:00"),
        ("depuis 9h30", "25 09:30"),
        ("depuis 2 heures", "25 12:30"),
        ("depuis hier soir", "24 20:00"),
    ],
    "es": [("desde las 9", "25 09:00"), ("desde ayer", "24 00:00"), ("desde hace dos horas", "25 12:30")],
    "pt": [("há duas horas", "25 12:30"), ("desde as 10h", "25 10:00"), ("desde ontem", "24 00:00")],
    "it": [("da ieri", "24 00:00"), ("da tre ore", "25 11:30"), ("dalle 9", "25 09:00")],
    "nl": [("sinds vanmorgen", "25 06:00"), ("al 2 uur", "25 12:30"), ("sinds 2 uur", "25 14:00")],
    "pl": [("od rana", "25 06:00"), ("od 2 godzin", "25 12:30"), ("od wczoraj", "24 00:00")],
    "ja": [
        ("今朝から", "25 06:00"),
        ("9時から", "25 09:00"),
        ("2時間前から", "25 12:30"),
        ("昨日の10時半から", "24 10:30"),
    ],
    "zh": [("从早上开始", "25 06:00"), ("从9点开始", "25 09:00"), ("两个小时了", "25 12:30")],
}

SILENT = [
    "is Teams down?",
    "since 2019",
    "since the update",
    "for 3 users",
    "since version 9.5",
    "for an hour-long call",
    "since 25",
    "seit Tagen",
]


@pytest.mark.parametrize(("text", "local"), [pair for pairs in SAID.values() for pair in pairs])
def test_a_moment_is_read_in_the_askers_zone(text, local):
    since = since_of(text, now=NOW, zone=BERLIN)
    assert since is not None
    assert since.tzinfo is UTC
    assert since.astimezone(ZoneInfo(BERLIN)).strftime("%d %H:%M") == local


@pytest.mark.parametrize("text", SILENT)
def test_what_is_no_moment_gives_none(text):
    assert since_of(text, now=NOW, zone=BERLIN) is None


def test_nine_before_nine_is_last_evening():
    early = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    assert since_of("since 9", now=early) == datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


def test_yesterday_is_counted_on_the_calendar_across_a_clock_change():
    monday = datetime(2026, 10, 26, 8, 0, tzinfo=UTC)  # the night before, Berlin went back an hour
    assert since_of("seit gestern 1:30", now=monday, zone=BERLIN) == datetime(2026, 10, 24, 23, 30, tzinfo=UTC)


def test_an_unknown_zone_counts_as_utc():
    assert since_of("since 9am", now=NOW, zone="Mars/Olympus") == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@given(
    st.text(alphabet="since seit 0123456789:h.apm前からgestern", max_size=40),
    st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2028-01-01")),
)
def test_a_moment_is_never_in_the_future_nor_long_ago(text, wall):
    now = wall.replace(tzinfo=UTC)
    since = since_of(text, now=now, zone="America/New_York")
    assert since is None or now - OLDEST - timedelta(minutes=1) <= since <= now
