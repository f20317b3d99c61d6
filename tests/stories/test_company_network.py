"""A company's network: a proxy in between, a certificate of its own, and words that say so."""

import json

import pytest

from bot.terminal.main import run
from tests.replicas.certificate import self_signed
from tests.replicas.company_proxy import CompanyProxy
from tests.replicas.web_targets import WebTargets
from tests.world import open_world


@pytest.fixture
async def inspected(tmp_path):
    """Every secure connection ends at something of the company's: its replica, and the file that trusts it."""
    replica = WebTargets()
    replica.tls, ca_file = self_signed(tmp_path)
    await replica.start()
    yield replica, ca_file
    await replica.stop()


def inspecting(replica):
    """Settings under which all that is asked is asked there."""
    return {f"SOURCE_{name}_URL": replica.url for name in ("MS_PUBLIC", "PROBE", "NEUTRAL", "MASTODON", "HN")}


async def test_replaced_certificates_are_named_and_not_taken_for_no_internet(tmp_path, inspected):
    replica, _ = inspected
    async with open_world(tmp_path, SOURCES_OFF="graph,dns,endpoints", **inspecting(replica)) as world:
        await world.advance(minutes=5)
        card = await world.says("is Teams down?")
        assert "replaces certificates" in card.text
        assert "Something on this network replaces certificates" in card.text
        assert "NOTJUSTYOU_CA_FILE" in card.text.replace("\\", "")
        assert "Our own connection is down" not in card.text
        assert "no connection" not in card.text
        assert replica.calls == []


async def test_with_the_certificate_set_all_is_read(tmp_path, inspected):
    replica, ca_file = inspected
    settings = {"SOURCE_PROBE_URL": replica.url, "SOURCE_NEUTRAL_URL": replica.url, "CA_FILE": str(ca_file)}
    async with open_world(tmp_path, **settings) as world:
        card = await world.says("is Teams down?")
        assert "looks fine" in card.summary
        assert replica.calls


async def test_a_proxy_and_its_certificate_are_honoured(tmp_path, inspected, monkeypatch):
    """As on many a company's machine: the proxy's variable, and its certificate in a file."""
    replica, ca_file = inspected
    proxy = CompanyProxy(to=("127.0.0.1", int(replica.url.rpartition(":")[2])))
    await proxy.start()
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    settings = {"SOURCE_PROBE_URL": replica.url, "CA_FILE": str(ca_file)}
    try:
        async with open_world(tmp_path, **settings) as world:
            await world.advance(minutes=2)
            assert replica.calls
            assert len(proxy.asked) >= 1
    finally:
        await proxy.stop()


def test_check_says_what_to_set(tmp_path, capsys):
    import asyncio  # noqa: PLC0415 - the command runs a loop of its own
    import threading  # noqa: PLC0415

    tls, _ = self_signed(tmp_path)
    replica = WebTargets()
    replica.tls = tls
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(replica.start(), loop).result(5)
        environment = {
            "NOTJUSTYOU_DATABASE_URL": f"sqlite:///{tmp_path}/none.db",
            "NOTJUSTYOU_SOURCE_MS_PUBLIC_URL": replica.url,
        }
        assert run(["check", "ms_public", "--json"], environment) == 4
        told = json.loads(capsys.readouterr().out)
        assert "replaces certificates: set NOTJUSTYOU_CA_FILE" in told["reason"]
    finally:
        asyncio.run_coroutine_threadsafe(replica.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
