"""What every test may ask for."""

import logging

import pytest
import structlog
from hypothesis import settings

from tests.databases import migrated_file, migrated_postgres, postgres  # noqa: F401 - fixtures
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


@pytest.fixture(autouse=True)
def logs_as_they_were():
    """A test that runs a command sets logging up for the whole process; the next one must not hear less for it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
