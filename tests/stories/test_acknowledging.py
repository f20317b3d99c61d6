"""The card of an incident, pressed: IT takes it, people are counted, a channel wants quiet; and who may not."""

import pytest

from tests.seen import card_of
from tests.stories.test_delivery import Trouble
from tests.stories.test_keeping import rows
from tests.teams.activities import ANN, BEN, CHANNEL, GROUP
from tests.world import open_world

HELPDESK = ANN["aadObjectId"]
SITES = "Berlin,Hamburg"


@pytest.fixture
async def told(tmp_path):
    """A channel and the help desk's own group have the card of an incident; Fabrikam has its own."""
    async with open_world(tmp_path, fabrikam="", HELPDESK=HELPDESK, HELPDESK_CHANNELS=GROUP, SITES=SITES) as world:
        await world.says("whoami", to="group")
        await world.says("subscribe all", to="channel", by=BEN)
        await world.says("subscribe all", to="fabrikam", by=BEN)
        await world.advance(seconds=2)
        world.trouble = Trouble(world)
        await world.trouble.opens()
        world.card = {
            place: newest(world, identifier) for place, identifier in (("group", GROUP), ("channel", CHANNEL))
        }
        yield world


def newest(world, conversation):
    """The card of the incident that stands in this conversation."""
    sent = [call for call in world.teams.arrived if call.method == "POST" and conversation in call.conversation]
    return card_of(sent[-1].body, "group" if conversation == GROUP else "channel")


def deeds(world):
    return rows(
        world, "SELECT who, role, what FROM audit WHERE what LIKE '%knowledge%' OR what LIKE '%mute%' ORDER BY id"
    )


def data(world, verb, **more):
    return {"v": 1, "verb": verb, "id": world.trouble.incident.id, **more}


def edited(world, place):
    return [card.text for card in world.edits(place)]


async def test_the_help_desk_takes_an_incident_with_one_tap_and_every_card_says_so(told):
    form = await told.presses("ack", on=told.card["group"], to="group", by=ANN)
    assert "Noted: IT knows" in form.text
    await told.advance(seconds=15)
    for place in ("channel", "group"):
        assert "IT knows about it (helpdesk" in edited(told, place)[-1]
    assert deeds(told) == [(HELPDESK, "helpdesk", "acknowledge")]
    promise = {**form.data("ack.next"), "next": "10:30"}
    status, answer = await told.invoke(promise, to="group", by=ANN)
    assert (status, "next word by 10:30" in str(answer)) == (200, True)
    await told.advance(seconds=15)
    assert "Next word from IT by" in edited(told, "channel")[-1]


async def test_who_asks_elsewhere_reads_that_it_knows_before_anything_else(told):
    before = await told.says("is Teams down?")
    assert "Our IT knows" not in before.text
    form = await told.presses("ack", on=told.card["group"], to="group", by=ANN)
    after = await told.says("is Teams down?")
    assert after.text.startswith("Our IT knows of this: Microsoft Teams: down (everyone), since ")
    assert after.text.splitlines()[0].endswith(f"Reference: {told.trouble.incident.id}.")
    status, _ = await told.invoke({**form.data("ack.next"), "next": "10:30"}, to="group", by=ANN)
    again = await told.says("is Teams down?")
    assert (status, "Next word by 10:30" in again.text.splitlines()[0]) == (200, True)
    assert "Our IT knows" in (await told.presses("again", on=again)).text
    assert "Our IT knows" not in (await told.says("is Teams down?", to="fabrikam")).text


async def test_the_same_tap_again_makes_no_second_step(told):
    for _ in range(3):
        await told.presses("ack", on=told.card["group"], to="group", by=ANN)
    await told.advance(seconds=15)
    steps = rows(told, "SELECT count(*) FROM incident_steps WHERE change = 'acknowledged'")
    assert steps == [(1,)]


async def test_whoever_has_no_such_role_is_told_which_one_it_takes(told):
    refused = await told.presses("ack", on=told.card["group"], to="group", by=BEN)
    assert "helpdesk" in refused.text
    assert rows(told, "SELECT count(*) FROM incident_steps WHERE change = 'acknowledged'") == [(0,)]
    assert deeds(told) == [(BEN["aadObjectId"], "-", "refused: acknowledge")]


async def test_a_time_that_is_none_is_asked_for_again(told):
    form = await told.presses("ack", on=told.card["group"], to="group", by=ANN)
    status, answer = await told.invoke({**form.data("ack.next"), "next": "soonish"}, to="group", by=ANN)
    assert (status, "not a time of day" in str(answer)) == (200, True)


async def test_who_has_it_too_is_counted_once_and_the_card_follows(told):
    for by in (ANN, BEN, BEN):
        counted = await told.presses("me_too", on=told.card["channel"], to="channel", by=by)
    assert "2 " in counted.text
    await told.advance(minutes=2)
    assert "2 so far" in str([call.body for call in told.teams.arrived if call.method == "PUT"])


