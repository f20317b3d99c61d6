"""What breaks in the middle of a fan-out: the disk, the answer, the right to speak."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.clock import MachineClock
from bot.domain.delivery import Part
from tests.replicas.connector import Refusal, refusal, throttled
from tests.stories.test_incident_commands import typed
from tests.trouble import DOWN, Trouble, posts, subscribe
from tests.world import CHANNEL, open_world

pytestmark = pytest.mark.slow  # minutes and hours of an outage pass

MANY = tuple(f"19:{number}" for number in range(40))
UNDER_WAY = 32  # attempts of one tenant at the same time


ROOM = 100  # pages: what is owed finds room
OUTCOME = 4096 * ROOM * 10


@asynccontextmanager
async def disk_full_for_outcomes(world):
    """No outcome of a send finds room on the disk: each wants more pages than there are."""
    store = world.parts.store
    wants = f"BEGIN INSERT INTO filling VALUES (zeroblob({OUTCOME})); END"  # noqa: S608 - a number
    async with store.transaction() as db:
        await db.execute(text("CREATE TABLE filling (x)"))
        await db.execute(text(f"CREATE TRIGGER filled AFTER UPDATE OF attempts ON deliveries {wants}"))
        pages = (await db.execute(text("PRAGMA page_count"))).scalar_one()
        await db.execute(text(f"PRAGMA max_page_count = {pages + ROOM}"))
    yield
    async with store.transaction() as db:
        await db.execute(text("PRAGMA max_page_count = 1000000"))
        await db.execute(text("DROP TRIGGER filled"))


async def test_a_full_disk_in_mid_fan_out_sends_nothing_twice_and_goes_on_when_there_is_room(world):
    await subscribe(world, *MANY)
    trouble = Trouble(world)
    async with disk_full_for_outcomes(world):
        await trouble.opens()
        await world.advance(seconds=20)
        assert len(world.teams.sent()) == UNDER_WAY, "no slot is free before its outcome is kept"
    await world.advance(seconds=10)
    assert [posts(world, name) for name in MANY] == [[DOWN]] * len(MANY)
    lines = await trouble.lines()
    assert not any(lines[(name, Part.CARD)].maybe_twice for name in MANY)


async def test_a_channel_that_refused_us_hears_the_newest_when_the_app_is_installed_again(world):
    await world.happens("installationUpdate", to="channel", action="add")
    await world.says("subscribe all", to="channel")
    trouble, before = Trouble(world), len(posts(world, CHANNEL))
    world.teams.fails[CHANNEL] = refusal(403, "BotNotInConversationRoster")
    await trouble.opens()
    await world.advance(minutes=1)
    assert posts(world, CHANNEL)[before:] == [DOWN], "asked once, and refused"
    world.teams.fails.clear()
    await world.happens("installationUpdate", to="channel", action="add")
    await world.advance(seconds=15)
    assert posts(world, CHANNEL)[before + 1 :].count(DOWN) == 1


@pytest.mark.parametrize("fault", [{"drops": True}, {"hangs": True}])
async def test_deliveries_names_a_card_that_may_be_there_twice(tmp_path, fault):
    async with open_world(tmp_path, SEND_TIMEOUT_S="5") as world:
        await subscribe(world, "19:sales", "19:plant")
        trouble = Trouble(world)
        world.teams.fails["19:sales"] = Refusal(status=201, times=1, **fault)
        opening = asyncio.ensure_future(trouble.opens())
        await until_lost(trouble)
        world.teams._released.set()  # the answer comes when nobody waits for it any more, as after 70 s
        await opening
        assert posts(world, "19:sales") == [DOWN]
        await world.advance(seconds=31)
        assert posts(world, "19:sales") == [DOWN, DOWN]
        await world.advance(minutes=2)
        assert posts(world, "19:sales") == [DOWN, DOWN], "once more, and not again"
        lines = (await typed(world, "deliveries", trouble.incident.id, "--json")).json
        cards = {line["destination"]: line["maybe_twice"] for line in lines if line["part"] == "card"}
        assert cards == {"19:sales": True, "19:plant": False}


async def until_lost(trouble):
    """Return when the delivery to Sales was given up waiting for."""
    async with asyncio.timeout(60):
        while True:
            line = (await trouble.lines()).get(("19:sales", Part.CARD)) if trouble.incident is not None else None
            if line is not None and line.error == "answer lost":
                return
            await MachineClock().sleep(timedelta(milliseconds=5))


async def test_whoever_unsubscribes_before_a_card_came_gets_none(world):
    await world.happens("installationUpdate", to="channel", action="add")
    await world.says("subscribe all", to="channel")
    world.teams.fails[CHANNEL] = throttled("120")
    trouble = Trouble(world)
    await trouble.opens()
    await world.advance(seconds=20)
    del world.teams.fails[CHANNEL]
    await world.writes("unsubscribe", to="channel")
    before = len(posts(world, CHANNEL))
    await world.advance(minutes=5)
    assert DOWN not in posts(world, CHANNEL)[before:]
