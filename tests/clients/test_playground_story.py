"""People meet the real product in Microsoft's local Teams client: they ask, press each button, see the card change.

The bot is `serve` in a process of its own, without an app id; what it sees of the world are replicas.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.clock import MachineClock
from tests.clients.live import PATIENCE, Outside, outside, serving
from tests.clients.playground import CHANNEL, GROUP, PERSONAL, Heard, Playground, playground
from tests.clients.window import window

pytestmark = pytest.mark.slow

PLACES = (CHANNEL, GROUP, PERSONAL)
QUESTIONS = {  # what is written -> what stands on the card
    "is Teams down?": "Microsoft Teams looks fine. We see no trouble.",
    "teams wont load": "the start of the app",
    "error CAA70007 when I sign in": "0xCAA70007: ",
    "calls drop since 9": "calls",
    "help": "How to ask",
}
BESIDE = {"tell_back"}  # answered with a word beside the card, which stays
CHANGES = {  # verb -> what is read after pressing it
    "again": "Checked ",
    "me_too": "1 person here has it too",
    "more_steps": "Here are more steps.",
    "still_broken": "Sorry that it still fails. Try this next.",
    "fixed": "Good to hear.",
    "tell_it": "For your IT team",
    "test.yes": "Noted: other sites open",
    "test.no": "Noted: other sites do not open either.",
    "test.blocked": "Noted: only x.com is blocked.",
    "test.this_device": "Noted: it is the device that you are writing from.",
    "client.web": "Noted where it fails: ",
    "client.windows": "Noted where it fails: ",
    "client.mac": "Noted where it fails: ",
    "client.ios": "Noted where it fails: ",
    "client.everywhere": "Checked ",
}
AGAIN = "Check again now"
BUTTONS = (  # in this order each leads to a card that has the next
    (AGAIN, "again"),
    ("I have it too", "me_too"),
    ("Show more steps", "more_steps"),
    ("It still fails for me", "still_broken"),
    ("Tell our IT team", "tell_it"),
    (AGAIN, "again"),
)
DOWN = "Microsoft Teams is down for everyone. It is not you."
DRILL = "DRILL - not real"
NOT_REAL = "This is a drill. Nothing here is real, and nothing is wrong with Microsoft Teams because of it."
LOOK_AGAIN = timedelta(milliseconds=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The world, and Teams with the bot in it."""

    world: Outside
    teams: Playground

    async def ask(self, text: str, place: str = PERSONAL) -> Heard:
        """The card that answers this question."""
        before = len(self.teams.all_heard(place))
        where = await self.teams.say(text, place)
        return await self.teams.heard(where, after=before if where == place else 0)

    async def again(self, card: Heard, until: str) -> list[list[str]]:
        """What pressing "check again" tells, each time until it says `until`."""
        told: list[list[str]] = []
        async with asyncio.timeout(PATIENCE):
            while not told or until not in " ".join(told[-1]):
                await MachineClock().sleep(LOOK_AGAIN)
                told.append(card.showing(await self.teams.press(card, AGAIN)).lines)
        return told


