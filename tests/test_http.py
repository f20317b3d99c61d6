"""Fetching: bounds that hold, redirects that are refused, troubles that are named."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from bot import http_address
from bot.clock import SettableClock
from bot.http import Fetcher, FetchError, Trouble, new_client, retry_after
from tests.replicas.base import Replica
from tests.replicas.certificate import self_signed
from tests.replicas.faults import Fault

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Echo(Replica):
    """Answers with what it was asked."""

    def routes(self):
        return [web.route("*", "/{tail:.*}", self.answer)]

    async def answer(self, request):
        if to := request.query.get("to"):
            return web.Response(status=int(request.query.get("status", "302")), headers={"Location": to})
        if request.query.get("packed"):
            return web.Response(body=gzip.compress(b"well packed"), headers={"Content-Encoding": "gzip"})
        if request.query.get("cookie"):
            return web.Response(headers={"Set-Cookie": "who=you"})
        if status := request.query.get("status"):
            return web.Response(status=int(status))
        return web.Response(body=b"%s %s" % (request.method.encode(), request.path.encode()))


@pytest.fixture
async def echo():
    replica = Echo()
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def client():
    async with new_client(contact="https://status.example") as client:
        yield client


@pytest.fixture
def fetcher(client):
    return Fetcher(client, SettableClock(NOW), within=timedelta(seconds=5))


async def trouble_of(fetching):
    with pytest.raises(FetchError) as caught:
        await fetching
    return caught.value.trouble


async def test_an_answer_is_a_page_whatever_its_status(fetcher, echo):
    page = await fetcher.get("mac", f"{echo.url}/api", params={"status": "404"})
    assert (page.name, page.status, page.fetched_at, page.trouble) == ("mac", 404, NOW, None)


async def test_parameters_join_those_of_the_address(fetcher, echo):
    await fetcher.get("x", f"{echo.url}/a?b=1", params={"c": "d e"})
    assert echo.calls[0].query == {"b": "1", "c": "d e"}


async def test_it_says_who_asks_and_keeps_no_cookie(fetcher, echo):
    page = await fetcher.get("x", f"{echo.url}/?cookie=1")
    await fetcher.get("x", f"{echo.url}/")
    assert "set-cookie" not in page.headers
    assert "cookie" not in echo.calls[1].headers
    agent = echo.calls[1].headers["user-agent"]
    assert agent.startswith("Notjustyou/")
    assert agent.endswith("(+https://status.example)")


async def test_a_packed_answer_is_unpacked(fetcher, echo):
    assert (await fetcher.get("x", f"{echo.url}/?packed=1")).body == b"well packed"


async def test_a_form_is_posted(fetcher, echo):
    page = await fetcher.post("token", f"{echo.url}/token", body={"grant_type": "client_credentials"})
    assert page.body == b"POST /token"
    assert echo.calls[0].body == b"grant_type=client_credentials"


async def test_not_modified_is_marked(fetcher, echo):
    assert (await fetcher.get("x", f"{echo.url}/?status=304")).not_modified


async def test_one_redirect_on_the_same_origin_is_followed(fetcher, echo):
    page = await fetcher.get("x", f"{echo.url}/a?to=/b", headers={"Authorization": "Bearer t"})
    assert page.body == b"GET /b"
    assert page.url == f"{echo.url}/b"
    assert echo.calls[1].headers["authorization"] == "Bearer t"


async def test_a_second_redirect_is_not_followed(fetcher, echo):
    assert await trouble_of(fetcher.get("x", f"{echo.url}/a?to=/b%3Fto=/c")) is Trouble.REDIRECT
    assert len(echo.calls) == 2


async def test_a_probe_follows_three(fetcher, echo):
    page = await fetcher.probe("x", f"{echo.url}/a?to=/b%3Fto=/c%253Fto=/d")
    assert (page.status, page.body, page.trouble) == (200, b"GET /d", None)


async def test_a_post_is_never_redirected(fetcher, echo):
    assert await trouble_of(fetcher.post("x", f"{echo.url}/a?to=/b&status=307", body=b"x")) is Trouble.REDIRECT


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:1/other-port",
        "https://elsewhere.example/",
        "https://127.0.0.1/",
        "https://127.0.0.1:8443/",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://user:pass@127.0.0.1/",
        "https://[",
    ],
)
async def test_a_redirect_elsewhere_is_refused(fetcher, echo, to):
    page = await fetcher.probe("x", f"{echo.url}/a", hosts=frozenset({"localhost"}))
    assert page.status == 200
    echo.calls.clear()
    assert await trouble_of(fetcher.get("x", str(httpx.URL(f"{echo.url}/a", params={"to": to})))) is Trouble.REDIRECT
    assert len(echo.calls) == 1


async def test_an_allowed_name_that_is_not_public_is_refused(fetcher, echo):
    address = str(httpx.URL(f"{echo.url}/a", params={"to": "https://localhost/"}))
    page = await fetcher.probe("x", address, hosts=frozenset({"localhost"}))
    assert (page.status, page.trouble) == (0, Trouble.REDIRECT)


async def test_to_a_probe_a_refused_redirect_is_a_finding(fetcher, echo):
    page = await fetcher.probe("x", f"{echo.url}/a?to=http://portal.example/login")
    assert (page.status, page.trouble, page.headers["location"]) == (
        302,
        Trouble.REDIRECT,
        "http://portal.example/login",
    )


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Fault.HANGS, Trouble.TIMEOUT),
        (Fault.DRIP, Trouble.TIMEOUT),
        (Fault.RESET, Trouble.RESET),
        (Fault.CUT, Trouble.RESET),
        (Fault.HUGE, Trouble.TOO_LARGE),
        (Fault.BOMB, Trouble.TOO_LARGE),
        (Fault.WRONG_GZIP, Trouble.PROTOCOL),
        (Fault.REDIRECT_AWAY, Trouble.REDIRECT),
        (Fault.REDIRECT_INSIDE, Trouble.REDIRECT),
        (Fault.REDIRECT_LOOP, Trouble.REDIRECT),
    ],
)
async def test_each_fault_has_its_word(client, echo, fault, trouble):
    fetcher = Fetcher(client, SettableClock(NOW), within=timedelta(seconds=2))
    if trouble is Trouble.TIMEOUT:
        fetcher = Fetcher(client, SettableClock(NOW), within=timedelta(milliseconds=80))
    echo.fault = fault
    async with asyncio.timeout(20):  # what hangs does so for ever
        assert await trouble_of(fetcher.get("x", f"{echo.url}/a")) is trouble
    page = await fetcher.probe("x", f"{echo.url}/a")
    assert page.trouble is trouble


async def test_a_dead_server_is_no_connection(fetcher, echo):
    await echo.dies()
    assert await trouble_of(fetcher.get("x", f"{echo.url}/a")) is Trouble.CONNECT
    page = await fetcher.probe("x", f"{echo.url}/a")
    assert (page.status, page.trouble) == (0, Trouble.CONNECT)
    await echo.comes_back()
    assert (await fetcher.get("x", f"{echo.url}/a")).status == 200


async def test_an_unknown_name_is_dns(fetcher):
    assert await trouble_of(fetcher.get("x", "https://no-such-name.invalid/")) is Trouble.DNS


async def test_plain_http_where_tls_is_due_is_tls(fetcher, echo):
    assert await trouble_of(fetcher.get("x", echo.url.replace("http:", "https:"))) is Trouble.TLS


async def test_a_certificate_of_an_unknown_issuer_is_named_and_can_be_trusted(fetcher, tmp_path):
    echo = Echo()
    echo.tls, ca_file = self_signed(tmp_path)
    await echo.start()
    try:
        assert await trouble_of(fetcher.get("x", f"{echo.url}/")) is Trouble.TLS_UNKNOWN_ISSUER
        async with new_client(ca_file=ca_file) as trusting:
            page = await Fetcher(trusting, SettableClock(NOW)).get("x", f"{echo.url}/")
        assert page.status == 200
    finally:
        await echo.stop()


async def test_a_certificate_for_another_name_is_tls(tmp_path):
    echo = Echo()
    echo.tls, ca_file = self_signed(tmp_path, address="127.0.0.2")
    await echo.start()
    try:
        async with new_client(ca_file=ca_file) as trusting:
            fetching = Fetcher(trusting, SettableClock(NOW)).get("x", f"{echo.url}/")
            assert await trouble_of(fetching) is Trouble.TLS
    finally:
        await echo.stop()


async def test_a_secret_that_cannot_be_sent_is_not_repeated(fetcher, echo):
    for token in ("geheim\nX: y", "gehéim", "geheim\x00"):
        with pytest.raises(FetchError) as caught:
            await fetcher.get("x", f"{echo.url}/", headers={"Authorization": f"Bearer {token}"})
        assert "geh" not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("url", ["", "ftp://x.example/", "http://", "x" * 70_000])
async def test_an_address_that_is_none_is_named(fetcher, url):
    assert await trouble_of(fetcher.get("x", url)) is Trouble.PROTOCOL
    assert (await fetcher.probe("x", url)).trouble is Trouble.PROTOCOL


async def test_a_failing_proxy_is_named(echo, monkeypatch):
    await echo.dies()
    monkeypatch.setenv("HTTP_PROXY", echo.url)
    monkeypatch.setenv("http_proxy", echo.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    async with new_client() as client:
        fetcher = Fetcher(client, SettableClock(NOW))
        assert await trouble_of(fetcher.get("x", "http://status.example/")) is Trouble.PROXY


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("37", 37),
        ("0", 0),
        ("999999999999999999999", 3600),
        ("Tue, 24 Nov 2026 09:00:30 GMT", 30),
        ("Tue, 24 Nov 2026 09:00:30 -0000", 30),
        ("Tue, 24 Nov 2026 08:00:00 GMT", 0),
        ("Tue, 24 Nov 2099 09:00:00 GMT", 3600),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("٣٧", None),
        ("Tue, 99 Nov 2026 09:00:30 GMT", None),
    ],
)
def test_retry_after_is_understood_and_bounded(said, wait_s):
    expected = None if wait_s is None else NOW + timedelta(seconds=wait_s)
    assert retry_after({"retry-after": said}, NOW) == expected


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("52.112.0.1", True),
        ("2603:1063::1", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::3470:1", True),
        ("2002:a00:1::", False),
    ],
)
def test_only_the_open_internet_is_public(address, public):
    assert http_address.is_public(address) is public


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("status.cloud.microsoft", "cloud.microsoft"),
        ("www.Example.co.uk.", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_the_owner_of_a_name(host, owner):
    assert http_address.registrable(host) == owner
