"""Outcomes are written together, by one for all who wait; whoever is cut off meanwhile leaves nobody waiting."""

import asyncio
from datetime import timedelta

import pytest

from bot.clock import MachineClock
from bot.jobs.settlements import Settled, Settlements
from tests.jobs.test_late import NOW, activity, before, sent, store  # noqa: F401 - fixtures

LONGEST_S = 20


class Gate:
    """A right that is looked up for as long as the test wants."""

    def __init__(self):
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def guard(self, _db):
        self.reached.set()
        await self.opened.wait()


@pytest.mark.parametrize("cut", [[1], [1, 2], [0], [0, 1, 2]], ids=str)
async def test_whoever_should_write_next_and_is_cut_off_writes_all_the_same(store, before, cut):  # noqa: F811
    gate = Gate()
    settlements = Settlements(store, gate.guard)

    def keep(number):
        done = Settled(delivery=sent(before, str(number), NOW + timedelta(seconds=number)))
        return asyncio.ensure_future(settlements.keep(done))

    keeping = [keep(0)]
    await gate.reached.wait()
    keeping += [keep(1), keep(2)]
    await MachineClock().sleep(timedelta(0))
    for number in cut:
        keeping[number].cancel()
    gate.opened.set()
    async with asyncio.timeout(LONGEST_S):
        ended = await asyncio.gather(*keeping, return_exceptions=True)
        assert [isinstance(each, asyncio.CancelledError) for each in ended] == [each in cut for each in range(3)]
        assert await activity(store, before) == "2", "also of those that were cut off"
        await keep(3)
    assert await activity(store, before) == "3"
