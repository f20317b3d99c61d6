"""When a plan takes place: rules on the wall clock, right over clock changes, against a walk over every minute."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import (
    Missed,
    Rule,
    RuleError,
    closest_together,
    due_of_missed,
    is_doubled,
    is_skipped,
    moment,
    occurrences,
    read_rule,
    upcoming,
    zone_of,
)

BERLIN, NEW_YORK, HOWE, KOLKATA, APIA = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia",
)  # fmt: skip
ZONES = (BERLIN, NEW_YORK, HOWE, KOLKATA, "America/Sao_Paulo", "UTC", "US/Eastern")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seen(rule: str, zone: str, start: str, count: int = 3) -> list[str]:
    """The next times as people there read them."""
    read = read_rule(rule, start=wall(start), zone=zone)
    times = upcoming(read, zone, moment(wall(start), zone), count)
    return [at.astimezone(zone_of(zone)).strftime("%Y-%m-%d %H:%M %z") for at in times]


@pytest.mark.parametrize(
    ("rule", "zone", "start", "times"),
    [
        pytest.param(
            "30 2 * * *", BERLIN, "2026-03-28 00:00",
            ["2026-03-28 02:30 +0100", "2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200"],
            id="a time that the spring change skips is its first moment after",
        ),
        pytest.param(
            "30 2 * * *", BERLIN, "2026-10-24 00:00",
            ["2026-10-24 02:30 +0200", "2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"],
            id="a time that comes twice in autumn is told once, the first time",
        ),
        pytest.param(
            "*/30 2-3 * * *", BERLIN, "2026-03-29 00:00",
            ["2026-03-29 03:00 +0200", "2026-03-29 03:30 +0200", "2026-03-30 02:00 +0200"],
            id="skipped times that fall together are one",
        ),
        pytest.param(
            "FREQ=MONTHLY;BYMONTHDAY=31", HOWE, "2026-01-31 02:15",
            ["2026-01-31 02:15 +1100", "2026-03-31 02:15 +1100", "2026-05-31 02:15 +1030"],
            id="months without a 31st are left out, and a change of half an hour is followed",
        ),
        pytest.param(
            "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=22;BYMINUTE=0", KOLKATA, "2026-01-15 09:00",
            ["2026-01-31 22:00 +0530", "2026-02-28 22:00 +0530", "2026-03-31 22:00 +0530"],
            id="the last day of a month",
        ),
        pytest.param(
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", NEW_YORK, "2026-01-01 10:00",
            ["2028-02-29 10:00 -0500", "2032-02-29 10:00 -0500"],
            id="leap days",
        ),
        pytest.param(
            "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=19;BYMINUTE=30", NEW_YORK, "2026-03-01 00:00",
            ["2026-03-10 19:30 -0400", "2026-04-14 19:30 -0400", "2026-05-12 19:30 -0400"],
            id="the second Tuesday",
        ),
        pytest.param(
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;COUNT=2", BERLIN, "2026-03-07 22:00",
            ["2026-03-07 22:00 +0100", "2026-03-21 22:00 +0100"],
            id="every second Saturday, twice",
        ),
        pytest.param(
            "FREQ=HOURLY;UNTIL=20261025T020000Z", BERLIN, "2026-10-25 01:15",
            ["2026-10-25 01:15 +0200", "2026-10-25 02:15 +0200"],
            id="an end in UTC is understood on the zone's own clock",
        ),
        pytest.param(
            "FREQ=DAILY;UNTIL=20260303", BERLIN, "2026-03-01 00:00",
            ["2026-03-01 00:00 +0100", "2026-03-02 00:00 +0100", "2026-03-03 00:00 +0100"],
            id="an end on a day is its midnight",
        ),
        pytest.param(
            "0 10 * * *", APIA, "2011-12-29 00:00",
            ["2011-12-29 10:00 -1000", "2011-12-31 00:00 +1400", "2011-12-31 10:00 +1400"],
            id="a day that a zone skipped whole",
        ),
        pytest.param(
            "0 12 * * SUN", "US/Eastern", "2026-03-07 00:00", ["2026-03-08 12:00 -0400"] , id="an alias of a zone",
        ),
    ],
)  # fmt: skip
def test_a_rule_takes_place(rule, zone, start, times):
    assert seen(rule, zone, start)[: len(times)] == times


@pytest.mark.parametrize(
    "rule",
    [
        "", "tomorrow", "* * * *", "61 0 * * *", "0 0 31 2 *", "0 0 1-x * *",
        "FREQ=MINUTELY", "FREQ=SECONDLY;INTERVAL=5", "FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;INTERVAL=5000",
        "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=99999999", "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY;UNTIL=20261399", "FREQ=YEARLY;BYDAY=99MO", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYSETPOS=400;BYDAY=MO", "FREQ=YEARLY;BYEASTER=1", "FREQ=DAILY;BYSECOND=5", "FREQ=DAILY;X",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1", "FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=DAILY;BYMONTH=x",
        "x" * 600, "0 0 * * *\n0 0 * * *\n",
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_used_is_refused_with_what_is_wanted(rule):
    with pytest.raises(RuleError) as refused:
        read_rule(rule, start=wall("2026-03-02 09:00"), zone=BERLIN)
    assert refused.value.wanted


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(RuleError, match="Europe/Berlin"):
        moment(wall("2026-03-02 09:00"), "Europe/Nowhere")


def test_single_times_end_dates_and_exceptions():
    once = Rule(at=wall("2026-03-02 09:00"))
    assert not once.recurs
    assert len(upcoming(once, BERLIN, datetime(2026, 3, 1, tzinfo=UTC), 5)) == 1
    assert upcoming(once, BERLIN, datetime(2026, 3, 3, tzinfo=UTC), 5) == ()
    daily = Rule(cron="0 9 * * *", until=wall("2026-03-05 09:00"), except_on=frozenset({date(2026, 3, 3)}))
    assert daily.recurs
    days = [at.day for at in upcoming(daily, BERLIN, datetime(2026, 3, 2, tzinfo=UTC), 9)]
    assert days == [2, 4, 5]
    old = read_rule("FREQ=DAILY", start=wall("2020-01-01 09:00"), zone=BERLIN)
    assert upcoming(old, BERLIN, datetime(2026, 3, 2, tzinfo=UTC), 1) == (datetime(2026, 3, 2, 8, tzinfo=UTC),)
    later = Rule(cron="0 9 * * *", start=wall("2026-03-04 00:00"))
    assert upcoming(later, BERLIN, datetime(2026, 3, 2, tzinfo=UTC), 1)[0].day == 4


@pytest.mark.parametrize("rule", [Rule(), Rule(rrule="FREQ=DAILY")])
def test_a_rule_that_is_not_written_yet_has_no_times(rule):
    assert upcoming(rule, BERLIN, datetime(2026, 3, 2, tzinfo=UTC), 3) == ()


def test_walls_that_are_skipped_or_doubled_are_known():
    assert is_skipped(wall("2026-03-29 02:30"), BERLIN)
    assert not is_skipped(wall("2026-03-29 03:00"), BERLIN)
    assert is_doubled(wall("2026-10-25 02:30"), BERLIN)
    assert not is_doubled(wall("2026-10-25 03:00"), BERLIN)
    assert not is_doubled(wall("2026-03-29 02:30"), BERLIN)


def test_how_close_together_tells_what_would_tire():
    rule = read_rule("*/5 * * * *", start=wall("2026-03-02 09:00"), zone=BERLIN)
    assert closest_together(rule, BERLIN, datetime(2026, 3, 2, tzinfo=UTC)) == timedelta(minutes=5)
    once = Rule(at=wall("2026-03-02 09:00"))
    assert closest_together(once, BERLIN, datetime(2026, 3, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("policy", "late", "told"),
    [
        (Missed.WITHIN_GRACE, timedelta(minutes=5), True),
        (Missed.WITHIN_GRACE, timedelta(hours=5), False),
        (Missed.ONCE, timedelta(days=3), True),
        (Missed.SKIP, timedelta(minutes=5), False),
    ],
)
def test_what_was_missed_is_told_as_its_policy_says(policy, late, told):
    now = datetime(2026, 3, 5, tzinfo=UTC)
    times = (now - late - timedelta(days=1), now - late)
    due = due_of_missed(times, now, policy, timedelta(hours=1))
    assert due == (times[-1] if told else None)
    assert due_of_missed((), now, policy, timedelta(hours=1)) is None


def minutes_of(zone: str, begins: datetime, ends: datetime):
    """Every minute of a zone as its clock shows it, with the moment: the slow way to be right."""
    place, at = zone_of(zone), begins
    while at < ends:
        yield at.astimezone(place).replace(tzinfo=None, fold=0), at
        at += timedelta(minutes=1)


def walked(fits, zone: str, begins: datetime, ends: datetime) -> list[datetime]:
    """What a rule means, minute by minute: a wall minute counts when it is first shown, or when it was jumped over."""
    found, shown = [], begins.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0) - timedelta(minutes=1)
    for at_wall, at in minutes_of(zone, begins, ends):
        new = [shown + timedelta(minutes=n) for n in range(1, int((at_wall - shown) / timedelta(minutes=1)) + 1)]
        if any(fits(minute) for minute in new):
            found.append(at)
        shown = max(shown, at_wall)
    return found


def cron_of(chance: random.Random) -> tuple[str, object]:
    """A cron expression and, apart from the library, what it means."""
    minutes = sorted(chance.sample(range(0, 60, 5), chance.randint(1, 3)))
    hours = sorted(chance.sample(range(24), chance.randint(1, 6)))
    weekdays = sorted(chance.sample(range(7), chance.randint(1, 7)))
    text = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * {','.join(map(str, weekdays))}"
    return text, lambda at: at.minute in minutes and at.hour in hours and at.isoweekday() % 7 in weekdays


def rrule_of(chance: random.Random, start: datetime) -> tuple[str, object]:
    """An RRULE of the same kind, and what it means."""
    minutes = sorted(chance.sample(range(0, 60, 5), chance.randint(1, 3)))
    hours = sorted(chance.sample(range(24), chance.randint(1, 6)))
    every = chance.randint(1, 3)
    text = f"FREQ=DAILY;INTERVAL={every};BYHOUR={','.join(map(str, hours))};BYMINUTE={','.join(map(str, minutes))}"
    return (
        text,
        lambda at: (
            at >= start and (at.date() - start.date()).days % every == 0 and at.minute in minutes and at.hour in hours
        ),
    )


def compare(seed: int) -> None:
    """One random rule in one random zone, a few days around a clock change, against the walk."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    zone = chance.choice(ZONES)
    around = chance.choice(["2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03"])
    start = wall(f"{around} 00:00")
    text, fits = cron_of(chance) if chance.random() < 0.5 else rrule_of(chance, start)
    begins = moment(start, zone)
    ends = begins + timedelta(days=2, hours=chance.randint(0, 12))
    rule = read_rule(text, start=start, zone=zone)
    assert list(occurrences(rule, zone, begins, ends)) == walked(fits, zone, begins, ends), (seed, text, zone, around)


@pytest.mark.parametrize("seed", range(60))
def test_occurrences_equal_a_walk_over_every_minute(seed):
    compare(seed)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - wall time
)
def test_every_wall_time_has_one_moment_and_order_is_kept(zone, at):
    at = at.replace(microsecond=0)
    found = moment(at, zone)
    shown = found.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0)
    assert shown >= at
    assert (shown == at) is not is_skipped(at, zone)
    assert moment(at + timedelta(minutes=1), zone) >= found


def test_times_are_in_order_and_each_comes_once():
    rule = read_rule("*/10 * * * *", start=wall("2026-10-25 00:00"), zone=BERLIN)
    times = upcoming(rule, BERLIN, datetime(2026, 10, 24, 22, tzinfo=UTC), 200)
    assert all(earlier < later for earlier, later in pairwise(times))
