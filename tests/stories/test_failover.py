"""When Teams itself fails, the word gets out another way, and so does its end."""

import json

import pytest

from bot.domain.delivery import Part, Progress
from bot.domain.incident import Change, Level
from tests.replicas.connector import refusal
from tests.replicas.ways import HookReplica
from tests.trouble import DOWN, Trouble, posts, seen, subscribe
from tests.world import FABRIKAM, open_world

pytestmark = pytest.mark.slow  # minutes and hours of an outage pass

CHANNELS = tuple(f"19:{number}" for number in range(4))


@pytest.fixture
async def hook():
    replica = HookReplica()
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def world(tmp_path, hook):
    ways = (
        f"ops = {hook.address('ops')}",
        f"night (down) = {hook.address('night')}",
        f"quiet (09:00-18:00 Europe/Berlin) = {hook.address('q')}",
    )
    async with open_world(tmp_path, FALLBACKS="\n".join(ways)) as opened:
        opened.hook = hook
        await subscribe(opened, *CHANNELS)
        yield opened


@pytest.fixture
def trouble(world):
    return Trouble(world)


def told(world, way):
    """What reached a way."""
    sent = [json.loads(call.body) for call in world.hook.calls if call.path == f"/{way}"]
    return [f"{each['title']}\n{each['message']}" for each in sent]


async def test_when_teams_fails_the_alarm_takes_another_way_within_a_minute_and_its_end_too(world, trouble):
    world.teams.fails[""] = refusal(500, "ServiceError")
    await trouble.opens(level=Level.DEGRADED)
    await world.advance(seconds=60)
    assert len(told(world, "ops")) == 1
    assert world.words("way.alarm_long") in told(world, "ops")[0]
    assert trouble.incident.id in told(world, "ops")[0]
    assert told(world, "night") == [], "it is not down"
    assert told(world, "q") == [], "these are its quiet hours"
    lines = await trouble.lines()
    assert {lines[(one, Part.CARD)].progress for one in CHANNELS} == {Progress.HANDED_OVER}
    assert lines[(CHANNELS[0], Part.CARD)].error.startswith("told by ops")
    await trouble.goes_on(Change.WIDER, level=Level.DOWN)
    await world.advance(seconds=20)
    assert len(told(world, "night")) == 1
    tried = {one: len(posts(world, one)) for one in CHANNELS}
    world.teams.fails.clear()
    await world.advance(minutes=8)
    for one in CHANNELS:
        assert posts(world, one)[tried[one] :][0] == DOWN, "the newest, once Teams is back"
    await trouble.ends()
    await world.advance(seconds=40)
    for way in ("ops", "night"):
        assert len(told(world, way)) == 2
        assert world.words("way.end_long") in told(world, way)[1]
        assert trouble.incident.id in told(world, way)[1]
    await world.advance(minutes=2)
    assert len(told(world, "ops")) == 2


async def test_what_only_the_help_desk_was_told_is_handed_over_to_nobody(tmp_path, hook):
    ways = f"pager = {hook.address('pager')}\nquiet (09:00-18:00 Europe/Berlin) = {hook.address('q')}"
    async with open_world(tmp_path, FALLBACKS=ways, HELPDESK_CHANNELS="way:pager") as world:
        world.hook, trouble = hook, Trouble(world)
        await subscribe(world, *CHANNELS)
        world.teams.fails[""] = refusal(500, "ServiceError")
        await trouble.opens()
        await world.advance(seconds=60)
        assert len(told(world, "pager")) == 1
        lines = await trouble.lines()
        assert {lines[(one, Part.CARD)].progress for one in CHANNELS} == {Progress.OPEN}
        assert "told by" not in lines[(CHANNELS[0], Part.CARD)].error


async def test_one_bad_channel_calls_no_other_way(world, trouble):
    world.teams.fails[CHANNELS[0]] = refusal(500, "ServiceError")
    await trouble.opens()
    await world.advance(minutes=3)
    assert world.hook.arrived == []
    assert posts(world, CHANNELS[1]) == [DOWN]


async def test_who_was_told_nothing_by_another_way_hears_no_end_there(world, trouble):
    await trouble.opens()
    await trouble.ends()
    await world.advance(minutes=1)
    assert world.hook.arrived == []
    assert seen(world, CHANNELS[0])[-1][0] == "POST"


async def test_a_dead_way_is_tried_again_until_it_takes_it(world, trouble):
    world.hook.status = 500
    world.teams.fails[""] = refusal(500, "ServiceError")
    await trouble.opens()
    await world.advance(seconds=60)
    tries = len(told(world, "ops"))
    assert tries >= 1
    world.hook.status = 200
    await world.advance(minutes=6)
    assert len(told(world, "ops")) > tries
    assert (await trouble.lines())[("ops", Part.STEP)].first_sent_at is not None


async def test_a_drill_is_told_only_by_ways_that_asked_for_drills(world, trouble):
    world.teams.fails[""] = refusal(500, "ServiceError")
    await trouble.opens(drill=True)
    await world.advance(minutes=1)
    assert world.hook.arrived == []


async def test_where_only_one_conversation_is_subscribed_it_is_enough_when_no_door_is_found_open(tmp_path, hook):
    async with open_world(tmp_path, FALLBACKS=f"ops = {hook.address('ops')}", SOURCES_OFF="graph,probe") as world:
        world.hook, trouble = hook, Trouble(world)
        await subscribe(world, "19:only")
        world.teams.fails[""] = refusal(500, "ServiceError")
        await trouble.opens()
        await world.advance(seconds=40)
        assert told(world, "ops") == []
        await world.advance(seconds=20)
        assert len(told(world, "ops")) == 1
        world.teams.fails.clear()
        await world.advance(minutes=6)
        await trouble.ends()
        await world.advance(minutes=1)
        assert len(told(world, "ops")) == 2


async def test_chats_of_a_tenant_without_settings_have_the_common_ways_where_it_is_served(tmp_path, hook):
    local = {"APP_ID": "", "APP_SECRET": "", "TENANT_ID": "", "SERVICE_HOSTS": ""}
    async with open_world(tmp_path, FALLBACKS=f"ops = {hook.address('ops')}", **local) as world:
        world.hook, trouble = hook, Trouble(world, FABRIKAM)
        await subscribe(world, *CHANNELS, tenant=FABRIKAM)
        world.teams.fails[""] = refusal(500, "ServiceError")
        await trouble.opens()
        await world.advance(seconds=60)
        assert len(told(world, "ops")) == 1
        assert trouble.incident.id in told(world, "ops")[0]


async def test_a_tenant_that_is_not_served_any_more_is_told_on_nobodys_ways(world):
    trouble = Trouble(world, FABRIKAM)
    await subscribe(world, *(f"19:fabrikam{number}" for number in range(4)), tenant=FABRIKAM)
    world.teams.fails[""] = refusal(500, "ServiceError")
    await trouble.opens()
    await world.advance(seconds=60)
    assert world.hook.arrived == []


async def test_a_way_is_told_once_what_the_public_and_a_tenant_both_have(world, trouble):
    public = Trouble(world)
    public.tenant = None
    world.teams.fails[""] = refusal(500, "ServiceError")
    await public.opens()
    await trouble.opens()
    await world.advance(seconds=60)
    (alarm,) = told(world, "ops")
    assert trouble.incident.id in alarm, "the tenant's own, which its cards name too"
    world.teams.fails.clear()
    await trouble.ends()
    await public.ends()
    await world.advance(minutes=7)
    assert len(told(world, "ops")) == 2
