"""A conversation says what it wants to be told: by a form, by words, and who may."""

import pytest

from tests.seen import card_of, drawn
from tests.stories.test_keeping import rows
from tests.teams import activities
from tests.teams.activities import ANN, BEN, CHANNEL
from tests.world import FABRIKAM, IDS, open_world

EVERYTHING_TOLD = ("Services: all.", "Parts: all.", "Regions or sites: all.", "confirmed trouble for many")


def wishes(world):
    kept = "SELECT tenant, conversation, services, features, places, level, matters, quiet, helpdesk FROM subscriptions"
    return rows(world, f"{kept} ORDER BY tenant, conversation")


def deeds(world):
    return rows(world, "SELECT who, role, what, before, after FROM audit ORDER BY id")


def read(card):
    """As it is shown: without the marks that keep a value from being taken for mark-up."""
    return card.text.replace("\\", "")


def saving(card, **typed):
    """What the form's button sends, filled in."""
    fields = {
        part["id"]: part.get("value", "") for part in walk(card.body) if part.get("type", "").startswith("Input.")
    }
    return {**card.data("subscription.save"), **fields, **typed}


def walk(part):
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from walk(value)


async def saves(world, card, *, to="channel", by=ANN, **typed):
    """What the person who saved sees, and what everybody reads."""
    posted = len(world.teams.sent())
    status, answer = await world.invoke(saving(card, **typed), to=to, by=by)
    assert status == 200
    await world.settle()
    return seen(answer, to), [activity for activity in world.teams.sent()[posted:]]


def seen(answer, place):
    return drawn(answer["value"], "", place) if "card" in answer["type"] else drawn({}, answer["value"], place)


@pytest.mark.parametrize("place", ["channel", "group", "personal"])
async def test_the_form_holds_what_does_not_tire(world, place):
    form = await world.says("subscribe", to=place)
    filled = saving(form)
    assert (filled["level"], filled["matters"]) == ("degraded", "outages,maintenance,all_clear")
    assert (filled["services"], filled["features"], filled["places"], filled["quiet_from"]) == ("", "", "", "")
    assert filled["zone"] == "Europe/Berlin"
    assert wishes(world) == []


async def test_a_saved_form_is_kept_said_openly_and_noted_by_role(world):
    form = await world.says("subscribe", to="channel")
    mine, everybodys = await saves(
        world, form, services="teams", features="calling,chat", places="Berlin, Deutschland", level="down",
        matters="outages,drills", quiet_from="22:00", quiet_to="07:00",
    )  # fmt: skip
    assert "Done: from now on this is told here" in mine.text
    assert len(everybodys) == 1
    words = str(everybodys[0])
    assert "a member" in words
    assert "Ann" not in words
    assert ANN["aadObjectId"] not in words
    ((_, place, services, features, places, level, matters, quiet, _),) = wishes(world)
    assert (place, services, features) == (CHANNEL, '["teams"]', '["calling","chat"]')
    assert (places, level, matters) == ('["Berlin","DE"]', "down", '["drills","outages"]')
    assert "22:00" in quiet
    assert "Europe/Berlin" in quiet
    ((who, role, what, before, after),) = deeds(world)
    assert (who, role, what, before) == (ANN["aadObjectId"], "member", "subscribe", None)
    assert "teams; calling,chat" in after


async def test_the_same_channel_twice_is_one_row(world):
    form = await world.says("subscribe", to="channel")
    await saves(world, form)
    again, openly = await saves(world, form)
    assert "Done" in again.text
    assert openly == []
    await world.says("subscribe all", to="channel")
    assert len(wishes(world)) == 1
    assert len(deeds(world)) == 1


