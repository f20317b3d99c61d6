"""An important source goes blind for long: operators are told once, and once when it is back, with what to do."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.replicas.faults import Fault
from tests.world import open_world

pytestmark = pytest.mark.slow  # hours and days pass in these stories

BLIND = ("source went blind", "source stays blind", "source is back")


def told(logs, source):
    return [line["event"] for line in logs if line.get("source") == source and line["event"] in BLIND]


async def test_operators_are_told_once_and_once_when_it_is_back(world):
    with capture_logs() as logs:
        world.status.fault = Fault.SERVER_ERROR
        await world.advance(minutes=15)
        assert told(logs, "ms_public") == ["source went blind"]
        assert "For operators" not in (await world.page())[1]
        await world.advance(minutes=40)
        assert told(logs, "ms_public") == ["source went blind", "source stays blind"]
        page = (await world.page())[1]
        assert "For operators" in page
        assert "ms_public" in page
        world.status.heals()
        await world.advance(minutes=16)
        assert told(logs, "ms_public") == [*BLIND]
        assert "For operators" not in (await world.page())[1]


async def test_a_restart_repeats_nothing(tmp_path):
    async with open_world(tmp_path, BLIND_AFTER_S="300") as world:
        with capture_logs() as logs:
            world.status.fault = Fault.SERVER_ERROR
            await world.advance(minutes=7)
            await world.stop()
            await world.start()
            await world.advance(minutes=7)
            assert told(logs, "ms_public").count("source stays blind") == 1
            world.status.heals()
            await world.advance(minutes=16)
        assert told(logs, "ms_public")[-1] == "source is back"


async def test_an_expired_secret_is_told_at_once_with_where_to_renew_it(tmp_path):
    async with open_world(tmp_path, start=False, SOURCES_OFF="", LANGUAGE="de") as world:
        world.environment["NOTJUSTYOU_SOURCE_GRAPH_URL"] = world.graph.url
        world.environment["NOTJUSTYOU_LOGIN_URL"] = world.graph.url
        world.graph.refusal = 7000222
        with capture_logs() as logs:
            await world.start()
            await world.advance(minutes=2)
        line = next(line for line in logs if line["event"] == "source stays blind" and line["source"] == "graph")
        assert "abgelaufen" in line["do"]
        assert "entra.microsoft.com" in line["do"]
        assert "AADSTS7000222" in line["reason"]
        assert "abgelaufen" in (await world.page())[1]


@pytest.mark.parametrize("shown", ["no", "yes"])
async def test_the_page_tells_strangers_nothing_of_it(tmp_path, shown):
    async with open_world(tmp_path, PAGE_FOR_OPERATORS=shown, BLIND_AFTER_S="300") as world:
        world.status.fault = Fault.SERVER_ERROR
        await world.advance(minutes=7)
        assert ("For operators" in (await world.page())[1]) is (shown == "yes")


async def test_a_clock_that_is_off_is_told_once(tmp_path):
    async with open_world(tmp_path, start=False) as world:  # its clock stands years from the replicas' Date headers
        with capture_logs() as logs:
            await world.start()
            await world.advance(minutes=3)
        assert [line["event"] for line in logs].count("our clock is off") == 1


async def test_a_budget_that_is_used_up_ends_the_asking_until_it_returns(tmp_path):
    async with open_world(tmp_path, SOURCE_MS_PUBLIC_PER_HOUR="10") as world:
        await world.advance(minutes=15)
        asked = len(world.status.calls)
        assert asked == 10
        health = next(one for one in world.parts.board.healths() if one.source == "ms_public")
        assert "budget" in health.reason
        assert health.next_try == world.clock.now().replace(minute=0) + timedelta(hours=1)
        await world.advance(minutes=47)
        assert len(world.status.calls) > asked
