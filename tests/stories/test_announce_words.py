"""What announcers write beside the form: deeds by words, the list, tags, help."""

import pytest

from tests.channels import Told, subscribe
from tests.stories.announcing import BERLIN, KOLKATA, NIGHT, ROLES, WORDS, Author, deeds, read
from tests.teams.activities import ANN, BEN, CHANNEL
from tests.world import open_world


@pytest.fixture
async def office(tmp_path):
    """Ann announces; two channels in two zones and languages want to hear of planned work."""
    async with open_world(tmp_path, **ROLES) as world:
        await subscribe(world, BERLIN, zone="Europe/Berlin", language="de")
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        yield world


async def told_of(world, times=NIGHT, **more):
    """Ann writes it, in both languages, and saves it; its reference."""
    ann = Author(world)
    await ann.fills(times=times | more, german=True)
    which = read(await ann.saves()).split("Its reference is ")[1][:8]
    await world.advance(seconds=5)
    return ann, which


async def test_whoever_may_announce_is_told_of_it_by_help(office):
    assert office.words("help.announce") in (await office.says("help", by=ANN)).text
    assert office.words("help.announce") not in (await office.says("help", by=BEN)).text
    assert office.words("help.announce") not in (await office.says("help", by=ANN, to="channel")).text


async def test_words_that_name_no_announcement_are_answered_kindly(office):
    ann = Author(office)
    for words in ("announce cancel AAAAAAAA", "announce over AAAAAAAA", "announce report AAAAAAAA"):
        assert office.words("announce.unknown", id="AAAAAAAA") in read(await ann.writes(words))


async def test_words_are_taken_as_people_write_them(office):
    ann, which = await told_of(office)

    assert office.words("announce.unknown_deed", typed="stop", id=which) in read(
        await ann.writes(f"announce Stop {which}")
    )
    assert "announce.cancel" in [data["verb"] for data in ann.card.buttons.values()]
    whole = read(await ann.presses(f"announce.text.1.{which.lower()}"))
    assert WORDS["works"] in whole
    assert f"{which}" in read(await ann.writes(f"Announce Report {which}"))
    done = read(await ann.writes(f"ankündigung absagen {which}"))
    assert office.words("announce.done_cancel", id=which) in done


async def test_the_list_shows_what_is_planned_and_opens_it(office):
    ann, which = await told_of(office)

    listed = await ann.writes("announcements")
    assert f"{which}: Planned work, planned" in read(listed)
    opened = await ann.presses(f"announce.open.{which.lower()}")

    assert {data["verb"] for data in opened.buttons.values()} >= {"announce.edit", "announce.cancel", "announce.recall"}
    in_channel = await office.says("announcements", to="channel", by=ANN)
    assert office.words("announce.alone") in in_channel.text


async def test_a_tag_stands_for_the_conversations_that_were_given_it(office):
    await office.happens("installationUpdate", to="channel", action="add")
    there = Author(office, to="channel")
    assert "finance" in (await there.writes("announce tag Finance")).text
    ann = Author(office)
    await ann.fills(times=NIGHT | {"reader": "tag", "names": "finance"})
    await ann.saves()
    await office.advance(seconds=5)
    assert Told(office, CHANNEL).titles == ["Planned work, scheduled: Telephony moves"]
    assert Told(office, BERLIN).posts == []
    assert "finance" not in (await there.writes("announce untag finance")).text
    refused = await Author(office, by=BEN, to="channel").writes("announce tag finance")
    assert "finance" not in refused.text
    assert [deed for _, role, deed in deeds(office) if deed.startswith("announce ") and "tag" in deed] == [
        "announce tag",
        "announce untag",
    ]
