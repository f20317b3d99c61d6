"""A way beside Teams as the help desk's destination: told first, while Teams works, from the beginning to the end."""

import asyncio
import json
from datetime import timedelta

import pytest

from bot.clock import MachineClock
from bot.domain.incident import Change, Level, Reach, Stage
from tests.replicas.faults import Fault
from tests.replicas.ways import HookReplica
from tests.stories.test_ways_settings import REGISTERED, TWO, written
from tests.terminal import open_terminal
from tests.trouble import Trouble, posts, subscribe
from tests.world import open_world

PATIENCE_S = 20


@pytest.fixture
async def hook():
    replica = HookReplica()
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def world(tmp_path, hook):
    ways = f"pager = {hook.address('pager')}\nmail = {hook.address('mail')}"
    async with open_world(tmp_path, FALLBACKS=ways, HELPDESK_CHANNELS="way:pager", BLIND_AFTER_S="300") as opened:
        opened.hook = hook
        await subscribe(opened, "19:sales")
        yield opened


async def told(world, several):
    """What the pager has got, once it is so much: it is sent from a thread, which the clock does not know of."""
    async with asyncio.timeout(PATIENCE_S):
        while len(world.hook.arrived) < several:
            await MachineClock().sleep(timedelta(milliseconds=5))
    await world.settle()
    assert {call.path for call in world.hook.calls} <= {"/pager"}, "the other way is not the help desk's"
    return [f"{each['title']}\n{each['message']}" for each in world.hook.arrived]


async def test_trouble_of_the_organisation_is_told_there_before_anybody_acknowledged_it(world):
    trouble = Trouble(world)
    await trouble.opens(level=Level.SIGNS, stage=Stage.SIGNS, reach=Reach.ORGANISATION)
    (alarm,) = await told(world, 1)
    assert world.words("way.alarm_desk_long") in alarm
    assert trouble.incident.id in alarm
    assert "destination of its helpdesk" in alarm
    assert posts(world, "19:sales") == []
    await trouble.ends()
    assert [world.words("way.end_desk_long") in each for each in await told(world, 2)] == [False, True]


async def test_what_everybody_has_is_told_when_it_begins_gets_worse_and_ends_and_nothing_between(world):
    trouble = Trouble(world)
    await trouble.opens(level=Level.DEGRADED)
    await trouble.goes_on(confidence=0.97)
    assert len(await told(world, 1)) == 1
    await trouble.goes_on(Change.WIDER, level=Level.DOWN)
    assert "down" in (await told(world, 2))[1]
    await trouble.ends()
    await told(world, 3)
    await trouble.goes_on(Change.REOPENED, stage=Stage.CONFIRMED, closed_at=None)
    await told(world, 4)
    await trouble.ends()
    await world.advance(seconds=31)  # the one before may have been under way still
    assert len(await told(world, 5)) == 5
    card = world.teams.sent("19:sales")[0]
    assert "pager" not in json.dumps(card), "Teams works: nobody was told another way because of it"


@pytest.mark.slow
async def test_a_source_that_stays_blind_and_its_return_are_told_there(world):
    world.status.fault = Fault.SERVER_ERROR
    await world.advance(minutes=9)
    (blind,) = await told(world, 1)
    assert "We can't read this source since" in blind
    world.status.heals()
    await world.advance(minutes=17)
    assert ["We can read this source again" in each for each in await told(world, 2)] == [False, True]


async def test_a_way_that_is_none_is_refused_and_so_is_one_of_an_unknown_organisation(tmp_path):
    async with open_terminal(tmp_path) as terminal:
        ways = {"FALLBACKS": "pager = json://127.0.0.1/x"}
        wrong = await terminal.types("settings", **REGISTERED, **ways, HELPDESK_CHANNELS="way:pagr, 19:x@thread.tacv2")
        assert wrong.code == 2
        assert "'way:pagr'" in wrong.err
        assert "way:NAME with a name of NOTJUSTYOU_FALLBACKS (pager)" in wrong.err
        nobody = await terminal.types("settings", **ways, HELPDESK_CHANNELS="way:pager")
        assert nobody.code == 2
        assert "NOTJUSTYOU_TENANT_ID" in nobody.err
        right = await terminal.types("check", "hn", **REGISTERED, **ways, HELPDESK_CHANNELS="way:pager")
        assert "help desk" not in right.err
        one = TWO.replace("[tenant.fabrikam]", 'helpdesk_channels = ["way:night"]\n[tenant.fabrikam]')
        assert (await terminal.types("settings", **written(tmp_path, one))).code == 0, (
            "those at the top are its own too"
        )
