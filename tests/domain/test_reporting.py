"""Which time of an announcement a report is about."""

from datetime import datetime, timedelta

import pytest

from bot.domain.reporting import chosen, tellings

from .plans import DAY, START, occurrence

TIMES = [
    occurrence(id="kolkata", zone="Asia/Kolkata", starts_at=START - timedelta(hours=4, minutes=30)),
    occurrence(id="berlin"),
    occurrence(id="sunday", starts_at=START + DAY),
    occurrence(id="evening", starts_at=START + DAY + timedelta(hours=1)),
    occurrence(id="later", starts_at=START + 7 * DAY, told_at=None),
]


def test_a_time_is_one_in_however_many_zones_and_the_newest_comes_first():
    several = tellings(TIMES)

    assert [[each.id for each in one.occurrences] for one in several] == [
        ["evening"],
        ["sunday"],
        ["kolkata", "berlin"],
    ]
    assert several[2].local == datetime(2026, 3, 7, 22)  # noqa: DTZ001 - what a clock on the wall shows


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("", 0),
        ("1", 0),
        ("3", 2),
        ("4", None),
        ("0", None),
        ("2026-03-08", 0),
        ("2026-03-08 22:00", 1),
        ("2026-03-07t22:00", 2),
        ("202603072200", 2),
        ("2026-03-09", None),
        ("2026-02-30", None),
        ("yesterday", None),
    ],
)
def test_it_is_chosen_by_number_day_or_time(typed, place):
    assert chosen(tellings(TIMES), typed) == place


def test_what_was_never_told_has_no_report():
    assert chosen(tellings(TIMES[-1:]), "") is None


def test_the_mark_behind_a_button_stands_for_it():
    several = tellings(TIMES)

    assert [chosen(several, each.mark) for each in several] == [0, 1, 2]
