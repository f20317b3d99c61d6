"""The bot stops in the middle of a fan-out: in order, within its time, and if not, it says so at the next start."""

import asyncio

import pytest

from bot.clock import MachineClock
from tests.replicas.connector import Refusal
from tests.trouble import DOWN, Trouble, posts, subscribe
from tests.world import open_world

pytestmark = pytest.mark.slow  # sends hang, and the bot waits for them


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, SEND_TIMEOUT_S="30") as opened:
        await subscribe(opened, "19:sales", "19:plant")
        yield opened


async def test_a_send_that_hangs_does_not_hold_up_the_end_and_is_repeated_once(world, capsys):
    trouble, clock = Trouble(world), MachineClock()
    world.teams.fails["19:sales"] = Refusal(status=201, hangs=True, times=1)
    before = len(world.teams.arrived)
    opening = asyncio.ensure_future(trouble.opens())
    await world.teams.until(before + 2)
    started = clock.monotonic()
    await world.stop()
    assert clock.monotonic() - started < 10
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    world.teams._released.set()
    capsys.readouterr()
    await world.start()
    await world.advance(seconds=31)
    assert posts(world, "19:sales") == [DOWN, DOWN]
    assert posts(world, "19:plant") == [DOWN]
    assert "in the middle of sends" not in capsys.readouterr().out


async def test_after_an_end_out_of_order_the_start_says_what_may_come_twice(world, capsys):
    trouble = Trouble(world)
    world.teams.fails[""] = Refusal(status=503)
    await trouble.opens()
    world._running.cancel()
    await asyncio.gather(world._running, return_exceptions=True)
    world._running = None
    capsys.readouterr()
    await world.start()
    assert "in the middle of sends" in capsys.readouterr().out
