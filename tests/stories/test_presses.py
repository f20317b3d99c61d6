"""Data on a card is only a wish: forged, old, foreign, repeated and oversized presses harm nobody."""

import pytest

from tests.teams.activities import ANN, BEN


@pytest.mark.parametrize("version", [0, 2, 99])
async def test_a_card_of_another_version_gets_a_fresh_one_and_has_no_effect(world, version):
    card = await world.says("teams wont load", to="channel")
    status, answer = await world.invoke(dict(card.data("me_too")) | {"v": version}, to="channel", by=ANN)
    assert (status, answer["statusCode"]) == (200, 200)
    assert "Checked" in str(answer["value"])
    assert "1 person here has it too" in (await world.presses("me_too", on=card, by=BEN)).text


async def test_a_row_that_nobody_was_given_opens_nothing(world):
    card = await world.says("teams wont load", to="channel")
    for row in ("a" * 22, card.data("again")["id"][:-1], "1 OR 1=1"):
        _, answer = await world.invoke({"v": 1, "verb": "me_too", "id": row}, to="channel")
        assert "1 person" not in str(answer)
        assert "card" in answer["type"] or world.words("teams.card_is_old") == answer["value"]


async def test_a_row_of_another_conversation_is_told_as_such_in_the_pressers_language(world):
    card = await world.says("teams wont load")
    _, answer = await world.invoke(dict(card.data("me_too")), to="group")
    assert world.words("note.card_unknown") in str(answer["value"])
    mine = await world.says("teams wont load", to="group")
    _, answer = await world.invoke(dict(mine.data("me_too")), locale="de-DE")
    assert world.words("note.card_unknown", "de") in str(answer["value"])


async def test_a_press_that_comes_again_counts_once(world):
    card = await world.says("teams wont load", to="channel")
    for _ in range(3):
        seen = await world.presses("me_too", on=card, id="f:the-same-press")
    assert "1 person here has it too" in seen.text


async def test_what_no_card_of_ours_holds_is_harmless(world):
    card = await world.says("teams wont load", to="channel")
    good = dict(card.data("again"))
    status, _ = await world.invoke(good | {"more": "x" * 400_000}, to="channel")
    assert status == 413
    for odd in (good | {"more": "x" * 10_000}, good | {"v": "1"}, good | {"verb": "drop"}, [], None, "again"):
        status, answer = await world.invoke(odd, to="channel")
        assert (status, answer["statusCode"]) == (200, 200)
    assert (await world.presses("again", on=card)).text
