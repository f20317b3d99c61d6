"""A text that is longer than a card can be read whole, page by page."""

import json

import pytest

from bot.cards import render
from bot.cards.announce_text import pages_of, text_reply
from bot.cards.typed_text import is_cut
from bot.domain.announcement import Words
from tests.cards.announcements import OFFER, WORK
from tests.cards.rules import MOST_BYTES, mistakes
from tests.cards.test_announcements import HOSTILE, LONG

STRANGE = [LONG, "維護工程" * 500, "🚧" * 2000, HOSTILE * 20, "line\n" * 400, "x" * 2000, "word " * 6000]


@pytest.mark.parametrize("text", STRANGE)
def test_nothing_of_a_text_is_lost_between_its_pages(text):
    words = Words(title="t", hit=text, todo="Use your phone.", works=text)

    pages = pages_of(words)

    read = {name: "".join(line for page in pages for of, line in page if of == name) for name in ("hit", "works")}
    whole = "".join(text.split())
    assert {name: "".join(said.split()) for name, said in read.items()} == {"hit": whole, "works": whole}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("text", STRANGE)
def test_every_page_fits_on_a_card(texts, text, language):
    plan = WORK.__class__(**{name: getattr(WORK, name) for name in WORK.__slots__} | {"words": {"en": _all(text)}})
    pages = len(pages_of(_all(text)))

    for number in {1, (pages + 1) // 2, pages}:
        card = render(text_reply(plan, number, OFFER), texts, language, "UTC").card
        assert mistakes(card) == []
        assert len(json.dumps(card)) <= MOST_BYTES


def test_a_page_beyond_the_last_is_the_last():
    assert text_reply(WORK, 99, OFFER) == text_reply(WORK, 1, OFFER)


@pytest.mark.parametrize(
    ("text", "cut"), [("", False), ("short", False), ("a\n\n b ", False), ("x " * 300, True), ("l\n" * 9, True)]
)
def test_a_card_that_shows_a_beginning_only_is_known(text, cut):
    assert is_cut(Words(title="t", works=text)) is cut


def _all(text):
    return Words(title="t", hit=text, works=text, todo=text)
