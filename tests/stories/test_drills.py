"""An operator plays a drill: a whole incident through the real path, and not one word of it can be mistaken."""

import asyncio
import json
import re
import signal
from datetime import timedelta

import aiohttp
import pytest

from bot.clock import MachineClock
from bot.sources.drill import drill_names, load_drill
from tests.teams.activities import BEN
from tests.terminal import first_line, open_terminal
from tests.world import open_world

MARK = "DRILL - not real"
SAID = {  # how a headline says each outcome
    "down": "is down for everyone",
    "degraded": "has trouble for some people",
    "maintenance": "Planned work on",
    "fine": "looks fine",
    "your_org": "seems to be in your organisation",
    "your_network": "in your network or at your provider",
}
CALM = "quiet"
SOON = 3.0  # minutes of a drill: ten seconds of its watcher at the usual speed


def outcome_of(headline):
    """The outcome that these words tell."""
    assert headline.startswith(MARK), headline
    return next(outcome for outcome, words in SAID.items() if words in headline)


def is_marked(card):
    """Wherever somebody looks at this card it says that it is a drill."""
    spoken = [card.text, *([card.summary] if card.summary else [])]
    if card.body:
        spoken.append(card.body["fallbackText"])
    return all(MARK in text for text in spoken)


@pytest.mark.slow  # each takes its minutes
@pytest.mark.parametrize("name", drill_names())
async def test_a_drill_plays_its_incident_in_time(tmp_path, name):
    async with open_world(tmp_path, drill=name) as world:
        passed = 0.0
        for minute, outcomes in load_drill(name).expects:
            await world.advance(minutes=minute - passed)
            passed = minute
            card = await world.says("is Teams down?")
            assert outcome_of(card.summary) in outcomes.split("|"), minute
            assert is_marked(card)
            _, page = await world.page("/?q=is+Teams+down")
            assert outcome_of(re.search("<h1>(.*)</h1>", page)[1]) in outcomes.split("|"), minute
            assert re.search("<title>(.*)</title>", page)[1].startswith(MARK)
        outside = (world.status, world.graph, world.web, world.mastodon, world.crowd)
        assert [replica.calls for replica in outside] == [[]] * len(outside)


async def test_between_two_statements_of_a_drill_nothing_looks_well_again(tmp_path):
    async with open_world(tmp_path, drill="org") as world:
        await world.advance(minutes=SOON)
        for _ in range(28):
            _, page = await world.page("/")
            assert outcome_of(re.search("<h1>(.*)</h1>", page)[1]) == "your_org", world.clock.now()
            await world.advance(seconds=15)


async def test_a_quiet_drill_stays_fine_to_its_end(tmp_path):
    async with open_world(tmp_path, drill=CALM) as world:
        for _ in range(9):
            assert outcome_of((await world.says("is Teams down?")).summary) == "fine"
            await world.advance(minutes=5)


async def test_no_word_leaves_a_drill_without_its_mark(tmp_path):
    async with open_world(tmp_path, drill="outage", IT_CONTACT="it@example.org") as world:
        await world.advance(minutes=3)
        for text in (
            "teams wont load",
            "help",
            "thanks",
            "hello",
            "whoami",
            "language de",
            "its fixed",
            "",
            "AADSTS50126",
        ):
            assert is_marked_in_any_language(await world.says(text)), text
            await world.advance(seconds=5)  # one chat takes only so many answers at a time
        await world.says("language en")
        card = await world.says("teams wont load")
        for verb in ("again", "more_steps", "still_broken", "fixed", "me_too"):
            assert is_marked(await world.presses(verb, on=card)), verb
        failed = await world.presses("still_broken", on=card)
        assert is_marked(await world.presses("tell_it", on=failed))
        forged = await world.invoke({"v": 1, "verb": "again", "id": "no-such-row"})
        assert MARK in json.dumps(forged[1])


def is_marked_in_any_language(card):
    return is_marked(card) or "ÜBUNG" in card.text


async def test_a_shared_card_stays_marked_when_it_changes(tmp_path):
    async with open_world(tmp_path, drill="outage") as world:
        await world.advance(minutes=3)
        card = await world.says("is Teams down?", to="channel")
        assert is_marked(card)
        await world.presses("me_too", by=BEN, to="channel", on=card)
        await world.advance(minutes=1)
        assert world.edits("channel")
        assert all(is_marked(edit) for edit in world.edits("channel"))


async def test_every_page_of_a_drill_is_marked(tmp_path):
    async with open_world(tmp_path, drill="org", PAGE_ASKS_A_MINUTE="1") as world:
        for path in ("/", "/?q=down", "/?q=too+often", "/privacy", "/terms", f"/?q={'x' * 501}"):
            _, page = await world.page(path)
            assert re.search("<title>(.*)</title>", page)[1].startswith(MARK), path
            assert f'<p class="rehearsal">{MARK}</p>' in page
        _, page = await world.page("/?lang=de")
        assert "ÜBUNG" in re.search("<title>(.*)</title>", page)[1]


async def test_a_drill_on_the_command_line_is_played_for_the_page(tmp_path):
    async with open_terminal(tmp_path) as terminal:
        server = await terminal.starts("serve", "--drill", "outage", "--speed", "60")
        try:
            url = (await first_line(server, "ready ")).removeprefix("ready ")
            async with aiohttp.ClientSession() as session, asyncio.timeout(20):
                page = ""
                while SAID["down"] not in page:
                    await MachineClock().sleep(timedelta(milliseconds=200))
                    async with session.get(f"{url}/?q=is+Teams+down") as answer:
                        page = await answer.text()
                        if answer.status == 429:
                            await MachineClock().sleep(timedelta(seconds=1))
                    assert MARK in page
        finally:
            server.send_signal(signal.SIGTERM)
            told = await terminal.waits_for(server)
        assert (told.code, "Traceback" in told.err) == (0, False)
        assert not terminal.database.exists()
        assert terminal.status.calls == terminal.web.calls == terminal.mastodon.calls == []
