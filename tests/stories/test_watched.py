"""Those who watch us: what they may see, from where, and the sign of life whose silence is an alarm."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.jobs.heartbeat import STANDS_STILL_AFTER, Pulse
from bot.metrics import REGISTRY
from bot.settings import read_settings
from bot.terminal.egress import ways_of
from tests.replicas.faults import Fault
from tests.replicas.watchman import KEY, Watchman
from tests.world import START, open_world


@asynccontextmanager
async def watched(folder, **settings):
    """A world whose bot has a watchman."""
    watchman = Watchman()
    await watchman.start()
    try:
        async with open_world(folder, HEARTBEAT_URL=watchman.ping_url, **settings) as world:
            yield world, watchman
    finally:
        await watchman.stop()


def tell_sqlite(world, *statements):
    """Past the bot."""
    with closing(sqlite3.connect(world.parts.store.place, isolation_level=None)) as other:
        for statement in statements:
            other.execute(statement)


ALL = "ms_public,graph,mastodon,hn,probe,neutral,dns,endpoints"
POLLED = ("observations", "source_health")  # what each poll writes


def break_disk(world):
    """Every poll fails to write, at once: waiting for a lock would take real seconds."""
    fails = "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
    tell_sqlite(world, *(f"CREATE TRIGGER broken_{name} BEFORE INSERT ON {name} {fails}" for name in POLLED))


def mend_disk(world):
    tell_sqlite(world, *(f"DROP TRIGGER broken_{name}" for name in POLLED))


class TestSignsOfLife:
    """One a minute, while all is well."""

    async def test_an_address_that_is_renewed_in_its_file_is_used_from_the_next_minute_on(self, tmp_path):
        watchman, file = Watchman(), tmp_path / "url"
        await watchman.start()
        file.write_text(f"{watchman.url}/the-key-of-before")
        async with open_world(tmp_path, HEARTBEAT_URL_FILE=str(file)) as world:
            with capture_logs() as logs:
                await world.advance(minutes=1)
                file.write_text("no address, but the-key-of-a-slip")
                await world.advance(minutes=1)
                assert watchman.pings == 0
                file.write_text(f"{watchman.ping_url}\n")
                await world.advance(minutes=2)
            assert watchman.pings == 2
            told = [line["event"] for line in logs if "heartbeat" in str(line)]
            assert told == ["renewed secret can't be used", "renewed secret is used", "heartbeat arrives again"]
            assert "the-key-of" not in str(logs)
        await watchman.stop()

    async def test_one_a_minute_and_none_on_the_way_out(self, tmp_path):
        async with watched(tmp_path) as (world, watchman):
            assert watchman.pings == 1
            for minute in range(1, 6):
                await world.advance(minutes=1)
                assert watchman.pings == minute + 1
            await world.stop()
            assert watchman.pings == 6

    async def test_none_while_rows_cannot_be_written_and_again_when_they_can(self, tmp_path):
        async with watched(tmp_path) as (world, watchman):
            break_disk(world)
            with capture_logs() as lines:
                await world.advance(minutes=2)
                before = watchman.pings
                await world.advance(minutes=10)
                assert watchman.pings == before
            (told,) = [line for line in lines if line["event"] == "heartbeat was held back"]
            assert "disk reports errors" in told["reason"]
            mend_disk(world)
            with capture_logs() as lines:
                await world.advance(minutes=5)
            assert watchman.pings > before
            assert [line["event"] for line in lines].count("heartbeat arrives again") == 1

    async def test_one_that_does_not_arrive_is_told_once_and_counted_and_never_with_its_key(self, tmp_path):
        async with watched(tmp_path) as (world, watchman):
            watchman.fault = Fault.SERVER_ERROR
            failed = ("notjustyou_heartbeats_total", {"result": "failed"})
            before = REGISTRY.get_sample_value(*failed) or 0
            with capture_logs() as lines:
                await world.advance(minutes=5)
                watchman.heals()
                await world.advance(minutes=5)
            said = [line for line in lines if line["event"].startswith("heartbeat")]
            assert [line["event"] for line in said] == ["heartbeat failed", "heartbeat arrives again"]
            assert KEY not in str(said)
            assert REGISTRY.get_sample_value(*failed) == before + 5

    async def test_a_redirect_is_not_followed(self, tmp_path):
        async with watched(tmp_path) as (world, watchman):
            watchman.leads_to = f"{watchman.url}/elsewhere"
            await world.advance(minutes=2)
            assert watchman.asked("/elsewhere") == 0

    async def test_a_drill_is_nobodys_life(self, tmp_path):
        async with watched(tmp_path) as (world, watchman):
            await world.stop()
            before = watchman.pings
            await world.start(drill="outage")
            await world.advance(minutes=3)
            assert watchman.pings == before

    async def test_its_place_is_listed_and_its_key_is_a_secret(self, tmp_path):
        async with watched(tmp_path) as (world, watchman):
            settings = read_settings(world.environment)
            (way,) = [way for way in ways_of(settings) if way.by == "heartbeat"]
            assert f"{way.host}:{way.port}" in watchman.url
            assert {KEY, watchman.ping_url} <= settings.secrets
            assert KEY not in repr(settings)


def test_a_watch_that_stands_still_is_no_life_unless_another_replica_watches():
    """It goes round once a minute at least; what hangs it for good shows after three."""
    pulse = Pulse(at=START)
    assert pulse.trouble(START + STANDS_STILL_AFTER) is None
    late = START + STANDS_STILL_AFTER + timedelta(seconds=1)
    assert "stood still for 181 s" in pulse.trouble(late)
    pulse.stands_by = lambda: True
    assert pulse.trouble(late) is None
    pulse.stands_by = lambda: False
    pulse.beat(late)
    assert pulse.trouble(late) is None


async def test_a_watch_that_hangs_ends_the_signs_of_life(tmp_path):
    async with watched(tmp_path) as (world, watchman):
        (watching,) = [task for task in asyncio.all_tasks() if task.get_name() == "watch"]
        await world.advance(minutes=2)
        before = watchman.pings
        watching.cancel()  # nothing of it moves any more, and nobody has noticed
        await world.advance(minutes=4)
        assert watchman.pings in {before + 2, before + 3}
        last = watchman.pings
        await world.advance(minutes=5)
        assert watchman.pings == last


class TestReadiness:
    """`/readyz`."""

    async def test_it_says_which_part_is_not_ready_and_why_to_insiders_only(self, world):
        assert await world.page("/readyz") == (200, '{"ready": true}')
        break_disk(world)
        await world.advance(minutes=2)
        status, said = await world.page("/readyz")
        assert (status, '"database"' in said, "disk reports errors" in said) == (503, True, True)
        assert await world.page("/readyz", **{"X-Forwarded-For": "203.0.113.9"}) == (503, '{"ready": false}')
        assert await world.page("/healthz") == (200, '{"alive": true}')
        mend_disk(world)
        await world.advance(minutes=2)
        assert await world.page("/readyz") == (200, '{"ready": true}')

    async def test_without_anything_that_is_believed_it_is_not_ready(self, tmp_path):
        async with open_world(tmp_path, start=False, SOURCES_OFF=ALL) as world:
            await world.start()
            status, said = await world.page("/readyz")
            assert (status, '"board"' in said, '"database"' in said) == (503, True, False)


@pytest.mark.parametrize(
    ("settings", "headers", "shown"),
    [
        ({}, {}, True),
        ({"METRICS_FROM": "10.0.0.0/8"}, {}, False),
        ({}, {"X-Forwarded-For": "127.0.0.1"}, False),
        ({}, {"Forwarded": "for=127.0.0.1"}, False),
        ({}, {"X-Real-IP": "127.0.0.1"}, False),
        ({"TRUSTED_PROXIES": "127.0.0.1", "METRICS_FROM": "10.0.0.0/8"}, {"X-Forwarded-For": "10.1.1.1"}, True),
        ({"TRUSTED_PROXIES": "127.0.0.1", "METRICS_FROM": "10.0.0.0/8"}, {"X-Forwarded-For": "203.0.113.9"}, False),
        (
            {"TRUSTED_PROXIES": "127.0.0.1", "METRICS_FROM": "10.0.0.0/8"},
            {"X-Forwarded-For": "10.1.1.1, 203.0.113.9"},
            False,
        ),
        ({"TRUSTED_PROXIES": "127.0.0.1", "METRICS_FROM": "10.0.0.0/8"}, {"Forwarded": 'for="10.1.1.1:99"'}, True),
        (
            {"TRUSTED_PROXIES": "127.0.0.1", "METRICS_FROM": "10.0.0.0/8"},
            {"Forwarded": "for=10.1.1.1", "X-Forwarded-For": "203.0.113.9"},
            False,
        ),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, {"Via": "1.1 proxy"}, False),
    ],
)
async def test_counters_are_for_the_networks_that_are_named(tmp_path, settings, headers, shown):
    async with open_world(tmp_path, **settings) as world:
        status, said = await world.page("/metrics", **headers)
        assert (status, "notjustyou_source_state" in said) == ((200, True) if shown else (404, False))


async def test_the_bots_address_and_the_pages_are_both_watched(tmp_path, unused_tcp_port):
    async with open_world(tmp_path, PAGE_PORT=str(unused_tcp_port)) as world:
        for base in (world.url, f"http://127.0.0.1:{unused_tcp_port}"):
            for path in ("/healthz", "/readyz", "/metrics"):
                async with world.session.get(base + path) as answer:
                    assert answer.status == 200
