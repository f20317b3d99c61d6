"""A hundred thousand channels of one tenant, and halfway something newer:  python -m tests.benchmarks.overtaken

Time passes faster (`--speed`), since at the vendor's cap of 50 a second they take 33 minutes; what the machine does
takes as long as ever.  PostgreSQL's leases go by its own clock, so there: --postgres --speed 3 --channels 20000.
Prints one JSON line:

old_after      got the old news when the new was known; `allowed`: what was under way at that moment
have_old       channels whose card shows the old news at the end
spread         seconds until it was written down who is told, of the first and of the newer news; until the first card
others_ms      how long others waited for their own small writes meanwhile, and how long the loop stood still
other_tenant_s until 200 channels of another tenant were told, which began at the same moment
rss_mb         memory: idle, written down, halfway, told
growth_mb      of these since halfway, over as many sends as there are channels
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from statistics import median

from sqlalchemy import select

from bot.clock import MachineClock
from bot.delivering import Delivering
from bot.domain.incident import Level
from bot.domain.observation import TenantId
from bot.jobs.deliver import OF_A_TENANT
from bot.store import notifications
from bot.store.engine import Store
from tests.benchmarks.databases import database, end_in_order
from tests.benchmarks.fan_out import delivering_bot, resident_mb, until_told
from tests.benchmarks.loopback_connector import arrived, connector
from tests.benchmarks.subscribed import fill, open_incident, revise

LARGE, OTHER, OTHERS = TenantId("large"), TenantId("other"), 200
NEWEST = "down (everyone)"  # in each card of the newer news, and in none of the old
LATENCY_S = 0.005  # time passes faster for the other side, too
_A_MOMENT = timedelta(milliseconds=20)
_machine = MachineClock()


class Others:
    """What others feel: small writes, and turns of the loop."""

    def __init__(self, store: Store) -> None:
        """Of this database."""
        self._store = store
        self.waits: dict[str, list[float]] = {}

    @asynccontextmanager
    async def during(self, what: str) -> AsyncIterator[None]:
        """Measure while this goes on."""
        writes, turns = (self.waits.setdefault(f"{kind}, {what}", []) for kind in ("write", "turn"))
        tasks = [asyncio.ensure_future(self._write(writes)), asyncio.ensure_future(self._turn(turns))]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def told(self) -> dict[str, dict[str, float]]:
        """Milliseconds."""
        return {
            what: {"median": round(median(waits) * 1000, 1), "most": round(max(waits) * 1000, 1)}
            for what, waits in self.waits.items()
            if waits
        }

    async def _write(self, waits: list[float]) -> None:
        while True:
            began = _machine.monotonic()
            async with self._store.transaction() as db:
                await db.execute(select(1))
            waits.append(_machine.monotonic() - began)
            await _machine.sleep(_A_MOMENT)

    async def _turn(self, waits: list[float]) -> None:
        while True:
            began = _machine.monotonic()
            await _machine.sleep(_A_MOMENT)
            waits.append(_machine.monotonic() - began - _A_MOMENT.total_seconds())


class Run:
    """One run."""

    def __init__(self, store: Store, delivering: Delivering, clock: MachineClock, address: str) -> None:
        """`clock`: the bot's."""
        self._store, self._delivering, self._clock, self._address = store, delivering, clock, address
        self._others = Others(store)
        self._rss = [resident_mb()]
        self._spread: dict[str, float] = {}

    async def told(self, channels: int) -> dict[str, object]:
        """All of it."""
        began, at = _machine.monotonic(), self._clock.now()
        async with self._store.transaction() as db:
            await open_incident(db, LARGE, Level.DEGRADED, at)
        await self._delivering.changed(LARGE)
        other = asyncio.ensure_future(self._other())
        await self._written_down("first", began)
        await self._until("first_card", began, 1)
        self._rss.append(resident_mb())
        async with self._others.during("telling"):
            await self._until("half", began, channels // 2)
        self._rss.append(resident_mb())
        await revise(self._store, self._clock.now(), Level.DOWN)
        await self._delivering.changed(LARGE)
        known = arrived(self._address)  # nothing else is done before it has answered
        await self._written_down("newer", _machine.monotonic())
        await until_told(self._delivering, self._clock)
        self._rss.append(resident_mb())
        came = arrived(self._address)
        return {
            "old_after": came["old"] - known["old"],
            "allowed": OF_A_TENANT,
            "have_old": came["have_old"],
            "lost": channels + OTHERS - came["conversations"],
            "twice": came["twice"],
            "spread": self._spread,
            "others_ms": self._others.told(),
            "other_tenant_s": await other,
            "minutes": round((self._clock.now() - at).total_seconds() / 60, 1),
            "took_s": round(_machine.monotonic() - began, 1),
            "rss_mb": [round(each, 1) for each in self._rss],
            "growth_mb": round(self._rss[-1] - self._rss[2], 1),
            "came": came,
        }

    async def _written_down(self, what: str, began: float) -> None:
        async with self._others.during(f"writing down, {what}"):
            while True:
                async with self._store.reading() as db:
                    if not await notifications.spreading(db, LARGE):
                        break
                await _machine.sleep(_A_MOMENT)
        self._spread[what] = round(_machine.monotonic() - began, 1)

    async def _until(self, what: str, began: float, posts: int) -> None:
        while (await asyncio.to_thread(arrived, self._address))["posts"] < posts:
            await _machine.sleep(_A_MOMENT)
        self._spread[what] = round(_machine.monotonic() - began, 1)

    async def _other(self) -> float:
        """Trouble of another tenant: until everybody there was told."""
        began = _machine.monotonic()
        async with self._store.transaction() as db:
            incident = await open_incident(db, OTHER, Level.DOWN, self._clock.now())
        await self._delivering.changed(OTHER)
        while incident.tenant in await self._delivering.deliver.with_work():
            await _machine.sleep(_A_MOMENT)
        return round(_machine.monotonic() - began, 1)


async def run(*, channels: int, speed: float, postgres: bool) -> dict[str, object]:
    """One run, with everything that it needs."""
    with database(postgres=postgres) as base, connector(LATENCY_S, limits=False, newest=NEWEST) as address:
        await fill(base.url, f"{address}/", [LARGE], channels, level=None)
        await fill(base.url, f"{address}/", [OTHER], OTHERS, level=None)
        clock = MachineClock(speed)
        async with delivering_bot(base.url, clock) as (parts, delivering):
            told = await Run(parts.store, delivering, clock, address).told(channels)
    kind = "postgresql" if postgres else "sqlite"
    return {"benchmark": "overtaken", "database": kind, "channels": channels, "speed": speed, **told}


if __name__ == "__main__":
    end_in_order()
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=100_000)
    parser.add_argument("--speed", type=float, default=15)
    parser.add_argument("--postgres", action="store_true")
    print(json.dumps(asyncio.run(run(**vars(parser.parse_args())))))  # noqa: T201
