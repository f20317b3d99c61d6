"""Whatever fails between us and a channel: nothing is lost, and twice only what may be there already."""

import asyncio
import sqlite3
from datetime import timedelta

import pytest

from bot.clock import MachineClock
from bot.domain.delivery import Part, Progress
from tests.replicas.connector import Refusal, as_date, blocked, refusal, throttled
from tests.trouble import DOWN, Trouble, posts, seen, subscribe
from tests.world import FABRIKAM, open_world

pytestmark = pytest.mark.slow  # minutes and hours of an outage pass

SALES = ("19:sales", Part.CARD)


@pytest.fixture
async def world(tmp_path, request):
    """Its parameter: how long a send waits, in seconds of the machine; long, since a busy one is slow to answer."""
    async with open_world(tmp_path, SEND_TIMEOUT_S=getattr(request, "param", "10")) as opened:
        yield opened


@pytest.fixture
async def trouble(world):
    await subscribe(world, "19:sales", "19:plant")
    return Trouble(world)


async def line(trouble, which=SALES):
    return (await trouble.lines())[which]


async def until(world, error, trouble):
    """Return when the delivery to Sales has failed in this way."""
    async with asyncio.timeout(60):
        while world.teams.arrived == [] or (await line(trouble)).error != error:
            await MachineClock().sleep(timedelta(milliseconds=5))


@pytest.mark.parametrize("fault", [refusal(500, "ServiceError"), refusal(503, "Unavailable"), refusal(412, "Busy")])
async def test_an_error_that_passes_delays_and_loses_nothing(world, trouble, fault):
    world.teams.fails[""] = fault
    await trouble.opens()
    await world.advance(seconds=60)
    assert (await line(trouble)).first_sent_at is None
    tries = len(posts(world, "19:sales"))
    assert 2 <= tries <= 8, "it waits longer each time"
    world.teams.heals()
    world.teams.fails.clear()
    await world.advance(minutes=5, seconds=1)  # the longest wait
    assert len(posts(world, "19:sales")) == tries + 1
    assert (await line(trouble)).error == ""


async def test_a_wait_that_is_named_is_kept_in_both_notations(world, trouble):
    world.teams.fails["19:sales"] = throttled("120", times=1)
    world.teams.fails["19:plant"] = throttled(as_date((world.clock.now() + timedelta(seconds=90)).timestamp()), times=1)
    await trouble.opens()
    await world.advance(seconds=89)
    assert len(posts(world, "19:sales")) == len(posts(world, "19:plant")) == 1
    await world.advance(seconds=2)
    assert (len(posts(world, "19:sales")), len(posts(world, "19:plant"))) == (1, 2)
    await world.advance(seconds=30)
    assert len(posts(world, "19:sales")) == 2


async def test_a_wait_that_is_not_named_grows(world, trouble):
    world.teams.fails["19:sales"] = throttled()
    await trouble.opens()
    await world.advance(minutes=5)
    assert 4 <= len(posts(world, "19:sales")) <= 16
    assert posts(world, "19:plant") == [DOWN]


@pytest.mark.parametrize(("world", "fault"), [("10", {"drops": True}), ("5", {"hangs": True})], indirect=["world"])
async def test_a_post_whose_answer_was_lost_is_repeated_once_and_says_so(world, trouble, fault):
    world.teams.fails["19:sales"] = Refusal(status=201, times=1, **fault)
    opening = asyncio.ensure_future(trouble.opens())
    await until(world, "answer lost", trouble)
    world.teams._released.set()
    await opening
    await world.advance(seconds=29)
    assert posts(world, "19:sales") == [DOWN]
    await world.advance(seconds=2)
    assert posts(world, "19:sales") == [DOWN, DOWN]
    told = await line(trouble)
    assert told.maybe_twice
    assert told.activity is not None
    await trouble.goes_on(confidence=0.99)
    assert seen(world, "19:sales")[-1][0] == "PUT"


async def test_without_a_token_nothing_is_sent_until_there_is_one(world, trouble):
    await world.identity.dies()
    await trouble.opens()
    await world.advance(seconds=20)
    assert world.teams.arrived == []
    await world.identity.comes_back()
    await world.advance(minutes=2)
    assert posts(world, "19:sales") == posts(world, "19:plant") == [DOWN]


async def test_while_our_token_is_refused_a_card_waits_longer_each_time_and_comes_when_it_is_taken(
    world, trouble, capsys
):
    world.teams.accepts = lambda _token: False
    await trouble.opens()
    await world.advance(minutes=10)
    told = await line(trouble)
    assert told.progress is Progress.OPEN, "a sign-in outage ends no card"
    assert told.error == "not_registered: 401 BotNotRegistered"
    assert 4 <= told.attempts <= 20
    assert len(world.identity.token_asks) <= 12, "at most one a minute, whoever is refused"
    world.teams.accepts = lambda _token: True
    await world.advance(minutes=5, seconds=1)
    assert (await line(trouble)).first_sent_at is not None
    logged = capsys.readouterr().out
    assert logged.count("the connector refuses our token") == logged.count("takes our token again") == 1


