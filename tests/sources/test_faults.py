"""No fault of an outside service escapes as anything but an error that names it, and none outlasts its deadline."""

import asyncio
from datetime import timedelta

import pytest

from tests.replicas.faults import RETRY_AFTER_S, Fault
from tests.replicas.graph import PATH
from tests.sources.reading import NOW, dd_source, graph_source, ms_source, refusal


@pytest.fixture
def all_of_them(microsoft, graph, downdetector):
    crowd = [dd_source(downdetector), dd_source(downdetector, api=False)]
    return (microsoft, graph, downdetector), (ms_source(microsoft), graph_source(graph), *crowd)


REASONS = {
    Fault.UNAUTHORIZED: "401",
    Fault.FORBIDDEN: "403",
    Fault.NOT_FOUND: "404",
    Fault.THROTTLED: "429",
    Fault.THROTTLED_SECONDS: "429",
    Fault.THROTTLED_DATE: "429",
    Fault.SERVER_ERROR: "500",
    Fault.BAD_GATEWAY: "502",
    Fault.UNAVAILABLE: "503",
    Fault.CHALLENGE: "challenge",
    Fault.CHALLENGE_429: "challenge",
}


@pytest.mark.parametrize("fault", list(Fault))
async def test_no_fault_escapes_or_outlasts_the_deadline(all_of_them, fetcher, clock, fault):
    replicas, sources = all_of_them
    for replica in replicas:
        replica.fault = fault
    for source in sources:
        async with asyncio.timeout(20):  # what hangs does so for ever
            error = await refusal(source, fetcher, clock)
        assert REASONS.get(fault, "") in str(error)
        if fault is Fault.THROTTLED_SECONDS:
            assert error.retry_at == NOW + timedelta(seconds=RETRY_AFTER_S)


async def test_dead_services_are_no_connection(all_of_them, fetcher, clock):
    replicas, sources = all_of_them
    for replica in replicas:
        await replica.dies()
    for source in sources:
        assert "connect" in str(await refusal(source, fetcher, clock))


@pytest.mark.parametrize("fault", [Fault.HANGS, Fault.NONSENSE, Fault.CHALLENGE, Fault.REDIRECT_INSIDE, Fault.BOMB])
async def test_faults_behind_a_good_token_do_not_escape_either(graph, downdetector, fetcher, clock, fault):
    graph.faults = {f"{PATH}/issues": fault}
    downdetector.faults = {"/v2/companies/90001/status": fault}
    for source in (graph_source(graph), dd_source(downdetector)):
        assert str(await refusal(source, fetcher, clock))
