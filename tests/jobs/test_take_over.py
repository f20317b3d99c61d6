"""Two replicas on one PostgreSQL: one is killed, frozen or cut off, and what is owed is still sent, once."""

import asyncio
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
import pytest

from bot.clock import MachineClock

from .replica import owe

pytestmark = pytest.mark.slow

LONGEST_S = 60  # of a busy machine; a lease lasts 3 s here instead of 6, and is looked at each 0.3 s
TENANTS, EACH = ("red", "green", "blue"), 60


class Town:
    """What replicas did, as the outside saw it."""

    def __init__(self, url, log):
        self.url, self._log = url, log
        log.touch()

    @asynccontextmanager
    async def replica(self, name):
        """A replica that runs; afterwards it is dead in any case."""
        arguments = ("-m", "tests.jobs.replica", self.url, name, str(self._log))
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        try:
            async with asyncio.timeout(LONGEST_S):
                assert await process.stdout.readline() == b"ready\n"
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            await process.wait()

    def sent(self):
        """Every send, in order: by whom, to which tenant, which number."""
        return [tuple(line.split()) for line in self._log.read_text().splitlines()]

    def open(self):
        """How many rows were not noted as sent."""
        with psycopg.connect(self.url) as db:
            return db.execute("SELECT count(*) FROM owed WHERE sent_by IS NULL").fetchone()[0]

    async def until(self, true, within=LONGEST_S):
        """Look until this is so."""
        async with asyncio.timeout(within):
            while not true():
                await MachineClock().sleep(timedelta(milliseconds=50))

    def twice(self):
        """Sends that came more than once."""
        return sum(count - 1 for count in Counter(sent[1:] for sent in self.sent()).values())


@pytest.fixture
def town(engine_postgres, tmp_path):
    url = engine_postgres()
    owe(url, TENANTS, EACH)
    return Town(url, tmp_path / "sent")


async def test_a_killed_replica_s_work_is_finished_by_the_other(town):
    async with town.replica("first") as first:
        await town.until(lambda: len(town.sent()) >= 20)
        async with town.replica("second"):
            first.send_signal(signal.SIGKILL)
            await first.wait()
            await town.until(lambda: not town.open())
    assert {sent[0] for sent in town.sent()} == {"first", "second"}
    assert town.twice() <= len(TENANTS)  # at most what was under way


async def test_a_frozen_replica_that_wakes_up_sends_nothing_of_what_was_taken_over(town):
    async with town.replica("first") as first:
        await town.until(lambda: len(town.sent()) >= 20)
        async with town.replica("second"):
            first.send_signal(signal.SIGSTOP)
            before = len(town.sent())
            await town.until(lambda: len(town.sent()) > before)
            first.send_signal(signal.SIGCONT)
            await town.until(lambda: not town.open())
    assert {sent[0] for sent in town.sent()[before:]} == {"second"}
    assert town.twice() <= len(TENANTS)


async def test_a_stopped_replica_hands_over_at_once(town):
    async with town.replica("first") as first:
        await town.until(lambda: len(town.sent()) >= 20)
        async with town.replica("second"):
            first.send_signal(signal.SIGTERM)
            assert await first.wait() == 0
            await town.until(lambda: not town.open())
    assert town.twice() <= len(TENANTS)
