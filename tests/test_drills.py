"""Every drill can be played: whole, in both languages, marked, and in time."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.observation import Health, Kind, ServiceId
from bot.domain.verdict import Policy, judge
from bot.sources.drill import DrillError, DrillSource, drill_names, load_drill, read_drill

STARTED = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TROUBLE = (Health.DEGRADED, Health.DOWN)
CALM = "quiet"

SMALL = """
lasts = 45
expects = [{ at = 1, outcome = "down" }]
background = [{ source = "neutral", key = "google", health = "fine" }]
title = { en = "a", de = "b" }
story = { en = "a", de = "b" }
[[says]]
from = 2
to = 5
source = "x"
key = "teams"
health = "down"
reports = 40
usual = 1.5
text = { en = "broken", de = "kaputt" }
"""


def said(name, minute, **options):
    source = DrillSource(load_drill(name), STARTED, **options)
    return source.parse((), STARTED + timedelta(minutes=minute))


def test_the_promised_drills_are_there():
    assert drill_names() == (
        "degraded", "maintenance", "network", "org", "outage", "quiet", "recovery", "signin",
    )  # fmt: skip


@pytest.mark.parametrize("name", drill_names())
@pytest.mark.parametrize("minute", [0, 1, 2, 10, 20, 40, 44, 400])
def test_everything_a_drill_says_is_marked_and_believed_now(name, minute):
    observations = said(name, minute)
    now = STARTED + timedelta(minutes=minute)

    assert observations
    assert all(each.drill and each.is_believed(now) for each in observations)
    assert all(each.said_at is None or each.said_at <= now for each in observations)


@pytest.mark.parametrize("name", drill_names())
def test_the_judge_says_what_the_drill_rehearses(name):
    policy = Policy(related={ServiceId("teams"): (ServiceId("signin"), ServiceId("m365"))})
    for minute, outcomes in load_drill(name).expects:
        now = STARTED + timedelta(minutes=minute)
        verdict = judge(said(name, minute), now, policy)

        assert verdict.outcome in outcomes.split("|"), f"minute {minute}"
        assert verdict.drill


@pytest.mark.parametrize("name", [name for name in drill_names() if name != CALM])
def test_the_trouble_is_seen_within_two_minutes_and_is_over_at_the_end(name):
    assert any(each.health in (*TROUBLE, Health.MAINTENANCE) for each in said(name, 2))
    assert not [each for each in said(name, 44) if each.health in (*TROUBLE, Health.MAINTENANCE)]


def test_a_quiet_day_has_no_trouble_at_any_minute():
    assert all(each.health is Health.FINE for minute in range(46) for each in said(CALM, minute))


def test_colleagues_alone_have_it_when_the_organisation_is_the_cause():
    troubled = [each for each in said("org", 10) if each.health in TROUBLE]

    assert {each.kind for each in troubled} == {Kind.COLLEAGUES}
    assert troubled[0].strength is not None
    assert len(troubled[0].strength.shares) > 1


def test_a_dead_line_is_seen_from_its_own_site_only():
    checks = [each for each in said("network", 10) if each.kind is Kind.NEUTRAL]

    assert {each.vantage for each in checks if each.health is Health.DOWN} == {"site:Berlin"}
    assert {each.vantage for each in checks if each.health is Health.FINE} == {"server"}


def test_nothing_is_said_before_a_drill_begins():
    assert said("outage", -1) == []


def test_words_come_in_the_language_of_the_drill_or_in_english():
    def words(language):
        return [each.text for each in said("outage", 20, language=language) if each.source == "graph"]

    assert words("de")[0].startswith("TM000001: Microsoft Teams ist")
    assert words("pt") == words("en")


async def test_a_drill_asks_nobody():
    source = DrillSource(load_drill("outage"), STARTED)

    assert await source.fetch(None, STARTED) == ()


def test_a_statement_ends_with_its_line_and_is_believed_until_the_script_is_read_again():
    source = DrillSource(read_drill("small", SMALL), STARTED)
    observation = source.parse((), STARTED + timedelta(minutes=4))[1]

    assert observation.until == STARTED + timedelta(minutes=5) + source.period
    assert [each.source for each in source.parse((), STARTED + timedelta(minutes=5))] == ["neutral"]


@pytest.mark.parametrize(
    ("found", "put", "mistake"),
    [
        ('source = "x"', 'source = "tv"', "unknown source 'tv'"),
        ('health = "down"', 'health = "red"', "unknown health 'red'"),
        ("to = 5", "to = 1", "not after its start"),
        (', de = "kaputt"', "", "text has no 'de'"),
        ("reports = 40", "repots = 40", "unknown key 'repots'"),
        ('key = "teams"', "", "no key"),
        ("lasts = 45", "", "no 'lasts'"),
        ('key = "teams"', 'key = "google"\nsource = "neutral"\n', "not TOML"),
        ('source = "x"\nkey = "teams"', 'source = "neutral"\nkey = "google"', "two statements of neutral about google"),
    ],
)
def test_a_mistake_in_a_script_is_named(found, put, mistake):
    assert found in SMALL
    with pytest.raises(DrillError, match=mistake):
        read_drill("small", SMALL.replace(found, put))


def test_an_unknown_drill_names_those_that_exist():
    with pytest.raises(DrillError, match="outage"):
        load_drill("../../etc/passwd")
