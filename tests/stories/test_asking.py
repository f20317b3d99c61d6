"""A person asks in Teams and reads one card: the verdict, how sure it is, on what evidence, and what to do."""

import re
from datetime import timedelta

import pytest

from tests.replicas.faults import Fault
from tests.replicas.web_targets import BROKEN, DOORS, NEUTRAL
from tests.teams.activities import ANN, BEN
from tests.world import open_world


async def outage(world, minutes=20):
    """Doors fail and Microsoft says so: two independent kinds."""
    world.web.says(BROKEN, *DOORS)
    world.status.down(next_update=world.clock.now() + timedelta(minutes=40))
    await world.advance(minutes=minutes)


async def test_all_calm_is_fine_with_an_honest_confidence(world):
    card = await world.says("is Teams down?")
    assert "looks fine" in card.summary
    assert 50 <= percent(card) < 99


def percent(card):
    """The percent that the card claims for its verdict."""
    return int(re.search(r"How sure we are: [a-z ]+\((\d+)", card.text)[1])


@pytest.mark.parametrize(
    "question", ["teams wont load", "calls drop since 9", "is teams down", "can't hear anyone in meetings"]
)
async def test_every_question_gets_one_card_with_what_to_do(world, question):
    card = await world.says(question)
    assert card.body["type"] == "AdaptiveCard"
    assert card.summary
    assert len(world.teams.sent()) == 1


async def test_an_outage_is_told_with_its_evidence_and_microsofts_own_words(world):
    await outage(world)
    card = await world.says("is Teams down?")
    assert "down" in card.summary
    assert "Microsoft" in card.text
    assert "promised its next update" in card.text
    assert "Do not sign out" in card.text
    assert "Meanwhile" in card.text
    assert percent(card) > 75


async def test_next_update_is_told_in_the_readers_zone_and_then_as_overdue(world):
    await outage(world)  # it is 09:00 in Berlin when Microsoft promises a word for 09:40
    card = await world.says("is Teams down?")
    assert "next update by 09:40" in card.text
    await world.advance(minutes=25)
    card = await world.says("still down?")
    assert "overdue" in card.text


async def test_one_kind_of_witness_alone_never_claims_more_than_nine_in_ten(world):
    world.web.says(BROKEN, *DOORS)
    await world.advance(minutes=20)
    card = await world.says("is Teams down?")
    assert "nothing independent confirms it" in card.text
    assert percent(card) <= 90


async def test_what_cannot_be_read_is_listed_and_never_taken_for_calm(world):
    world.status.fault = Fault.FORBIDDEN
    world.mastodon.fault = Fault.SERVER_ERROR
    await world.advance(minutes=30)
    card = await world.says("is Teams down?")
    assert "Can't see" in card.text or "can't see" in card.text
    assert "Mastodon" in card.text


async def test_a_code_is_explained_and_steers_the_steps(world):
    card = await world.says("error CAA70007 when I sign in")
    assert "0xCAA70007: " in card.text
    assert "Use another network" in card.text


async def test_a_sign_in_number_links_to_microsofts_look_up_page(world):
    card = await world.says("AADSTS50126 when I sign in to teams")
    assert "https://login.microsoftonline.com/error?code=50126" in card.links.values()
    assert "user name or the password" in card.text


async def test_help_says_how_to_ask(world):
    card = await world.says("help")
    assert "Is Teams down?" in card.text


async def test_three_to_five_steps_and_nothing_risky_while_unsure(world):
    card = await world.says("teams wont load on my windows pc")
    steps = re.findall(r"^\d\\. (.*)$", card.text, re.MULTILINE)
    assert 3 <= len(steps) <= 5
    assert not any("sign out" in step.lower() or "clear" in step.lower() for step in steps)


async def test_the_client_is_asked_by_one_tap_and_the_one_at_hand_stands_first(world):
    card = await world.says("teams wont load")
    card = await world.presses("test.yes", on=card)  # pressed in the Windows app
    clients = [data["verb"] for data in card.buttons.values() if data["verb"].startswith("client.")]
    assert clients[0] == "client.windows"
    assert clients[-1] == "client.everywhere"
    after = await world.presses("client.web", on=card)
    assert "browser" in after.text.splitlines()[0]
    assert not any(data["verb"].startswith("client.") for data in after.buttons.values())


async def test_check_again_says_first_what_changed(world):
    await world.says("is Teams down?")
    await world.advance(minutes=3)
    again = await world.presses("again")
    assert again.text.splitlines()[0].startswith("Checked 09:03")
    await outage(world)
    again = await world.presses("again")
    assert "down" in again.text.splitlines()[0].lower()


