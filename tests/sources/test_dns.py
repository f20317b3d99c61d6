"""Name servers: ours first, others only about what it loses."""

from datetime import timedelta

import pytest

from bot.domain.observation import Health
from bot.sources.dns import NAMES, OTHERS, SYSTEM, DnsSource
from bot.sources.source import SourceSetup
from tests.replicas.dns import Names
from tests.replicas.faults import Fault
from tests.sources.conftest import running
from tests.sources.reading import read

TEAMS, SIGNIN = NAMES


@pytest.fixture
async def names():
    async with running(Names()) as replica:
        yield replica


def source_of(names):
    return DnsSource(SourceSetup(url=names.url))


async def told(names, fetcher, clock):
    seen = await read(source_of(names), fetcher, clock)
    return {key: (each.health, each.text) for key, each in seen.items()}


async def test_a_name_server_that_works_is_the_only_one_asked(names, fetcher, clock):
    assert await told(names, fetcher, clock) == {SYSTEM: (Health.FINE, "")}
    assert sorted(names.asked_of("system")) == sorted(NAMES)
    assert names.asked_of("cloudflare") == names.asked_of("google") == []


async def test_others_are_asked_only_about_the_name_that_was_lost(names, fetcher, clock):
    names.says("no answer", "system", name=TEAMS)

    assert await told(names, fetcher, clock) == {
        SYSTEM: (Health.DOWN, f"{TEAMS}: no answer"),
        OTHERS: (Health.FINE, ""),
    }
    assert names.asked_of("cloudflare") == names.asked_of("google") == [TEAMS]
    call = next(call for call in names.calls if call.path.endswith("dns-query"))
    assert call.headers["accept"] == "application/dns-json"


@pytest.mark.parametrize("address", ["10.1.2.3", "::", "127.0.0.1", "100.64.0.1"])
async def test_an_address_that_is_nobodys_is_a_filter(names, fetcher, clock, address):
    names.says(address, "system")

    seen = await told(names, fetcher, clock)

    assert seen[SYSTEM] == (Health.DOWN, f"{TEAMS}: private address")
    assert seen[OTHERS][0] is Health.FINE


async def test_a_name_that_nobody_finds_is_gone(names, fetcher, clock):
    names.says("no such name", "system", "cloudflare", "google", name=TEAMS)

    seen = await told(names, fetcher, clock)

    assert seen[OTHERS] == (Health.DOWN, f"{TEAMS}: no such name")


async def test_one_public_name_server_in_trouble_is_its_own(names, fetcher, clock):
    names.says("no answer", "system")
    names.fails(Fault.SERVER_ERROR, "cloudflare")

    assert (await told(names, fetcher, clock))[OTHERS] == (Health.FINE, "")


async def test_without_a_way_out_nobody_finds_anything(names, fetcher, clock):
    await names.dies()

    seen = await told(names, fetcher, clock)

    assert seen == {SYSTEM: (Health.DOWN, f"{TEAMS}: connect"), OTHERS: (Health.DOWN, f"{TEAMS}: connect")}


async def test_this_machines_own_resolver_is_asked_without_a_setting(names, fetcher, clock):
    setup = SourceSetup(url=f"cloudflare={names.url}/1.1.1.1/dns-query,google={names.url}/8.8.8.8/resolve")
    source = DnsSource(setup, names=["localhost"])

    seen = await read(source, fetcher, clock)

    assert (seen[SYSTEM].health, seen[SYSTEM].text) == (Health.DOWN, "localhost: private address")
    assert names.asked_of("google") == ["localhost"]


async def test_behind_a_proxy_our_own_resolver_need_not_know_anything(names, fetcher, clock, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    seen = await read(DnsSource(SourceSetup(), names=["localhost"]), fetcher, clock)

    assert {key: (each.health, each.text) for key, each in seen.items()} == {SYSTEM: (Health.UNKNOWN, "proxy")}


async def test_it_is_believed_as_long_as_a_check_of_the_line(names, fetcher, clock):
    seen = (await read(source_of(names), fetcher, clock))[SYSTEM]

    assert seen.until - clock.now() == timedelta(minutes=5)
    assert (seen.vantage, seen.service) == ("server", "internet")
