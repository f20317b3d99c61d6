"""What each stage of an incident tells in each language: all that an announcement must hold, and how to stop it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards import Part, render, sheet
from bot.cards.delivered import delivery_rows
from bot.cards.ready import GSM, Use, ready_text
from bot.cards.report import incident_report
from bot.cards.subscribing import SAVE, subscribed_reply, subscription_form, subscriptions_reply
from bot.cards.telling import incident_reply
from bot.cards.words import (
    back_reply,
    blind_reply,
    channel_reply,
    correction_reply,
    digest_reply,
    step_reply,
    summary_reply,
)
from bot.content.values import PARTS, place
from bot.domain.conversation import Phrase, Scope
from bot.domain.incident import Change, Reach
from bot.domain.observation import Feature, Kind, ServiceId, Strength
from bot.domain.telling import Moment, OpenLine, Why, Wrong
from bot.understand.region import region_named
from bot.understand.wishes import places_of
from tests.cards.incidents import (
    CONFIRMED,
    DELIVERIES,
    INCIDENTS,
    NOW,
    OFFER,
    OPEN,
    SIGNS,
    SUBSCRIPTION,
    ago,
    view,
    witness,
)  # fmt: skip
from tests.cards.rules import MOST_BYTES, actions, elements, mistakes

LANGUAGES = ("en", "de")
EVERY = ["10:02", "09:40", "INC-7K2", "UTC"]
OPEN_ONES = [*EVERY, "10:30", "TM1283300", "12", "%"]
FIELDS = {  # stage -> keys of texts that must be there, and what must stand in them
    "signs": (
        ["telling.stage.signs", "telling.notice.chat", "telling.works.chat", "do_not.down", "telling.certain.reports"],
        [*EVERY, "10:30", "Europe", "71 %", "09:53", "mastodon"],
    ),
    "confirmed": (
        ["telling.stage.down", "telling.notice.chat", "telling.works.chat", "do_not.down", "telling.where.everyone"],
        [*OPEN_ONES, "96 %", "11:00", "09:57", "09:53"],
    ),
    "degraded": (
        ["telling.stage.degraded", "telling.notice.chat", "telling.works.chat", "do_not.down", "telling.where.some"],
        OPEN_ONES,
    ),
    "recovering": (
        ["telling.stage.recovering", "telling.do.recovering", "telling.notice.chat"],
        [*EVERY, "10:10", "TM1283300"],
    ),
    "over": (
        ["telling.stage.over", "telling.do.over", "telling.notice.chat", "telling.cause_unknown"],
        [*EVERY, "10:00", "20 min", "TM1283300"],
    ),
    "withdrawn": (["telling.stage.withdrawn", "telling.do.withdrawn", "telling.false_alarm"], [*EVERY, "22 min"]),
    "unseen": (["telling.stage.unseen", "telling.do.unseen", "telling.notice.chat"], EVERY),
}
WRONG = Wrong(incident=CONFIRMED, said_at=ago(20), said="fine")
PROACTIVE = {
    **{
        stage: lambda seen, stage=stage: incident_reply(replace(seen, incident=INCIDENTS[stage])) for stage in INCIDENTS
    },
    **{change: lambda seen, change=change: step_reply(seen, change) for change in Change if change.is_important},
    "merged_into": lambda seen: step_reply(seen, Change.MERGED, into=SIGNS),
    "back": back_reply,
    "correction": lambda seen: correction_reply(seen, WRONG),
    "summary": lambda seen: summary_reply(seen, OPEN),
    "digest": lambda seen: digest_reply(seen, OPEN * 9),
}


def said(texts, reply, language="en"):
    return render(reply, texts, language, "Europe/Berlin").text


def test_every_stage_is_in_the_table():
    assert FIELDS.keys() == INCIDENTS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", FIELDS)
def test_a_stage_tells_all_that_an_announcement_must_hold(texts, stage, language):
    keys, words = FIELDS[stage]

    told = said(texts, incident_reply(view(stage)), language)

    missing = [key for key in keys if texts.say(key, language).rstrip(".") not in told]
    assert missing + [word for word in words if word.lower() not in told.lower()] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("name", PROACTIVE)
def test_every_text_that_nobody_asked_for_tells_why_it_comes_and_how_to_stop_it(texts, name, why, language):
    told = said(texts, PROACTIVE[name](view(why=why)), language)

    assert texts.say(f"telling.why.{why}", language) in told
    assert texts.say(f"telling.stop.{why}", language) in told


@pytest.mark.parametrize("back", [True, False])
def test_the_help_desk_hears_of_a_blind_source_and_its_return(texts, back):
    told = said(texts, blind_reply("downdetector", ago(40), NOW, back=back))

    assert texts.say("source.downdetector", "en", name="") in told
    assert texts.say("telling.stop.helpdesk", "en") in told


def test_a_shared_card_lets_the_client_write_the_moments_and_its_fallback_says_utc(texts):
    rendered = render(incident_reply(view()), texts, "en", "Europe/Berlin")

    assert "{{TIME(2026-03-16T09:40:00Z)}}" in json.dumps(rendered.card)
    assert "{{DATE(2026-03-16T10:02:00Z,SHORT)}}" in json.dumps(rendered.card)
    assert "Since 09:40 (UTC)." in rendered.text
    assert "{{" not in rendered.card["speak"] + rendered.card["fallbackText"] + rendered.text


def test_a_personal_card_is_in_the_readers_zone(texts):
    assert "Since 10:40 (Europe/Berlin)." in said(texts, incident_reply(view(shared=False, why=Why.PERSONAL)))


def test_microsofts_id_and_words_stand_once_on_a_card(texts):
    text = "TM1283300: Users can't chat."
    record = witness(Kind.OFFICIAL_TENANT, "graph", text=text)
    incident = replace(CONFIRMED, official=replace(CONFIRMED.official, text=text))

    told = said(texts, incident_reply(view(incident=incident, evidence=(*view().evidence, record))))

    assert told.count("TM1283300") == 1
    assert told.count("Users can't chat.") == 1
    assert "Microsoft wrote at 09:54" in told
    assert "TM1283300" in said(texts, step_reply(view(), Change.CONFIRMED)), "where no such block stands"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_word_names_the_part_and_not_the_whole_service(texts, language):
    part = f"Microsoft Teams ({texts.say('feature.chat', language)})"
    whole = view(incident=replace(CONFIRMED, feature=Feature.ALL))
    for change in (Change.CONFIRMED, Change.WIDER, Change.OVER, Change.REOPENED):
        assert part in said(texts, step_reply(view(), change), language)
        assert "Microsoft Teams (" not in said(texts, step_reply(whole, change), language)
    assert part in said(texts, back_reply(view("over")), language)
    assert part in said(texts, correction_reply(view(), WRONG), language)


def test_what_still_works_is_not_told_twice(texts):
    whole = replace(CONFIRMED, feature=Feature.ALL)
    told = said(
        texts, incident_reply(view(incident=whole, advice=replace(view().advice, workaround="workaround.down.all")))
    )

    assert "mail and the phone" in told
    assert "Meanwhile" not in told
    assert "Meanwhile" in said(texts, incident_reply(view()))


def test_what_works_again_is_not_told_to_fail(texts):
    told = said(texts, incident_reply(view("recovering")))

    assert f"What people noticed: {texts.say('telling.notice.chat', 'en')}" in told
    assert "How sure we are" not in told


def test_a_card_that_stays_tells_moments_and_no_ages(texts):
    told = said(texts, incident_reply(view(shared=False, why=Why.PERSONAL)))

    assert "10:53" in told
    assert " ago" not in told


def test_a_promise_that_passed_is_admitted(texts):
    late = replace(CONFIRMED, next_word_at=ago(3))

    assert "Update overdue" in said(texts, incident_reply(view(incident=late)))


@pytest.mark.parametrize(
    ("why", "stage", "verbs"),
    [
        (Why.CHANNEL, "confirmed", ["me_too", "tell_back", "mute", "subscribe"]),
        (Why.HELPDESK, "confirmed", ["me_too", "tell_back", "ack", "mute", "subscribe"]),
        (Why.CHANNEL, "over", ["subscribe"]),
    ],
)
def test_a_card_has_the_buttons_of_its_readers(texts, why, stage, verbs):
    card = render(incident_reply(view(stage, why=why)), texts, "en", "UTC").card

    assert [action["data"] for action in actions(card)] == [{"v": 1, "verb": verb, "id": "r1"} for verb in verbs]


def test_only_the_help_desk_sees_sites_and_expected_calls(texts):
    more = {"sites": (("Berlin", 7),), "me_too": 10}
    told = said(texts, incident_reply(view(why=Why.HELPDESK, **more)))

    assert "Berlin: 7 reports." in told
    assert "about 40 calls in the next hour, if all who report it also call (10 in the last 15 minutes)" in told
    for others in (view(**more), view("over", why=Why.HELPDESK, **more), view(why=Why.HELPDESK, me_too=0)):
        assert "calls in the next hour" not in said(texts, incident_reply(others))
    assert "Berlin" not in said(texts, incident_reply(view(**more)))


def test_trouble_of_our_own_is_told_as_ours(texts):
    ours = replace(SIGNS, reach=Reach.ORGANISATION, region=None)
    colleagues = witness(Kind.COLLEAGUES, "reports", strength=Strength(reports=6, authors=6, shares={"Berlin": 6}))
    seen = {"incident": ours, "evidence": (colleagues,), "me_too": 6}

    told = said(texts, incident_reply(view(why=Why.HELPDESK, sites=(("Berlin", 6),), **seen)))
    assert "Colleagues in our organisation report it" in told
    assert "Microsoft has not confirmed it" not in told
    assert told.count("Berlin") == told.count("6 in the last 15 minutes") == 1
    assert "6 people here" not in told
    assert "Your IT team" not in told, "it is the IT team"
    for_channel = said(texts, incident_reply(view(**seen)))
    assert "6 people here have it too" in for_channel
    assert "Berlin" not in for_channel


def test_a_drill_says_so_at_both_ends(texts):
    told = said(texts, incident_reply(view(incident=replace(CONFIRMED, drill=True))))

    assert told.count(texts.say("drill.mark", "en")) >= 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("feature", Feature)
@pytest.mark.parametrize("stage", INCIDENTS)
def test_every_part_has_its_words_and_fits(texts, stage, feature, language):
    card = render(
        incident_reply(view(incident=replace(INCIDENTS[stage], feature=feature))), texts, language, "UTC"
    ).card

    assert mistakes(card) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_that_is_too_large_is_shortened_and_keeps_who_it_is_for(texts, language):
    crowd = tuple(replace(seen, text="x" * 900, link="https://a.example/" + "y" * 900) for seen in view().evidence) * 30
    sites = tuple((f"{n} {'Straße ' * 60}", n) for n in range(90))
    reply = incident_reply(view(evidence=crowd, sites=sites, why=Why.HELPDESK))

    card = render(reply, texts, language, "UTC").card

    assert len(json.dumps(card)) <= MOST_BYTES
    assert texts.say("telling.stop.helpdesk", language) in json.dumps(card, ensure_ascii=False)


def test_a_question_beside_an_open_card_gets_a_short_word(texts):
    link = "https://teams.microsoft.com/l/message/1"
    told = sheet(channel_reply(view(), link, [Phrase(key="telling.do.wait")]), texts, "en", "UTC")

    notes = [line.text for block in told.blocks if block.part is Part.NOTES for line in block.lines]
    assert len(notes) == 2
    assert [action.verb for action in told.actions] == ["open_card", "full_card", "me_too"]
    assert told.actions[0].link == link


def test_the_form_is_filled_with_what_was_wished(texts):
    card = render(subscription_form(SUBSCRIPTION, OFFER), texts, "en", "UTC").card

    filled = {each["id"]: each.get("value") for each in elements(card) if str(each.get("type")).startswith("Input.")}
    assert filled["services"] == "teams"
    assert filled["level"] == "degraded"
    assert filled["matters"] == "outages,maintenance,all_clear"
    assert (filled["quiet_from"], filled["quiet_to"], filled["zone"]) == ("20:00", "07:30", "Europe/Berlin")
    assert [action["verb"] for action in actions(card)] == [SAVE]
    assert mistakes(card) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_subscribed_is_told_by_role_and_who_may_change_it(texts, language):
    told = said(texts, subscribed_reply(replace(SUBSCRIPTION, made_by="29:secret"), OFFER), language)

    assert texts.say("subscribing.role.member", language) in told
    assert texts.say("subscribing.anybody_may", language) in told
    assert "secret" not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_alone_nobody_is_told_who_set_it_up(texts, language):
    mine = replace(SUBSCRIPTION, scope=Scope.PERSONAL)
    told = said(texts, subscribed_reply(mine, OFFER), language)

    assert texts.say("subscribing.done_alone", language) in told
    assert texts.say("subscribing.role.member", language) not in told


def test_places_are_shown_as_they_were_typed_and_regions_by_their_names(texts):
    wish = replace(SUBSCRIPTION.wish, places=frozenset({"Köln-Süd", "DE", "north_america"}))
    known = replace(SUBSCRIPTION, wish=wish)

    assert "Germany, Köln-Süd and North America" in said(texts, subscriptions_reply(known, OFFER))
    german = replace(OFFER, language="de")
    assert "Deutschland, Köln-Süd und Nordamerika" in said(texts, subscriptions_reply(known, german), "de")
    fields = {field.id: field.value for field in subscription_form(known, german).form.fields}
    assert places_of(fields["places"]) == wish.places, "what the form shows it reads back"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_region_is_understood_by_the_name_that_it_is_shown_under(language):
    for region in {*PARTS, *map(region_named, ("Germany", "UK", "USA", "Mexico", "Brazil", "Argentina", "Czechia"))}:
        assert region_named(place(region, language)) == region


def test_rows_of_deliveries_tell_their_state_and_run_nothing():
    rows = delivery_rows(DELIVERIES, 3, NOW)

    assert [row[2] for row in rows] == ["edited", "throttled"]
    assert rows[1][0] == "'=cmd"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("use", Use)
@pytest.mark.parametrize("stage", INCIDENTS)
def test_ready_texts_carry_the_reference(texts, stage, use, language):
    ready = ready_text(view(stage, shared=False), use, texts, language, "Europe/Berlin")

    assert "INC-7K2" in ready.parts[-1]
    assert "<" not in ready.whole
    assert "10:40" in ready.whole
    if use is Use.SMS:
        assert len(ready.parts) <= 2
        assert all(len(part) <= 160 and set(part) <= GSM for part in ready.parts)
    if use is Use.MAIL:
        assert "INC-7K2" in ready.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_sets_what_we_saw_against_the_official_record(texts, language):
    steps = [Moment(at=ago(20), change=Change.OPENED), Moment(at=NOW + timedelta(minutes=1), change=Change.OVER)]

    told = incident_report(view("over", shared=False), steps, texts, language, "UTC")

    rows = [row for row in told.split("\n") if row.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows[1:]] == [
        texts.say(f"report.{name}", language)
        for name in ("first_evidence", "began", "alert", "confirmed", "official_first", "recovery", "end")
    ]
    assert texts.say("report.ahead", language, length=timedelta(minutes=12)) in told
    assert told.startswith("# ")
    assert "16" in next(row for row in rows if texts.say("report.end", language) in row)  # the day of the month


def test_what_was_announced_and_did_not_come_is_overdue(texts):
    late = replace(CONFIRMED, official=replace(CONFIRMED.official, next_word_at=ago(2)),
                   acknowledged=replace(CONFIRMED.acknowledged, next_word_at=ago(2)))  # fmt: skip
    told = said(texts, incident_reply(view(incident=late)))

    assert "update was announced for 10:00 and is overdue" in told
    assert "next word was promised by 10:00 and is overdue" in told
    assert "overdue" not in said(texts, incident_reply(view()))


def test_only_our_own_promise_says_until_when_it_is_watched(texts):
    watched = INCIDENTS["recovering"]
    theirs = replace(watched, official=replace(CONFIRMED.official, next_word_at=watched.next_word_at))

    assert "We are watching it until 10:10" in said(texts, incident_reply(view(incident=watched)))
    assert "watching it until" not in said(texts, incident_reply(view(incident=theirs)))


def test_a_name_that_nobody_can_look_up_is_not_quoted(texts):
    on_the_page = replace(CONFIRMED, official=replace(CONFIRMED.official, key="m365"))

    assert "Confirmed by Microsoft." in said(texts, step_reply(view(incident=on_the_page), Change.CONFIRMED))


def test_who_waited_hears_of_a_false_alarm_as_of_one(texts):
    told = said(texts, back_reply(view("withdrawn")))

    assert "the alarm about Microsoft Teams (chat) was a false one" in told
    assert "is back" not in told


def test_who_was_told_wrong_and_hears_it_late_hears_the_end_too(texts):
    told = said(texts, correction_reply(view("over"), WRONG))

    assert "had trouble then. It is over, and lasted 20 min." in told
    assert "has trouble" not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_what_comes_once_says_so(texts, language):
    for why, once in ((Why.PERSONAL, False), (Why.CHANNEL, False), (Why.WAITED, True), (Why.ASKED, True)):
        said_how = texts.say(f"telling.stop.{why}", language)
        assert (("once" in said_how) or ("einmal" in said_how)) is once
        assert ("unsubscribe" in said_how) is not once


def test_the_same_said_of_two_services_stands_once(texts):
    words = witness(Kind.OFFICIAL_PUBLIC, "ms_public", text="Users can't use it.")
    seen = (words, replace(words, key="m365", service=ServiceId("m365")))

    assert said(texts, incident_reply(view(evidence=seen))).count("Users can't use it.") == 1


def test_alone_and_at_the_help_desk_the_list_promises_what_holds_there(texts):
    alone = said(texts, subscribed_reply(replace(SUBSCRIPTION, scope=Scope.PERSONAL), OFFER))
    desk = subscriptions_reply(replace(SUBSCRIPTION, helpdesk=True), OFFER)
    nothing = said(texts, subscriptions_reply(None, OFFER))

    assert "Every member here" not in alone + nothing
    assert "Every member here" in said(texts, subscribed_reply(SUBSCRIPTION, OFFER))
    assert texts.say("telling.stop.helpdesk", "en") in said(texts, desk)
    assert [button.verb for button in desk.buttons] == ["subscribe"], "it ends in the settings"
    assert "unsubscribe" not in nothing


def test_of_the_organisations_own_trouble_no_share_of_the_service_is_told(texts):
    ours = replace(CONFIRMED, reach=Reach.ORGANISATION, official=None, confidence=0.01)

    assert "%" not in said(texts, incident_reply(view(incident=ours)))


def test_a_list_tells_of_what_has_ended_from_when_until_when(texts):
    lines = [OpenLine(incident=INCIDENTS["over"]), OpenLine(incident=CONFIRMED)]
    told = said(texts, summary_reply(view(shared=False), lines))

    assert "over. From 10:40 to 11:00. Reference INC-7K2." in told
    assert "since 10:40. Reference INC-7K2." in told


def test_nobody_is_kept_from_a_ticket_by_mere_signs(texts):
    assert "No ticket needed" in said(texts, incident_reply(view()))
    assert "No ticket needed" not in said(texts, incident_reply(view("signs")))
