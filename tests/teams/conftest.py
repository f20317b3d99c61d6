"""The rooms that these tests talk in."""

import pytest

from bot.transports.teams.registration import Registration
from tests.teams.room import open_room


@pytest.fixture
async def room():
    """A registered bot: tokens are checked in both directions."""
    async with open_room() as opened:
        yield opened


@pytest.fixture
async def local_room():
    """A bot without an app id: programs on this machine only."""
    async with open_room(Registration()) as opened:
        yield opened
