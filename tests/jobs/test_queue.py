"""What is particular to the queue on PostgreSQL."""

import asyncio
import logging
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from psycopg.sql import SQL, Identifier

from bot.clock import MachineClock
from bot.jobs.dbos_queue import SCHEMA, DbosQueue

from .conftest import engine_on


def workflows(url):
    with psycopg.connect(url) as db:
        return db.execute(SQL("SELECT count(*) FROM {}.workflow_status").format(Identifier(SCHEMA))).fetchone()[0]


@contextmanager
def opened(url):
    """A queue that takes nothing while we look."""
    queue = DbosQueue(url, "only")
    queue.open(_never, poll_s=60, at_once=1)
    try:
        yield queue
    finally:
        queue.leave()
        queue.close()


async def test_ended_workflows_are_forgotten_and_waiting_ones_are_not(engine_postgres, diary):
    url = engine_postgres()
    async with engine_on(url, deliver=diary.job) as engine:
        await engine.submit("deliver", "ours")
        await diary.until(lambda: diary.ended["ours"])
    assert workflows(url) == 1
    await asyncio.to_thread(_queue_one_and_purge, url)
    assert workflows(url) == 1


def _queue_one_and_purge(url):
    with opened(url) as queue:
        queue.submit([("deliver", "theirs")])
        queue.purge(MachineClock().now() + timedelta(hours=1))


def test_a_tenant_that_waits_already_is_not_queued_again(engine_postgres):
    url = engine_postgres()
    with opened(url) as queue:
        for _ in range(3):
            queue.submit([("deliver", "ours"), ("deliver", "theirs")])
        assert workflows(url) == 2


def test_its_lines_take_the_same_way_as_ours_and_a_repeated_one_is_not_told_twice(engine_postgres, caplog):
    with opened(engine_postgres()):
        for _ in range(2):
            logging.getLogger("dbos").warning("the database is away")
        assert [record.getMessage() for record in caplog.records] == ["the database is away"]
        assert [type(handler) for handler in logging.getLogger("dbos").handlers] == [logging.NullHandler]


async def _never(_):
    raise AssertionError("nothing should run")
