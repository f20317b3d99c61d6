"""What an announcement's card holds at each moment of its life, by kind and language."""

import json
import re
from dataclasses import replace

import pytest

from bot.cards import render
from bot.cards.announcing import announcement_reply, step_reply
from bot.cards.rule_words import rule_words
from bot.domain.announcement import Kind, Phase, Words
from bot.domain.occurring import Step
from bot.domain.schedule import Rule
from bot.domain.telling import Why
from tests.cards.announcements import BERLIN, FOLDED, KINDS, NOW, OCCURRENCES, WEEKLY, WORK, view
from tests.cards.markdown import shown
from tests.cards.rules import MOST_BYTES, elements, mistakes

LANGUAGES = ("en", "de")
ALWAYS = ("stage", "service", "where", "window", "length", "reference", "posted", "changed", "why", "stop", "owner")
OPEN = (*ALWAYS, "hit", "works", "todo", "link", "contact")
FIELDS = {  # phase -> what its card must hold (the collected practice's table, with what we add)
    Phase.SCHEDULED: OPEN,
    Phase.REMINDED: OPEN,
    Phase.IN_PROGRESS: (*OPEN, "next word"),
    Phase.EXTENDED: (*OPEN, "next word", "planned end"),
    Phase.OVERRUN: (*OPEN, "overrun"),
    Phase.COMPLETED: (*ALWAYS, "do over"),
    Phase.ENDED_EARLY: (*ALWAYS, "do over", "planned end"),
    Phase.CANCELLED: (*ALWAYS, "do cancelled"),
    Phase.WITHDRAWN: (*ALWAYS, "do withdrawn"),
}
LONG = "Die Störungsbehebungsmaßnahme dauert. " * 60
MACRO = re.compile(r"\{\{(?:DATE|TIME)\(2026[0-9TZ:\-]+(?:,SHORT)?\)\}\}")
HOSTILE = "**<at>All</at>** [log in](https://evil.example) {{DATE(x)}} ${row} \u202e `x` | &lt;b&gt; \\ "


def said(texts, reply, language="en"):
    return render(replace(reply, language=language), texts, language, BERLIN).text


def wanted(texts, seen, language, field):
    """The words that stand for one field."""
    plan = seen.announcement
    posted = texts.say("announcement.posted", language, posted="|", changed="|").split("|")
    words = plan.words[language]
    ends = seen.occurrence.ends_at
    table = {
        "stage": texts.say(f"announcement.stage.{seen.occurrence.phase}", language),
        "service": "Microsoft Teams",
        "where": "Köln",
        "window": "(UTC+1)",
        "length": texts.say("announcement.text", language, typed=ends - seen.occurrence.starts_at),
        "reference": plan.id,
        "posted": posted[0],
        "changed": posted[1],
        "why": texts.say("telling.why.channel", language),
        "stop": texts.say("announcement.stop.channel", language),
        "owner": plan.owner,
        "hit": words.hit.splitlines()[0],
        "works": words.works,
        "todo": words.todo,
        "link": plan.link,
        "contact": "it@contoso.example",
        "next word": texts.say("announcement.next_word", language, next="|").split("|")[0],
        "planned end": texts.say("announcement.planned_end", language, ends="|").split("|")[0],
        "overrun": texts.say("announcement.overrun", language, ends="|", next="|").split("|")[0],
        "do over": texts.say("announcement.do.over", language),
        "do cancelled": texts.say("announcement.do.cancelled", language),
        "do withdrawn": texts.say("announcement.do.withdrawn", language),
    }
    return table[field]


def test_every_phase_that_is_told_is_in_the_table():
    assert set(FIELDS) == set(Phase) - {Phase.MISSED} == set(OCCURRENCES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.MAINTENANCE, Kind.OUTAGE])
@pytest.mark.parametrize("phase", FIELDS)
def test_a_phase_tells_all_that_an_announcement_must_hold(texts, phase, kind, language):
    seen = view(phase, kind, language=language)

    told = said(texts, announcement_reply(seen), language)

    assert [field for field in FIELDS[phase] if wanted(texts, seen, language, field) not in told] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_trouble_that_is_part_of_it_is_named_and_beyond_three_counted(texts, language):
    told = said(texts, announcement_reply(view(Phase.IN_PROGRESS, language=language, folded=(FOLDED,) * 5)), language)

    assert told.count(FOLDED.id) == 3
    assert texts.say("sheet.more", language, n=2) in told
    assert texts.say("announcement.heading.folded", language) in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.ALL_CLEAR, Kind.NOTICE])
