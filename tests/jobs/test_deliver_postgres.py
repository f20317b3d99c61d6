"""The faults of a send that touch the database, on PostgreSQL: the stories tell them on SQLite.

Its queue goes by real time, so these are few, and time passes in small steps until what is awaited is there.
"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.clock import MachineClock
from bot.domain.delivery import Part, Progress
from tests.replicas.connector import Refusal, refusal, throttled
from tests.trouble import DOWN, Trouble, posts, subscribe
from tests.world import open_world

LONGEST_S = 60
SALES = ("19:sales", Part.CARD)


@pytest.fixture
async def world(tmp_path, engine_postgres):
    async with open_world(tmp_path, DATABASE_URL=engine_postgres()) as opened:
        await subscribe(opened, "19:sales", "19:plant")
        yield opened


@pytest.fixture
def trouble(world):
    return Trouble(world)


async def until(world, true, *, step_s=0.5):
    """Let time pass until this is so."""
    async with asyncio.timeout(LONGEST_S):
        while not await true():
            await world.advance(seconds=step_s)
            await MachineClock().sleep(timedelta(milliseconds=20))


async def is_sent(trouble):
    line = (await trouble.lines()).get(SALES)
    return line is not None and line.first_sent_at is not None


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (refusal(500, "ServiceError", times=3), 4),
        (throttled("5", times=1), 2),
        (throttled(times=2), 3),
        (Refusal(status=201, times=1, drops=True), 2),
    ],
    ids=["500", "429", "429 without a time", "answer lost"],
)
async def test_a_fault_that_passes_loses_nothing(world, trouble, fault, tries):
    world.teams.fails["19:sales"] = fault
    await trouble.opens()
    await until(world, lambda: is_sent(trouble))
    assert posts(world, "19:sales") == [DOWN] * tries
    assert posts(world, "19:plant") == [DOWN]
    told = (await trouble.lines())[SALES]
    assert (told.progress, told.maybe_twice) == (Progress.OPEN, fault.drops)


@pytest.mark.slow  # a minute of half seconds
async def test_a_minute_of_500_delays_and_loses_nothing(world, trouble):
    world.teams.fails[""] = refusal(500, "ServiceError")
    await trouble.opens()
    healed_at = world.clock.now() + timedelta(minutes=1)

    async def minute_is_over():
        return world.clock.now() >= healed_at

    await until(world, minute_is_over)
    assert not await is_sent(trouble)
    tries = len(posts(world, "19:sales"))
    assert 2 <= tries <= 8, "it waits longer each time"
    world.teams.fails.clear()
    await until(world, lambda: is_sent(trouble), step_s=10)
    assert len(posts(world, "19:sales")) == tries + 1
    told = (await trouble.lines())[SALES]
    assert (told.error, told.maybe_twice) == ("", False)


async def test_when_the_database_fails_after_a_send_the_outcome_is_kept_later(world, trouble):
    store = world.parts.store
    async with store.transaction() as db:
        raises = "BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END"
        await db.execute(text(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {raises} $$"))
        await db.execute(
            text("CREATE TRIGGER full_disk BEFORE UPDATE OF attempts ON deliveries EXECUTE FUNCTION refuse()")
        )
    await trouble.opens()

    async def both_posted():
        return len(world.teams.sent()) == 2

    await until(world, both_posted)
    await world.advance(seconds=5)
    assert not await is_sent(trouble)
    async with store.transaction() as db:
        await db.execute(text("DROP TRIGGER full_disk ON deliveries"))
    await until(world, lambda: is_sent(trouble))
    assert posts(world, "19:sales") == posts(world, "19:plant") == [DOWN]
    told = (await trouble.lines())[SALES]
    assert not told.maybe_twice
    assert told.activity is not None
