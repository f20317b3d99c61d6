"""Reports of people: by the Enterprise API, and from the public page where an operator insists."""

from datetime import timedelta

import pytest

from bot.domain.observation import Health
from bot.sources.downdetector import DowndetectorSource
from bot.sources.source import SourceSetup
from tests.replicas.faults import Fault
from tests.sources.reading import NOW, dd_source, read, refusal


@pytest.mark.parametrize("api", [True, False], ids=["api", "page"])
async def test_calm_and_spike(downdetector, fetcher, clock, api):
    source = dd_source(downdetector, api=api)
    calm = (await read(source, fetcher, clock))["us"]
    assert (calm.health, calm.strength.reports, calm.strength.usual) == (Health.FINE, 5, 6)
    downdetector.spikes()
    spike = (await read(source, fetcher, clock))["us"]
    assert (spike.health, spike.strength.reports) == (Health.DOWN, 900)
    assert spike.since == NOW - timedelta(minutes=30)


async def test_the_page_tells_kinds_of_trouble(downdetector, fetcher, clock):
    seen = (await read(dd_source(downdetector, api=False), fetcher, clock))["us"]
    assert seen.strength.shares == {"Server connection": 3, "App": 2}


async def test_the_older_layout_is_read_too(downdetector, fetcher, clock):
    downdetector.layout = "old"
    downdetector.spikes("warning", reports=61)
    seen = (await read(dd_source(downdetector, api=False), fetcher, clock))["us"]
    assert (seen.health, seen.strength.reports, seen.strength.usual) == (Health.DEGRADED, 61, 6)


async def test_an_unknown_layout_is_never_zero(downdetector, fetcher, clock):
    downdetector.layout = "newest"
    assert "layout unknown" in str(await refusal(dd_source(downdetector, api=False), fetcher, clock))


async def test_both_forms_of_the_state_are_read(downdetector, fetcher, clock):
    downdetector.state_as_object = True
    assert (await read(dd_source(downdetector), fetcher, clock))["us"].health is Health.FINE


async def test_an_unknown_state_is_never_fine(downdetector, fetcher, clock):
    downdetector.state = "mauve"
    assert (await read(dd_source(downdetector), fetcher, clock))["us"].health is Health.UNKNOWN


async def test_counts_that_are_not_to_be_had_are_not_zero(downdetector, fetcher, clock):
    downdetector.faults["/v2/companies/90001/last_15"] = Fault.SERVER_ERROR
    seen = (await read(dd_source(downdetector), fetcher, clock))["us"]
    assert (seen.health, seen.strength) == (Health.FINE, None)


async def test_id_and_token_are_asked_for_once(downdetector, fetcher, clock):
    source = dd_source(downdetector)
    for _ in range(3):
        await read(source, fetcher, clock)
    assert downdetector.asked("/v2/tokens") == 1
    assert downdetector.asked("/v2/companies/search") == 1
    downdetector.tokens.clear()
    await read(source, fetcher, clock)
    assert downdetector.asked("/v2/tokens") == 2


async def test_a_wrong_secret_is_refused(downdetector, fetcher, clock):
    source = DowndetectorSource(SourceSetup(url=downdetector.url, token="dd-client:wrong"))  # noqa: S106 a replica's
    error = await refusal(source, fetcher, clock)
    assert (error.reason, error.http_status) == ("401 refused", 401)


async def test_a_wrong_slug_is_no_calm(downdetector, fetcher, clock):
    downdetector.slug = "microsoft-teams"
    assert "no company" in str(await refusal(dd_source(downdetector), fetcher, clock))
    assert (await refusal(dd_source(downdetector, api=False), fetcher, clock)).http_status == 404


async def test_what_people_say_is_broken_is_asked_for_in_trouble_only(downdetector, fetcher, clock):
    source = dd_source(downdetector)
    path = "/v2/companies/90001/indicators"

    await read(source, fetcher, clock)
    assert downdetector.asked(path) == 0
    downdetector.spikes(reports=100)
    downdetector.problems = {"App": 30, "Server connection": 50}
    told = (await read(source, fetcher, clock))["us"].strength

    assert dict(told.shares) == {"Server connection": 50, "App": 30}
    assert told.reports == 80  # the other twenty are social posts
    assert downdetector.asked(path) == 1
