"""Sources fail in every known way: the bot goes on answering, says what it can't see, and takes no silence for calm."""

import asyncio
import time
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.board import Board
from bot.clock import MachineClock, SettableClock
from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId
from bot.domain.source_health import SourceState
from bot.http import Fetcher, new_client
from bot.jobs.watch import watch
from bot.sources.source import About
from bot.store.engine import Store
from tests.replicas.faults import RETRY_AFTER_S, Fault
from tests.replicas.identity import TENANT
from tests.replicas.web_targets import BROKEN, DOORS, NEUTRAL
from tests.world import START, open_world, person

READ = {"ms_public": "status", "mastodon": "mastodon", "hn": "hn", "graph": "graph"}  # source -> its replica
SOURCES = (*READ, "probe", "neutral", "dns", "endpoints")
DEAD = "dead"
FAULTS = (
    DEAD,
    Fault.HANGS,
    Fault.UNAUTHORIZED,
    Fault.FORBIDDEN,
    Fault.NOT_FOUND,
    Fault.THROTTLED,
    Fault.THROTTLED_SECONDS,
    Fault.THROTTLED_DATE,
    Fault.SERVER_ERROR,
    Fault.CHALLENGE,
    Fault.NONSENSE,
    Fault.HUGE,
)

pytestmark = pytest.mark.slow  # hours and days pass in these stories
IS_DOWN = "Teams is down for everyone"


def states(world):
    return {health.source: health.state for health in world.parts.board.healths()}


def health_of(world, source):
    return next(health for health in world.parts.board.healths() if health.source == source)


def name_of(world, source):
    return world.words(f"source.{source}", "en")


async def breaks(replica, fault):
    if fault is DEAD:
        await replica.dies()
    else:
        replica.fault = fault


async def heals(replica):
    replica.heals()
    await replica.comes_back()


async def until(world, source, state):
    """Let time pass until the source is in this state: its own waits differ from seconds to an hour."""
    for _ in range(9):
        if states(world)[source] is state:
            return
        await world.advance(seconds=(health_of(world, source).next_try - world.clock.now()).total_seconds() + 2)
    raise AssertionError(health_of(world, source))


async def asks(world):
    """What the card says."""
    return await world.says("is Teams down?")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("source", READ)
async def test_a_source_that_fails_is_named_and_disturbs_nothing(tmp_path, source, fault):
    hourly = {f"SOURCE_{other.upper()}_PERIOD_S": "3600" for other in SOURCES if other != source}
    patience = "2" if fault is Fault.HANGS else "10"  # real seconds; each poll of what hangs takes so long
    async with open_world(tmp_path, SOURCES_OFF="", FETCH_TIMEOUT_S=patience, **hourly) as world:
        replica = getattr(world, READ[source])
        assert f"see: {name_of(world, source)}" not in (await asks(world)).text
        with capture_logs() as lines:
            await breaks(replica, fault)
            await until(world, source, SourceState.BLIND)
            card = await asks(world)
            assert f"Can't see: {name_of(world, source)}" in card.text
            await heals(replica)
            await until(world, source, SourceState.OK)
            assert f"see: {name_of(world, source)}" not in (await asks(world)).text
        told = [(line["event"], line["source"]) for line in lines if "source" in line]
        told = [line for line in told if line[0] != "source stays blind"]  # a reminder after two hours, told elsewhere
        assert told == [("source went blind", source), ("source is back", source)]
        others = {other: state for other, state in states(world).items() if other in SOURCES and other != source}
        assert set(others.values()) == {SourceState.OK}


@pytest.mark.parametrize("fault", [Fault.HANGS, Fault.UNAUTHORIZED, Fault.THROTTLED, Fault.CHALLENGE, Fault.NONSENSE])
async def test_doors_that_fail_in_any_way_are_one_kind_of_witness(tmp_path, fault):
    """What a probe meets is a finding, not a fault of the source; alone it never makes us sure."""
    async with open_world(tmp_path, FETCH_TIMEOUT_S="0.5") as world:
        world.web.fails(fault, *DOORS)
        with capture_logs() as lines:
            await world.advance(minutes=2)
            card = await asks(world)
        assert not [line for line in lines if line["event"] == "job failed"]
        assert IS_DOWN not in card.summary or "almost certain" not in card.text
        assert states(world)["probe"] in (SourceState.OK, SourceState.FAILING, SourceState.BLIND)


async def test_a_machine_without_a_way_out_says_so_and_not_that_teams_is_down(world):
    await world.web.dies()
    world.status.fault = world.mastodon.fault = Fault.RESET
    await world.advance(minutes=30)
    card = await asks(world)
    assert "can't tell" in card.summary
    assert world.words("reason.we_are_cut_off", "en") in card.text


async def test_neutral_sites_that_fail_make_no_outage_of_teams(tmp_path):
    async with open_world(tmp_path, FETCH_TIMEOUT_S="0.5") as world:
        for fault in (Fault.HANGS, Fault.SERVER_ERROR, Fault.CHALLENGE):
            world.web.fails(fault, *NEUTRAL)
            await world.advance(minutes=2)
            assert IS_DOWN not in (await asks(world)).summary


async def test_when_nothing_can_be_read_any_more_nothing_is_calm(tmp_path):
    async with open_world(tmp_path, SOURCES_OFF="graph,probe,neutral") as world:
        assert "looks fine" in (await asks(world)).summary
        world.status.fault = world.mastodon.fault = Fault.NONSENSE
        await world.advance(minutes=45)
        card = await asks(world)
        assert "can't tell" in card.summary
        assert "How sure we are: not sure" in card.text
        for source in ("ms_public", "mastodon"):
            assert f"Can't see: {name_of(world, source)}" in card.text


