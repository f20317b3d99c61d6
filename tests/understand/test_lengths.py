"""How long a pause is to last, in whichever language it was typed; and what is no such wish."""

from datetime import timedelta

import pytest

from bot.understand.lengths import length_of
from bot.understand.typed import Typed, typed_command

USUAL = timedelta(hours=2)


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("", 2),
        ("2h", 2),
        ("5", 5),
        ("for 2 hours", 2),
        ("2 Stunden", 2),
        ("für 90 Minuten", 1.5),
        ("1,5 Stunden", 1.5),
        ("half an hour", 0.5),
        ("eine halbe Stunde", 0.5),
        ("anderthalb Stunden", 1.5),
        ("1h 30m", 1.5),
        ("2 hours and 15 minutes please", 2.25),
        ("an hour", 1),
        ("3 Tage", 72),
        ("2 weeks", 336),
        ("deux jours", 48),
        ("2小时", 2),
        ("this channel", 2),
    ],
)
def test_a_length_is_understood(said, hours):
    assert length_of(said, USUAL) == timedelta(hours=hours)
    assert typed_command(f"mute {said}") == Typed("mute", said.removeprefix("for "))


@pytest.mark.parametrize("said", ["forever", "für immer", "until 18:00", "bis morgen", "0h", "a month", "99999 days"])
def test_a_wish_for_a_length_that_nobody_can_take_is_known_as_one(said):
    assert length_of(said, USUAL) is None
    assert typed_command(f"mute {said}") == Typed("mute", said)


@pytest.mark.parametrize("said", ["doesn't work", "button is gone", "everyone in a meeting", "geht nicht mehr"])
def test_a_sentence_about_muting_is_a_question(said):
    assert typed_command(f"mute {said}") is None
