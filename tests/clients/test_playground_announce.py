"""An announcement written in Microsoft's local Teams client: the form filled, previewed, saved for the next minute; its
card seen in a channel, begun, edited and recalled.

Alone with the bot somebody announces; a channel that subscribed reads it.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import pytest

from bot.clock import MachineClock
from tests.clients.live import outside, serving
from tests.clients.playground import CHANNEL, ME, Heard, Playground, filled_in, playground
from tests.clients.window import Window, window

pytestmark = pytest.mark.slow

TITLE, CHANGED = "Telephony moves", "Telephony moves twice"
REFERENCE = re.compile(r"reference is ([0-9A-Z]{8})")
NEXT_MINUTE = 90.0  # seconds: the minute, and patience


@asynccontextmanager
async def office(folder) -> AsyncIterator[Playground]:
    """A bot with one announcer, who is at the keyboard; nothing may be complained of in its log."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(outside())
        settings = {**world.environment(), "ANNOUNCERS": ME["aadObjectId"], "ZONE": "UTC"}
        bot = await stack.enter_async_context(serving(folder, settings=settings))
        yield await stack.enter_async_context(playground(bot.address, folder))
    assert bot.complaints() == []


def window_from_next_minute() -> tuple[datetime, datetime]:
    """From the next minute that leaves time to fill in a form, for an hour."""
    begins = MachineClock().now().replace(second=0, microsecond=0) + timedelta(minutes=2)
    return begins, begins + timedelta(hours=1)


def times() -> dict[str, str]:
    """What the second page is filled in with."""
    begins, ends = window_from_next_minute()
    return {
        "from_date": f"{begins:%Y-%m-%d}", "from_time": f"{begins:%H:%M}", "zone": "UTC",
        "to_date": f"{ends:%Y-%m-%d}", "to_time": f"{ends:%H:%M}",
    }  # fmt: skip


async def heard_of_change(teams: Playground, card: Heard, title: str) -> Heard:
    """The card once its title says this."""
    while title not in card.lines[0]:
        card = await teams.changed(card, within=NEXT_MINUTE * 2)
    return card


async def test_an_announcement_goes_from_the_form_to_a_channels_card_and_back(tmp_path):
    async with office(tmp_path) as teams:
        where = await teams.say("subscribe", CHANNEL)
        form = await teams.heard(where)
        await teams.press(form, "Save", **filled_in(form))

        before = len(teams.all_heard())
        await teams.say("announce")
        page = await teams.heard(after=before)
        page = page.showing(
            await teams.press(page, "When and to whom", **{**filled_in(page), "title": TITLE, "hit": "No calls."})
        )
        page = page.showing(await teams.press(page, "Show the preview", **{**filled_in(page), **times()}))
        assert "It reaches 1 conversation." in page.lines
        looked = page.showing(await teams.press(page, "Card in English"))
        assert f"Planned work, scheduled: {TITLE}" in looked.lines
        page = looked.showing(await teams.press(looked, "Show the preview"))
        page = page.showing(await teams.press(page, "Save this announcement"))
        page = page.showing(await teams.press(page, "Yes, save"))
        assert any(REFERENCE.search(line) for line in page.lines)

        card = await heard_of_change(teams, await teams.heard(CHANNEL), f"in progress: {TITLE}")
        draft = page.showing(await teams.press(page, "Edit"))
        draft = draft.showing(await teams.press(draft, "Show the preview", **{**filled_in(draft), "title": CHANGED}))
        draft = draft.showing(await teams.press(draft, "Save this announcement"))
        saved = draft.showing(await teams.press(draft, "Yes, save"))
        card = await heard_of_change(teams, card, f"in progress: {CHANGED}")
        asked = saved.showing(await teams.press(saved, "Recall it"))
        await teams.press(asked, "Mark the cards as withdrawn")
        await heard_of_change(teams, card, f"withdrawn: {CHANGED}")
        assert len(teams.all_heard(CHANNEL)) == 1, "one card for its whole life"


async def fill(screen: Window, **typed: str) -> None:
    """Type into fields of the newest card, by what stands above them."""
    for label, text in typed.items():
        wanted = re.compile(f"^{re.escape(label.replace('_', ' '))}")
        await screen.card().get_by_label(wanted).first.fill(text)


async def test_a_person_announces_in_the_browser_and_a_channel_sees_it(tmp_path):
    async with office(tmp_path) as teams, window(teams) as screen:
        await screen.open_chat("Helpdesk")
        await screen.say("subscribe", "Helpdesk")
        await screen.see("What shall be told here?")
        await screen.press("Save")
        await screen.see("Done: from now on this is told here.")

        await screen.open_chat("personal")
        await screen.say("announce")
        await screen.see("What shall be told?")
        await fill(screen, Title=TITLE, What_is_hit="No calls to phone numbers.", What_to_do="Use your mobile phone.")
        await screen.press("When and to whom")
        await screen.see("When, and to whom?")
        begins, ends = window_from_next_minute()
        await fill(
            screen, Begins_on=f"{begins:%Y-%m-%d}", Begins_at=f"{begins:%H:%M}",
            Ends_on=f"{ends:%Y-%m-%d}", Ends_at=f"{ends:%H:%M}", Time_zone="UTC",
        )  # fmt: skip
        await screen.press("Show the preview")
        await screen.see("It reaches 1 conversation.")
        await screen.press("Card in English")
        await screen.see(f"Planned work, scheduled: {TITLE}")
        await screen.picture(tmp_path / "preview.png")
        await screen.press("Show the preview")
        await screen.press("Save this announcement")
        await screen.press("Yes, save")
        await screen.see("Saved. Its reference is")
        which = REFERENCE.search(await screen.card().inner_text())[1]

        await screen.open_chat("Helpdesk")
        await screen.see(f": {TITLE}")
        await screen.see(f"Planned work, in progress: {TITLE}", patience=NEXT_MINUTE * 2)
        await screen.picture(tmp_path / "in_progress.png")

        await screen.open_chat("personal")
        await screen.say(f"announce edit {which}")
        await screen.see("What shall be told?")
        await fill(screen, Title=CHANGED)
        await screen.press("Show the preview")
        await screen.see("It reaches 1 conversation.")
        await screen.press("Save this announcement")
        await screen.press("Yes, save")
        await screen.see("Saved. Its reference is")
        await screen.open_chat("Helpdesk")
        await screen.see(f"in progress: {CHANGED}")

        await screen.open_chat("personal")
        await screen.press("Recall it")
        await screen.press("Mark the cards as withdrawn")
        await screen.see("is recalled")
        await screen.open_chat("Helpdesk")
        await screen.see(f"Planned work, withdrawn: {CHANGED}")
        await screen.picture(tmp_path / "withdrawn.png")
