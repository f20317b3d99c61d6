"""Every card, in every language: valid, small, in the order of its plain text, and harmless."""

import json
from dataclasses import replace

import pytest

from bot.cards import Part, render, sheet
from bot.content.texts import load_texts
from bot.content.values import READERS
from bot.domain.advice import StepId
from bot.domain.conversation import Button, Face, Phrase
from bot.domain.observation import Health, Kind, Strength
from bot.domain.verdict import Blind, Outcome, Reason
from tests.cards import samples
from tests.cards.markdown import shown
from tests.cards.rules import MOST_BYTES, actions, elements, mistakes
from tests.cards.rules import texts as texts_of
from tests.cards.samples import NOW, SAMPLES

LANGUAGES = load_texts().languages
BERLIN = "Europe/Berlin"
HOSTILE = "**<at>All</at>** [log in](https://evil.example) {{DATE(x)}} ${row} \u202e `x` | &lt;b&gt; \\ " * 9


def worst_case(texts, language):
    """More of everything than any answer has, with the longest steps there are."""

    def length(key):
        return len(texts.say(key, language))

    ids = {key.split(".")[1] for key in texts.sentences["en"] if key.startswith("step.") and key.endswith(".title")}
    longest = sorted(ids, key=lambda step: -length(f"step.{step}.title"))[:12]
    counted = Strength(reports=98_765, authors=12_345, usual=1234.5, shares={f"{HOSTILE}{n}": 99 for n in range(9)})
    crowd = [
        replace(samples.PEOPLE, kind=kind, text=HOSTILE, region=HOSTILE, strength=counted, said_at=samples.ago(60 * n))
        for kind in Kind
        for n in range(9)
    ]
    return replace(
        samples.DRILL,
        verdict=replace(
            samples.DRILL.verdict,
            official=replace(samples.MICROSOFT, text=HOSTILE),
            region=HOSTILE,
            evidence=tuple(crowd),
            unreachable=tuple(Blind(source=samples.PEOPLE.source, reason=HOSTILE, since=NOW) for _ in range(12)),
        ),
        advice=replace(samples.DOWN.advice, steps=tuple(map(StepId, longest))),
        notes=tuple(Phrase(key="note.whoami", values={"id": HOSTILE, "roles": HOSTILE}) for _ in range(20)),
        question=Phrase(key="ask.other_site", values={"site": HOSTILE}),
        choices=(*samples.TEST_ANSWERS, *samples.CLIENTS),
        me_too=123_456,
        page_url="https://status.contoso.example/" + "x" * 300,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_card_is_valid_and_reads_like_its_plain_text(texts, name, language):
    rendered = render(SAMPLES[name], texts, language, BERLIN)

    told = list(sheet(SAMPLES[name], texts, language, READERS if SAMPLES[name].clocks else BERLIN).strings())
    assert mistakes(rendered.card) == []
    assert texts_of(rendered.card) == told
    is_shared = SAMPLES[name].clocks and not SAMPLES[name].local
    plain = list(sheet(SAMPLES[name], texts, language, "UTC" if is_shared else BERLIN).strings())
    assert rendered.text.split("\n")[: len(plain)] == plain
    assert rendered.summary
    assert rendered.card["speak"] == rendered.summary


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("face", Face)
def test_the_worst_case_is_valid_and_small(texts, face, language):
    reply = replace(worst_case(texts, language), face=face)

    card = render(reply, texts, language, BERLIN).card

    assert mistakes(card) == []
    told = [*sheet(reply, texts, language, BERLIN).strings(), texts.say("sheet.shortened", language)]
    assert set(texts_of(card)) <= set(told)


def test_strange_words_do_nothing_on_a_card(texts):
    reply = worst_case(texts, "en")

    card = render(reply, texts, "en", BERLIN).card
    written = json.dumps(card)
    for dangerous in ("<at>", "evil.example", "{{", "${", "\\u202e"):
        assert dangerous not in written
    drawn = [shown(each["text"]) for each in elements(card) if each.get("type") == "TextBlock"]
    assert drawn == texts_of(card)


@pytest.mark.parametrize("face", Face)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drill_says_so_on_every_face_first_and_last_and_in_the_toast(texts, face, language):
    reply = replace(samples.DRILL, face=face, notes=(Phrase(key="note.other"),), question=Phrase(key="ask.client"))

    rendered = render(reply, texts, language, BERLIN)

    mark = texts.say("drill.mark", language)
    shown = texts_of(rendered.card)
    assert shown[0].startswith(mark.split(" ")[0])
    assert shown[-1] == mark
    assert rendered.summary.startswith(mark.split(" ")[0])
    assert mark in rendered.card["fallbackText"].replace("\\", "")


def test_nothing_says_drill_when_it_is_none(texts):
    assert "DRILL" not in json.dumps(render(samples.DOWN, texts, "en", BERLIN).card)


def test_what_changed_is_the_first_thing_read_after_a_press(texts):
    reply = replace(samples.DOWN, changed=Phrase(key="changed.still", values={"at": NOW, "outcome": Outcome.DOWN}))

    assert texts_of(render(reply, texts, "en", BERLIN).card)[0] == "Checked 10:42: still down for everyone."


def test_a_shared_card_tells_moments_and_a_personal_one_ages_as_well(texts):
    shared = render(replace(samples.DOWN, personal=False), texts, "en", BERLIN).text
    personal = render(samples.DOWN, texts, "en", BERLIN).text

    assert "10:39" in shared
    assert " ago" not in shared
    assert "10:39, 3 min ago" in personal


def test_times_are_the_readers_own(texts):
    assert "until 03:30" not in render(samples.DOWN, texts, "en", BERLIN).text
    assert "next update by 06:30" in render(samples.DOWN, texts, "en", "America/New_York").text


def test_an_update_that_did_not_come_is_overdue(texts):
    assert "overdue" in render(samples.DEGRADED, texts, "en", BERLIN).text
    assert "overdue" not in render(samples.DOWN, texts, "en", BERLIN).text


def test_an_operators_word_has_no_percent(texts):
    told = render(samples.OPERATOR, texts, "en", BERLIN)

    assert "%" not in told.text + json.dumps(told.card)
    assert "IT team" in told.text


def test_without_a_verdict_only_the_share_of_the_service_is_told(texts):
    told = render(samples.UNKNOWN, texts, "en", BERLIN).text

    assert "not sure. That Microsoft Teams itself has trouble: 18 %." in told
    assert "82 %" not in told
    blind = replace(samples.UNKNOWN, verdict=replace(samples.UNKNOWN.verdict, reason=Reason.WE_ARE_CUT_OFF))
    assert "%" not in render(blind, texts, "en", BERLIN).text


def test_a_code_is_explained_before_the_advice(texts):
    meaning = {"code": "CAA70007", "meaning": "it can not reach the sign-in"}
    reply = replace(samples.JUST_YOU, notes=(Phrase(key="card.code", values=meaning),))

    shown = texts_of(render(reply, texts, "en", BERLIN).card)

    assert shown.index("CAA70007: it can not reach the sign-in") < shown.index("What to do now")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("timeout", "no answer in time"),
        ("403 challenge", "it wants proof that we are human"),
        ("503 failing", "it reports a fault of its own"),
        ("home: shape changed: Object missing", "its answer makes no sense"),
        ("dns", "no connection"),
        ("tls <b>", "tls ‹b›"),
    ],
)
def test_why_a_source_can_not_be_read_is_told_in_words(texts, reason, said):
    blind = Blind(source=samples.PEOPLE.source, reason=reason, since=NOW)
    reply = replace(samples.FINE, verdict=replace(samples.FINE.verdict, unreachable=(blind,)))

    assert f"Mastodon ({said})" in render(reply, texts, "en", BERLIN).text


