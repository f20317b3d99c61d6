"""What operators and the machine do to the bot: it stops in order, says what is wrong, and answers without its disk."""

import asyncio
import io
import json
import logging
import sqlite3
from contextlib import asynccontextmanager

import aiohttp
import pytest
import structlog
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.app import serve
from bot.clock import SettableClock
from bot.logs import configure_logs
from bot.settings import SettingsError, read_settings
from bot.store.engine import StoreError
from tests.replicas.connector import Refusal
from tests.replicas.faults import Fault
from tests.replicas.identity import APP_SECRET, TENANT
from tests.teams.activities import ANN, BEN, PERSONAL
from tests.world import START, open_world, person


def chat(number):
    """The personal chat of one of many."""
    return {"conversation": {"conversationType": "personal", "id": f"a:chat-{number}", "tenantId": TENANT}}


async def refused_start(world, error):
    """What a further server with the same settings is told."""
    with pytest.raises(error) as told:
        await serve(
            read_settings(world.environment),
            SettableClock(START),
            stop=asyncio.Event(),
            ready=lambda *_: pytest.fail("it started"),
        )
    return str(told.value)


class TestStopping:
    """SIGTERM sets the stop event."""

    async def test_an_answer_that_is_under_way_is_still_given(self, world):
        world.identity.slow = asyncio.Event()
        assert await world.writes("is Teams down?") == 200  # after a second; the answer is still to come
        assert world.teams.sent() == []
        stopping = asyncio.ensure_future(world.stop())
        await asyncio.wait([stopping], timeout=0.2)
        assert not stopping.done()
        with pytest.raises(aiohttp.ClientError):
            await world.page("/healthz")
        world.identity.slow.set()
        await stopping
        assert "Teams" in world.teams.sent()[0]["summary"]

    async def test_a_button_on_the_last_answer_before_a_stop_works_after_it(self, world):
        card = await world.says("teams wont load", to="channel")
        await world.stop()
        await world.start()
        assert "1 person here has it too" in (await world.presses("me_too", on=card)).text
        await world.advance(minutes=1)
        assert len(world.edits("channel")) == 1

    async def test_an_answer_that_nobody_takes_holds_the_stop_up_no_longer_than_set(self, tmp_path):
        async with open_world(tmp_path, STOP_TIMEOUT_S="0.2") as world:
            world.teams.fails[PERSONAL] = Refusal(status=201, hangs=True)
            asking = asyncio.ensure_future(world.writes("is Teams down?"))
            await world.teams.until(1)
            with capture_logs() as lines:
                async with asyncio.timeout(20):  # the answer hangs for ever
                    await world.stop()
            assert [line for line in lines if line["event"] == "answers given up"]
            await asyncio.wait([asking])
            asking.exception()


class TestStarting:
    """What keeps a server from starting is told in words, and nothing stays locked."""

    async def test_a_second_server_on_the_same_file_is_refused_and_the_first_goes_on(self, world):
        told = await refused_start(world, StoreError)
        assert "another `notjustyou serve` is using this database" in told
        assert "NOTJUSTYOU_DATABASE_URL" in told
        assert (await world.says("is Teams down?")).summary

    async def test_a_taken_port_is_told_and_leaves_the_database_free(self, world, tmp_path):
        other = world.environment | {
            "NOTJUSTYOU_PORT": world.url.rpartition(":")[2],
            "NOTJUSTYOU_DATABASE_URL": f"sqlite:///{(tmp_path / 'other.db').as_posix()}",
        }
        world.environment, own = other, world.environment
        assert "address already in use" in (await refused_start(world, OSError)).lower()
        await world.stop()
        world.environment = other | {"NOTJUSTYOU_PORT": own["NOTJUSTYOU_PORT"]}
        await world.start()
        assert (await world.says("is Teams down?")).summary

    async def test_a_database_that_cannot_be_made_is_told(self, world, tmp_path):
        (tmp_path / "file").write_text("no folder")
        world.environment |= {"NOTJUSTYOU_DATABASE_URL": f"sqlite:///{(tmp_path / 'file' / 'x.db').as_posix()}"}
        assert "NOTJUSTYOU_DATABASE_URL" in await refused_start(world, StoreError)

    async def test_all_wrong_settings_are_told_at_once(self, world):
        wrong = {
            "PORT": "many",
            "ZONE": "Nowhere/Land",
            "LANGUAGE": "Klingon!",
            "SOURCES_ON": "gossip",
            "APP_SECRET": "",
        }
        env = world.environment | {f"NOTJUSTYOU_{name}": value for name, value in wrong.items()}
        with pytest.raises(SettingsError) as told:
            read_settings(env)
        text = str(told.value)
        for name in wrong:
            assert f"NOTJUSTYOU_{name}" in text
        assert APP_SECRET not in text