@pytest.mark.parametrize("phase", [Phase.COMPLETED, Phase.WITHDRAWN])
def test_what_is_told_at_a_moment_has_no_window_and_all_the_rest(texts, phase, kind, language):
    seen = view(phase, kind, language=language)

    told = said(texts, announcement_reply(seen), language)

    kind_word = texts.say(f"announcement.kind.{kind}", language)
    for each in (kind_word, "Microsoft Teams", "Köln", WORK.id, WORK.owner, texts.say("telling.why.channel", language)):
        assert each in told
    assert (texts.say("announcement.stage.completed", language) in told.splitlines()[0]) is False


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("step", Step)
def test_a_step_says_what_happened_to_what_and_how_to_stop_it(texts, step, kind, language):
    told = said(texts, step_reply(view(Phase.IN_PROGRESS, kind, language=language), step), language)

    assert KINDS[kind].words[language].title in told
    for each in (WORK.id, texts.say("telling.why.channel", language), texts.say("announcement.stop.channel", language)):
        assert each in told


@pytest.mark.parametrize("why", Why)
def test_whoever_gets_it_is_told_why_and_how_to_stop_it(texts, why):
    told = said(texts, announcement_reply(view(why=why)))

    assert texts.say(f"telling.why.{why}", "en") in told
    assert texts.say(f"announcement.stop.{why}", "en") in told


def test_a_window_over_midnight_and_a_clock_change_has_both_dates_both_offsets_and_its_real_length(texts):
    told = said(texts, announcement_reply(view()))

    assert "Sat, 28 Mar 2026, 22:00 (UTC+1) to Sun, 29 Mar 2026, 04:00 (UTC+2), Europe/Berlin" in told
    assert "5 h in real time" in told


def test_a_shared_card_is_in_each_readers_own_time_and_its_text_on_the_clock_of_the_channel(texts):
    rendered = render(announcement_reply(view()), texts, "en", "Asia/Kolkata")

    assert "{{DATE(2026-03-28T21:00:00Z,SHORT)}} {{TIME(2026-03-28T21:00:00Z)}}" in json.dumps(rendered.card)
    assert "From Sun 29 Mar, 02:30 to Sun 29 Mar, 07:30 (Asia/Kolkata)" in rendered.text
    assert "{{" not in rendered.text + rendered.summary + rendered.card["fallbackText"] + rendered.card["speak"]


def test_a_zone_with_half_an_hour_is_written_with_its_minutes(texts):
    there = replace(OCCURRENCES[Phase.SCHEDULED], zone="Asia/Kolkata")

    assert "(UTC+5:30)" in said(texts, announcement_reply(view(occurrence=there)))


