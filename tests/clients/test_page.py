"""The page in a real browser: without script, by keyboard, on a small phone, in every contrast, for a screen reader."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import async_playwright, expect

from tests.clients.drawing import FLAGS
from tests.clients.node import chromium, package
from tests.replicas.web_targets import BROKEN, DOORS
from tests.world import open_world

pytestmark = pytest.mark.slow

WIDE = {"width": 1200, "height": 900}
PHONE = {"width": 320, "height": 640}
LOOKS = {
    "light": {"viewport": WIDE},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "high contrast": {"viewport": WIDE, "forced_colors": "active"},
    "phone": {"viewport": PHONE, "is_mobile": True},
}
OPEN = {"APP_ID": "", "APP_SECRET": ""}
AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}});
  return found.violations.map(each => each.id + ": " + each.nodes.map(node => node.html).join(" | "));
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
async def browser():
    async with async_playwright() as play:
        started = await play.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        await started.close()


@pytest.fixture
async def here(tmp_path):
    async with open_world(tmp_path, **OPEN) as world:
        yield world


async def outage(world):
    world.web.says(BROKEN, *DOORS)
    world.status.down(next_update=world.clock.now() + timedelta(hours=2))
    await world.advance(minutes=20)


async def test_somebody_asks_without_script(here, browser):
    await outage(here)
    page = await browser.new_page(java_script_enabled=False, locale="de-DE")
    await page.goto(here.url)
    await expect(page).to_have_title(re.compile("Es liegt nicht an Ihnen"))
    await page.get_by_label("Was geht nicht?").fill("Teams startet nicht")
    await page.get_by_role("button", name="Jetzt fragen").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Es liegt nicht an Ihnen")
    await expect(page.get_by_label("Was geht nicht?")).to_have_value("Teams startet nicht")
    await page.get_by_role("link", name="en", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("It is not you")
    await expect(page.get_by_label("What does not work?")).to_have_value("Teams startet nicht")


async def test_the_keyboard_is_enough(here, browser):
    page = await browser.new_page()
    await page.goto(here.url)
    await page.get_by_label("What does not work?").focus()
    await page.keyboard.type("calls drop")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{here.url}/?q=calls+drop&lang=en")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
async def test_nobody_is_shut_out(here, browser, look):
    await outage(here)
    context = await browser.new_context(**LOOKS[look])
    page = await context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(said.text))
    for path in ("/", "/?q=teams+wont+load&lang=de", "/privacy", f"/?q={'x' * 501}"):
        await page.goto(f"{here.url}{path}")
        assert await page.evaluate("() => getComputedStyle(document.body).maxWidth") != "none"  # the look was loaded
        assert not await page.evaluate(TOO_WIDE), path
        await page.evaluate((package("axe-core") / "axe.min.js").read_text())
        assert await page.evaluate(AXE) == [], path
    assert [text for text in complaints if "Content Security Policy" in text] == []