async def test_an_older_form_overwrites_nothing_unseen(world):
    older = await world.says("subscribe", to="channel")
    await world.says("subscribe teams down", to="channel", by=BEN)
    fresh, openly = await saves(world, older, level="advisory")
    assert "Somebody has changed this meanwhile" in fresh.text
    assert openly == []
    assert wishes(world)[0][5] == "down"
    saved, _ = await saves(world, fresh)
    assert "advisories of Microsoft too" in saved.text
    assert wishes(world)[0][5] == "advisory"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"level": ""}, "From which severity on"),
        ({"level": "worst"}, "From which severity on"),
        ({"services": "teams,skype"}, "Services"),
        ({"features": "chat,coffee"}, "Parts"),
        ({"matters": "gossip"}, "Which kinds of news"),
        ({"zone": "Mars/Olympus"}, "Time zone"),
        ({"zone": "../../etc/passwd"}, "Time zone"),
        ({"quiet_from": "soon", "quiet_to": "07:00"}, "Quiet hours from"),
        ({"quiet_from": "22:00"}, "Quiet hours to"),
        ({"places": ",".join(f"Office {number}" for number in range(11))}, "Regions or sites"),
        ({"language": "tlh"}, "Language"),
    ],
)
async def test_a_wrong_field_is_named_and_the_rest_stays_typed(world, typed, said):
    form = await world.says("subscribe", to="channel")
    again, openly = await saves(world, form, **{"places": "Hamburg"} | typed)
    assert f"Please correct “{said}" in again.text
    assert saving(again)["places"] == typed.get("places", "Hamburg")
    assert openly == []
    assert wishes(world) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("subscribe all", EVERYTHING_TOLD),
        ("subscribe teams down", ("Services: Microsoft Teams.", "confirmed outages only")),
        ("subscribe degraded in Berlin", ("Regions or sites: Berlin.", "confirmed trouble for many")),
        ("subscribe teams calling early signs drills", ("Parts: calls.", "early signs", "drills")),
        (
            "subscribe meetings without maintenance 22:00-07:00",
            ("Kinds of news: all-clear and outages.", "22:00 to 07:00 (Europe/Berlin)"),
        ),
        ("abonniere Anrufe Vorwarnungen", ("Parts: calls.", "early signs")),
    ],
)  # fmt: skip
async def test_whoever_types_needs_no_form(world, words, told):
    said = await world.says(words, to="channel")
    assert [each for each in told if each not in read(said)] == []
    assert len(wishes(world)) == 1


async def test_words_that_are_not_understood_are_named_and_nothing_is_kept(world):
    said = await world.says("subscribe teams frobnication", to="channel")
    assert "We did not understand: frobnication" in said.text
    said.data("subscription.save")
    assert wishes(world) == []


async def test_what_is_told_can_be_listed_changed_and_ended(world):
    assert "Nothing is told here" in (await world.says("subscriptions", to="channel")).text
    await world.says("subscribe teams down", to="channel")
    listed = await world.says("subscriptions", to="channel")
    assert "confirmed outages only" in listed.text
    changed = await world.presses("subscribe", on=listed, to="channel")
    assert saving(changed)["level"] == "down"
    posted = len(world.teams.sent())
    ended = await world.presses("unsubscribe", on=listed, to="channel", by=BEN)
    await world.settle()
    assert "nothing more is told here" in ended.text
    assert "nothing more is told here" in str(world.teams.sent()[posted:])
    assert wishes(world) == []
    assert "Nothing is told here" in (await world.says("unsubscribe", to="channel")).text


async def test_an_older_card_gets_a_fresh_form_and_has_no_effect(world):
    await world.says("subscribe teams down", to="channel")
    listed = await world.says("subscriptions", to="channel")
    for verb in ("unsubscribe", "subscription.save"):
        status, answer = await world.invoke({**listed.data("unsubscribe"), "verb": verb, "v": 0}, to="channel")
        assert status == 200
        assert saving(seen(answer, "channel"))["level"] == "down"
    assert len(wishes(world)) == 1


async def test_help_leads_to_the_form(world):
    form = await world.presses("subscribe", on=await world.says("help"))
    assert saving(form)["level"] == "degraded"


async def test_a_form_is_good_for_its_own_conversation_only(tmp_path):
    async with open_world(tmp_path, fabrikam="", HELPDESK=ANN["aadObjectId"]) as world:
        await world.says("subscribe teams down", to="channel")
        listed = await world.says("subscriptions", to="channel")
        for place in ("fabrikam", "group"):
            status, answer = await world.invoke(listed.data("unsubscribe"), to=place, by=BEN)
            assert status == 200
            stolen = saving(await world.says("subscribe", to="channel"), level="advisory")
            status, answer = await world.invoke(stolen, to=place, by=BEN)
            assert status == 200
            assert CHANNEL not in str(answer)
        assert [(one[1], one[5]) for one in wishes(world)] == [(CHANNEL, "down")]


