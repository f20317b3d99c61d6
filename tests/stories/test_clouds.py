"""Another cloud of Microsoft's has another bot service: only that one is believed, and only it is spoken to."""

import pytest

from tests.world import open_world

GOVERNMENT, PUBLIC = "https://api.botframework.us", "https://api.botframework.com"


@pytest.mark.parametrize(
    ("cloud", "own", "other"), [("gcc_high", GOVERNMENT, PUBLIC), ("dod", GOVERNMENT, PUBLIC), ("", PUBLIC, GOVERNMENT)]
)
async def test_the_bot_service_of_its_own_cloud_is_believed_and_no_other(tmp_path, cloud, own, other):
    async with open_world(tmp_path, CLOUD=cloud) as world:
        world.identity.bot_service = other
        assert await world.writes("is Teams down?") == 401
        assert not world.identity.issued
        world.identity.bot_service = own
        assert "Teams" in (await world.says("is Teams down?")).text
        assert {asked["scope"] for asked in world.identity.token_asks} == {f"{own}/.default"}
