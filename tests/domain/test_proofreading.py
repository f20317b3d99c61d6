"""What is wrong with an announcement, and what its author should know."""

from datetime import timedelta

import pytest

from bot.domain.announcement import Audience, Kind, Reader, Words
from bot.domain.observation import ServiceId
from bot.domain.proofreading import Fault, Limits, Notice, problems, warnings
from bot.domain.schedule import Rule, read_rule

from .plans import DAY, HOUR, MINUTE, MONDAY, START, TEAMS, notice, plan, wall

LIMITS = Limits(languages=frozenset({"en", "de"}), services=frozenset({TEAMS}))


def rule(text, start="2026-03-02T13:00"):
    return read_rule(text, start=wall(start), zone="Europe/Berlin")


def words(**changes):
    return {"en": Words(**({"title": "Telephony stops"} | changes))}


def test_a_whole_announcement_has_no_problem():
    assert problems(plan(link="https://it.example/x", owner="Voice team"), MONDAY, LIMITS) == ()
    assert problems(notice(), MONDAY, LIMITS) == ()
    assert problems(plan(services=frozenset({ServiceId("statuspage:github")})), MONDAY, LIMITS) == ()
    assert problems(plan(rule=rule("FREQ=WEEKLY;BYDAY=SA")), MONDAY, LIMITS) == ()


@pytest.mark.parametrize(
    ("made", "fault", "field"),
    [
        (plan(lasts=-HOUR), Fault.END_BEFORE_START, "lasts"),
        (plan(lasts=timedelta(0)), Fault.END_BEFORE_START, "lasts"),
        (plan(lasts=None), Fault.NO_END, "lasts"),
        (plan(lasts=15 * DAY), Fault.WINDOW_TOO_LONG, "lasts"),
        (plan(rule=Rule(at=wall("2026-03-02T12:58"))), Fault.STARTS_IN_PAST, "rule"),
        (plan(post_at=START + HOUR), Fault.POSTED_AFTER_START, "post_at"),
        (plan(expires_after=-HOUR), Fault.BAD_EXPIRY, "expires_after"),
        (plan(expires_after=400 * DAY), Fault.BAD_EXPIRY, "expires_after"),
        (plan(zone="Mars/Base"), Fault.NO_SUCH_ZONE, "zone"),
        (plan(rule=Rule()), Fault.BROKEN_RULE, "rule"),
        (plan(rule=Rule(at=wall("2026-03-07T22:00"), cron="0 0 * * *")), Fault.BROKEN_RULE, "rule"),
        (plan(rule=Rule(rrule="FREQ=DAILY")), Fault.BROKEN_RULE, "rule"),
        (plan(rule=rule("FREQ=DAILY;UNTIL=20260301T000000", "2026-02-01T10:00")), Fault.NO_NEXT_TIME, "rule"),
        (notice(rule=rule("* * * * *")), Fault.TOO_OFTEN, "rule"),
        (notice(rule=rule("0,30 9 * * *")), Fault.TOO_OFTEN, "rule"),
        (plan(rule=rule("0 22 * * *"), lasts=25 * HOUR), Fault.WINDOWS_OVERLAP, "lasts"),
        (plan(audience=Audience(reader=Reader.TAG)), Fault.EMPTY_AUDIENCE, "audience"),
        (plan(audience=Audience(reader=Reader.LIST, names=frozenset({" "}))), Fault.EMPTY_AUDIENCE, "audience"),
        (
            plan(audience=Audience(reader=Reader.LIST, names=frozenset(map(str, range(501))))),
            Fault.TOO_MANY_READERS,
            "audience",
        ),
        (plan(words=words(title="  ")), Fault.NO_TITLE, "words.en.title"),
        (plan(words=words(title="x" * 121)), Fault.TOO_LONG, "words.en.title"),
        (plan(words=words(hit="x" * 30_000)), Fault.TOO_LONG, "words.en.hit"),
        (plan(words=words(title="two\nlines")), Fault.UNPRINTABLE, "words.en.title"),
        (plan(words=words(todo="bell\a")), Fault.UNPRINTABLE, "words.en.todo"),
        (plan(words=words() | {"tlh": Words(title="Qapla'")}), Fault.UNKNOWN_LANGUAGE, "words.tlh"),
        (plan(language="de"), Fault.MAIN_LANGUAGE_MISSING, "language"),
        (plan(services=frozenset({ServiceId("fax")})), Fault.UNKNOWN_SERVICE, "services"),
        (plan(services=frozenset({ServiceId("statuspage:")})), Fault.UNKNOWN_SERVICE, "services"),
        (plan(link="http://it.example"), Fault.LINK_NOT_HTTPS, "link"),
        (plan(link="https:///"), Fault.LINK_NOT_HTTPS, "link"),
        (plan(link="https://it.example/a b"), Fault.LINK_NOT_HTTPS, "link"),
        (plan(owner="x" * 81), Fault.TOO_LONG, "owner"),
    ],
)
def test_each_mistake_is_named_with_its_field(made, fault, field):
    assert (fault, field) in [(one.fault, one.field) for one in problems(made, MONDAY, LIMITS)]