async def test_me_too_counts_a_person_once_and_names_nobody(world):
    await world.says("teams wont load", to="channel")
    card = world.last["channel"]
    first = await world.presses("me_too", on=card, to="channel", by=ANN)
    await world.presses("me_too", on=card, to="channel", by=ANN)
    second = await world.presses("me_too", on=card, to="channel", by=BEN)
    assert "1 " in first.text.splitlines()[0]
    assert "2 " in second.text.splitlines()[0]
    assert "Ann" not in second.text
    assert "29:" not in str(second.body)
    await world.advance(seconds=35)
    assert "2 " in world.edits("channel")[-1].text


async def test_the_site_is_asked_where_neither_channel_nor_client_tells_it(tmp_path):
    async with open_world(tmp_path, SITES="Berlin,Hamburg") as world:
        card = await world.says("teams wont load", to="channel")
        asked = await world.presses("me_too", on=card, to="channel", entities=[])
        assert list(asked.buttons) == ["Berlin", "Hamburg"]
        after = await world.presses("site.1", on=asked, to="channel", entities=[])
        assert after.text.startswith("1 person")


async def test_the_answer_to_the_site_test_moves_the_verdict_for_that_person_only(world):
    for target in NEUTRAL:
        world.web.says(BROKEN, target)
    world.status.fault = world.mastodon.fault = Fault.SERVER_ERROR
    await world.advance(minutes=10)
    card = await world.says("is Teams down? nothing loads for me", to="channel")
    before = len(world.edits("channel"))
    mine = await world.presses("test.no", on=card, to="channel", by=ANN)
    assert "network" in mine.summary.lower() or "network" in mine.text.lower()
    await world.advance(minutes=2)
    assert len(world.edits("channel")) == before
    others = await world.presses("again", on=card, to="channel", by=BEN)
    assert others.text.splitlines()[0] != mine.text.splitlines()[0]


async def test_still_broken_offers_the_next_step_and_after_two_the_way_to_it(tmp_path):
    async with open_world(tmp_path, IT_CONTACT="it@example.org") as world:
        await world.advance(minutes=5)
        card = await world.says("teams wont load on windows, web works")
        first = await world.presses("still_broken", on=card)
        second = await world.presses("still_broken", on=first)
        assert first.text != second.text
        third = await world.presses("still_broken", on=second)
        assert "tell" in third.text.lower()
        mail = next(link for link in third.links.values() if link.startswith("mailto:it@example.org"))
        assert "subject=" in mail
        assert "body=" in mail


async def test_during_an_outage_no_ticket_is_needed(tmp_path):
    async with open_world(tmp_path, IT_CONTACT="it@example.org") as world:
        await outage(world)
        card = await world.says("is teams down?")
        first = await world.presses("still_broken", on=card)
        answer = await world.presses("tell_it", on=first)
        assert "no ticket" in answer.text.lower()


async def test_fixed_is_thanked_and_counts_as_working(world):
    card = await world.says("teams wont load")
    assert (await world.presses("fixed", on=card)).text


async def test_small_talk_gets_one_friendly_line(world):
    thanks = await world.says("thanks!")
    assert len(thanks.text.splitlines()) <= 3


async def test_a_code_that_lost_a_digit_is_asked_for_again(world):
    card = await world.says("error CAA7007 when I sign in")
    assert "CAA7007" in card.text
    assert "whole code" in card.text


async def test_a_mention_without_words_is_told_how_to_ask(world):
    card = await world.says("", to="channel")
    assert "is Teams down?" in card.text


async def test_a_code_about_the_account_says_that_it_is_just_you(world):
    card = await world.says("AADSTS50126 when I sign in to teams")
    assert "just you" in card.summary.lower() or "your account" in card.text.lower()


async def test_trouble_with_what_teams_leans_on_is_answered_too(world):
    card = await world.says("sharepoint is down")
    assert "SharePoint" in card.summary
    assert (await world.says("hello")).text.startswith("Hello")
    assert "did not understand" in (await world.says("what is for lunch")).text


async def test_nobody_is_their_own_witness(world):
    card = await world.says("teams wont load")
    await world.presses("fixed", on=card)
    card = await world.says("teams wont load")
    assert "Your colleagues" not in card.text
    after = await world.presses("me_too", on=card)
    assert after.text.startswith("1 person")
    assert "Your colleagues" not in after.text


@pytest.mark.parametrize("words", ["is it me?", "down?", "Liegt es an mir?", "status"])
async def test_few_words_are_enough_to_ask(world, words):
    assert "Teams" in (await world.says(words)).summary