@pytest.mark.parametrize(("own", "reader"), [("de", "en"), ("en", "de")])
def test_a_missing_language_is_framed_in_the_readers_own_and_marked(texts, own, reader):
    plan = replace(WORK, words={own: WORK.words[own]}, language=own)
    seen = view(announcement=plan, language=reader)

    card = render(announcement_reply(seen), texts, reader, BERLIN).card

    assert card["lang"] == reader
    marked = [each for each in elements(card) if each.get("lang") == own]
    inside = {each["text"] for block in marked for each in elements(block) if each.get("type") == "TextBlock"}
    assert {WORK.words[own].title, *WORK.words[own].hit.splitlines(), WORK.words[own].works} <= inside
    outside = [each["text"] for each in elements(card) if each.get("type") == "TextBlock"]
    assert texts.say("announcement.heading.hit", reader) in set(outside) - inside
    assert WORK.words[own].title not in outside[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phase", FIELDS)
@pytest.mark.parametrize("text", [LONG, "維護工程" * 500, "🚧" * 2000, HOSTILE * 20, "line\n" * 400])
def test_long_and_strange_texts_stay_valid_small_and_harmless(texts, text, phase, language):
    words = Words(title=text.replace("\n", " ")[:120], hit=text, works=text, todo=text)
    plan = replace(WORK, words={language: words}, language=language, owner=text.replace("\n", " ")[:80])

    card = render(
        announcement_reply(view(phase, announcement=plan, language=language, folded=(FOLDED,) * 5)),
        texts,
        language,
        BERLIN,
    ).card

    assert mistakes(card) == []
    assert len(json.dumps(card)) <= MOST_BYTES
    blocks = [each["text"] for each in elements(card) if each.get("type") == "TextBlock"]
    for each in (MACRO.sub("", block) for block in blocks):
        assert [found for found in ("<at>", "${", "{{") if found in each] == []
        shown(each)


def test_an_address_in_a_text_is_shown_as_it_was_typed_and_leads_nowhere(texts):
    words = replace(WORK.words["en"], todo="See https://wiki.contoso.example/x and <at>Ann</at>.")
    card = render(announcement_reply(view(announcement=replace(WORK, words={"en": words}))), texts, "en", BERLIN).card

    drawn = [shown(each["text"]) for each in elements(card) if "wiki" in each.get("text", "")]
    assert drawn == ["See https://wiki.contoso.example/x and ‹at›Ann‹/at›."]
    assert "<at>" not in json.dumps(card)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phase", FIELDS)
def test_work_on_a_followed_status_page_is_named_and_claims_nothing_of_teams(texts, phase, language):
    there = replace(
        WORK, services=frozenset({"statuspage:github"}), features=frozenset(), words={language: Words(title="Work")}
    )
    told = said(texts, announcement_reply(view(phase, announcement=there, language=language, page_url=None)), language)

    assert texts.say("announcement.what", language, what="github") in told
    assert "Teams" not in told


@pytest.mark.parametrize("link", ["http://a.example", "javascript:alert(1)", "msteams://x", None])
def test_only_an_https_link_becomes_a_button(texts, link):
    card = render(announcement_reply(view(announcement=replace(WORK, link=link))), texts, "en", BERLIN).card

    assert not [each for each in elements(card) if each.get("type") == "Action.OpenUrl"]


RULES = [
    (WEEKLY, ["Every 2 weeks on Saturday and Sunday at 22:00.", "Until Thu, 31 Dec 2026", "Not on: Sat, 4 Apr 2026"]),
    (replace(WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO"), ["Every week on Monday at 22:00."]),
    (replace(WEEKLY, rrule="FREQ=DAILY;INTERVAL=3"), ["Every 3 days at 22:00."]),
    (replace(WEEKLY, rrule="FREQ=MONTHLY;BYDAY=2SA"), ["Every month on the second Saturday at 22:00."]),
    (replace(WEEKLY, rrule="FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR"), ["Every 3 months on the last Friday at 22:00."]),
    (replace(WEEKLY, rrule="FREQ=MONTHLY;BYMONTHDAY=15"), ["Every month on day 15 at 22:00."]),
    (replace(WEEKLY, rrule="FREQ=MONTHLY;BYMONTHDAY=31"), ["months without that day are left out"]),
    (replace(WEEKLY, rrule="FREQ=MONTHLY;BYMONTHDAY=-1"), ["Every month on its last day at 22:00."]),
    (replace(WEEKLY, rrule="FREQ=YEARLY;BYMONTH=3"), ["By the rule FREQ=YEARLY;BYMONTH=3"]),
    (replace(WEEKLY, rrule="FREQ=WEEKLY;BYDAY=SA;BYHOUR=2"), ["By the rule FREQ=WEEKLY;BYDAY=SA;BYHOUR=2"]),
    (replace(WEEKLY, count=3), ["3 times in all."]),
    (Rule(cron="30 2 * * SUN"), ["By the cron rule 30 2 * * SUN"]),
    (Rule(at=NOW.replace(tzinfo=None)), ["Once."]),
]


@pytest.mark.parametrize(("rule", "expected"), RULES)
def test_a_rule_is_read_back_in_plain_words(texts, rule, expected):
    told = " ".join(texts.say(each, "en") for each in rule_words(rule))

    assert [each for each in expected if each not in told] == []
    assert all(texts.say(each, "de") for each in rule_words(rule))
