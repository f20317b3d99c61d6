"""The engine's promises, the same on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from .conftest import engine_on
from .pace import BRISK


async def test_a_submit_runs_the_job(url, diary):
    async with engine_on(url, deliver=diary.job) as engine:
        await engine.submit("deliver", "ours")
        await diary.until(lambda: diary.ended["ours"])
    assert diary.begun == {"ours": 1}


async def test_submits_during_a_run_make_it_run_once_more(url, diary):
    gate = diary.hold("ours")
    async with engine_on(url, deliver=diary.job) as engine:
        await engine.submit("deliver", "ours")
        await diary.until(lambda: diary.begun["ours"])
        for _ in range(3):
            await engine.submit("deliver", "ours")
        gate.set()
        await diary.until(lambda: diary.ended["ours"] == 2)
        await engine.submit("deliver", "other")  # what was queued before it has begun when it has
        await diary.until(lambda: diary.ended["other"])
    assert diary.begun == {"ours": 2, "other": 1}
    assert diary.most["ours"] == 1


async def test_a_tenant_that_takes_long_delays_no_other(url, diary):
    gate = diary.hold("slow")
    async with engine_on(url, deliver=diary.job) as engine:
        await engine.submit("deliver", "slow")
        await diary.until(lambda: diary.begun["slow"])
        for tenant in ("a", "b", "c"):
            await engine.submit("deliver", tenant)
        await diary.until(lambda: all(diary.ended[tenant] for tenant in "abc"))
        assert diary.ended["slow"] == 0
        gate.set()


async def test_two_jobs_of_one_tenant_do_not_wait_for_each_other(url, diary):
    gate = diary.hold("ours")
    done = asyncio.Event()

    async def digest(_):
        done.set()

    async with engine_on(url, deliver=diary.job, digest=digest) as engine:
        await engine.submit("deliver", "ours")
        await diary.until(lambda: diary.begun["ours"])
        await engine.submit("digest", "ours")
        async with asyncio.timeout(60):
            await done.wait()
        gate.set()


async def test_an_error_in_one_tenant_stops_nobody_nor_its_own_next_run(url, diary):
    diary.fails.add("broken")
    async with engine_on(url, deliver=diary.job) as engine:
        await engine.submit("deliver", "broken")
        await engine.submit("deliver", "fine")
        await diary.until(lambda: diary.ended["broken"] and diary.ended["fine"])
        await engine.submit("deliver", "broken")
        await diary.until(lambda: diary.ended["broken"] == 2)


async def test_stopping_lets_running_jobs_end_and_begins_no_new_ones(url, diary):
    gate = diary.hold("ours")
    async with engine_on(url, deliver=diary.job) as engine:
        await engine.submit("deliver", "ours")
        await diary.until(lambda: diary.begun["ours"])
        async with asyncio.TaskGroup() as tasks:
            stopping = tasks.create_task(engine.stop())
            await asyncio.wait((stopping,), timeout=0.1)
            await engine.submit("deliver", "late")
            assert not stopping.done()
            gate.set()
        assert diary.ended["ours"] == 1
    assert diary.begun["late"] == 0


async def test_stopping_cuts_off_what_takes_too_long(url, diary):
    diary.hold("ours")
    async with engine_on(url, deliver=diary.job) as engine:
        await engine.submit("deliver", "ours")
        await diary.until(lambda: diary.begun["ours"])
        async with asyncio.timeout(60):
            await engine.stop()
    assert diary.ended["ours"] == 1


async def test_a_start_picks_up_every_tenant_that_has_work(url, diary):
    async def tenants():
        return ["left", "over"]

    async with engine_on(url, deliver=(diary.job, tenants)):
        await diary.until(lambda: diary.ended["left"] and diary.ended["over"])
    assert diary.begun == {"left": 1, "over": 1}


async def test_work_whose_submit_was_lost_is_found_by_the_next_sweep(url, diary):
    work = []

    async def tenants():
        return list(work)

    async with engine_on(url, pace=replace(BRISK, sweep=timedelta(milliseconds=200)), deliver=(diary.job, tenants)):
        work.append("ours")
        await diary.until(lambda: diary.ended["ours"])
        work.clear()


async def test_ticks_come_again_and_again_and_an_error_ends_none(url):
    came, enough = [], asyncio.Event()

    async def tick():
        came.append(1)
        if len(came) == 3:
            enough.set()
        raise ValueError("a bug in a tick")

    async with engine_on(url, tick=tick), asyncio.timeout(60):
        await enough.wait()


async def test_a_job_that_nobody_knows_is_refused(url):
    async with engine_on(url) as engine:
        with pytest.raises(LookupError, match="delivery"):
            await engine.submit("delivery", "ours")