def test_a_source_that_can_not_be_read_is_listed_with_its_reason(texts):
    told = render(samples.UNKNOWN, texts, "en", BERLIN).text

    assert "Can't see: Downdetector (it wants proof that we are human), since 10:12." in told
    assert "Can't see: X (it asks us to come back later)" in told


@pytest.mark.parametrize(
    ("strength", "health", "said"),
    [
        (Strength(reports=42, authors=37, usual=2), Health.DOWN, "42 posts by 37 people in 15 min, usually 2"),
        (Strength(reports=42, authors=37, usual=2, at_least=True), Health.DOWN, "at least 42 posts by 37 people"),
        (Strength(reports=42, usual=2), Health.DOWN, "42 posts in 15 min, usually 2"),
        (Strength(reports=42, authors=37), Health.DOWN, "42 posts by 37 people in 15 min"),
        (Strength(reports=2, authors=2), Health.DEGRADED, "2 posts in 15 min, too few to tell"),
        (Strength(reports=50, authors=1), Health.DEGRADED, "50 posts in 15 min, too few to tell"),
        (Strength(reports=1, authors=1, usual=1), Health.FINE, "1 post in 15 min, as quiet as usual"),
        (Strength(reports=0, authors=0, usual=1), Health.FINE, "no posts in 15 min"),
        (None, Health.DOWN, "Mastodon shows trouble"),
    ],
)
def test_posts_tell_how_many_how_widely_and_over_what_time(texts, strength, health, said):
    seen = replace(samples.PEOPLE, strength=strength, health=health)
    reply = replace(samples.DOWN, verdict=replace(samples.DOWN.verdict, evidence=(seen,)))

    assert said in render(reply, texts, "en", BERLIN).text


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("health", Health)
@pytest.mark.parametrize("vantage", ["server", "asker", "site:Köln"])
@pytest.mark.parametrize("text", ["", "own words"])
def test_any_observation_has_a_sentence_in_any_language(texts, kind, health, vantage, text):
    evidence = tuple(
        replace(samples.PEOPLE, kind=kind, health=health, vantage=vantage, text=text, strength=strength, key=key)
        for strength in (None, Strength(reports=7), Strength(reports=7, authors=6, usual=0.5, shares={"-": 4, "A": 3}))
        for key in ("teams", "TM123456", "web", "other_site", "this_client")
    )
    reply = replace(samples.DOWN, verdict=replace(samples.DOWN.verdict, evidence=evidence))

    for language in LANGUAGES:
        blocks = [block for block in sheet(reply, texts, language, BERLIN).blocks if block.part is Part.EVIDENCE]
        assert len(blocks) == 1
        assert all(line.text for line in blocks[0].lines)


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_a_headline_that_is_also_the_toast(texts, outcome, language):
    judged = replace(samples.UNKNOWN.verdict, outcome=outcome)
    headlines = {
        render(
            replace(samples.UNKNOWN, verdict=replace(judged, feature=feature, region=region)), texts, language, "UTC"
        ).summary
        for feature in (None, samples.Feature.CHAT)
        for region in (None, "Europe")
    }

    assert len(headlines) == 4


