"""Messages per second of one core, ours against the stock bots:  python -m tests.benchmarks.messages_per_core

All bots are up at once, each is loaded alone, rounds are interleaved in a changing order; what counts is the ratio
within a round.  Bots on core 0, the load on core 1.  `--answer MODULE:NAME` puts another answer behind our transport:
an async context manager that gives `reply_to`.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import aiohttp
import psutil

from tests.benchmarks.teams_load import Bot, Load, Round
from tests.replicas.identity import Identity

HERE = Path(__file__).parent
WANTED = {"cloud_adapter": 15.0, "http_adapter": 3.0, "agents_sdk": 3.0, "teams_sdk": 6.0, "bare": 0.5}
IN_OTHER_ENVIRONMENT = ("agents_sdk", "teams_sdk")
UNCHECKED = ("cloud_adapter", "teams_sdk", "bare")
NEW_TOKENS = "ours_each_token_new"
NEW_TOKENS_MESSAGES = 600


def other_environment(kept: str | None) -> Path:
    """The Python of an environment with the other SDKs, made when `kept` has none."""
    folder = Path(kept or tempfile.mkdtemp(prefix="notjustyou-sdks-"))
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        wanted = ["-r", str(HERE / "requirements.txt")]
        subprocess.run([str(python), "-m", "pip", "install", "-q", *wanted], check=True)  # noqa: S603
    return python


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def started(kind: str, python: str, base: str, extra: list[str], stack: contextlib.AsyncExitStack) -> Bot:
    """A bot in its own process, once it answers: its address and process."""
    port = free_port()
    command = [python, str(HERE / "teams_servers.py"), kind, str(port), base, *extra]
    environment = os.environ | {"PYTHONPATH": str(HERE.parent.parent)}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.DEVNULL)
    stack.callback(lambda: process.returncode is None and process.kill())
    for _ in range(300):
        if process.returncode is not None:
            raise SystemExit(f"{kind} ended with {process.returncode}")
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return Bot(url=f"http://127.0.0.1:{port}/api/messages", process=psutil.Process(process.pid))
        await asyncio.sleep(0.1)  # noqa: TID251 - a real process starts in real time
    raise SystemExit(f"{kind} did not answer")


async def measure(options: argparse.Namespace) -> dict[str, list[Round]]:
    """Every bot, `options.rounds` times."""
    python = str(other_environment(options.environment)) if not options.without_sdks else ""
    async with contextlib.AsyncExitStack() as stack:
        if not options.environment and python:
            stack.callback(shutil.rmtree, Path(python).parent.parent, ignore_errors=True)
        identity = Identity()
        base = await identity.start()
        stack.push_async_callback(identity.stop)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)))
        load = Load(identity, session)
        stack.push_async_callback((await load.start()).cleanup)
        bots: dict[str, Bot] = {}
        for kind in ["ours", *WANTED]:
            if kind in IN_OTHER_ENVIRONMENT and not python:
                continue
            extra = [options.answer] if kind == "ours" and options.answer else []
            runs_in = python if kind in IN_OTHER_ENVIRONMENT else sys.executable
            bots[kind] = await started(kind, runs_in, base, extra, stack)
        return await rounds(load, bots, options)


async def rounds(load: Load, bots: dict[str, Bot], options: argparse.Namespace) -> dict[str, list[Round]]:
    """The interleaved rounds, after one short one that warms up and is thrown away."""
    figures: dict[str, list[Round]] = {kind: [] for kind in [*bots, NEW_TOKENS]}
    for number in range(options.rounds + 1):
        order = [*bots, NEW_TOKENS]
        random.shuffle(order)
        for kind in order:
            bot = bots["ours" if kind == NEW_TOKENS else kind]
            lasting = options.seconds if number else 1.0
            seen = await load.run(bot, lasting, tokens_for(kind, load))
            if number:
                figures[kind].append(seen)
                print(f"round {number} {kind:20} {seen.per_core_second:8.0f}/s lost {seen.lost}", file=sys.stderr)  # noqa: T201
    return figures


def tokens_for(kind: str, load: Load):
    """A few tokens again and again as from a busy service, a new one each time, or none where nothing is checked."""
    if kind == NEW_TOKENS:
        return load.tokens(NEW_TOKENS_MESSAGES)
    return itertools.repeat(None) if kind in UNCHECKED else itertools.cycle(load.tokens(16))


def told(figures: dict[str, list[Round]]) -> dict[str, dict[str, object]]:
    """Median, lowest and highest of each, the ratio of ours within each round, and whether it is what we promise."""
    ours = [one.per_core_second for one in figures["ours"]]
    result: dict[str, dict[str, object]] = {}
    for kind, seen in figures.items():
        speeds = [one.per_core_second for one in seen]
        ratios = [mine / other for mine, other in zip(ours, speeds, strict=True) if other]
        ratio = statistics.median(ratios) if ratios else 0.0
        result[kind] = {
            "per_core_second": [round(f) for f in (min(speeds), statistics.median(speeds), max(speeds))],
            "ours_to_it": [round(f, 2) for f in (min(ratios, default=0), ratio, max(ratios, default=0))],
            "messages": sum(one.messages for one in seen),
            "lost": sum(one.lost for one in seen),
        }
        if kind in WANTED:
            result[kind] |= {"wanted": WANTED[kind], "met": ratio >= WANTED[kind]}
    return result


def main() -> None:
    """Measure, and print one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=4.0, help="load on one bot in one round")
    options.add_argument("--answer", help="MODULE:NAME behind our transport")
    options.add_argument("--environment", help="a folder for the other SDKs, made and kept; default: made and removed")
    options.add_argument("--without-sdks", action="store_true", help="leave the other SDKs out")
    chosen = options.parse_args()
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    print(json.dumps({"benchmark": "messages_per_core"} | told(asyncio.run(measure(chosen)))))  # noqa: T201


if __name__ == "__main__":
    main()
