"""While a card of an incident stands in a channel, a question there leads to it; after that, answers tell of it."""

import pytest

from tests.channels import Told
from tests.stories.test_sharing import headline
from tests.teams.activities import ANN, BEN, CHANNEL
from tests.world import open_world

pytestmark = pytest.mark.slow  # minutes and hours of an outage pass


@pytest.fixture
async def outage(tmp_path):
    """A drill that everybody in the channel is told of."""
    async with open_world(tmp_path, drill="outage") as world:
        await world.says("subscribe teams early signs drills", to="channel")
        await world.advance(minutes=12)
        yield world


def cards(world):
    return [sent for sent in world.teams.sent() if sent.get("attachments")]


async def test_a_question_beside_the_open_card_gets_two_lines_that_lead_to_it(outage):
    short = await outage.says("is Teams down?", to="channel", by=BEN)
    (link,) = [address for address in short.links.values() if "teams.microsoft.com/l/message" in address]
    assert CHANNEL.split("@")[0].replace(":", "%3A") in link
    assert [data["verb"] for data in short.buttons.values()] == ["full_card", "me_too"]
    assert headline(outage, "down") not in short.text
    elsewhere = outage.words("step.subscribe-updates.title")
    assert elsewhere not in short.text + Told(outage, CHANNEL).card.text, "whoever has the card is told already"
    full = await outage.presses("full_card", on=short, to="channel", by=BEN)
    assert headline(outage, "down") in full.text


async def test_elsewhere_and_about_other_things_the_answer_is_whole(outage):
    for words, place in (
        ("is Teams down?", "group"),
        ("is Teams down?", "personal"),
        ("is SharePoint down?", "channel"),
    ):
        whole = await outage.says(words, to=place)
        assert "full_card" not in [data["verb"] for data in whole.buttons.values()]


async def test_after_an_outage_an_answer_says_until_when_it_was(outage):
    await outage.advance(minutes=90)
    assert "had trouble until" in (await outage.says("is Teams down?", to="group", by=ANN)).text
    await outage.sleeps(hours=2)
    assert "had trouble until" not in (await outage.says("is Teams down?", to="group", by=ANN)).text