def test_answers_to_the_question_come_first_and_nothing_else_to_press_is_lost(texts):
    reply = replace(samples.UNKNOWN, choices=samples.TEST_ANSWERS, buttons=samples.BUTTONS)

    verbs = [each["verb"] for each in actions(render(reply, texts, "en", BERLIN).card)]

    assert verbs[:4] == ["test.yes", "test.no", "test.blocked", "test.this_device"]
    assert verbs[4:] == [button.verb for button in samples.BUTTONS if button.link is None][:6]


def test_a_button_tells_version_verb_and_answer_and_nothing_else(texts):
    for action in actions(render(samples.DOWN, texts, "en", BERLIN).card):
        assert action["data"] == {"v": 1, "verb": action["verb"], "id": "a1"}


def test_a_link_opens_a_page_and_is_written_out_where_no_card_is_shown(texts):
    rendered = render(samples.TICKET, texts, "en", BERLIN)

    links = [each for each in actions(rendered.card) if each["type"] == "Action.OpenUrl"]
    assert [each["url"] for each in links] == ["https://it.contoso.example/new?title=Teams%20chat"]
    assert "Open a ticket: https://it.contoso.example/new?title=Teams%20chat" in rendered.text


def test_the_same_title_is_not_shown_twice(texts):
    label = Phrase(key="button.site", values={"site": "Köln"})
    choices = (Button(verb="site.0", label=label), Button(verb="site.1", label=label))

    found = actions(render(replace(samples.CHOICE, choices=choices), texts, "en", BERLIN).card)

    assert [each["verb"] for each in found] == ["site.0"]


def test_the_page_address_stands_on_every_card_that_knows_it(texts):
    for name in ("verdict", "fine", "help", "steps"):
        assert samples.PAGE in render(SAMPLES[name], texts, "en", BERLIN).text


def test_a_language_that_runs_from_right_to_left_says_so(texts):
    arabic = replace(texts, sentences={**texts.sentences, "ar": {}})

    card = render(samples.DOWN, arabic, "ar", BERLIN).card

    assert card["rtl"] is True
    assert card["lang"] == "ar"
    assert mistakes(card) == []


def test_a_card_is_never_more_than_its_bytes_in_a_language_of_wide_letters(texts):
    wide = {
        key: "語" * 120 + sentence if isinstance(sentence, str) else sentence
        for key, sentence in texts.sentences["en"].items()
        if not key.startswith(("button.", "sheet.", "length."))
    }
    reply = worst_case(texts, "en")

    card = render(reply, replace(texts, sentences={**texts.sentences, "ja": wide}), "ja", BERLIN).card

    assert len(json.dumps(card)) <= MOST_BYTES