def test_every_mistake_is_told_at_once():
    many = plan(lasts=-HOUR, zone="Mars/Base", language="de", words=words(title=""))
    assert len(problems(many, MONDAY, LIMITS)) == 4


def test_now_may_be_a_minute_old_and_a_running_one_may_be_edited():
    assert problems(plan(rule=Rule(at=wall("2026-03-02T12:59:30"))), MONDAY, LIMITS) == ()
    assert problems(plan(), START + HOUR, LIMITS, running=True) == ()


def test_more_than_a_number_of_times_a_day_is_too_often_however_they_are_spread():
    few = Limits(languages=frozenset({"en"}), closest=MINUTE, a_day=3)
    hourly = notice(rule=rule("0 */6 * * *"))
    assert [one.fault for one in problems(hourly, MONDAY, few)] == [Fault.TOO_OFTEN]
    assert problems(notice(rule=rule("0 9,10,11 * * *")), MONDAY, few) == ()


def test_a_single_next_time_is_not_too_often():
    once = notice(rule=rule("FREQ=DAILY;COUNT=1", "2026-03-03T10:00"))
    assert problems(once, MONDAY, LIMITS) == ()


def test_a_window_over_a_clock_change_tells_both_offsets():
    spring = plan(rule=Rule(at=wall("2026-03-28T22:00")), lasts=8 * HOUR)
    (warned,) = warnings(spring, MONDAY)
    assert (warned.notice, warned.offsets) == (Notice.CLOCK_CHANGE, (HOUR, 2 * HOUR))
    assert warnings(plan(), MONDAY) == ()


def test_a_time_that_a_clock_change_skips_or_doubles_is_told():
    skipped = notice(rule=Rule(at=wall("2026-03-29T02:30")))
    doubled = notice(rule=Rule(at=wall("2026-10-25T02:30")))
    assert [one.notice for one in warnings(skipped, MONDAY)] == [Notice.SKIPPED]
    assert [one.notice for one in warnings(doubled, MONDAY)] == [Notice.DOUBLED]
    weekly = notice(rule=rule("30 2 * * SUN"))
    assert [one.notice for one in warnings(weekly, MONDAY)] == [Notice.SKIPPED]


def test_missing_languages_and_markup_are_told():
    made = plan(words=words(hit="see [this](https://x.example)"))
    found = warnings(made, MONDAY, frozenset({"en", "de", "fr"}))
    assert [(one.notice, one.field) for one in found] == [
        (Notice.SHOWN_AS_TYPED, "words.en.hit"),
        (Notice.LANGUAGE_MISSING, "words"),
    ]
    assert found[1].languages == ("de", "fr")
    assert warnings(made, MONDAY, frozenset({"en"}))[1:] == ()


def test_an_outage_may_have_no_end_and_then_has_no_window():
    assert problems(plan(kind=Kind.OUTAGE, lasts=None), MONDAY, LIMITS) == ()