@pytest.mark.parametrize(
    "fault", [blocked(), refusal(403, "BotNotInConversationRoster"), refusal(404, "ConversationNotFound")]
)
async def test_a_conversation_that_is_gone_is_left_alone_until_it_is_back(world, trouble, fault):
    world.teams.fails["19:sales"] = fault
    await trouble.opens()
    await world.advance(minutes=10)
    await trouble.goes_on(confidence=0.99)
    assert posts(world, "19:sales") == [DOWN], "asked once"
    assert (await line(trouble)).progress is Progress.GONE
    world.teams.fails.clear()
    await subscribe(world, "19:sales")
    await world.advance(seconds=11)
    assert posts(world, "19:sales") == [DOWN, DOWN]
    assert (await line(trouble)).progress is Progress.OPEN


async def test_a_card_that_was_deleted_is_posted_anew(world, trouble):
    await trouble.opens()
    world.teams.fails["19:sales"] = refusal(404, "ActivityNotFoundInConversation", times=1)
    await trouble.goes_on(confidence=0.99)
    assert [method for method, _, _ in seen(world, "19:sales")] == ["POST", "PUT", "POST"]


async def test_what_is_refused_for_good_is_not_tried_again(world, trouble):
    world.teams.fails["19:sales"] = refusal(400, "BadSyntax")
    await trouble.opens()
    await world.advance(minutes=10)
    told = await line(trouble)
    assert (len(posts(world, "19:sales")), told.progress) == (1, Progress.FAILED)
    assert told.error.startswith("bad_request")


async def test_a_card_that_is_too_large_becomes_its_words(world, trouble):
    world.teams.fails["19:sales"] = Refusal(status=413, body=b"<html>", content_type="text/html", times=1)
    await trouble.opens()
    card, words = world.teams.sent("19:sales")
    assert card["attachments"]
    assert words["text"].startswith(DOWN)
    assert "attachments" not in words
    assert (await line(trouble)).progress is Progress.OPEN


async def test_a_forged_service_url_gets_neither_token_nor_words(world, trouble):
    await subscribe(world, "19:forged", service_url="https://smba.evil.example/emea/")
    await trouble.opens()
    await world.advance(minutes=2)
    told = await line(trouble, ("19:forged", Part.CARD))
    assert (told.progress, told.attempts) == (Progress.FAILED, 1)
    assert told.error.startswith("host_not_allowed")
    assert posts(world, "19:sales") == [DOWN]


async def test_when_the_database_fails_right_after_a_send_the_outcome_is_kept_later(world, trouble, tmp_path):
    world.teams.fails["19:sales"] = Refusal(status=201, body=b'{"id": "42"}', hangs=True, times=1)
    file = sqlite3.connect(tmp_path / "notjustyou.db", isolation_level=None)
    posted = len(world.teams.arrived)
    opening = asyncio.ensure_future(trouble.opens())
    await world.teams.until(posted + 1)
    async with asyncio.timeout(60):
        while True:
            try:
                file.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError:
                await MachineClock().sleep(timedelta(milliseconds=5))
    world.teams._released.set()
    await MachineClock().sleep(timedelta(seconds=1.5))  # longer than anybody waits for the lock
    file.execute("ROLLBACK")
    file.close()
    await opening
    await world.advance(minutes=2)
    assert posts(world, "19:sales") == [DOWN]
    told = await line(trouble)
    assert (told.activity, told.maybe_twice) == ("42", False)


async def test_a_tenant_that_is_removed_in_mid_fan_out_ends_and_nobody_else_does(tmp_path):
    async with open_world(tmp_path, fabrikam="") as world:
        await subscribe(world, "19:sales")
        await subscribe(world, "19:fabrikam", "19:fabrikam2", tenant=FABRIKAM)
        world.teams.fails[""] = refusal(503, "Unavailable")
        ours, theirs = Trouble(world), Trouble(world, FABRIKAM)
        await theirs.opens()
        await ours.opens()
        await world.stop()
        world.teams.fails.clear()
        del world.environment["NOTJUSTYOU_SETTINGS_FILE"]
        arrived = len(world.teams.arrived)
        await world.start()
        await world.advance(minutes=6)
        assert {call.conversation for call in world.teams.arrived[arrived:]} == {"19:sales"}
        told = await line(theirs, ("19:fabrikam", Part.CARD))
        assert told.progress is Progress.FAILED
        assert told.error.startswith("not_served")
