"""How late announcements are handed to sending, what looking costs, and what a crash loses.

python -m tests.benchmarks.announcing                  # 10,000 schedules in five zones, idle, 10,000 at once
python -m tests.benchmarks.announcing --crashes 1000   # random kills on the fake clock
"""

import argparse
import asyncio
import json
import logging
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog

from bot.clock import MachineClock, SettableClock
from bot.domain.schedule import Rule, zone_of
from bot.jobs.announce import Announcer, Announcing
from bot.jobs.leases import AlwaysHeld
from bot.jobs.windows import Windows
from bot.store import announcements, dues
from bot.store.engine import Store
from bot.store.tables import occurrence_steps
from bot.terminal.serving import spare_what_was_loaded
from tests.databases import bring_to
from tests.jobs.announcing import MONDAY, Board, notice
from tests.jobs.test_announce_crashes import crashes

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")
MANY = 10_000
SPREAD_S = 30.0


async def _nothing(_):
    pass


def announcer_of(store, clock):
    windows = Windows(store, Board(), clock, _nothing, AlwaysHeld())
    setup = Announcing(
        zone_of=lambda _: "UTC", changed=_nothing, grace_of=lambda _: timedelta(hours=1), zones_version="1"
    )
    return Announcer(store, clock, setup, windows=windows)


async def plan_many(store, now, ats):
    """Notices at these moments, in five zones by turns; planned."""
    async with store.transaction() as db:
        for number, at in enumerate(ats):
            zone = ZONES[number % len(ZONES)]
            local = at.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0)
            await announcements.save(db, replace(notice(now), rule=Rule(at=local), zone=zone))


async def lateness(folder):
    """10,000 schedules due within half a minute, by the machine's own clock: from due to handed to sending."""
    clock = MachineClock()
    store = await Store.open(f"sqlite:///{folder}/late.db", clock)
    announcer = announcer_of(store, clock)
    begins = clock.now() + timedelta(seconds=60)
    await plan_many(store, clock.now(), [begins + timedelta(seconds=SPREAD_S * n / MANY) for n in range(MANY)])
    started = time.perf_counter()
    await announcer.look()
    planning = time.perf_counter() - started
    while clock.now() < begins + timedelta(seconds=SPREAD_S + 2):
        await announcer.tick()
        await clock.sleep(timedelta(milliseconds=1))
    async with store.reading() as db:
        rows = (await db.execute(occurrence_steps.select())).all()
    await store.close()
    late = sorted((row.at - row.due).total_seconds() for row in rows if row.step == "posted")
    return {
        "schedules": len(late),
        "planning_s": round(planning, 1),
        "late_p50_s": round(late[len(late) // 2], 3),
        "late_p99_s": round(late[int(len(late) * 0.99)], 3),
        "late_max_s": round(late[-1], 3),
    }


async def at_once(folder):
    """10,000 due in the same second: how long until all of them are queued."""
    clock = SettableClock(MONDAY)
    store = await Store.open(f"sqlite:///{folder}/once.db", clock)
    announcer = announcer_of(store, clock)
    due = MONDAY + timedelta(hours=1)
    await plan_many(store, MONDAY, [due] * MANY)
    await announcer.look()
    clock.set(due)
    started = time.perf_counter()
    await announcer.look()
    took = time.perf_counter() - started
    async with store.reading() as db:
        left = await dues.next_at(db)
    await store.close()
    return {"at_once": MANY, "queued_s": round(took, 2), "left": left is not None}


async def idle(folder, seconds=20.0):
    """What looking costs while nothing is due, with 10,000 planned, as a share of a core."""
    shutil.copy(Path(folder) / "template.db", Path(folder) / "idle.db")
    clock = MachineClock()
    store = await Store.open(f"sqlite:///{folder}/idle.db", clock)
    announcer = announcer_of(store, clock)
    now = clock.now()
    await plan_many(store, now, [now + timedelta(days=1, seconds=n) for n in range(MANY)])
    await announcer.look()
    used, started = time.process_time(), time.perf_counter()
    while time.perf_counter() - started < seconds:
        await announcer.tick()
    share = (time.process_time() - used) / (time.perf_counter() - started)
    await store.close()
    return {"idle_share_of_a_core": round(share, 4)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crashes", type=int)
    wanted = parser.parse_args()
    spare_what_was_loaded()  # as `serve` does
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        bring_to(f"sqlite:///{template}", "head")
        if wanted.crashes:
            started = time.perf_counter()
            crashes(template, wanted.crashes)
            told = {"crash_runs": wanted.crashes, "lost_or_doubled": 0, "took_s": round(time.perf_counter() - started)}
        else:
            told = asyncio.run(at_once(folder)) | asyncio.run(idle(folder)) | asyncio.run(lateness(folder))
    print(json.dumps(told))  # noqa: T201 - the figures


if __name__ == "__main__":
    main()
