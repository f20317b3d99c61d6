"""`serve`: run the bot until it is told to stop."""

import asyncio
import contextlib
import errno
import gc
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.app import serve as run
from bot.clock import MachineClock
from bot.settings import Settings
from bot.sources.drill import Drill, drill_names, load_drill
from bot.store.engine import StoreError
from bot.terminal.output import Output

USAGE = 2
OURS = 1
CANT_LISTEN = {  # what helps
    errno.EADDRINUSE: "Is another one running?  Stop it, or choose another port with NOTJUSTYOU_PORT.",
    errno.EADDRNOTAVAIL: "That is no address of this machine: set NOTJUSTYOU_BIND or NOTJUSTYOU_PAGE_BIND to one.",
    errno.EACCES: "This user may not listen there: choose a port from 1024 on with NOTJUSTYOU_PORT.",
}
DRILL_SPEED = 18.0  # a drill of 45 minutes is over within three
FASTEST = 1000.0


async def serve(out: Output, settings: Settings, *, drill: str | None, speed: float | None) -> int:
    """Run until SIGTERM, SIGINT or Ctrl+C."""
    if drill is not None and drill not in drill_names():
        out.complain(f"There is no drill {drill!r}.", [f"Drills: {', '.join(drill_names())}"])
        return USAGE
    if speed is not None and (drill is None or not 0 < speed <= FASTEST):
        out.complain(f"--speed takes a number above 0 and up to {FASTEST:g}, and goes with --drill.")
        return USAGE
    with contextlib.ExitStack() as stack:
        played = None
        if drill is not None:
            played = load_drill(drill)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="notjustyou-drill-"))
            settings = replace(settings, database_url=f"sqlite:///{Path(folder, 'drill.db').as_posix()}")
        clock = MachineClock(speed=1.0 if drill is None else speed or DRILL_SPEED)
        return await _run(out, settings, clock, played)


async def _run(out: Output, settings: Settings, clock: MachineClock, drill: Drill | None) -> int:
    stop = asyncio.Event()
    with _signals(stop):
        try:
            await run(settings, clock, stop=stop, ready=lambda url, _: _begin(out, settings, url, drill), drill=drill)
        except StoreError as error:
            out.complain("The database can't be used.", [str(error)])
            return OURS
        except OSError as error:
            helps = CANT_LISTEN.get(error.errno or 0)
            if helps is None:
                raise
            places = {f"{settings.bind}:{settings.port}": None, f"{settings.page_bind}:{settings.page_port}": None}
            out.complain(f"Can't listen on {' or '.join(places)}: {os.strerror(error.errno or 0)}.", [helps])
            return OURS
    return 0


def _begin(out: Output, settings: Settings, url: str, drill: Drill | None) -> None:
    with contextlib.suppress(BrokenPipeError):  # `serve | head`: the bot goes on when nobody reads any more
        _say_ready(out, settings, url, drill)
    spare_what_was_loaded()


def _say_ready(out: Output, settings: Settings, url: str, drill: Drill | None) -> None:
    page = url
    if (settings.page_bind, settings.page_port) != (settings.bind, settings.port):
        page = f"http://{settings.page_bind}:{settings.page_port}"
    page, bot = (settings.public_url or _from_here(each) for each in (page, url))
    if drill is not None:
        out.line(f"DRILL {drill.name}: nothing of this is real.  No outside source is asked.")
    out.line(f"ready {url}")
    out.line(f"  ask on the page:     {page.rstrip('/')}/")
    if drill is None:  # a terminal looks at the world for itself, and would not see the drill
        out.line('  ask in a terminal:   notjustyou ask "is Teams down?"')
    out.line(f"  ask in a chat:       point a bot at {bot.rstrip('/')}/api/messages (README: Put it into Teams)")
    place = settings.database_url.removeprefix("sqlite:///")
    out.line(f"  database:            {place if settings.database_url.startswith('sqlite') else 'PostgreSQL'}")
    if not settings.is_registered:
        out.line("  No app id is set: anybody on this machine can speak to the bot as anybody.")


def _from_here(url: str) -> str:
    """An address that can be opened: one that stands for every address of this machine is none."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def spare_what_was_loaded() -> None:
    """What was loaded at the start stays: without this the collector looks through all of it again and again.

    A fifth more messages from the same core (python -m tests.benchmarks.messages_per_core).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` when the system asks us to end; where loops take no signals (Windows), Ctrl+C ends us as usual."""
    loop = asyncio.get_running_loop()
    taken = []
    for name in ("SIGTERM", "SIGINT"):
        with contextlib.suppress(NotImplementedError, AttributeError, ValueError):
            loop.add_signal_handler(getattr(signal, name), stop.set)
            taken.append(getattr(signal, name))
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
