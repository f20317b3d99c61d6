"""Microsoft's list of hosts: asked seldom, never evidence, and what the probe makes of it."""

from uuid import UUID

import pytest

from bot.domain.source_health import SourceState
from bot.domain.verdict import Policy, judge
from bot.sources.chosen import Choice, chosen_sources
from bot.sources.endpoints import EndpointsSource, shipped
from bot.sources.source import SourceError, SourceSetup
from tests.replicas.endpoints import HOSTS, EndpointsReplica
from tests.replicas.faults import Fault
from tests.replicas.web_targets import PLACES, WebTargets
from tests.sources.conftest import running
from tests.sources.reading import NOW, read, refusal


@pytest.fixture
async def service():
    async with running(EndpointsReplica()) as replica:
        yield replica


def source_of(service, **extra):
    return EndpointsSource(SourceSetup(url=service.url, extra=extra))


async def test_the_list_is_read_once_per_version(service, fetcher, clock):
    source = source_of(service)

    for _ in range(3):
        assert set(await read(source, fetcher, clock)) == {"list"}
    assert (service.asked("/version/Worldwide"), service.asked("/endpoints/worldwide")) == (3, 1)
    service.changes("2026063000", ["teams.cloud.microsoft"])
    told = (await read(source, fetcher, clock))["list"].text
    assert told == "2026063000: teams.cloud.microsoft; TCP 80,443; media UDP 3478,3479,3480,3481"
    assert source.hosts == {"teams.cloud.microsoft"}


async def test_an_installation_names_itself_by_a_number_of_its_own(service, fetcher, clock):
    def numbers():
        return {UUID(call.query["clientrequestid"]) for call in service.calls}

    for _ in range(2):
        await read(source_of(service, installation="11111111-app"), fetcher, clock)
    assert len(numbers()) == 1
    await read(source_of(service, installation="22222222-app"), fetcher, clock)
    await read(source_of(service), fetcher, clock)
    assert len(numbers()) == 3
    assert not any("11111111-app" in str(call.query) for call in service.calls)


async def test_without_the_list_the_copy_serves(service, fetcher, clock):
    source = source_of(service)
    service.fault = Fault.RESET

    assert "cut" in str(await refusal(source, fetcher, clock))
    assert source.hosts == set(shipped().hosts) == {host for host in HOSTS if "*" not in host}
    assert shipped().media_ports == "3478,3479,3480,3481"


async def test_a_list_that_names_no_host_of_teams_replaces_nothing(service, fetcher, clock):
    source = source_of(service)
    service.changes("2026063000", [])

    with pytest.raises(SourceError, match="no host of Teams"):
        await read(source, fetcher, clock)
    assert source.hosts == set(shipped().hosts)


async def test_no_verdict_rests_on_it(service, fetcher, clock):
    seen = list((await read(source_of(service), fetcher, clock)).values())

    assert judge(seen, NOW, Policy()).terms == ()


async def test_the_probe_leaves_out_what_the_list_has_dropped(fetcher, clock):
    async with running(WebTargets()) as web:
        setups = {"probe": SourceSetup(url=web.url), "endpoints": SourceSetup(url=web.url)}
        asked, others = chosen_sources(Choice(setups=setups), NOW)
        probe, listed = (next(one for one in asked if one.id == name) for name in ("probe", "endpoints"))
        assert {one.state for one in others} <= {SourceState.OFF, SourceState.NOT_SET_UP}

        await read(probe, fetcher, clock)
        assert web.asked(PLACES["teams_web"]) == web.asked(PLACES["teams_cloud"]) == 1
        web.list.changes("2026063000", ["teams.cloud.microsoft", "*.lync.com"])
        await read(listed, fetcher, clock)
        await read(probe, fetcher, clock)
        assert (web.asked(PLACES["teams_web"]), web.asked(PLACES["teams_cloud"])) == (1, 2)
        web.list.changes("2026073000", ["elsewhere.example.com"])
        await read(listed, fetcher, clock)
        await read(probe, fetcher, clock)
        assert (web.asked(PLACES["teams_web"]), web.asked(PLACES["teams_cloud"])) == (2, 3)
