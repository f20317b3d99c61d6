"""One replica in a process of its own, to be killed and frozen:  python -m tests.jobs.replica URL NAME LOG

Its job sends what is owed to a tenant: a line in LOG is what the outside saw.  It says "ready" when its engine runs.
"""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy import text

from bot.clock import MachineClock
from bot.jobs.engine import new_engine
from bot.store.engine import Store

from .pace import MORTAL

SEND_TAKES = timedelta(milliseconds=20)
OWED = "CREATE TABLE owed (tenant text, number int, sent_by text, PRIMARY KEY (tenant, number))"


def owe(url, tenants, each):
    """Make the table of what is to be sent."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(OWED)
        for tenant in tenants:
            for number in range(each):
                db.execute("INSERT INTO owed (tenant, number) VALUES (%s, %s)", (tenant, number))


async def _run(url, name, log):
    clock, stop = MachineClock(), asyncio.Event()
    store = await Store.open(url, clock)
    engine = new_engine(url, store, clock, name, pace=MORTAL)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def send(tenant):
        while True:
            async with store.reading() as db:
                wanted = text(
                    "SELECT number FROM owed WHERE tenant = :tenant AND sent_by IS NULL ORDER BY number LIMIT 1"
                )
                number = (await db.execute(wanted, {"tenant": tenant})).scalar_one_or_none()
            if number is None:
                return
            engine.holding.check()
            with log.open("a") as seen:
                seen.write(f"{name} {tenant} {number}\n")
            await clock.sleep(SEND_TAKES)
            async with store.transaction() as db:
                await engine.holding.guard(db)
                done = text("UPDATE owed SET sent_by = :name WHERE tenant = :tenant AND number = :number")
                await db.execute(done, {"name": name, "tenant": tenant, "number": number})

    async def with_work():
        async with store.reading() as db:
            return (await db.execute(text("SELECT DISTINCT tenant FROM owed WHERE sent_by IS NULL"))).scalars().all()

    engine.job("send", send, with_work=with_work)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(engine.run())
        await engine.holding.held.wait()
        print("ready", flush=True)  # noqa: T201 - whoever started us waits for it
        await stop.wait()
        await engine.stop()
    await store.close()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
