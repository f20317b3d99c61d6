"""python -m tests.clients.previews: draws the sample cards for cards/previews and writes the designer's sample data.

Pictures change with the browser's and the fonts' versions, so nothing asserts on their bytes.
"""

import io
import json
import sys

from PIL import Image

from bot.cards import render, sheet
from bot.cards.render import CARDS, LAYOUTS, SHORT_LAYOUT, values
from bot.content.texts import load_texts
from tests.cards.samples import HELP, SAMPLES
from tests.clients.drawing import CONTRAST, DARK, LIGHT, PHONE, browser, drawn

ZONE = "Europe/Berlin"
PREVIEWS = (  # sample, language, look, file
    ("verdict", "en", LIGHT, "down"),
    ("verdict", "de", PHONE, "down_de_phone"),
    ("verdict", "en", CONTRAST, "down_high_contrast"),
    ("fine", "en", LIGHT, "fine"),
    ("just_you", "de", LIGHT, "just_you_de"),
    ("your_network", "en", LIGHT, "your_network"),
    ("your_org", "en", LIGHT, "your_org"),
    ("unknown", "en", LIGHT, "unknown_with_question"),
    ("degraded", "en", DARK, "degraded_dark"),
    ("maintenance", "de", LIGHT, "maintenance_de"),
    ("drill", "en", LIGHT, "drill"),
    ("steps", "en", LIGHT, "more_steps"),
    ("ticket", "en", LIGHT, "ticket"),
    ("choice", "en", PHONE, "choice_phone"),
    ("help", "en", LIGHT, "help"),
    ("welcome", "de", LIGHT, "welcome_de"),
    ("incident_confirmed", "en", LIGHT, "incident"),
    ("subscription_form", "en", LIGHT, "subscription_form"),
    ("announcement_scheduled", "en", LIGHT, "announcement"),
    ("announcement_overrun", "de", PHONE, "announcement_overrun_de_phone"),
    ("announce_words", "en", LIGHT, "announcement_form"),
    ("announce_preview", "en", LIGHT, "announcement_preview"),
)
DATA = {"verdict": SAMPLES["verdict"], "steps": SAMPLES["steps"], "notice": HELP, "form": SAMPLES["subscription_form"],
        "announcement": SAMPLES["announcement_scheduled"]}  # fmt: skip
COLOURS = 255  # a card has few: a palette makes its picture small


def main() -> None:
    """Write every file again."""
    texts = load_texts()
    for layout, reply in DATA.items():
        assert LAYOUTS.get(reply.face, SHORT_LAYOUT) == layout
        told = sheet(reply, texts, "en", ZONE)
        filled = {**values(told), "fallback": told.summary}
        path = CARDS / f"{layout}.data.json"
        path.write_text(json.dumps(filled, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    with browser() as started:
        for sample, language, look, file in PREVIEWS:
            with drawn(started, render(SAMPLES[sample], texts, language, ZONE).card, look) as shown:
                picture = Image.open(io.BytesIO(shown.picture())).convert("RGB").quantize(COLOURS)
                picture.save(CARDS / "previews" / f"{file}.png", optimize=True)
            sys.stdout.write(f"cards/previews/{file}.png\n")


if __name__ == "__main__":
    main()
