"""What every test may ask for."""

import pytest
from hypothesis import settings

from tests.world import open_world

# The same examples on every run, so that a red run can be had again; `--hypothesis-profile=explore` tries new ones.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore", derandomize=False)
settings.load_profile("repeatable")


@pytest.fixture
async def world(tmp_path):
    """All is well, and the bot runs."""
    async with open_world(tmp_path) as opened:
        yield opened