async def test_all_sources_that_hang_from_the_start_delay_the_first_answer_by_the_patience_that_was_set(tmp_path):
    async with open_world(tmp_path, start=False, FETCH_TIMEOUT_S="20", REFRESH_WAIT_S="0.3") as world:
        for replica in (world.status, world.mastodon, world.web):
            replica.fault = Fault.HANGS
        await world.start(settle=False)
        started = time.monotonic()
        assert await world.writes("is Teams down?") == 200
        await world.teams.until(1)
        assert time.monotonic() - started >= 0.3
        assert world.status.open
        assert world.mastodon.open, "the answer came while they hang"
        assert "can't tell" in world.teams.sent()[0]["summary"]


async def test_all_sources_that_begin_to_hang_delay_no_answer(tmp_path):
    async with open_world(tmp_path, FETCH_TIMEOUT_S="20") as world:
        for replica in (world.status, world.mastodon, world.web):
            replica.fault = Fault.HANGS
        world.clock.set(world.clock.now() + timedelta(minutes=3))  # and nobody waits for those who are asked now
        while not (world.status.open and world.mastodon.open and world.web.open):
            await MachineClock().sleep(timedelta(milliseconds=1))
        assert await world.writes("is Teams down?") == 200
        assert world.status.open
        assert world.mastodon.open, "the answer came while they hang"
        assert world.teams.sent()[0]["summary"]


async def test_no_question_makes_a_source_be_asked(world):
    replicas = (world.status, world.mastodon, world.web)
    asked = [len(replica.calls) for replica in replicas]
    for number in range(20):
        chat = {"conversation": {"conversationType": "personal", "id": f"a:chat-{number}", "tenantId": TENANT}}
        assert await world.writes("is Teams down?", by=person(number), **chat) == 200
        assert (await world.page("/?q=is+Teams+down"))[0] == 200
    assert [len(replica.calls) for replica in replicas] == asked


async def test_what_was_known_survives_a_restart(world):
    world.web.says(BROKEN, *DOORS)
    world.status.down(next_update=world.clock.now() + timedelta(hours=2))
    await world.advance(minutes=5)
    before = await asks(world)
    world.mastodon.fault = Fault.FORBIDDEN
    await until(world, "mastodon", SourceState.BLIND)
    blind = health_of(world, "mastodon")
    await world.stop()
    await world.status.dies()
    with capture_logs() as lines:
        await world.start()
        card = await asks(world)
    assert IS_DOWN in before.summary
    assert "down for everyone" in card.summary  # perhaps less sure: since then nothing could be read
    assert "promised its next update" in card.text
    assert f"Can't see: {name_of(world, 'mastodon')}" in card.text
    after = health_of(world, "mastodon")
    assert (after.state, after.since, after.failures) == (SourceState.BLIND, blind.since, blind.failures + 1)
    assert not [line for line in lines if line["event"] == "source went blind" and line["source"] == "mastodon"]


async def test_who_asked_us_to_wait_is_not_asked_sooner_because_we_started_again(world):
    world.status.fault = Fault.THROTTLED_SECONDS
    while health_of(world, "ms_public").http_status != 429:
        await world.advance(seconds=10)
    await world.stop()
    asked = len(world.status.calls)
    await world.start()
    assert len(world.status.calls) == asked
    await world.advance(seconds=RETRY_AFTER_S + 2)
    assert len(world.status.calls) > asked


class Told:
    """A source of these tests that answers, or whose parser has a bug."""

    about = About(kind=Kind.CROWD, on_by_default=True, period=timedelta(minutes=1), reads="nothing")
    period = timedelta(minutes=1)
    tenant = None

    def __init__(self, name, bug=None):
        self.id, self.bug, self.asked = SourceId(name), bug, 0

    async def fetch(self, _fetcher, _now):
        self.asked += 1
        return []

    def parse(self, _pages, now):
        if self.bug:
            raise self.bug
        return [
            Observation(
                source=self.id, kind=Kind.CROWD, origin=self.id, key="all", service=ServiceId("teams"),
                health=Health.FINE, seen_at=now, until=now + timedelta(minutes=5),
            )
        ]  # fmt: skip


@pytest.mark.parametrize(
    "bug", [ZeroDivisionError("bug"), KeyError("x"), RecursionError(), UnicodeDecodeError("utf-8", b"", 0, 1, "x")]
)
async def test_a_bug_in_one_parser_stops_neither_the_watch_nor_the_others(tmp_path, bug):
    clock = SettableClock(START)
    broken, well = Told("broken", bug), Told("well")
    store = await Store.open(f"sqlite:///{(tmp_path / 'x.db').as_posix()}", clock)
    async with new_client() as client:
        board = Board([broken, well], Fetcher(client, clock), clock, store)
        with capture_logs() as lines:
            watching = asyncio.ensure_future(watch(board, clock))
            for _ in range(10):
                await passing(board, store)
                clock.set(clock.now() + timedelta(minutes=1))
            await passing(board, store)
            assert not watching.done()
            watching.cancel()
            await asyncio.wait([watching])
    await store.close()
    assert well.asked >= 9
    assert broken.asked >= 3
    assert {health.source: health.state for health in board.healths()}["broken"] is SourceState.BLIND
    seen = {one.source: one.health for one in board.look(None, clock.now())}
    assert seen == {"broken": Health.UNREACHABLE, "well": Health.FINE}
    assert [line["log_level"] for line in lines if line["event"] == "source went blind"] == ["warning"]
    assert [line for line in lines if line["event"] == "job failed" and line["log_level"] == "error"]


async def passing(board, store):
    """Let the polls that are due run to their end."""
    for _ in range(200):
        await asyncio.sleep(0.001 if store.open_work else 0)  # noqa: TID251 - the machine's time, for its disk
