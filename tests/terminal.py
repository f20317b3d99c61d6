"""A person at a terminal: types a command, reads what it prints.  In this process, or in one of its own."""

import asyncio
import io
import json
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.clock import MachineClock
from bot.terminal.main import run
from tests import secrets_known
from tests.replicas.hn import HnReplica
from tests.replicas.mastodon import MastodonReplica
from tests.replicas.microsoft_status import MicrosoftStatus
from tests.replicas.web_targets import WebTargets

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str = ""

    def __post_init__(self) -> None:
        """Whoever looks at a screen must see no secret."""
        secrets_known.look(self.out)
        secrets_known.look(self.err)

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Screen(io.StringIO):
    """Standard output that somebody looks at."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """One machine, with the outside world that it can reach."""

    folder: Path
    status: MicrosoftStatus
    web: WebTargets
    mastodon: MastodonReplica
    hn: HnReplica
    env: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        """Where the bot keeps its rows."""
        return self.folder / "notjustyou.db"

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The environment with more settings; names in capitals with a prefix of ours are given without it."""
        named = {name if name == "NO_COLOR" else f"NOTJUSTYOU_{name}": value for name, value in settings.items()}
        return {name: value for name, value in (self.env | named).items() if value}

    async def types(self, *argv: str, screen: bool = False, **settings: str) -> Told:
        """Run a command in a thread of this process: quick, since everything is loaded."""
        out, err = Screen() if screen else io.StringIO(), io.StringIO()
        env, root = self.environment(settings), logging.getLogger()
        handlers, level = root.handlers[:], root.level

        def work() -> int:
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    return run(argv, env)
                except SystemExit as ended:  # argparse's way
                    return int(ended.code or 0)

        try:
            code = await asyncio.to_thread(work)
        finally:
            root.handlers[:], root.level = handlers, level
            logging.captureWarnings(capture=False)
        return Told(code=code, out=out.getvalue(), err=err.getvalue())

    async def starts(self, *argv: str, **settings: str) -> asyncio.subprocess.Process:
        """Run a command in a process of its own."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("NOTJUSTYOU_")}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *argv,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=env | self.environment(settings),
        )  # fmt: skip

    async def waits_for(self, process: asyncio.subprocess.Process, typed: bytes | None = None) -> Told:
        """Let it end, and read what it printed."""
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate(typed)
        return Told(code=process.returncode or 0, out=(out or b"").decode(), err=(err or b"").decode())


async def first_line(process: asyncio.subprocess.Process, beginning: str) -> str:
    """The first line of output that begins so."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        async for line in process.stdout:
            if line.decode().startswith(beginning):
                return line.decode().strip()
    assert process.stderr is not None
    raise AssertionError((await process.stderr.read()).decode())


@asynccontextmanager
async def open_terminal(folder: Path):
    """A machine on which nothing has been run yet; outside all is well."""
    clock = MachineClock()
    async with AsyncExitStack() as stack:
        status, web, mastodon = MicrosoftStatus(clock), WebTargets(), MastodonReplica(clock.now)
        hn = HnReplica(clock.now)
        for replica in (status, web, mastodon, hn):
            await replica.start()
            stack.push_async_callback(replica.stop)
        env = {
            "DATABASE_URL": f"sqlite:///{(folder / 'notjustyou.db').as_posix()}",
            "SOURCE_MS_PUBLIC_URL": status.url,
            "SOURCE_PROBE_URL": web.url,
            "SOURCE_NEUTRAL_URL": web.url,
            "SOURCE_DNS_URL": web.url,
            "SOURCE_ENDPOINTS_URL": web.url,
            "SOURCE_MASTODON_URL": mastodon.url,
            "SOURCE_HN_URL": hn.url,
            "FETCH_TIMEOUT_S": "10",
            "PORT": "0",
        }
        named = {f"NOTJUSTYOU_{name}": value for name, value in env.items()}
        yield Terminal(folder=folder, status=status, web=web, mastodon=mastodon, hn=hn, env=named)