async def test_the_site_is_asked_where_the_organisation_has_some_and_nothing_tells_it(told):
    asked = await told.presses("me_too", on=told.card["channel"], to="channel", by=BEN, entities=[])
    assert {title: data["verb"] for title, data in asked.buttons.items()} == {"Berlin": "site.0", "Hamburg": "site.1"}
    assert rows(told, "SELECT count(*) FROM reports") == [(0,)]
    for _ in range(2):
        card = await told.presses("site.1", on=asked, to="channel", by=BEN, entities=[])
    assert card.text.splitlines()[0].startswith("1 person")
    assert f"Reference: {told.trouble.incident.id}" in card.text, "the card is back in its place"
    assert rows(told, "SELECT site FROM reports") == [("Hamburg",)]
    status, _ = await told.invoke({**asked.data("site.1"), "verb": "site.9"}, to="channel", by=ANN, entities=[])
    assert (status, rows(told, "SELECT count(*) FROM reports")) == (200, [(1,)])


async def test_a_channel_that_wants_quiet_hears_so_openly_and_once(told):
    posted = len(told.teams.sent())
    for by in (BEN, BEN, ANN):
        muted = await told.presses("mute", on=told.card["channel"], to="channel", by=by)
        assert "No more noise here" in muted.text
    await told.settle()
    (openly,) = told.teams.sent()[posted:]
    assert "a member" in str(openly)
    assert rows(told, "SELECT conversation FROM mutes") == [(CHANNEL,)]
    assert "No longer paused" in (await told.says("unmute", to="channel")).text
    assert rows(told, "SELECT conversation FROM mutes") == []


async def test_a_forged_row_moves_nothing(told):
    for verb in ("ack", "mute", "me_too", "tell_back", "full_card"):
        for place in ("fabrikam", "personal"):  # no card of it went there
            status, answer = await told.invoke(data(told, verb), to=place, by=ANN)
            assert status == 200
            assert "belongs elsewhere" in str(answer)
    status, answer = await told.invoke({**data(told, "ack"), "id": "ZZZZZZZZ"}, to="channel", by=ANN)
    assert "belongs elsewhere" in str(answer)
    assert rows(told, "SELECT count(*) FROM mutes") == [(0,)]
    assert rows(told, "SELECT count(*) FROM incident_steps WHERE change = 'acknowledged'") == [(0,)]
    assert rows(told, "SELECT count(*) FROM waiting") == [(0,)]
    assert rows(told, "SELECT count(*) FROM reports") == [(0,)]


async def test_who_subscribes_in_the_middle_of_it_is_told_at_once_and_once(told):
    posted = len(told.teams.sent())
    for words in ("subscribe teams", "subscribe teams signs"):
        await told.writes(words, to="personal", by=ANN)
        await told.settle()
        await told.advance(seconds=3)
    cards = [card_of(sent).text for sent in told.teams.sent()[posted:]]
    assert len([text for text in cards if "Reference: " in text]) == 1


async def test_after_its_end_nothing_can_be_taken(told):
    await told.trouble.ends()
    for verb, by in (("ack", ANN), ("me_too", BEN), ("tell_back", BEN)):
        status, answer = await told.invoke(data(told, verb), to="channel", by=by)
        assert (status, "is over already" in str(answer)) == (200, True)


async def test_a_length_that_nobody_can_take_is_answered_with_those_that_can(told):
    for words in ("mute forever", "stumm für immer", "mute until tomorrow"):
        assert "“mute 2h”, “mute 90 minutes” or “mute 3 days”" in (await told.says(words, to="channel")).text
    assert rows(told, "SELECT count(*) FROM subscriptions WHERE muted_until IS NOT NULL") == [(0,)]
    longest = (await told.says("mute 30 days", to="channel")).text
    assert "longer than 14 days" in longest
    assert "16" in longest, "of March"
    assert "Paused" not in (await told.says("mute doesn't work in meetings", to="channel")).text


async def test_a_subscription_can_pause(told):
    words_until = {"mute 2h": "11:00", "stumm 90 minuten": "10:30", "mute": "11:00", "mute 2 Stunden": "11:00"}
    for words, until in words_until.items():
        said = await told.says(words, to="channel")
        assert f"Paused until {until}" in said.text
    await told.advance(seconds=10)
    assert "Paused until" in (await told.says("subscriptions", to="channel")).text
    await told.says("unmute", to="channel")
    assert "Paused until" not in (await told.says("subscriptions", to="channel")).text
    await told.advance(minutes=1)
    await told.says("unsubscribe", to="channel")
    assert "Nothing is told here" in (await told.says("mute 2h", to="channel")).text
