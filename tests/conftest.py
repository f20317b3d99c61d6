"""What every test may ask for."""

import pytest

from tests.world import open_world


@pytest.fixture
async def world(tmp_path):
    """All is well, and the bot runs."""
    async with open_world(tmp_path) as opened:
        yield opened