@asynccontextmanager
async def locked(world):
    """Another program holds the database locked for longer than we wait."""
    other = sqlite3.connect(world.parts.store.place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@asynccontextmanager
async def full(world):
    """There is no room for one more page, and the last one is filled."""
    await _tell_sqlite(world, "CREATE TABLE filling (x)")
    await _tell_sqlite(world, "PRAGMA max_page_count = 1")  # SQLite takes the present size as the least
    for size in (3000, 30):
        with pytest.raises(StoreError, match="is full: free some space"):
            await _fill(world, size)
    yield
    await _tell_sqlite(world, "PRAGMA max_page_count = 1000000")


async def _fill(world, size):
    while True:
        await _tell_sqlite(world, f"INSERT INTO filling VALUES (zeroblob({size}))")  # noqa: S608 - a number


async def _tell_sqlite(world, statement):
    async with world.parts.store.transaction() as db:
        await db.execute(text(statement))


async def becomes_read_only(world):
    """SQLite refuses each write from now on, as on a volume that was remounted."""
    await _tell_sqlite(world, "PRAGMA query_only = ON")


PERSONAL_VERBS = ("client.web", "more_steps", "still_broken", "tell_it", "fixed")


@pytest.mark.parametrize(
    ("trouble", "verbs"),
    [pytest.param(locked, ("still_broken",), id="locked"), pytest.param(full, PERSONAL_VERBS, id="full")],
)
async def test_without_its_database_the_bot_answers_and_says_once_what_is_wrong(tmp_path, trouble, verbs):
    async with open_world(tmp_path, IT_CONTACT="it@example.org") as world:
        await world.advance(minutes=1)
        before = await world.says("teams wont load")
        await world.advance(seconds=1)
        with capture_logs() as lines:
            async with trouble(world):
                card = await world.says("teams wont load", to="channel")
                assert "Teams" in card.summary
                assert "Checked" in (await world.presses("again", on=card)).text
                me_too = await world.presses("me_too", on=card, by=BEN)
                assert world.words("note.not_stored") in me_too.text or "1 person" in me_too.text
                for verb in verbs:
                    data = {"v": 1, "verb": verb, "id": before.data("again")["id"]}
                    _, answer = await world.invoke(data)
                    assert world.words("teams.broken") not in str(answer), verb
                    assert world.words("note.not_stored") not in str(answer) or verb == "fixed"
                    assert answer["statusCode"] == 200
                    assert "card" in answer["type"]
                assert (await world.says("language de", to="group")).text
                assert (await world.page("/?q=is+Teams+down"))[0] == 200
            await world.advance(minutes=2)
        told = [line["event"] for line in lines if line["event"].startswith("database")]
        assert (told[0], told[-1]) == ("database does not write", "database can write again")
        assert len(told) == 2 or trouble is full  # what fits into a page that is there already is still taken
        assert not [line for line in lines if line["log_level"] == "error"]
        assert "1 person here has it too" in (await world.presses("me_too", on=card, by=BEN)).text
        await world.stop()
        await world.start()
        assert "2 people here have it too" in (await world.presses("me_too", on=card, by=ANN)).text


SECRETS = {
    "SOURCE_X_TOKEN": "x-bearer-0123456789-never",
    "SOURCE_DOWNDETECTOR_TOKEN": "dd-client-7:dd-secret-0123456789-never",
    "MANAGED_IDENTITY_SECRET": "identity-header-0123456789-never",
    "FALLBACKS": "mailto://user:fallback-0123456789-never@example.org",
}
PIECES = (APP_SECRET, "x-bearer-0123", "dd-secret-0123", "identity-header-0123", "fallback-0123", "own-token-", "eyJ")


@pytest.fixture
def log_text():
    """Everything that is logged, down to debug, as an operator sees it; given the settings, whose secrets are known."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level

    def begin(settings):
        configure_logs(level="debug", form="json", secrets=settings.secrets, stream=written)
        return written

    yield begin
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


async def test_no_secret_is_ever_shown(tmp_path, log_text):
    """The sign-in service and the sources echo what they were sent; neither logs, cards nor pages repeat it."""
    async with open_world(tmp_path, start=False, SOURCES_OFF="", FETCH_TIMEOUT_S="0.5", **SECRETS) as world:
        world.environment["NOTJUSTYOU_SOURCE_X_URL"] = world.crowd.url
        written = log_text(read_settings(world.environment))
        echo = (
            f"AADSTS7000215: Invalid client secret provided: {APP_SECRET} in own-token-0 for eyJhbGciOiJub25lIn0.e30."
        )
        world.identity.refuses = (401, {"error": "invalid_client", "error_description": echo})
        await world.start()
        shown = []
        for fault in (None, Fault.UNAUTHORIZED, Fault.HANGS, Fault.NONSENSE, Fault.CHALLENGE):
            for replica in (world.status, world.mastodon, world.graph, world.crowd):
                replica.fault = fault
            await world.advance(minutes=2)
            assert await world.writes("is Teams down?") == 200  # not sent: without a token of our own
            await world.settle()
            shown += [await world.page(path) for path in ("/", "/?q=is+Teams+down", "/healthz", "/readyz", "/metrics")]
        world.identity.refuses = None
        await world.advance(minutes=1)
        for place in ("personal", "channel"):
            card = await world.says("error AADSTS7000215 when I sign in", to=place)
            shown += [card, *[await world.presses(data["verb"], on=card) for data in card.buttons.values()]]
        shown += [await world.post(body, Authorization="Bearer forged") for body in (b"{", {"type": "message"})]
        shown += [json.dumps(health.reason) for health in world.parts.board.healths()]
        shown += [repr(read_settings(world.environment).sources)]
        await world.stop()
        everything = written.getvalue() + "\n".join(map(str, shown))
        assert "AADSTS7000215" in written.getvalue(), "the operator is told why"
        for piece in PIECES:
            assert piece not in everything, piece
        assert "Ann" not in written.getvalue()
        assert "when I sign in" not in written.getvalue(), "what people write is not logged"


async def test_a_crowd_is_answered_while_sources_fail_and_the_database_is_read_only(tmp_path):
    async with open_world(tmp_path) as world:
        for replica in (world.status, world.mastodon, world.web):
            replica.fault = Fault.SERVER_ERROR
        await becomes_read_only(world)
        with capture_logs() as lines:
            await world.advance(minutes=2)
            asked = (world.writes("is Teams down?", by=person(number), **chat(number)) for number in range(50))
            assert set(await asyncio.gather(*asked)) == {200}
            await world.settle()
        assert len(world.teams.sent()) == 50
        told = [line["error"] for line in lines if line["event"].startswith("database")]
        assert len(told) == 1
        assert "give this user write access" in told[0]


async def test_the_counters_tell_how_old_and_in_which_state_each_source_is(world):
    await world.advance(minutes=2)
    _, metrics = await world.page("/metrics")
    assert 'notjustyou_source_state{source="ms_public",state="ok"} 1.0' in metrics
    assert 'notjustyou_source_state{source="x",state="not_set_up"} 1.0' in metrics
    assert 'notjustyou_source_age_seconds{source="ms_public"}' in metrics
    assert 'notjustyou_source_requests_month{source="ms_public"}' in metrics
