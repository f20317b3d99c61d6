"""The product as people start it, in a process of its own: `serve` without an app id, its sources led to replicas.

Everything runs on the machine's clock, so the periods are short and whoever looks has to wait.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.clock import MachineClock
from bot.settings_specs import PREFIX
from bot.sources import SOURCES
from tests.replicas.mastodon import MastodonReplica
from tests.replicas.microsoft_status import MicrosoftStatus
from tests.replicas.web_targets import BROKEN, DOORS, WebTargets

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0  # seconds until it listens, notices what changed outside, has ended
READY = "ready "
LOUD = ("warning", "error", "critical")


@dataclass(kw_only=True)
class Outside:
    """What the bot sees of the world."""

    clock: MachineClock = field(default_factory=MachineClock)
    status: MicrosoftStatus = field(init=False)
    web: WebTargets = field(default_factory=WebTargets)
    mastodon: MastodonReplica = field(init=False)

    def __post_init__(self) -> None:
        self.status = MicrosoftStatus(self.clock)
        self.mastodon = MastodonReplica(self.clock.now)

    def breaks(self) -> None:
        """Teams fails for everyone, and Microsoft says so."""
        self.web.says(BROKEN, *DOORS)
        self.status.down(next_update=self.clock.now() + timedelta(hours=2))

    def environment(self) -> dict[str, str]:
        """Where the sources are, that they are asked every second, and that no other one is asked."""
        places = {
            "ms_public": self.status.url,
            "probe": self.web.url,
            "neutral": self.web.url,
            "mastodon": self.mastodon.url,
        }
        return (
            {"SOURCES_OFF": ",".join(SOURCES.keys() - places.keys())}
            | {f"SOURCE_{name.upper()}_URL": place for name, place in places.items()}
            | {f"SOURCE_{name.upper()}_PERIOD_S": "1" for name in places}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A running `serve`."""

    url: str
    log: Path

    @property
    def address(self) -> str:
        """Where a chat service sends its activities."""
        return f"{self.url}/api/messages"

    def complaints(self) -> list[str]:
        """What its log says that an operator should look at, and whatever is no log line."""
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if not _is_calm(line)]


def _is_calm(line: str) -> bool:
    try:
        return json.loads(line)["level"] not in LOUD
    except (ValueError, KeyError, TypeError):
        return False


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """A world in which all is well."""
    async with AsyncExitStack() as stack:
        world = Outside()
        for replica in (world.status, world.web, world.mastodon):
            await replica.start()
            stack.push_async_callback(replica.stop)
        yield world


@asynccontextmanager
async def serving(folder: Path, *options: str, settings: Mapping[str, str]) -> AsyncIterator[Bot]:
    """`serve` with these options and settings (named without their prefix), until the block ends; it must end well."""
    given = {"PORT": "0", "LOG_FORMAT": "json", "DATABASE_URL": f"sqlite:///{folder.as_posix()}/bot.db", **settings}
    log = folder / "bot.log"
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve", *options),
            cwd=ROOT,
            env={"HOME": str(folder), "TMPDIR": str(folder)}
            | {f"{PREFIX}{key}": value for key, value in given.items()},
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
        )
    try:
        async with asyncio.timeout(PATIENCE):
            url = await _url(process, log)
        yield Bot(url=url, log=log)
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.communicate()
    assert process.returncode == 0, f"serve ended with {process.returncode}: {_end_of(log)}"


async def _url(process: asyncio.subprocess.Process, log: Path) -> str:
    while line := (await process.stdout.readline()).decode():
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    raise AssertionError(f"serve did not start: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8")[-2000:]
