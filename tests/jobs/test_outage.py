"""The database goes away and comes back: nobody restarts anything, and what was asked for meanwhile is done."""

import gc
import tempfile
from datetime import timedelta

import pytest

from bot.clock import MachineClock

from .conftest import engine_on
from .pace import MORTAL
from .wire import Wire

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning"),  # the driver, of cut ones
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

GONE_FOR = timedelta(seconds=8)  # twice a lease and more; half a minute has test_server_gone.py


async def test_what_was_submitted_while_the_database_was_gone_runs_when_it_is_back(engine_postgres, diary):
    with tempfile.TemporaryDirectory(prefix="wire") as folder:  # a socket's path must be short
        wire = Wire(engine_postgres(), folder)
        await wire.mend()
        gate = diary.hold("cut off")
        async with engine_on(wire.url, pace=MORTAL, deliver=diary.job) as engine:
            await engine.submit("deliver", "cut off")
            await diary.until(lambda: diary.begun["cut off"])
            await wire.cut()
            await diary.until(engine.holding.lost.is_set)
            await engine.submit("deliver", "meanwhile")
            await MachineClock().sleep(GONE_FOR)
            assert diary.ended["cut off"] == 1, "it runs no longer than it surely may"
            assert diary.begun["meanwhile"] == 0
            gate.set()
            await wire.mend()
            await diary.until(lambda: diary.ended["meanwhile"] and diary.ended["cut off"] == 2)
        await wire.cut()
    gc.collect()  # here, and not in the middle of another test
