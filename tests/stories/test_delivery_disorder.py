"""What goes wrong around an alert: we are away when it begins, nobody can be reached, the clock jumps."""

import pytest

from bot.domain.delivery import Part
from bot.sources import SOURCES
from tests.channels import Told
from tests.channels import subscribe as listens
from tests.replicas.connector import refusal
from tests.trouble import DOWN, Trouble, posts, subscribe
from tests.world import open_world

pytestmark = pytest.mark.slow  # minutes and hours pass

SALES = "19:sales@thread.tacv2"
MANY = tuple(f"19:{number}" for number in range(100))
OFFICIAL = {"SOURCES_OFF": "mastodon,hn,dns,endpoints,neutral,probe", "RECOVER_HOLD_S": "60"}


async def test_trouble_that_began_while_we_were_stopped_is_told_at_the_start_and_not_again_at_the_next(tmp_path):
    async with open_world(tmp_path, **OFFICIAL) as world:
        await listens(world, SALES)
        await world.advance(minutes=1)
        await world.stop()
        world.status.down()
        await world.start()
        await world.advance(minutes=2)
        assert len(Told(world, SALES).posts) == 1
        await world.stop()
        await world.start()
        await world.advance(minutes=5)
        assert len(Told(world, SALES).posts) == 1
        assert Told(world, SALES).words == []


async def test_when_every_channel_fails_until_it_is_over_nobody_hears_of_it(tmp_path):
    async with open_world(tmp_path, SOURCES_OFF=",".join(SOURCES)) as world:  # so that nobody else ends it
        await subscribe(world, *MANY[:10])
        trouble = Trouble(world)
        world.teams.fails[""] = refusal(503, "Unavailable")
        await trouble.opens()
        await world.advance(minutes=20)
        await trouble.ends()
        world.teams.fails.clear()
        tried = len(world.teams.arrived)
        await world.advance(minutes=10)
        assert len(world.teams.arrived) == tried, "an end of what nobody heard of"
        lines = await trouble.lines()
        assert all(lines[(name, Part.CARD)].first_sent_at is None for name in MANY[:10])


async def test_a_clock_that_jumps_forward_in_mid_fan_out_sends_nothing_twice(world):
    await subscribe(world, *MANY)
    await Trouble(world).opens()
    await world.advance(seconds=1)
    assert 0 < sum(bool(posts(world, name)) for name in MANY) < len(MANY)
    await world.sleeps(hours=9)
    await world.advance(seconds=10)
    assert [posts(world, name) for name in MANY] == [[DOWN]] * len(MANY)


async def test_a_service_that_takes_no_connection_for_a_minute_got_nothing_so_nothing_may_be_there_twice(world):
    await subscribe(world, "19:sales", "19:plant")
    trouble = Trouble(world)
    await world.teams.dies()
    await trouble.opens()
    await world.advance(minutes=1)
    await world.teams.comes_back()
    await world.advance(minutes=5, seconds=1)  # the longest wait
    assert posts(world, "19:sales") == posts(world, "19:plant") == [DOWN]
    lines = await trouble.lines()
    assert not any(lines[(name, Part.CARD)].maybe_twice for name in ("19:sales", "19:plant"))
