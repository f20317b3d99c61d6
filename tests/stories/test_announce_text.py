"""Who reads only the beginning of a text can read all of it, and nobody reads what was not told."""

import pytest

from tests.channels import Told, subscribe
from tests.stories.announcing import KOLKATA, ROLES, WORDS, Author, read, refusals
from tests.teams.activities import ANN
from tests.world import open_world, person

LINES = [
    f"Step {number}: telephones of floor {number} are moved to the new system, one after the other."
    for number in range(60)
]
LONG = "\n".join(LINES[:22])


@pytest.fixture
async def office(tmp_path):
    async with open_world(tmp_path, **ROLES) as world:
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        yield world


async def test_a_reader_is_shown_the_way_and_turns_the_pages(office):
    ann = Author(office)
    words = WORDS | {"hit": LONG, "works": LONG, "todo": LONG}
    preview = read(await ann.fills(words=words))
    which = preview.split("announce text ")[1][:8]
    assert office.words("announce.cut", tongue="English", id=which) in preview

    carl = Author(office, by=person(7))
    assert office.words("announce.unknown_text", id=which) in read(await carl.writes(f"announce text {which}"))
    assert LINES[0] in read(await ann.writes(f"announce text {which}")), "its author reads the draft"

    await ann.fills(words=words)
    await ann.saves()
    await office.advance(seconds=5)
    told = read(Told(office, KOLKATA).card)
    assert office.words("announcement.cut", id=which) in told
    assert LINES[21] not in told

    first = read(await carl.writes(f"announce text {which.lower()}"))
    assert first.count(LINES[21]) == 1
    second = read(await carl.presses(f"announce.text.2.{which.lower()}"))
    assert LINES[21] in second
    assert office.words("announce.text_page", n=2, pages=3, id=which) in second
    third = read(await carl.writes(f"announce text {which} 3"))
    assert LINES[21] in third
    assert not refusals(office)

    aloud = await office.says(f"announce text {which}", to="channel", by=person(8))
    assert LINES[0] in read(aloud)

    await ann.writes(f"announce recall {which}")
    assert office.words("announce.unknown_text", id=which) in read(await carl.writes(f"announce text {which}"))
    in_channel = await office.says(f"announce text {which}", to="channel", by=ANN)
    assert office.words("announce.alone") in read(in_channel)
    forged = read(await carl.sends({"v": 1, "verb": "announce.text.x.y", "id": "a-list-0"}))
    assert office.words("announce.unknown_card") in forged
