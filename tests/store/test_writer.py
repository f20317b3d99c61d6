"""Writing: many at once share a commit, one that fails takes nobody along, and what was confirmed is on the disk."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.clock import MachineClock
from bot.domain.observation import ServiceId, TenantId
from bot.metrics import REGISTRY
from bot.store import reports
from bot.store.engine import Store, StoreError
from bot.store.reports import Report, Said
from bot.store.writer import GROUP

from .conftest import PATIENCE

TEAMS = ServiceId("teams")
OURS = TenantId("ours")


async def have_it(store, now, person):
    async with store.transaction() as db:
        await reports.add(db, Report(tenant=OURS, person=person, said=Said.ME_TOO, service=TEAMS, at=now))


async def counted(store, now):
    async with store.reading() as db:
        return (await reports.count(db, OURS, TEAMS, now)).reports


@pytest.fixture
async def sqlite(url, clock):
    opened = await Store.open(url, clock, patience=PATIENCE)
    yield opened
    await opened.close()


async def test_two_thousand_writes_at_once_are_all_kept_in_few_commits(sqlite, now):
    before = REGISTRY.get_sample_value("notjustyou_store_commits_total")
    await asyncio.gather(*(have_it(sqlite, now, f"person {n}") for n in range(2000)))
    assert await counted(sqlite, now) == 2000
    assert REGISTRY.get_sample_value("notjustyou_store_commits_total") - before <= 2000 / GROUP + 2
    assert sqlite.open_work == 0


async def test_many_writes_at_once_are_all_kept(store, now):
    await asyncio.gather(*(have_it(store, now, f"person {n}") for n in range(100)))
    assert await counted(store, now) == 100


async def test_a_write_that_fails_takes_nobody_along(store, now):
    async def fail(person):
        async with store.transaction() as db:
            await reports.add(db, Report(tenant=OURS, person=person, said=Said.ME_TOO, service=TEAMS, at=now))
            raise LookupError(person)

    work = [
        fail("0"),
        *(have_it(store, now, f"person {n}") if n % 3 else fail(f"{n}") for n in range(1, 60)),
        fail("60"),
    ]
    ended = await asyncio.gather(*work, return_exceptions=True)
    assert [type(end) for end in ended if end is not None] == [LookupError] * 21
    assert await counted(store, now) == 40


async def test_a_statement_that_the_database_refuses_is_told_to_its_writer_only(store, now):
    async def nonsense():
        async with store.transaction() as db:
            await db.execute(text("INSERT INTO nowhere VALUES (1)"))

    ended = await asyncio.gather(have_it(store, now, "a"), nonsense(), have_it(store, now, "b"), return_exceptions=True)
    assert [type(end) for end in ended] == [type(None), StoreError, type(None)]
    assert await counted(store, now) == 2


async def test_one_who_gives_up_waiting_holds_nobody_up(sqlite, now):
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow():
        async with sqlite.transaction():
            entered.set()
            await leave.wait()

    async with asyncio.TaskGroup() as people:
        people.create_task(slow())
        await entered.wait()
        impatient = people.create_task(have_it(sqlite, now, "impatient"))
        patient = people.create_task(have_it(sqlite, now, "patient"))
        await asyncio.wait({impatient}, timeout=0)
        impatient.cancel()
        await asyncio.wait({impatient})
        leave.set()
        await patient
    assert await counted(sqlite, now) == 1


async def test_one_who_is_cancelled_while_writing_writes_nothing(sqlite, now):
    entered = asyncio.Event()

    async def interrupted():
        async with sqlite.transaction() as db:
            await reports.add(db, Report(tenant=OURS, person="x", said=Said.ME_TOO, service=TEAMS, at=now))
            entered.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as people:
        task = people.create_task(interrupted())
        await entered.wait()
        other = people.create_task(have_it(sqlite, now, "other"))
        task.cancel()
        await other
    assert await counted(sqlite, now) == 1


async def test_a_cancellation_during_the_commit_comes_through_after_it(sqlite, now):
    """Who is stopped must know whether the write was kept: else it is repeated, or believed and lost."""
    queued, left, leave = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def write():
        async with sqlite.transaction() as db:
            await reports.add(db, Report(tenant=OURS, person="x", said=Said.ME_TOO, service=TEAMS, at=now))
            await queued.wait()
            left.set()  # from here to waiting for the commit nobody else gets a turn

    async def next_in_the_same_group():
        async with sqlite.transaction():
            await leave.wait()

    async with asyncio.TaskGroup() as people:
        task = people.create_task(write())
        await asyncio.wait({task}, timeout=0)
        people.create_task(next_in_the_same_group())
        await asyncio.wait({task}, timeout=0)
        queued.set()
        await left.wait()  # now it waits for the commit; a moment in real time would be too short on a busy machine
        task.cancel()
        _, waiting = await asyncio.wait({task}, timeout=0.02)
        assert waiting == {task}
        leave.set()
        await asyncio.wait({task})
        assert task.cancelled()
    assert await counted(sqlite, now) == 1


async def test_a_write_that_does_not_end_is_trouble_after_a_minute(store, clock, now):
    assert (store.write_trouble, await store.read_trouble()) == (None, None)
    async with store.transaction():
        clock.set(now + timedelta(seconds=60))
        assert store.write_trouble is None
        clock.set(now + timedelta(seconds=61))
        assert "has not ended for 60 s" in store.write_trouble
    assert store.write_trouble is None


async def test_closing_writes_what_is_waiting_and_takes_no_more(url, clock, now):
    store = await Store.open(url, clock, exclusive=True)
    async with asyncio.TaskGroup() as people:
        writes = [people.create_task(have_it(store, now, f"person {n}")) for n in range(100)]
        await asyncio.wait(writes, timeout=0)
        await store.close()
    with pytest.raises(StoreError, match="closed"):
        await have_it(store, now, "late")
    again = await Store.open(url, clock, exclusive=True)
    assert await counted(again, now) == 100
    await again.close()


async def test_a_locked_database_is_told_soon_to_all_and_works_again_afterwards(sqlite, now, file):
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ended = await asyncio.gather(*(have_it(sqlite, now, f"{n}") for n in range(50)), return_exceptions=True)
    assert all(isinstance(end, StoreError) and "another program holds the database locked" in str(end) for end in ended)
    assert await counted(sqlite, now) == 0  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    await have_it(sqlite, now, "a")
    assert await counted(sqlite, now) == 1


async def test_a_full_disk_is_told_to_all_and_writing_goes_on_by_itself(sqlite, now):
    async def limit(pages):
        async with sqlite.transaction() as db:
            await db.execute(text(f"PRAGMA max_page_count = {pages}"))

    await limit(1)  # SQLite takes the present size as the least
    ended = await asyncio.gather(*(have_it(sqlite, now, f"{n:0>1000}") for n in range(150)), return_exceptions=True)
    kept = sum(end is None for end in ended)
    assert kept < 150
    assert all(end is None or "is full: free some space" in str(end) for end in ended)
    assert await counted(sqlite, now) == kept  # nobody was told that a write was kept which was not
    await limit(1_000_000)
    await have_it(sqlite, now, "afterwards")
    assert await counted(sqlite, now) == kept + 1


async def test_a_group_that_the_database_gave_up_is_told_to_each_of_its_members(sqlite, now):
    async def give_up():
        async with sqlite.transaction() as db:
            await db.execute(text("ROLLBACK"))  # as SQLite does by itself when the disk is full

    ended = await asyncio.gather(
        have_it(sqlite, now, "a"), give_up(), have_it(sqlite, now, "b"), return_exceptions=True
    )
    assert [type(end) for end in ended] == [StoreError, StoreError, type(None)]
    assert await counted(sqlite, now) == 1


_WRITE_UNTIL_KILLED = """
import asyncio, sys
from bot.clock import MachineClock
from bot.store.engine import Store
from tests.store.test_writer import have_it

