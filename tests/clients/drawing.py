"""Microsoft's renderer in a browser: a card becomes a picture, a text in reading order, and findings.

Each card gets a page of its own: on every second parse in one page the renderer reports a false mistake.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from tests.clients.node import chromium, package

FLAGS = [
    "--headless",
    "--no-sandbox",  # needed as root; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
]
FONT = "Liberation Sans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one reader's client shows cards."""

    name: str
    theme: str = "light"  # light or dark
    width: int = 480  # CSS pixels
    scale: int = 1
    forced_colours: bool = False  # high contrast


LIGHT, DARK = Look(name="light"), Look(name="dark", theme="dark")
CONTRAST = Look(name="high_contrast", theme="dark", forced_colours=True)
PHONE = Look(name="phone", width=320, scale=2)
LOOKS = (LIGHT, DARK, CONTRAST, PHONE)

PAGE = """<!doctype html><html lang="%(lang)s" dir="%(dir)s"><head><title>card</title><meta charset="utf-8"><style>
body { margin: 0; background: %(ground)s; font-family: "%(font)s"; caret-color: transparent; }
* { transition: none !important; }
#card { width: %(width)dpx; box-sizing: border-box; background: %(card)s; }
</style></head><body><main id="card"></main></body></html>"""
DRAW = """([card, config]) => {
  const md = window.markdownit({html: false});
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = md.render(text); result.didProcess = true;
  };
  const drawn = new AdaptiveCards.AdaptiveCard();
  drawn.hostConfig = new AdaptiveCards.HostConfig(config);
  const context = new AdaptiveCards.SerializationContext(new AdaptiveCards.Version(1, 5));
  window.pressed = [];
  drawn.onExecuteAction = action => window.pressed.push({type: action.getJsonTypeName(), title: action.title,
    verb: action.verb ?? null, data: action.data ?? null, url: action.url ?? null});
  drawn.parse(card, context);
  document.querySelector("#card").append(drawn.render());
  return Array.from({length: context.eventCount}, (_, i) => context.getEventAt(i).message);
}"""
TEXTS = """() => Array.from(document.querySelectorAll("#card .ac-textBlock"), block => block.innerText.trim())"""
OVERFLOW = """() => Array.from(document.querySelectorAll("#card *"))
  .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible" && e.innerText)
  .map(e => e.innerText)"""
OUTSIDE = """() => Array.from(document.querySelectorAll("#card *"))
  .filter(e => e.innerText && e.getBoundingClientRect().width > 0)
  .filter(e => e.getBoundingClientRect().right > document.querySelector("#card").getBoundingClientRect().right + 1
            || e.getBoundingClientRect().left < -1)
  .map(e => e.innerText)"""
AXE = """async without => {
  const rules = Object.fromEntries(without.map(rule => [rule, {enabled: false}]));
  const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run("#card", {runOnly: {type: "tag", values: tags}, rules});
  return found.violations.map(each => each.id + ": " + each.nodes.map(node => node.html).join(" | "));
}"""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that asks nobody on the network."""
    path = chromium()
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def drawn(started: Browser, card: Mapping, look: Look) -> Iterator["Drawn"]:
    """One card, drawn in one look, until the block ends."""
    config = _host_config(look.theme)
    context = started.new_context(
        viewport={"width": look.width, "height": 400},
        device_scale_factor=look.scale,
        forced_colors="active" if look.forced_colours else "none",
        color_scheme="dark" if look.theme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    try:
        page = context.new_page()
        page.route("**/*", lambda route: route.abort())
        page.set_content(_html(card, look, config))
        styles = package("adaptivecards-designer") / "dist" / "containers" / f"teams-container-{look.theme}.css"
        page.add_style_tag(content=styles.read_text(encoding="utf-8-sig").replace('"Segoe UI"', f'"{FONT}"'))
        for name, script in (
            ("adaptivecards", "dist/adaptivecards.min.js"),
            ("markdown-it", "dist/browser/markdown-it.umd.min.js"),
            ("axe-core", "axe.min.js"),
        ):
            page.add_script_tag(path=package(name) / script)
        yield Drawn(page=page, complaints=page.evaluate(DRAW, [dict(card), config]))
    finally:
        context.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A card on a page."""

    page: Page
    complaints: list[str]  # what the vendor's parser says

    def texts(self) -> list[str]:
        """What is read, in order."""
        return self.page.evaluate(TEXTS)

    def cut_off(self) -> list[str]:
        """Texts that do not fit where they stand."""
        return [*self.page.evaluate(OVERFLOW), *self.page.evaluate(OUTSIDE)]

    def barriers(self, *, without: tuple[str, ...] = ()) -> list[str]:
        """What an accessibility check finds."""
        return self.page.evaluate(AXE, list(without))

    def press(self, title: str) -> Mapping:
        """Press one button; returns what the client would send."""
        self.page.get_by_role("button", name=title, exact=True).or_(
            self.page.get_by_role("link", name=title, exact=True)
        ).click()
        return self.page.evaluate("() => window.pressed.at(-1)")

    def picture(self) -> bytes:
        """The card as a PNG."""
        return self.page.locator("#card").screenshot()


def _html(card: Mapping, look: Look, config: Mapping) -> str:
    ground = config["containerStyles"]["default"]["backgroundColor"]
    direction = "rtl" if card.get("rtl") else "ltr"
    return PAGE % {
        "lang": card["lang"],
        "dir": direction,
        "ground": ground,
        "card": ground,
        "font": FONT,
        "width": look.width,
    }


def _host_config(theme: str) -> dict:
    """The vendor's settings for cards in Teams, with a font that is installed everywhere."""
    path = package("adaptivecards-designer") / "lib" / "hostConfigs" / f"microsoft-teams-{theme}.json"
    config = json.loads(path.read_text(encoding="utf-8-sig"))
    for font in config["fontTypes"].values():
        font["fontFamily"] = FONT
    return config