@asynccontextmanager
async def staged(folder, *options, **settings) -> AsyncIterator[Scene]:
    """A scene that ends without a complaint in the bot's log."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(outside())
        bot = await stack.enter_async_context(
            serving(folder, *options, settings={**world.environment(), "IT_CONTACT": "it@contoso.example", **settings})
        )
        yield Scene(world=world, teams=await stack.enter_async_context(playground(bot.address, folder)))
    assert bot.complaints() == []


@pytest.fixture
async def scene(tmp_path):
    async with staged(tmp_path) as opened:
        yield opened


async def test_an_install_is_welcomed_once_and_each_question_gets_one_card(scene):
    expected: Counter[str] = Counter()
    for place in PLACES:
        await scene.teams.install(place)
        welcome = await scene.teams.heard(place)
        assert welcome.lines[0] == "Is Teams down, or is it you? Ask here."
        expected[place] += 1
        for question, told in QUESTIONS.items():
            card = await scene.ask(question, place)
            assert told in " ".join(card.lines), card.lines
            assert card.text == ""
            expected[card.conversation] += 1

    assert {place: len(scene.teams.all_heard(place)) for place in expected} == expected


async def test_every_button_answers_with_a_card_that_says_what_changed(scene):
    waiting, pressed = [await scene.ask("teams wont load")], set()
    while waiting:
        shown = waiting.pop(0)
        for title, button in shown.buttons.items():
            if button["verb"] in pressed:
                continue
            pressed.add(button["verb"])
            answer = await scene.teams.invoke(shown, title)
            if button["verb"] in BESIDE:
                assert answer["type"] == "application/vnd.microsoft.activity.message"
                assert answer["value"]
                continue
            assert answer["type"] == "application/vnd.microsoft.card.adaptive"
            after = shown.showing(answer["value"])
            assert after.lines[0].startswith(CHANGES[button["verb"]])
            waiting.append(after)

    assert pressed == set(CHANGES) | BESIDE
    assert len(scene.teams.all_heard()) == 1  # each took the place of the first


async def test_an_outage_is_told_by_checking_again_with_what_changed_first(scene):
    card = await scene.ask("is Teams down?")
    scene.world.breaks()
    told = await scene.again(card, until=DOWN)

    changes = [lines[0] for lines in told if ": still " not in lines[0]]
    assert re.fullmatch(r"Checked \d\d:\d\d: was fine, now (down for everyone|trouble for some people)\.", changes[0])
    assert changes[-1].endswith("now down for everyone.")
    assert told[-1][1].startswith(DOWN)


async def test_a_channels_card_counts_those_who_have_it_too_and_shows_nothing_personal(scene):
    card = await scene.ask("teams wont load", CHANNEL)
    mine = card.showing(await scene.teams.press(card, "I have it too"))
    assert mine.lines[0].startswith(CHANGES["me_too"])

    shared = await scene.teams.changed(card)
    assert shared.lines[0].startswith("Microsoft Teams looks fine.")
    assert any(line.startswith(CHANGES["me_too"]) for line in shared.lines)
    assert "What you told us" not in shared.lines


async def test_a_person_presses_each_button_in_the_browser_and_sees_the_card_change(scene, tmp_path):
    async with window(scene.teams) as screen:
        await screen.say("teams wont load")
        await screen.see("We can't tell yet whether Microsoft Teams is down or it is you.")
        cards = await screen.cards()
        await screen.press("Yes, other sites open")
        await screen.see(CHANGES["test.yes"])
        await screen.press("It fails in the Windows app")
        await screen.see("Noted where it fails: Windows app.")

        await screen.say("is Teams down?")
        await screen.see(QUESTIONS["is Teams down?"])
        for title, verb in BUTTONS:
            await screen.press(title)
            await screen.see(CHANGES[verb])
        scene.world.breaks()
        async with asyncio.timeout(PATIENCE):
            while not await screen.says(DOWN):
                await MachineClock().sleep(LOOK_AGAIN)
                await screen.press(AGAIN)
        await screen.picture(tmp_path / "down.png")
        await screen.press("It works again for me")
        await screen.see(CHANGES["fixed"])
        assert await screen.cards() == cards + 1  # each changed in its place


async def test_a_mention_in_a_group_and_a_channel_is_answered_in_the_browser(scene):
    async with window(scene.teams) as screen:
        for chat, title, verb in (
            ("Project", "Show more steps", "more_steps"),
            ("Helpdesk", "I have it too", "me_too"),  # last: the edit that follows may move what is to be pressed
        ):
            await screen.open_chat(chat)
            await screen.say("is Teams down?", chat)
            await screen.see(QUESTIONS["is Teams down?"])
            await screen.press(AGAIN)
            await screen.see(CHANGES["again"])
            await screen.press(title)
            await screen.see(CHANGES[verb])


async def test_a_drill_is_marked_on_everything_that_is_seen(tmp_path):
    async with staged(tmp_path, "--drill", "outage") as scene:
        card = await scene.ask("is Teams down?")
        told = await scene.again(card, until=DOWN)
        for lines in (card.lines, *told):
            headline = lines[lines.index(NOT_REAL) + 1]
            assert headline.startswith(f"{DRILL}: Microsoft Teams")
            assert lines[-1] == DRILL
        assert scene.world.web.calls == scene.world.status.calls == []

        async with window(scene.teams) as screen:
            await screen.see(DRILL)  # the welcome
            await screen.say("is Teams down?")
            await screen.see(f"{DRILL}: {DOWN}")
            for title in ("Show more steps", "It still fails for me", AGAIN):
                await screen.press(title)
                await screen.see(DRILL)
