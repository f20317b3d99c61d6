"""The page shows an incident that is open, above the verdict: who can't reach Teams reads the same as the channels."""

import pytest

from tests.replicas.web_targets import BROKEN, DOORS
from tests.stories.test_page import OPEN, read
from tests.world import open_world

pytestmark = pytest.mark.slow  # minutes and hours of an outage pass


async def outage(world):
    world.web.says(BROKEN, *DOORS)
    world.status.down()
    await world.advance(minutes=6)


async def test_an_open_incident_stands_above_the_verdict_with_its_reference(tmp_path):
    async with open_world(tmp_path, **OPEN) as world:
        assert 'class="open"' not in (await world.page())[1]
        await outage(world)
        incident = world.parts.desk.open.all_of(None)[0]
        assert incident.service == "teams"
        page = await read(world)
        above = page.text.split("<article")[0]
        for line in (incident.id, "Next word by", "Since "):
            assert line in above
        german = (await read(world, "/?lang=de")).text.split("<article")[0]
        assert incident.id in german
        assert "Next word by" not in german
        world.web.heals()
        world.status.calm()
        await world.advance(hours=2)
        assert 'class="open"' not in (await world.page())[1]


async def test_the_page_goes_on_showing_it_after_a_restart(tmp_path):
    async with open_world(tmp_path, **OPEN) as world:
        await outage(world)
        await world.stop()
        await world.start()
        incident = world.parts.desk.open.all_of(None)[0]
        assert incident.service == "teams"
        assert incident.id in (await read(world)).text
