"""The sources' replicas, and a fetcher that reads them over loopback."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.clock import SettableClock
from bot.http import Fetcher, new_client
from tests.replicas.downdetector import DowndetectorReplica
from tests.replicas.faults import Fault
from tests.replicas.graph import GraphReplica
from tests.replicas.microsoft_status import MicrosoftStatus
from tests.sources.reading import NOW

WITHIN = timedelta(seconds=5)
HASTE = timedelta(milliseconds=250)  # for faults that only a deadline ends


@pytest.fixture
def clock():
    return SettableClock(NOW)


@pytest.fixture
async def fetcher(clock, request):
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    endless = parameters.get("fault") in {Fault.HANGS, Fault.DRIP}
    async with new_client() as client:
        yield Fetcher(client, clock, within=HASTE if endless else WITHIN)


@pytest.fixture
async def microsoft(clock):
    async with running(MicrosoftStatus(clock)) as replica:
        yield replica


@pytest.fixture
async def graph(clock):
    async with running(GraphReplica(clock)) as replica:
        yield replica


@pytest.fixture
async def downdetector(clock):
    async with running(DowndetectorReplica(clock)) as replica:
        yield replica


@asynccontextmanager
async def running(replica):
    await replica.start()
    yield replica
    await replica.stop()
