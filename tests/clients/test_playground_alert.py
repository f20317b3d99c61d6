"""The whole life of an alert, in Microsoft's local Teams client: `serve --drill outage`, a channel that subscribes,
one card from early signs to all-clear, and what is said in its thread.

The client is up before the bot, so that the channel has subscribed when the first signs come.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from tests.clients.live import outside, serving
from tests.clients.playground import CHANNEL, Heard, Playground, filled_in, playground
from tests.clients.window import window
from tests.ports import free_port

pytestmark = pytest.mark.slow

SPEED = 40  # a minute of the drill in one and a half seconds
UNHURRIED = 9  # for a browser, which needs seconds to come up: the outage is confirmed in the second minute
WHOLE_LIFE = 240.0  # seconds: an hour and a half of the drill, and patience
DRILL = "DRILL - not real"
LIFE = ("signs of trouble, not confirmed", "down", "recovering, being watched", "over")


def stage_of(card: Heard) -> str:
    """What the card's title says of it."""
    (title,) = [line for line in card.lines if line.startswith(f"{DRILL}: ")]
    (stage,) = [stage for stage in LIFE if f"Microsoft Teams: {stage}" in title]
    return stage


@asynccontextmanager
async def rehearsed(folder, speed: int = SPEED) -> AsyncIterator[Playground]:
    """A channel of a bot that has just begun to play an outage; nothing may be complained of in its log."""
    async with AsyncExitStack() as stack:
        world, port = await stack.enter_async_context(outside()), free_port()
        teams = await stack.enter_async_context(playground(f"http://127.0.0.1:{port}/api/messages", folder))
        options = ("--drill", "outage", "--speed", str(speed))
        settings = {**world.environment(), "PORT": str(port)}
        bot = await stack.enter_async_context(serving(folder, *options, settings=settings))
        yield teams
        assert world.web.calls == world.status.calls == []
    assert bot.complaints() == []


async def subscribe(teams: Playground, level: str) -> Heard:
    """Ask for the form, fill it in and save it; what the channel reads then."""
    where = await teams.say("subscribe", CHANNEL)
    form = await teams.heard(where)
    said = {**filled_in(form), "level": level}
    assert "drills" in said["matters"].split(","), "ticked by itself on a bot that only this machine reaches"
    return form.showing(await teams.press(form, "Save", **said))


async def test_a_channel_sees_an_outage_from_early_signs_to_all_clear_in_one_card_and_its_thread(tmp_path):
    async with rehearsed(tmp_path) as teams, asyncio.timeout(WHOLE_LIFE):
        saved = await subscribe(teams, "signs")
        assert f"{DRILL}: Done: from now on this is told here." in saved.lines[1]

        card = await teams.heard(CHANNEL)
        seen = [card]
        while stage_of(seen[-1]) != "over":
            seen.append(await teams.changed(seen[-1], within=WHOLE_LIFE))
        stages = list(dict.fromkeys(map(stage_of, seen)))
        assert stages == [*LIFE]

        in_thread = f"{CHANNEL};messageid={card.id}"
        while "Over: " not in " ".join(line for each in teams.all_heard(in_thread) for line in each.lines):
            await teams.heard(in_thread, after=len(teams.all_heard(in_thread)))
        thread = teams.all_heard(in_thread)
        assert len(teams.all_heard(CHANNEL)) == 1, "one card for its whole life"
        assert len(thread) == 2, "that it is confirmed, that it is over: the rest are silent edits"
        references = {line for each in (*seen, *thread) for line in each.lines if line.startswith("Reference: ")}
        assert len(references) == 1
        for each in (*seen, *thread):
            assert each.lines[-1] == DRILL
            assert any("this channel" in line for line in each.lines), "why it comes"


async def test_a_person_subscribes_in_the_browser_and_sees_the_card_come(tmp_path):
    async with rehearsed(tmp_path, UNHURRIED) as teams, window(teams) as screen:
        await screen.open_chat("Helpdesk")
        await screen.say("subscribe", "Helpdesk")
        await screen.see("What shall be told here?")
        await screen.press("Save")
        await screen.see(f"{DRILL}: Done: from now on this is told here.")
        await screen.see(f"{DRILL}: Microsoft Teams: down (everyone)")  # a post of its own, above the others
        await screen.picture(tmp_path / "alert.png")
