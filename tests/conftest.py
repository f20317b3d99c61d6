"""What every test may ask for."""

import io
import logging
import sys

import pytest
import structlog
from hypothesis import settings

from bot.logs import configure_logs
from tests import secrets_known
from tests.databases import migrated_file, migrated_postgres, postgres  # noqa: F401 - fixtures
from tests.world import open_world

# The same examples on every run, so that a red run can be had again; `--hypothesis-profile=explore` tries new ones.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore", derandomize=False)
settings.load_profile("repeatable")


class Shown(io.StringIO):
    """Standard output as it is at the moment of writing: tests may look at it, and a failed one shows it."""

    def write(self, line):
        return sys.stdout.write(line)


@pytest.fixture
async def world(tmp_path):
    """All is well, and the bot runs."""
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session", autouse=True)
def every_line_is_looked_at():
    """What the product's own formatter writes, wherever to and however a test has set logging up."""
    with pytest.MonkeyPatch.context() as patched:
        written = logging.Handler.format

        def look(handler, record):
            line = written(handler, record)
            if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
                secrets_known.look(line)
            return line

        patched.setattr(logging.Handler, "format", look)
        yield


@pytest.fixture(autouse=True)
def logs_as_they_were():
    """As a server sets them up, so that its own blotting is tested; the next test must not hear less for it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    secrets_known.begin()
    configure_logs(level="info", form="json", secrets=secrets_known.ALWAYS, stream=Shown())
    logging.captureWarnings(capture=False)  # a warning fails the test
    yield
    found = secrets_known.leaks()
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    assert not found, f"a secret was written where people read: {found}"
