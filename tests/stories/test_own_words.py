"""Nobody is their own colleague, also after a restart."""

import pytest

from bot.domain.conversation import Person
from tests.replicas.identity import TENANT
from tests.world import person


@pytest.mark.parametrize("restarted", [False, True])
async def test_ones_own_word_is_taken_out_of_the_count(world, restarted):
    await world.says("is Teams down?", by=person(1))
    await world.presses("me_too", by=person(1))
    if restarted:
        await world.stop()
        await world.start()
    people = world.parts.desk.people
    assert await people.own_word(asker(1), world.clock.now()) is not None
    assert await people.own_word(asker(2), world.clock.now()) is None
    await world.advance(minutes=16)
    assert await people.own_word(asker(1), world.clock.now()) is None


def asker(number: int) -> Person:
    who = person(number)
    return Person(id=who["id"], directory_id=who["aadObjectId"], tenant=TENANT)