async def test_an_administrator_sees_and_ends_what_is_told_anywhere_in_the_organisation(tmp_path):
    async with open_world(tmp_path, fabrikam="", ADMINS=ANN["aadObjectId"]) as world:
        await world.says("subscribe teams down", to="channel", by=BEN)
        await world.says("subscribe all", to="fabrikam", by=BEN)
        listed = await world.says("subscriptions", to="personal", by=ANN)
        assert CHANNEL in read(listed)
        assert IDS["fabrikam"] not in read(listed)
        assert CHANNEL not in read(await world.says("subscriptions", to="group", by=BEN))
        opens = next(data["verb"] for data in listed.buttons.values() if data["verb"].startswith("subscription.open"))
        form = await world.presses(opens, on=listed, by=ANN)
        assert saving(form)["level"] == "down"
        saved, openly = await saves(world, form, to="personal", by=ANN, level="advisory")
        assert "Done" in saved.text
        assert "an administrator" in str(openly) or "a member" in str(openly)
        assert [(one[0] == FABRIKAM, one[5]) for one in wishes(world)].count((False, "advisory")) == 1
        refused = await world.presses(opens, on=listed, by=BEN)
        assert CHANNEL not in read(refused)


async def test_a_setting_keeps_it_for_owners_and_administrators(tmp_path):
    async with open_world(tmp_path, SUBSCRIBE_BY="owners", ADMINS=ANN["aadObjectId"]) as world:
        refused = await world.says("subscribe all", to="channel", by=BEN)
        assert "team owner" in refused.text
        assert wishes(world) == []
        assert "team owner" in (await world.says("subscribe", to="channel", by=BEN)).text
        form = await world.says("subscribe", to="channel", by=ANN)
        stolen, openly = await saves(world, form, by=BEN)
        assert "team owner" in stolen.text
        assert openly == []
        assert wishes(world) == []
        said = await world.says("subscribe all", to="channel", by=ANN)
        assert "an administrator" in said.text
        assert "Done" in (await world.says("subscribe all", to="personal", by=BEN)).text


async def test_an_owner_of_the_team_may_where_members_may_not(tmp_path):
    async with open_world(tmp_path, SUBSCRIBE_BY="owners") as world:
        world.graph.members[world.teams.group] = {ANN["aadObjectId"]: True, BEN["aadObjectId"]: False}
        assert "an owner of this team" in (await world.says("subscribe all", to="channel", by=ANN)).text
        for words in ("unsubscribe", "mute 2h", "subscribe teams down"):
            assert "team owner" in (await world.says(words, to="channel", by=BEN)).text
        assert wishes(world)[0][5] == "degraded"


async def test_a_drill_on_a_bot_of_this_machine_only_is_told_to_whoever_subscribes(tmp_path):
    alone = {"APP_ID": "", "APP_SECRET": "", "TENANT_ID": ""}
    async with open_world(tmp_path, drill="outage", **alone) as world:
        form = await asks_without_token(world, "subscribe")
        assert saving(form)["matters"] == "outages,maintenance,all_clear,drills"
    async with open_world(tmp_path, drill="outage") as registered:
        form = await registered.says("subscribe")
        assert saving(form)["matters"] == "outages,maintenance,all_clear"


async def asks_without_token(world, text):
    body = activities.activity("message", world.teams.service_url, text=text)
    posted = len(world.teams.sent())
    status, _ = await world.post(body, Authorization=None)
    assert status == 200
    await world.settle()
    (answer,) = world.teams.sent()[posted:]
    return card_of(answer)


async def test_the_help_desks_own_channel_hears_first_without_asking(tmp_path):
    async with open_world(tmp_path, HELPDESK_CHANNELS=CHANNEL) as world:
        assert wishes(world) == []
        shown = await world.says("whoami", to="channel")
        assert CHANNEL in read(shown)
        await world.advance(seconds=5)
        ((_, place, *_, level, _, _, helpdesk),) = wishes(world)
        assert (place, level, helpdesk) == (CHANNEL, "signs", 1)
        listed = await world.says("subscriptions", to="channel")
        assert world.words("telling.stop.helpdesk") in read(listed)
        assert [data["verb"] for data in listed.buttons.values()] == ["subscribe"], "it ends in the settings only"
        assert "NOTJUSTYOU_HELPDESK_CHANNELS" in read(await world.says("unsubscribe", to="channel"))
        await world.stop()
        del world.environment["NOTJUSTYOU_HELPDESK_CHANNELS"]
        await world.start()
        assert wishes(world) == []
