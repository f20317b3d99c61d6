"""Whatever a browser can open is locked down, also where there is nothing to open."""

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

import bot
from bot.store.tables import metadata
from bot.transports.teams.transport import PATH
from bot.web.guard import HEADERS, harden
from tests.stories.test_page import OPEN, read
from tests.world import open_world

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NOWHERE = ("/nowhere", "/style.css/", "/api", "/%00", "/..%2f..%2fetc%2fpasswd", "/privacy/x", "/admin?lang=de")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture
async def here(tmp_path):
    async with open_world(tmp_path, **OPEN) as world:
        yield world


async def answers(world, path, method):
    async with world.session.request(method, f"{world.url}{path}", headers=BROWSER, allow_redirects=False) as answer:
        return answer.status, answer.headers


async def raw(world, sent):
    """Whatever comes back for these bytes until the connection is closed: status, headers of the first, the rest."""
    url = urlsplit(world.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(sent)
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    first, *lines = head.split("\r\n")
    named = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in named}
    return int(first.split()[1]), headers, body


async def test_every_answer_is_locked_down(here):
    code = "\n".join(path.read_text(encoding="utf-8") for path in Path(bot.__file__).parent.rglob("*.py"))
    asked = [*re.findall(r'web\.(?:get|post|put|route)\("(/[^"{]*)"', code), PATH, "/?q=down"]
    assert {"/", "/privacy", "/metrics"} <= set(asked)
    seen = set()
    for path in [*asked, *NOWHERE, f"/?q={'x' * 501}"]:
        for method in METHODS:
            status, headers = await answers(here, path, method)
            seen.add(status)
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, (method, path)
            assert "frame-ancestors 'none'" in policy, (method, path)
            assert "script" not in policy
            assert headers["X-Content-Type-Options"] == "nosniff", (method, path)
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Server"] == "Notjustyou"
            assert headers["Cache-Control"] in ("no-store", "max-age=600"), (method, path)
    assert {200, 400, 404, 405} <= seen


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: <b>marker</b>\x00\r\n\r\n",
        b"marker / marker\r\n\r\n",
        b"GET /?q=" + b"marker" * 4000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00marker\r\n\r\n",  # somebody tries https
    ],
)
async def test_what_is_no_readable_request_is_locked_down_too_and_not_repeated(here, sent):
    status, headers, text = await raw(here, sent)
    assert status == 400
    assert text == here.words("page.unreadable", "en") + "\n"
    assert {name: headers[name.lower()] for name in HEADERS} == HEADERS
    assert headers["server"] == "Notjustyou"
    assert headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", [PATH, "/nowhere", "/"])
async def test_what_comes_badly_packed_fills_no_log(here, caplog, path):
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json", "Authorization": "Bearer of.no.thing"}
    async with here.session.post(f"{here.url}{path}", headers=packed, data=b"a letter to somebody") as answer:
        assert answer.status in (400, 404, 405)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not [record for record in caplog.records if record.exc_info]


async def test_an_error_of_ours_is_locked_down_too(aiohttp_client):
    async def breaks(_):
        raise RuntimeError("a bug with details")

    application = web.Application()
    application.on_response_prepare.append(harden)
    application.router.add_get("/broken", breaks)
    answer = await (await aiohttp_client(application)).get("/broken", headers=BROWSER)
    assert answer.status == 500
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "a bug" not in await answer.text()


async def test_where_there_is_no_page_a_browser_is_led_back_in_its_language(here):
    for language, title in (("en", "There is no such page here."), ("de", "Diese Seite gibt es hier nicht.")):
        page = await read(here, "/nowhere", **BROWSER, **{"Accept-Language": language})
        assert (page.status, page.all("h1")) == (404, [title])
        assert f"/?lang={language}" in page.links


async def test_a_page_that_can_only_be_read_says_so(here):
    async with here.session.post(f"{here.url}/privacy", headers=BROWSER, data="x") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
        assert "only for looking" in await answer.text()


async def test_a_program_gets_a_plain_line(here):
    async with here.session.get(f"{here.url}/nowhere", headers={"Accept": "application/json"}) as answer:
        assert (answer.status, await answer.text()) == (404, "404: Not Found")


async def test_the_bots_own_address_shows_no_page_when_the_page_has_another(tmp_path):
    async with open_world(tmp_path, **OPEN, PAGE_PORT="0", PAGE_BIND="127.0.0.2") as world:
        status, headers = await answers(world, "/nowhere", "GET")
        assert status == 404
        assert headers["Content-Type"].startswith("text/plain")
        assert "default-src 'none'" in headers["Content-Security-Policy"]


async def test_what_is_kept_is_told_table_by_table_with_the_days_that_are_set(tmp_path):
    async with open_world(tmp_path, **OPEN, RETENTION_AUDIT_DAYS="77", IT_CONTACT="it@corp.example") as world:
        page = await read(world, "/privacy")
        assert [cell for cell in page.all("td") if "77 days" in cell]
        assert len(page.all("tbody")) == 3 * len(metadata.tables)
        assert "neither stored nor logged" in page.text
        assert "it@corp.example" in page.text
        german = await read(world, "/privacy?lang=de")
        assert [cell for cell in german.all("td") if "77 Tage" in cell]
        assert "Wozu" in german.all("th")


async def test_a_public_page_names_no_contact(tmp_path):
    async with open_world(tmp_path, IT_CONTACT="it@corp.example", PUBLIC_URL="https://bot.example.org") as world:
        page = await read(world, "/privacy")
        assert "corp.example" not in page.text
        assert "ask its IT team" in page.text
