"""How fast a question is answered, what a storm costs the sources, how long a start takes and what idling costs.

    python -m tests.benchmarks.answers [--rate 167] [--seconds 60]

Runs the real `serve` in a process of its own, pinned to one core, between replicas in this process on the other.
Questions are due at a fixed rate and timed from the moment at which they were due (open loop); an answer counts when
the connector has the card.  The defaults are the storm of 10,000 questions in a minute.  Prints one JSON line at its
end.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import aiohttp
import psutil

from bot.clock import MachineClock
from tests.replicas.connector import Connector
from tests.replicas.faults import Fault
from tests.replicas.identity import APP_ID, APP_SECRET, TENANT, Identity
from tests.replicas.mastodon import MastodonReplica
from tests.replicas.microsoft_status import MicrosoftStatus
from tests.replicas.web_targets import WebTargets
from tests.teams.activities import activity

QUESTIONS = ("is Teams down?", "teams wont load", "calls drop since 9", "error CAA70007 when I sign in", "help")
WARM_UP = 200
IDLE_S = 15
TENANTS = 20


class TimedConnector(Connector):
    """The connector, noting when each call came."""

    def __init__(self) -> None:
        super().__init__()
        self.came_at: list[float] = []

    async def _note(self, request):
        refused = await super()._note(request)
        self.came_at.append(time.monotonic())
        return refused


class Surroundings:
    """Replicas of everything outside, and the bot's environment."""

    def __init__(self, folder: Path) -> None:
        clock = MachineClock()
        self.teams, self.identity, self.web = TimedConnector(), Identity(clock), WebTargets()
        self.status, self.mastodon = MicrosoftStatus(clock), MastodonReplica(clock.now)
        self.folder = folder

    @property
    def sources(self):
        return {"ms_public": self.status, "probe and neutral": self.web, "mastodon": self.mastodon}

    async def start(self) -> None:
        for replica in (self.teams, self.identity, self.web, self.status, self.mastodon):
            await replica.start()

    async def stop(self) -> None:
        for replica in (self.teams, self.identity, self.web, self.status, self.mastodon):
            await replica.stop()

    def environment(self) -> dict[str, str]:
        set_to = {
            "PORT": "0",
            "DATABASE_URL": f"sqlite:///{self.folder / 'bench.db'}",
            "APP_ID": APP_ID,
            "APP_SECRET": APP_SECRET,
            "TENANT_ID": TENANT,
            "LOGIN_URL": self.identity.login_url,
            "OPENID_URL": self.identity.metadata_url,
            "SERVICE_HOSTS": self.teams.url.removeprefix("http://"),
            "SOURCE_MS_PUBLIC_URL": self.status.url,
            "SOURCE_PROBE_URL": self.web.url,
            "SOURCE_NEUTRAL_URL": self.web.url,
            "SOURCE_DNS_URL": self.web.url,
            "SOURCE_ENDPOINTS_URL": self.web.url,
            "SOURCE_MASTODON_URL": self.mastodon.url,
            "SOURCES_OFF": "graph,hn",
            "LOG_LEVEL": "warning",
        }
        return {**os.environ, **{f"NOTJUSTYOU_{name}": value for name, value in set_to.items()}}


class Server:
    """The bot in its own process."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def start(self) -> float:
        """Gives the seconds from the process's start to `ready`."""
        started = time.monotonic()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", env=self._around.environment(), stdout=asyncio.subprocess.PIPE
        )
        if (os.cpu_count() or 1) > 1:
            psutil.Process(self.process.pid).cpu_affinity([1])
        while True:
            line = (await self.process.stdout.readline()).decode()
            if line.startswith("ready "):
                self.url = line.split()[1]
                return time.monotonic() - started
            if not line:
                raise SystemExit("the bot ended before it was ready")

    @property
    def rss_mb(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 2**20

    @property
    def cpu_s(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    async def stop(self) -> None:
        self.process.terminate()
        await self.process.wait()


async def asked(around: Surroundings, server: Server, *, rate: float, seconds: float) -> dict[str, float]:
    """Ask at a fixed rate; latencies from the due moment to the card's arrival at the connector.

    The questions come from twenty tenants, since Teams itself takes only 50 answers a second from one.
    """
    due: dict[str, float] = {}
    count = int(rate * seconds)
    before = len(around.teams.arrived)
    started = time.monotonic()
    statuses: Counter[int] = Counter()
    token = around.identity.token(around.teams.service_url)

    async def one(number: int, session: aiohttp.ClientSession) -> None:
        at = started + number / rate
        person, tenant = number % 1000, f"{TENANT[:-2]}{number % TENANTS:02}"
        body = activity("message", around.teams.service_url, text=QUESTIONS[number % len(QUESTIONS)])
        body["id"] = f"b{int(started * 1000)}-{number}"
        body["conversation"] = {"conversationType": "personal", "id": f"a:bench-{person}", "tenantId": tenant}
        body["channelData"] = {"tenant": {"id": tenant}}
        body["from"] = {"id": f"29:person-{person}", "aadObjectId": None}
        await asyncio.sleep(max(0.0, at - time.monotonic()))  # noqa: TID251 - an open loop keeps real time
        due[body["id"]] = at
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(f"{server.url}/api/messages", json=body, headers=headers) as answer:
            statuses[answer.status] += 1
            await answer.read()

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one(number, session))
    await asyncio.sleep(2)  # noqa: TID251 - the last answers may come after their request
    cards = zip(around.teams.arrived[before:], around.teams.came_at[before:], strict=False)
    took = sorted(at - due[call.body["replyToId"]] for call, at in cards if call.body.get("replyToId") in due)
    return {
        "questions": count,
        "accepted": statuses[200],
        "cards": len(took),
        "p50_s": round(statistics.median(took), 4),
        "p99_s": round(took[int(len(took) * 0.99) - 1], 4),
        "max_s": round(took[-1], 4),
    }


async def main(arguments: argparse.Namespace) -> None:
    if (os.cpu_count() or 1) > 1:
        psutil.Process().cpu_affinity([0])
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        around = Surroundings(Path(folder))
        await around.start()
        server = Server(around)
        figures["start_s"] = [round(await server.start(), 2)]
        await asyncio.sleep(3)  # noqa: TID251 - real time
        cpu = server.cpu_s
        await asyncio.sleep(IDLE_S)  # noqa: TID251 - real time
        figures["idle_rss_mb"] = round(server.rss_mb)
        figures["idle_cpu_percent"] = round((server.cpu_s - cpu) / IDLE_S * 100, 2)
        await asked(around, server, rate=100, seconds=WARM_UP / 100)
        calls = {name: len(replica.calls) for name, replica in around.sources.items()}
        figures["storm"] = await asked(around, server, rate=arguments.rate, seconds=arguments.seconds)
        figures["source_calls_in_storm"] = {
            name: len(replica.calls) - calls[name] for name, replica in around.sources.items()
        }
        figures["rss_after_storm_mb"] = round(server.rss_mb)
        for replica in around.sources.values():
            replica.fault = Fault.HANGS
        await asyncio.sleep(5)  # noqa: TID251 - real time
        figures["all_sources_hang"] = await asked(around, server, rate=50, seconds=90)
        await server.stop()
        for _ in range(4):
            figures["start_s"].append(round(await server.start(), 2))
            await server.stop()
        for replica in around.sources.values():
            replica.heals()
        await around.stop()
    print(json.dumps(figures))  # noqa: T201 - the figures are the point


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=10_000 / 60)
    parser.add_argument("--seconds", type=float, default=60)
    asyncio.run(main(parser.parse_args()))
