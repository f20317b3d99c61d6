"""What watching costs: every source on for an hour of the fake clock, parsers on real-sized pages, hanging sources.

    python -m tests.benchmarks.sources [--minutes 60] [--questions 300]

The sources run between their replicas in this process, so the CPU share is of both together: an upper bound.  The same
sources are watched once more with half of them hanging, and questions are timed with and without such.  Prints one
JSON line at its end.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import psutil

from bot.assembly import assembled
from bot.board import Board
from bot.board_care import Care
from bot.clock import MachineClock, SettableClock
from bot.domain.conversation import Destination, Message, Person, Scope
from bot.domain.source_health import usual_budget
from bot.http import Fetcher, new_client
from bot.settings import read_settings
from bot.sources.source import SourceError
from bot.store.engine import Store
from tests.replicas.faults import Fault
from tests.sources.reading import NOW
from tests.sources.registry import RIGS

WITHIN = timedelta(milliseconds=200)  # of an exchange: the hour must pass faster than life
PARSED_S = 0.3  # seconds that each parser is measured for
QUESTIONS = 600
WARM_UP = 200


async def watched(minutes: int, hanging: int) -> dict[str, object]:
    """An hour of polling; how often each source was asked, and what it cost."""
    clock = SettableClock(NOW)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        client = await stack.enter_async_context(new_client())
        replicas, sources = {}, []
        for place, (name, rig) in enumerate(RIGS.items()):
            if " " in name:
                continue
            replica = replicas[name] = rig.replica(clock)
            await replica.start()
            stack.push_async_callback(replica.stop)
            sources.append(rig.source(replica))
            if hanging and place % hanging == 0:
                replica.fault = Fault.HANGS
        store = await Store.open(f"sqlite:///{folder / 'bench.db'}", clock)
        stack.push_async_callback(store.close)
        board = Board(sources, Fetcher(client, clock, within=WITHIN), clock, store, care=Care())
        cost = await _hour(board, clock, minutes)
        asked = {name: len(replica.calls) for name, replica in replicas.items()}
        budgets = dict(zip(replicas, (usual_budget(source.period).per_hour for source in sources), strict=True))
        over = [name for name, number in asked.items() if number > budgets[name]]
        return {"asked": asked, "over_budget": over, **cost}


async def _hour(board: Board, clock: SettableClock, minutes: int) -> dict[str, float]:
    process = psutil.Process()
    before, rss = process.cpu_times(), process.memory_info().rss
    for _ in range(minutes * 6):
        async with asyncio.TaskGroup() as polls:
            for source in board.due(clock.now()):
                polls.create_task(board.poll(source))
        clock.set(clock.now() + timedelta(seconds=10))
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    memory = process.memory_info().rss
    return {
        "cpu_percent_of_the_hour": round(100 * spent / (minutes * 60), 3),
        "memory_mb": round(memory / 1e6, 1),
        "memory_grown_mb": round((memory - rss) / 1e6, 1),
    }


async def answered(questions: int, *, hangs: bool) -> float:
    """p99 of whole answers in ms while sources hang or not: understanding, judging, advising."""
    with tempfile.TemporaryDirectory() as folder:
        clock = MachineClock()
        replicas = {name: RIGS[name].replica(clock) for name in ("ms_public", "mastodon", "probe", "neutral", "hn")}
        environment = {"NOTJUSTYOU_DATABASE_URL": f"sqlite:///{folder}/b.db", "NOTJUSTYOU_FETCH_TIMEOUT_S": "2"}
        environment["NOTJUSTYOU_SOURCES_OFF"] = "dns,endpoints"
        for name, replica in replicas.items():
            await replica.start()
            environment[f"NOTJUSTYOU_SOURCE_{name.upper()}_URL"] = replica.url
        async with assembled(read_settings(environment), clock) as parts:
            sources = parts.board.due(clock.now())
            for source in sources:
                await parts.board.poll(source)
            for name in ("mastodon", "probe", "hn") if hangs else ():
                replicas[name].fault = Fault.HANGS
            took = await _timed(parts, sources, questions)
        for replica in replicas.values():
            await replica.stop()
    return _p99(took)


async def _timed(parts, sources, questions: int) -> list[float]:
    took: list[float] = []

    async def polling():
        while True:
            for source in sources:
                await parts.board.poll(source)
            await parts.clock.sleep(timedelta(milliseconds=20))

    async with asyncio.TaskGroup() as group:
        polls = group.create_task(polling())
        for number in range(WARM_UP + questions):
            started = time.perf_counter()
            await parts.reply_to(
                Message(
                    text=f"is Teams down in room {number}?",
                    person=Person(id="p"),
                    destination=Destination(id="page", scope=Scope.PAGE),
                )
            )
            if number >= WARM_UP:
                took.append(time.perf_counter() - started)
            await parts.clock.sleep(timedelta(milliseconds=2))
        polls.cancel()
    return took


async def parsed() -> dict[str, dict[str, float]]:
    """How fast each parser reads what its replica says in trouble."""
    clock, found = SettableClock(NOW), {}
    async with new_client() as client:
        for name, rig in RIGS.items():
            replica = rig.replica(clock)
            await replica.start()
            rig.busy(replica)
            source = rig.source(replica)
            pages = await source.fetch(Fetcher(client, clock), clock.now())
            await replica.stop()
            size, rounds, began = sum(len(page.body) for page in pages), 0, time.perf_counter()
            while time.perf_counter() - began < PARSED_S:
                try:
                    source.parse(pages, clock.now())
                except SourceError:
                    break
                rounds += 1
            each = (time.perf_counter() - began) / max(rounds, 1)
            found[name] = {"bytes": size, "ms": round(each * 1000, 3), "mb_per_s": round(size / each / 1e6, 1)}
    return found


def _p99(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=100)[98] * 1000, 3) if len(values) > 1 else 0.0


async def _main(minutes: int, questions: int) -> None:
    os.environ["SSL_CERT_FILE"] = os.devnull
    well = await watched(minutes, 0)
    ill = await watched(max(1, minutes // 6), 2)
    p99 = [(await answered(questions, hangs=hangs)) for hangs in (False, True)]
    print(  # noqa: T201 - its purpose
        json.dumps(
            {
                **well,
                "asked_with_half_hanging": ill["asked"],
                "answer_p99_ms": p99[0],
                "answer_p99_ms_with_half_hanging": p99[1],
                "ratio": round(p99[1] / p99[0], 2) if p99[0] else None,
                "parsers": await parsed(),
            }
        )
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=int, default=60)
    options.add_argument("--questions", type=int, default=QUESTIONS)
    chosen = options.parse_args()
    asyncio.run(_main(chosen.minutes, chosen.questions))