async def write(store, writer, clock):
    number = 0
    while True:
        await have_it(store, clock.now(), f"{writer}-{number}")
        print(f"{writer}-{number}", flush=True)
        number += 1

async def main():
    clock = MachineClock()
    store = await Store.open(sys.argv[1], clock, exclusive=True)
    await asyncio.gather(*(write(store, writer, clock) for writer in range(8)))

asyncio.run(main())
"""


async def test_killed_in_the_middle_nothing_confirmed_is_lost(url, clock):
    root = Path(__file__).parents[2]
    writer = subprocess.Popen(  # noqa: ASYNC220, S603 - our own words, killed below
        [sys.executable, "-c", _WRITE_UNTIL_KILLED, url], cwd=root, stdout=subprocess.PIPE, text=True
    )
    confirmed = [writer.stdout.readline().strip() for _ in range(200)]
    os.kill(writer.pid, signal.SIGKILL)
    rest, _ = writer.communicate()
    confirmed += [line for line in rest.split("\n")[:-1]]
    store = await Store.open(url, clock, exclusive=True)  # the lock of a dead process holds nobody off
    async with store.reading() as db:
        kept = set((await db.execute(text("SELECT person FROM reports"))).scalars())
        whole = (await db.execute(text("PRAGMA integrity_check"))).scalar_one()
    await store.close()
    assert len(confirmed) >= 200
    assert set(confirmed) <= kept
    assert len(kept) - len(set(confirmed)) <= 8  # those whose confirmation was on its way
    assert whole == "ok"


async def test_a_lost_connection_to_the_server_costs_one_transaction(postgres, clock, now):
    address = postgres()
    store = await Store.open(address, clock, patience=timedelta(seconds=2))
    await have_it(store, now, "before")

    async def break_off():
        async with store.transaction() as db:
            me = (await db.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with store.transaction() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": me})
            await reports.add(db, Report(tenant=OURS, person="lost", said=Said.ME_TOO, service=TEAMS, at=now))

    with pytest.raises(StoreError):
        await break_off()
    await have_it(store, now, "after")
    assert await counted(store, now) == 2
    await store.close()


SLOW = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n")


async def test_a_write_that_is_cut_off_in_a_statement_leaves_the_writer_to_the_others(sqlite, now):
    begun = asyncio.Event()

    async def long():
        async with sqlite.transaction() as db:
            begun.set()
            await db.execute(SLOW)

    writing = asyncio.ensure_future(long())
    await begun.wait()
    await MachineClock().sleep(timedelta(milliseconds=30))  # until the statement runs
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await have_it(sqlite, now, "next")
    assert await counted(sqlite, now) == 1


@pytest.mark.parametrize("rounds", range(12))
async def test_a_write_that_gives_up_just_before_its_turn_leaves_the_writer_to_the_others(sqlite, now, rounds):
    go = asyncio.Event()

    async def first():
        async with sqlite.transaction() as db:
            await go.wait()
            await reports.add(db, Report(tenant=OURS, person="first", said=Said.ME_TOO, service=TEAMS, at=now))

    writing = asyncio.ensure_future(first())
    await asyncio.sleep(0)  # noqa: TID251 - gives way; no time passes
    waiting = asyncio.ensure_future(have_it(sqlite, now, "second"))
    await asyncio.sleep(0)  # noqa: TID251 - as above
    go.set()
    for _ in range(rounds):
        await MachineClock().sleep(timedelta(microseconds=200))
    waiting.cancel()
    await asyncio.gather(writing, waiting, return_exceptions=True)
    await have_it(sqlite, now, "third")
    assert await counted(sqlite, now) in (2, 3)
