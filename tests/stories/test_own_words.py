"""Nobody is their own colleague, also after a restart."""

import pytest

from tests.world import person


@pytest.mark.parametrize("restarted", [False, True])
async def test_ones_own_word_is_taken_out_of_the_count(world, restarted):
    await world.says("is Teams down?", by=person(1))
    await world.presses("me_too", by=person(1))
    assert world.parts is not None
    if restarted:
        await world.stop()
        await world.start()
    word = await world.parts.desk.people.own_word(_asker(1), world.clock.now())
    assert word is not None
    assert await world.parts.desk.people.own_word(_asker(2), world.clock.now()) is None
    await world.advance(minutes=16)
    assert await world.parts.desk.people.own_word(_asker(1), world.clock.now()) is None


def _asker(number: int):
    from bot.domain.conversation import Person
    from tests.replicas.identity import TENANT

    who = person(number)
    return Person(id=who["id"], directory_id=who["aadObjectId"], tenant=TENANT)
