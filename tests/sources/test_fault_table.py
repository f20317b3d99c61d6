"""Each source x each fault: bounded, never taken for calm, never louder than one line, and harmless to the others."""

import os
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pytest
from aiohttp import web

from bot.clock import SettableClock
from bot.domain.observation import Health
from bot.http import Fetcher, FetchError, new_client
from bot.sources import SOURCES
from bot.sources.source import SourceError
from tests.replicas.certificate import self_signed
from tests.replicas.web_targets import WebTargets
from tests.sources.reading import NOW
from tests.sources.registry import RIGS
from tests.sources.spoilt import CASES
from tests.sources.test_any_bytes import assert_sound

HASTE = timedelta(milliseconds=120)  # of a fetch that only its deadline ends
WITHIN = timedelta(seconds=2)
MOST_REQUESTS = 40  # of one poll, whatever a page says of further ones
SLOW = [pytest.mark.slow]
DATED = ("ms_public", "downdetector page", "x")  # whose pages tell how old they are
CLAIMS = (Health.FINE, Health.MAINTENANCE)


@pytest.fixture(scope="module", autouse=True)
def _no_certificates():
    """Reading the machine's certificates takes longer than most cases."""
    with patch.dict(os.environ, SSL_CERT_FILE=os.devnull):
        yield


@asynccontextmanager
async def rigged(name, clock, *, busy=True, tls=None):
    """A running replica in trouble, so that calm would be a lie."""
    rig = RIGS[name]
    replica = rig.replica(clock)
    replica.tls = tls
    await replica.start()
    if busy:
        rig.busy(replica)
    try:
        yield rig, replica
    finally:
        await replica.stop()


async def read(source, fetcher, clock):
    """What the source says, or the words in which it can't be read."""
    try:
        return source.parse(await source.fetch(fetcher, clock.now()), clock.now()), ""
    except SourceError as error:
        return [], error.reason
    except FetchError as error:
        return [], error.said


def test_every_source_has_a_rig():
    assert {name.partition(" ")[0] for name in RIGS} == set(SOURCES)


@pytest.mark.parametrize("name", RIGS)
@pytest.mark.parametrize("case", [pytest.param(case, marks=SLOW * case.slow, id=case.name) for case in CASES])
async def test_a_fault_is_bounded_named_and_never_taken_for_calm(name, case):
    clock = SettableClock(NOW)
    within = HASTE if case.endless else WITHIN
    async with rigged(name, clock) as (rig, replica), new_client() as client:
        fetcher = Fetcher(client, clock, within=within)
        source = rig.source(replica)
        replica.spoiling = case.spoiling
        started = time.monotonic()
        seen, reason = await read(source, fetcher, clock)
        took = time.monotonic() - started
        assert_sound_answer(seen, reason, source.id, clock.now())
        assert took < within.total_seconds() * max(1, len(replica.calls)) + 10, "what hangs does so for ever"
        assert len(replica.calls) <= MOST_REQUESTS
        if not case.endless:  # a server does not notice at once that nobody waits any more
            assert (replica.most_open_at if rig.measures else replica.most_open) <= rig.at_once
        assert fetcher.open_exchanges == 0
        if (case.spoils and not rig.measures) or case.silent:
            assert [one for one in seen if one.health in CLAIMS] == []


def assert_sound_answer(seen, reason, source_id, now):
    assert bool(seen) or reason or source_id in ("x", "graph")
    assert len(reason) < 300
    assert reason.isprintable()
    for one in seen:
        assert_sound(one, source_id, now)
        assert one.text.isprintable()


LINES = {
    "refused": (lambda replica: replica.dies(), "connect"),
    "name not found": (lambda replica: moved(replica, "https://no-such-name.invalid"), "name not found"),
    "plain where TLS is due": (lambda replica: moved(replica, replica.url.replace("http:", "https:")), "TLS failed"),
}


async def moved(replica, url):
    replica.url = url


@pytest.mark.parametrize("name", RIGS)
@pytest.mark.parametrize("fault", LINES)
async def test_a_dead_line_is_named_and_is_no_calm(name, fault):
    clock, (spoil, words) = SettableClock(NOW), LINES[fault]
    async with rigged(name, clock) as (rig, replica), new_client() as client:
        await spoil(replica)
        seen, reason = await read(rig.source(replica), Fetcher(client, clock, within=WITHIN), clock)
        assert [one for one in seen if one.health in CLAIMS] == []
        assert rig.measures or words.partition(" ")[0] in reason


@pytest.mark.parametrize("name", RIGS)
@pytest.mark.parametrize(("address", "words"), [("127.0.0.1", "NOTJUSTYOU_CA_FILE"), ("127.0.0.2", "TLS failed")])
async def test_a_certificate_that_is_not_trusted_is_named(name, address, words, tmp_path):
    """The first is signed by nobody we know; the second by somebody whom we trust, for another name."""
    tls, ca_file = self_signed(tmp_path, address=address)
    clock, trusted = SettableClock(NOW), ca_file if address != "127.0.0.1" else None
    async with rigged(name, clock, tls=tls) as (rig, replica), new_client(ca_file=trusted) as client:
        seen, reason = await read(rig.source(replica), Fetcher(client, clock, within=WITHIN), clock)
        assert [one for one in seen if one.health in CLAIMS] == []
        assert rig.measures or words in reason
        assert len([call for call in replica.calls]) == 0


@pytest.mark.parametrize("name", RIGS)
async def test_yesterdays_page_is_no_news_of_today(name):
    now, yesterday = SettableClock(NOW), SettableClock(NOW - timedelta(days=1))
    async with rigged(name, yesterday, busy=False) as (rig, replica), new_client() as client:
        seen, _ = await read(rig.source(replica), Fetcher(client, now, within=WITHIN), now)
        if name in DATED:
            assert [one for one in seen if one.health in CLAIMS and one.key != "azure/signin"] == []


@pytest.mark.parametrize("name", [name for name, rig in RIGS.items() if not rig.measures])
async def test_no_redirect_leads_to_a_place_inside(name):
    """A server within our network that must never hear of us, whatever an answer says."""
    clock, trap = SettableClock(NOW), WebTargets()
    async with rigged(name, clock) as (rig, replica), new_client() as client:
        await trap.start()
        for to in (trap.url, trap.url.replace("http:", "https:"), trap.url.replace("127.0.0.1", "localhost")):
            replica.spoiling = partial(redirected, to=to)
            await read(rig.source(replica), Fetcher(client, clock, within=WITHIN), clock)
        await trap.stop()
    assert trap.calls == []


async def redirected(*_, to):
    return web.Response(status=302, headers={"Location": f"{to}/x"})
