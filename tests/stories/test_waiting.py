""" "Tell me when it's back": one tap or one sentence, answered once."""

import pytest

from bot.domain.conversation import TEAMS
from bot.domain.incident import Change, Level, Stage
from bot.domain.observation import TenantId
from bot.jobs.consequences import tell_back, wait_on
from bot.store import waiting as store
from tests.replicas.connector import throttled
from tests.replicas.identity import TENANT
from tests.seen import card_of
from tests.stories.test_keeping import rows
from tests.teams.activities import ANN, BEN, CHANNEL, PERSONAL
from tests.trouble import Trouble
from tests.world import open_world

pytestmark = pytest.mark.slow  # minutes and hours of an outage pass


def waiting(world):
    return rows(world, "SELECT conversation, person, incident IS NOT NULL FROM waiting ORDER BY conversation, person")


def told_in(world, conversation):
    """What was posted there, in order."""
    sent = [call for call in world.teams.arrived if call.method == "POST" and conversation in call.conversation]
    return [card_of(call.body).text for call in sent]


async def test_one_tap_on_an_answer_and_it_is_told_once_how_long_it_lasted(tmp_path):
    async with open_world(tmp_path, drill="outage") as world:
        await world.advance(minutes=6)
        card = await world.says("is Teams down?")
        for _ in range(2):
            noted = await world.presses("tell_back", on=card)
            assert "You will be told once when Microsoft Teams is back" in noted.text
        assert waiting(world) == [(PERSONAL, ANN["aadObjectId"], 1)]
        await world.advance(minutes=90)
        back = [text for text in told_in(world, PERSONAL) if "Microsoft Teams is back" in text]
        assert len(back) == 1
        assert "It lasted" in back[0]


async def test_who_hears_the_end_anyway_is_not_told_it_twice(tmp_path):
    async with open_world(tmp_path, drill="outage") as world:
        await world.says("subscribe teams drills")
        await world.advance(minutes=6)
        await world.says("tell me when it's back")
        assert len(waiting(world)) == 1
        await world.advance(minutes=90)
        ends = [text for text in told_in(world, PERSONAL) if "It lasted" in text]
        assert len(ends) == 1
        assert "Over: Microsoft Teams works again" in ends[0]


@pytest.fixture
def trouble(world):
    return Trouble(world, consequences=(tell_back, wait_on))


async def waits_and_is_throttled(world, trouble):
    """Ann waits for its end, and when it comes Teams lets nobody speak to her for two minutes; what she read so far."""
    await trouble.opens()
    await world.says("tell me when it's back")
    world.teams.fails[PERSONAL] = throttled("120")
    await world.advance(minutes=1)
    await trouble.ends()
    del world.teams.fails[PERSONAL]
    return len(told_in(world, PERSONAL))


async def test_a_delayed_word_is_not_said_when_it_is_bad_again_but_once_at_the_real_end(world, trouble):
    before = await waits_and_is_throttled(world, trouble)
    await trouble.goes_on(Change.REOPENED, stage=Stage.CONFIRMED, closed_at=None)
    assert waiting(world) == [(PERSONAL, ANN["aadObjectId"], 1)]
    await world.advance(minutes=3)
    assert told_in(world, PERSONAL)[before:] == []
    await trouble.ends()
    await world.advance(minutes=3)
    (back,) = told_in(world, PERSONAL)[before:]
    assert "Microsoft Teams is back" in back
    assert "It lasted 4 min" in back


async def test_a_delayed_word_waits_for_the_end_of_another_trouble_that_has_been_confirmed(world, trouble):
    before = await waits_and_is_throttled(world, trouble)
    await trouble.opens()
    await world.advance(minutes=3)
    assert told_in(world, PERSONAL)[before:] == []
    await trouble.ends()
    (back,) = told_in(world, PERSONAL)[before:]
    assert "It lasted 3 min" in back


async def test_a_delayed_word_is_said_when_it_stays_well(world, trouble):
    before = await waits_and_is_throttled(world, trouble)
    await trouble.opens(level=Level.SIGNS, stage=Stage.SIGNS)
    await world.advance(minutes=3)
    (back,) = told_in(world, PERSONAL)[before:]
    assert "It lasted 1 min" in back


async def test_in_a_channel_it_is_told_alone_to_whoever_can_be_reached_alone(tmp_path):
    async with open_world(tmp_path, drill="outage") as world:
        await world.says("hello", to="personal", by=ANN)
        await world.advance(minutes=6)
        card = await world.says("is Teams down?", to="channel")
        assert "personal chat" in (await world.presses("tell_back", on=card, to="channel", by=ANN)).text
        assert "told here" in (await world.presses("tell_back", on=card, to="channel", by=BEN)).text
        assert waiting(world) == [(CHANNEL, BEN["aadObjectId"], 1), (PERSONAL, ANN["aadObjectId"], 1)]


async def test_a_sentence_does_it_too_and_without_an_incident_it_is_for_a_day(world):
    said = await world.says("Tell me when it's back!")
    assert "within a day" in said.text
    assert waiting(world) == [(PERSONAL, ANN["aadObjectId"], 0)]
    german = await world.says("Sag mir Bescheid, wenn es wieder geht", locale="de-DE")
    assert "binnen eines Tages" in german.text
    assert len(waiting(world)) == 1


async def test_where_nothing_is_wrong_nobody_is_offered_to_wait(world):
    verbs = [data["verb"] for data in (await world.says("is Teams down?")).buttons.values()]
    assert "tell_back" not in verbs
    assert len(verbs) <= 6


async def test_who_waited_while_nothing_was_open_hears_nothing_of_trouble_days_later(world):
    await world.says("tell me when it's back")
    await world.sleeps(hours=25)
    async with world.parts.store.transaction() as db:
        assert await store.take(db, TenantId(TENANT), TEAMS, world.clock.now()) == ()
    await world.says("tell me when it's back")
    await world.sleeps(hours=23)
    async with world.parts.store.transaction() as db:
        (told,) = await store.take(db, TenantId(TENANT), TEAMS, world.clock.now())
    assert told.conversation == PERSONAL
