"""What follows "subscribe" is understood, in English and German; what is not is given back."""

from datetime import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.incident import Level
from bot.domain.observation import Feature
from bot.domain.subscription import Matter
from bot.understand.wishes import MOST_PLACES, places_of, wanted_of

NIGHT = (time(22), time(7))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("all", {"everything": True}),
        ("alles überall", {"everything": True, "everywhere": True}),
        ("teams down", {"services": {"teams"}, "level": Level.DOWN}),
        ("nur Ausfälle von Teams", {"services": {"teams"}, "level": Level.DOWN}),
        ("Outlook and SharePoint problems", {"services": {"exchange", "sharepoint"}, "level": Level.DEGRADED}),
        ("calls, meetings", {"features": {Feature.CALLING, Feature.MEETINGS}}),
        ("Anmeldung und Dateien", {"features": {Feature.SIGNIN, Feature.FILES}}),
        ("early signs in Berlin", {"level": Level.SIGNS, "places": {"Berlin"}}),
        ("frühe Anzeichen im Vertrieb", {"level": Level.SIGNS, "places": {"Vertrieb"}}),
        ("advisories in Germany and France", {"level": Level.ADVISORY, "places": {"DE", "FR"}}),
        ("in Berlin, EMEA, Köln-Süd", {"places": {"Berlin", "europe", "Köln-Süd"}}),
        ("in Rio de Janeiro and South Africa down", {"places": {"Rio de Janeiro", "ZA"}, "level": Level.DOWN}),
        ("new york degraded", {"places": {"New York"}, "level": Level.DEGRADED}),
        ("drills without maintenance", {"more": {Matter.DRILLS}, "less": {Matter.MAINTENANCE}}),
        ("ohne Entwarnung", {"less": {Matter.ALL_CLEAR}}),
        ("teams 22:00-07:00", {"services": {"teams"}, "quiet": NIGHT}),
        ("quiet hours 22:00 to 07:00", {"quiet": NIGHT}),
        ("Ruhe 22 bis 7 Uhr", {"quiet": NIGHT}),
        ("teams coffee", {"services": {"teams"}, "unknown": ("coffee",)}),
        ("99:00-07:00", {"unknown": ("99:00-07:00",)}),
    ],
)
def test_words_become_a_wish(text, told):
    wanted = wanted_of(text, sites=("New York",))
    found = {name: getattr(wanted, name) for name in wanted.__slots__}
    assert {name: value for name, value in found.items() if value} == told


def test_places_are_separated_by_commas():
    assert places_of("New York,  Deutschland;Graz") == {"New York", "DE", "Graz"}
    assert places_of("berlin mitte, South Africa office", ["Berlin Mitte"]) == {"Berlin Mitte", "South Africa office"}
    assert places_of(" , ") == frozenset()


@given(st.text(max_size=300))
@example("24:00-24:00")
@example("in in in no no")
@example("in " + "x " * 50)
def test_any_words_give_a_wish_within_bounds(text):
    wanted = wanted_of(text, sites=("Berlin",))
    assert len(wanted.places) <= MOST_PLACES + 1
