"""Where alerts are folded into what was announced: one card tells the work, and the trouble that is part of it."""

import pytest

from tests.channels import Told, known, subscribe
from tests.stories.announcing import KOLKATA, NIGHT, ROLES, WORDS, Author, read
from tests.world import open_world

pytestmark = pytest.mark.slow  # nearly an hour passes

MORNING = {"from_date": "2026-03-02", "from_time": "09:01", "to_date": "2026-03-02", "to_time": "12:00"}


async def test_trouble_that_was_announced_is_a_line_of_its_card_and_leaves_it_when_it_is_over(tmp_path):
    quick = {"SOURCES_OFF": "graph,mastodon,hn,dns,endpoints,neutral,probe", "RECOVER_HOLD_S": "60"}
    async with open_world(tmp_path, ANNOUNCE_ALERTS="fold", **quick, **ROLES) as world:
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        ann = Author(world)
        await ann.fills(words=WORDS | {"kind": "outage", "services": "teams,m365"}, times=NIGHT | MORNING)
        await ann.saves()
        await world.advance(minutes=2)
        world.status.down()
        await world.advance(minutes=3)

        ((incident, _),) = await known(world)
        told = Told(world, KOLKATA)
        line = next(each for each in read(told.card).splitlines() if incident.id in each)
        assert line.startswith("Microsoft Teams: down (everyone), since ")
        assert "It gets no alert of its own." in line
        assert len(told.posts) == 1, "the incident has no card"
        assert len(told.words) == 1, "only that it has begun"

        world.status.calm()
        await world.advance(minutes=40)
        told = Told(world, KOLKATA)
        assert incident.id not in read(told.card)
        assert "in progress" in told.titles[-1]
        assert len(told.posts) == 1
