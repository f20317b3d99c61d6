"""The Playground as a person meets it: Chromium on its page, by roles and words, never by its class names."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, Route, async_playwright, expect

from tests.clients.drawing import FLAGS
from tests.clients.node import chromium
from tests.clients.playground import BOT, Playground

WIDE = {"width": 1800, "height": 1400}  # narrower, and the list of chats hides itself
PATIENCE_MS = 20_000
CHATS = {"personal": 0, "Project": 1, "General": 2, "Helpdesk": 3}  # place in the list
CHANNELS = ("General", "Helpdesk")  # there the newest post stands on top, each with a thread of its own


class Window:
    """One browser window."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._opened: set[str] = set()
        self._open = "personal"

    async def open_chat(self, name: str) -> None:
        """Go to a chat or channel; at the first time wait until the bot was told that it is installed there."""
        welcomed = self.page.get_by_text(re.compile("conversationUpdate 2"))
        told = await welcomed.count()
        await self.page.get_by_role("treeitem").nth(CHATS[name]).click()
        if name not in self._opened and name != "personal":
            await expect(welcomed).to_have_count(told + 1, timeout=PATIENCE_MS)
        self._opened.add(name)
        self._open = name
        await self._input(name).wait_for()

    async def say(self, text: str, chat: str = "personal") -> None:
        """Write in the open chat, mentioning the bot where it hears nothing else."""
        await self._input(chat).click()
        if chat != "personal":
            await self.page.keyboard.type("@")
            await self.page.locator("[role=menuitem]").filter(has_text=BOT["name"]).click()
            await self.page.keyboard.type(" ")
        await self.page.keyboard.type(text)
        if chat in CHANNELS:
            await self.page.get_by_role("button", name="Post", exact=True).click()
        else:
            await self.page.keyboard.press("Enter")

    async def press(self, title: str) -> None:
        """Press a button on the newest card."""
        await self.card().get_by_role("button", name=title, exact=True).click()

    async def see(self, text: str, *, patience: float = PATIENCE_MS / 1000) -> None:
        """Wait until the newest card says this; `patience` in seconds."""
        await expect(self.card()).to_contain_text(text, timeout=patience * 1000)

    async def says(self, text: str) -> bool:
        """Whether the newest card says this now."""
        return text in await self.card().inner_text()

    def card(self) -> Locator:
        """The newest card."""
        cards = self.page.locator(".ac-adaptiveCard")
        return cards.first if self._open in CHANNELS else cards.last

    async def cards(self) -> int:
        """How many cards are on the screen."""
        return await self.page.locator(".ac-adaptiveCard").count()

    async def picture(self, path: Path) -> None:
        """What is on the screen, for people who look into a failure."""
        await self.page.screenshot(path=path)

    def _input(self, chat: str) -> Locator:
        boxes = self.page.locator("div[role=textbox]")
        return boxes.first if chat in CHANNELS else boxes.last


@asynccontextmanager
async def window(running: Playground) -> AsyncIterator[Window]:
    """A browser on a running Playground; what it asks of other hosts (fonts, icons) is refused at once."""

    async def only_its_own(route: Route) -> None:
        own = route.request.url.startswith(running.address)
        await (route.continue_() if own else route.abort())

    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            page = await browser.new_page(viewport=WIDE, locale="en-GB")
            await page.route("**/*", only_its_own)
            await page.goto(running.address)
            await page.get_by_role("treeitem").nth(len(CHATS) - 1).wait_for()
            await expect(page.get_by_text(re.compile("conversationUpdate 2"))).to_have_count(1, timeout=PATIENCE_MS)
            yield Window(page)
        finally:
            await browser.close()
