"""A real database for each test, of both kinds."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SettableClock
from bot.store.engine import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PATIENCE = timedelta(milliseconds=80)


@pytest.fixture
def clock():
    return SettableClock(NOON)


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "bot.db"


@pytest.fixture
def url(file):
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request, url):
    """Both kinds of database: what holds for one must hold for the other."""
    return url if request.param == "sqlite" else request.getfixturevalue("postgres")()


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request, clock):
    """An open store with empty tables, of both kinds."""
    if request.param == "sqlite":
        file = request.getfixturevalue("file")
        file.parent.mkdir()
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        address = f"sqlite:///{file}"
    else:
        address = request.getfixturevalue("migrated_postgres")()
    opened = await Store.open(address, clock)
    yield opened
    await opened.close()
