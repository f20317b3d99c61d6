"""In a drill, too, each reader's client writes the moments of a card that many read."""

import json
from dataclasses import replace

from bot.cards.render import render
from bot.cards.telling import incident_reply
from bot.content.texts import load_texts
from tests.cards.incidents import CONFIRMED, EVIDENCE, view

BROKEN = "{ {"


def test_moments_in_the_evidence_of_a_drill_can_be_written_by_the_client():
    told = view(incident=replace(CONFIRMED, drill=True), evidence=tuple(replace(one, drill=True) for one in EVIDENCE))
    for site in ("", "site:Köln"):
        seen = tuple(replace(one, vantage=site or one.vantage) for one in told.evidence)
        card = json.dumps(
            render(incident_reply(replace(told, evidence=seen)), load_texts(), "en", "Europe/Berlin").card
        )
        assert BROKEN not in card
        assert "{{TIME(" in card
