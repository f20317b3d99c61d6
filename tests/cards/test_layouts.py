"""Layouts and their sample data: what opens in the vendor's designer is what the product fills."""

import json
import re

import pytest

from bot.cards import render, sheet
from bot.cards.expand import expand
from bot.cards.render import CARDS, LAYOUTS, SHORT_LAYOUT, values
from bot.domain.conversation import Face
from tests.cards.rules import elements, mistakes
from tests.cards.samples import SAMPLES

NAMES = sorted({*LAYOUTS.values(), SHORT_LAYOUT})


def layout(name):
    return json.loads((CARDS / f"{name}.json").read_text())


def sample(name):
    return json.loads((CARDS / f"{name}.data.json").read_text())


def shape(told):
    """The names in the data, with a list standing for any of its rows."""
    if isinstance(told, dict):
        return {key: shape(inner) for key, inner in told.items()}
    return type(told).__name__


def test_every_layout_has_a_sample_and_no_file_lies_about():
    found = {path.name for path in CARDS.glob("*.json")}
    assert found == {f"{name}{kind}.json" for name in NAMES for kind in ("", ".data")}


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_fills_its_layout_to_a_valid_card(name):
    assert mistakes(expand(layout(name), sample(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_the_shape_that_the_product_fills(texts, name):
    told = sheet(SAMPLES["verdict"], texts, "en", "UTC")
    assert shape(sample(name)) == shape({**values(told), "fallback": ""})


@pytest.mark.parametrize("name", NAMES)
def test_a_layout_holds_no_words(name):
    for element in elements(layout(name)):
        for key in ("text", "title", "speak", "fallbackText"):
            assert re.fullmatch(r"\$\{[a-z_]+\}", element.get(key, "${x}")), element


@pytest.mark.parametrize("face", Face)
def test_every_face_has_a_layout(texts, face):
    replies = [reply for reply in SAMPLES.values() if reply.face is face]
    assert replies
    assert all(render(reply, texts, "en", "UTC").card["body"] for reply in replies)
