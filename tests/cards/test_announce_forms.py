"""The form of an announcement: what was typed comes back, its limits, and what the author sees before saving."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.cards import render
from bot.cards.announce_fields import LONGEST
from bot.cards.announce_forms import Page, form
from bot.cards.announce_preview import preview_reply
from bot.commands.announce_reading import Typed, page_of, read_times, read_tongue, read_words, timed, told
from bot.domain.announcement import Clockwork, Kind, Moment, Reader, Words
from bot.domain.conversation import Phrase, Tongue
from bot.domain.proofreading import Fault, Problem
from bot.domain.schedule import Rule, occurrences, upcoming
from tests.cards.announcements import BERLIN, NOW, OFFER, RECURRING, SEEN, WORK
from tests.cards.rules import MOST_BYTES, mistakes

LANGUAGES = ("en", "de")


def answers(reply):
    """What a client sends for this form when nothing is changed."""
    return {each.id: each.value for each in reply.form.fields}


def typed(page, plan, **more):
    return Typed(inputs=answers(form(page, plan, OFFER)) | more)


def keys(reading):
    return [each.values["why"].key for each in reading.wrong]


RULES = {
    "daily": replace(RECURRING.rule, rrule="FREQ=DAILY;INTERVAL=3"),
    "weekly": RECURRING.rule,
    "nth weekday": replace(RECURRING.rule, rrule="FREQ=MONTHLY;INTERVAL=1;BYDAY=-1FR"),
    "day of month": replace(RECURRING.rule, rrule="FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28"),
    "last day": replace(RECURRING.rule, rrule="FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-1"),
    "counted": replace(RECURRING.rule, count=5),
    "yearly": replace(RECURRING.rule, rrule="FREQ=YEARLY;BYMONTH=3"),
    "cron": Rule(cron="30 2 * * SUN"),
    "once": WORK.rule,
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_form_that_is_sent_back_unchanged_changes_nothing(rule):
    plan = replace(WORK, rule=rule)

    words, times = typed(Page.WORDS, plan), typed(Page.TIMES, plan)

    assert read_words(words, plan, LANGUAGES) == plan
    assert read_times(times, plan) == plan
    assert words.wrong + times.wrong == []


def test_a_window_over_a_clock_change_is_counted_in_real_time():
    plan = replace(WORK, rule=Rule(), lasts=None)
    said = typed(Page.TIMES, plan, from_date="2026-03-28", from_time="22:00", to_date="2026-03-29", to_time="04:00")

    assert read_times(said, plan).lasts == timedelta(hours=5)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"repeat": "daily", "every": "2"}, [28, 30]),
        ({"repeat": "weekly", "every": "2", "days": "SA"}, [28, 11]),
        ({"repeat": "weekly", "every": "1", "days": "SA,SU"}, [28, 29]),
        ({"repeat": "weekly", "every": "1", "days": ""}, [28, 4]),
        ({"repeat": "monthly_nth", "nth": "-1", "days": "SA"}, [28, 25]),
        ({"repeat": "monthly_nth", "nth": "2", "days": "SA"}, [11, 9]),
        ({"repeat": "monthly_day"}, [28, 28]),
        ({"repeat": "monthly_last"}, [31, 30]),
        ({"repeat": "daily", "except": "2026-03-29, 2026-03-30"}, [28, 31]),
    ],
)
def test_what_the_form_says_comes_again_when_it_says(said, wanted):
    plan = read_times(typed(Page.TIMES, WORK, **said), WORK)

    times = upcoming(plan.rule, BERLIN, NOW, 2)
    assert [each.astimezone().astimezone(UTC).day for each in times] == wanted
    assert all(each.minute == 0 for each in times)


def test_a_last_day_is_still_one():
    plan = read_times(typed(Page.TIMES, WORK, repeat="daily", every="1", until="2026-03-30"), WORK)

    assert len(list(occurrences(plan.rule, BERLIN, NOW, NOW + timedelta(days=300)))) == 3


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"from_date": "28.03.2026"}, "day"),
        ({"from_date": "2026-02-30"}, "day"),
        ({"from_time": "25:00"}, "clock"),
        ({"from_time": "ten"}, "clock"),
        ({"to_time": ""}, "both"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"repeat": "every minute"}, "choose"),
        ({"repeat": "daily", "every": "0"}, "every"),
        ({"repeat": "daily", "every": "²"}, "every"),
        ({"repeat": "monthly_nth", "days": "MO,TU"}, "one_day"),
        ({"repeat": "daily", "except": "tomorrow"}, "days"),
        ({"repeat": "daily", "until": "soon"}, "day"),
        ({"reader": "the boss"}, "choose"),
        ({"missed": "x"}, "choose"),
    ],
)
def test_a_field_that_cant_be_read_is_named_and_stays_as_it_was(texts, said, why):
    reading = typed(Page.TIMES, WORK, **said)

    after = read_times(reading, WORK)

    assert f"announce.wrong.{why}" in keys(reading)
    assert after.zone == WORK.zone
    assert all(texts.say(each, language) for each in reading.wrong for language in LANGUAGES)


def test_words_readers_and_the_rest_are_taken_over():
    words = typed(
        Page.WORDS,
        WORK,
        kind="notice",
        title=" New ",
        services="teams",
        features="chat,x",
        places="Köln; Bonn",
        link="",
    )
    after = read_words(words, WORK, LANGUAGES)
    times = typed(
        Page.TIMES, after, clockwork="channel", reader="tag", names="north\nsouth", reminders="start", expires="1d"
    )
    after = read_times(times, after)

    assert (after.kind, after.words["en"].title, after.link) == (Kind.NOTICE, "New", None)
    assert (after.features, after.places) == ({"chat"}, {"Köln", "Bonn"})
    assert (after.clockwork, after.reminders, after.expires_after) == (
        Clockwork.CHANNEL,
        {Moment.START},
        timedelta(days=1),
    )
    assert (after.audience.reader, after.audience.names) == (Reader.TAG, {"north", "south"})


def test_another_main_language_moves_the_text_or_keeps_both():
    only = replace(WORK, words={"en": WORK.words["en"]})
    moved = read_words(typed(Page.WORDS, only, language="de"), only, LANGUAGES)
    assert (moved.language, set(moved.words), moved.words["de"].title) == ("de", {"de"}, only.words["en"].title)

    both = read_words(typed(Page.WORDS, WORK, language="de"), WORK, LANGUAGES)
    assert (both.language, both.words) == ("de", WORK.words)


def test_a_further_language_is_added_and_an_empty_one_left_out():
    one = replace(WORK, words={"en": WORK.words["en"]})
    added = read_tongue(typed(Page.TONGUE, one, tongue="de", title="Umzug"), one, LANGUAGES)
    assert added.words["de"].title == "Umzug"

    empty = dict.fromkeys(("title", "hit", "works", "todo"), "")
    assert set(read_tongue(typed(Page.TONGUE, WORK, tongue="de", **empty), WORK, LANGUAGES).words) == {"en"}


def test_at_once_is_the_moment_of_saving():
    notice = replace(WORK, kind=Kind.NOTICE, rule=Rule(), lasts=None)

    assert timed(notice, NOW).rule.at == datetime.combine(date(2026, 3, 20), time(10))
    assert timed(replace(WORK, rule=Rule()), NOW).rule.at is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", Page)
@pytest.mark.parametrize("text", ["x" * 30_000, "維" * 30_000, "🚧" * 2000])
def test_a_text_of_any_length_gives_a_valid_card_that_says_where_the_whole_is(texts, page, text, language):
    plan = replace(WORK, words={language: Words(title="T", hit=text, works=text, todo=text)}, language=language)
    reply = form(page, plan, OFFER)

    rendered = render(reply, texts, language, BERLIN)

    assert mistakes(rendered.card) == []
    assert len(json.dumps(rendered.card)) <= MOST_BYTES
    if page is not Page.TIMES and len(text) > LONGEST["hit"]:
        values = {"field": Phrase(key="announce.field.hit"), "n": 30_000, "most": 2000, "id": plan.id, "version": 1}
        assert texts.say("announce.too_long", language, **values) in rendered.text


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(
    "field", ["words.de.title", "words.xx", "rule", "lasts", "zone", "audience", "link", "services"]
)
def test_every_fault_is_told_on_a_page_of_the_form(texts, fault, field):
    problem = Problem(fault=fault, field=field, limit=timedelta(hours=1))

    page, tongue = page_of(problem, WORK)

    assert (page is Page.TONGUE) is (tongue is not None)
    assert all(texts.say(told(problem), language) for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_preview_says_when_to_whom_how_long_and_what_is_missing(texts, language):
    said = render(preview_reply(SEEN, OFFER), texts, language, BERLIN).text

    for words in ("120", "3 s", "22:00 (UTC+1)", "04:00 (UTC+2)", "Europe/Berlin", "7K2M9QXZ"):
        assert words in said
    assert texts.say("announce.needs_approval", language) in said
    assert texts.say("announce.clockwork_is.author", language, place=BERLIN) in said
    assert texts.say("announce.missing", language, tongue=Tongue("pl"), n=7) in said
