"""Every card as Microsoft's renderer draws it: readable by anybody, nothing cut off, every button works."""

import pytest

from bot.cards import render, sheet
from bot.content.texts import load_texts
from tests.cards.samples import SAMPLES
from tests.clients.drawing import CONTRAST, DARK, LIGHT, LOOKS, PHONE, browser, drawn

pytestmark = pytest.mark.slow

ZONE = "Europe/Berlin"
ADVICE_ONLY = {  # it reads the author's colours, not the forced ones; and the host's own red fails on its dark
    LIGHT: (),
    PHONE: (),
    DARK: ("color-contrast",),
    CONTRAST: ("color-contrast",),
}
TELLING = ("verdict", "unknown", "drill", "steps", "choice")  # the fullest cards, looked at in every way


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def texts():
    return load_texts()


def cases():
    for name in SAMPLES:
        yield name, "de", PHONE
        yield name, "en", LIGHT
    for name in TELLING:
        for look in LOOKS:
            yield from {(name, "en", look), (name, "de", look)} - {(name, "de", PHONE), (name, "en", LIGHT)}


@pytest.mark.parametrize(
    ("name", "language", "look"), sorted(cases(), key=str), ids=lambda part: getattr(part, "name", part)
)
def test_a_card_can_be_read_and_used_by_anybody(chromium, texts, name, language, look):
    card = render(SAMPLES[name], texts, language, ZONE).card

    with drawn(chromium, card, look) as shown:
        # The renderer asks a pattern that remembers: of languages of elements each second one is "invalid" to it.
        assert [said for said in shown.complaints if 'property "lang"' not in said or "foreign" not in name] == []
        if not SAMPLES[name].clocks and not SAMPLES[name].form:  # the renderer adds moments and labels of its own
            assert shown.texts() == list(sheet(SAMPLES[name], texts, language, ZONE).strings())
        assert not any("{{" in text for text in shown.texts())
        assert shown.cut_off() == []
        drawn_by_vendor = ("target-size",) if SAMPLES[name].form else ()  # its boxes to tick are small
        assert shown.barriers(without=(*ADVICE_ONLY[look], *drawn_by_vendor)) == []


@pytest.mark.parametrize("name", ["verdict", "unknown"])
def test_a_card_that_runs_from_right_to_left_fits_a_phone(chromium, texts, name):
    card = {**render(SAMPLES[name], texts, "en", ZONE).card, "rtl": True, "lang": "ar"}

    with drawn(chromium, card, PHONE) as shown:
        assert shown.cut_off() == []
        assert shown.barriers() == []


@pytest.mark.parametrize("name", ["verdict", "unknown", "choice", "ticket"])
def test_every_button_sends_what_it_should(chromium, texts, name):
    rendered = render(SAMPLES[name], texts, "en", ZONE)
    told = sheet(SAMPLES[name], texts, "en", ZONE)

    with drawn(chromium, rendered.card, PHONE) as shown:
        for action in (*told.choices, *told.actions):
            sent = shown.press(action.title)
            if action.link:
                assert (sent["type"], sent["url"]) == ("Action.OpenUrl", action.link)
            else:
                assert sent["verb"] == action.verb
                assert sent["data"] == {"v": 1, "verb": action.verb, "id": told.row}
