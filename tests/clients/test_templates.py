"""Our expander gives what Microsoft's template engine gives, for every card and every sample."""

import json
from pathlib import Path

import pytest

from bot.cards.expand import expand
from bot.cards.render import CARDS, LAYOUTS, SHORT_LAYOUT, values
from bot.cards.sheet import sheet
from bot.content.texts import load_texts
from tests.cards.samples import SAMPLES
from tests.clients.node import package, run_node

pytestmark = pytest.mark.slow

ENGINE = """
const { Template } = require("adaptivecards-templating");
console.warn = () => {};
const told = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(told.map(({ layout, values }) => new Template(layout).expand({ $root: values }))));
"""


def cases():
    texts = load_texts()
    for language in texts.languages:
        for name, reply in SAMPLES.items():
            layout = CARDS / f"{LAYOUTS.get(reply.face, SHORT_LAYOUT)}.json"
            told = sheet(reply, texts, language, "Europe/Berlin")
            yield f"{name} {language}", layout, {**values(told), "fallback": told.summary}
    for sample in sorted(CARDS.glob("*.data.json")):
        yield sample.name, Path(str(sample).replace(".data.json", ".json")), json.loads(sample.read_text())


def test_every_card_and_sample_expands_as_in_microsofts_engine():
    package("adaptivecards-templating")
    package("adaptive-expressions")
    told = [(name, json.loads(layout.read_text()), filled) for name, layout, filled in cases()]

    theirs = run_node(ENGINE, [{"layout": layout, "values": filled} for _, layout, filled in told])

    assert len(told) == len(theirs) > len(SAMPLES)
    for (name, layout, filled), card in zip(told, theirs, strict=True):
        assert expand(layout, filled) == card, name
