"""People of a directory that no registration serves: a friendly line once a day, and nothing is kept of them."""

import sqlite3

from tests.teams import activities
from tests.teams.activities import ANN, BEN
from tests.world import FABRIKAM, PLACES, open_world


async def rows_of(world, *tables):
    """All rows of these tables as text."""
    await world.advance(seconds=5)
    path = world.environment["NOTJUSTYOU_DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as db:
        return str([db.execute(f"SELECT * FROM {table}").fetchall() for table in tables])  # noqa: S608 - our tables


async def test_they_are_told_once_a_day_and_nothing_is_kept(world):
    for _ in range(3):
        assert await world.writes("is Teams down?", to="fabrikam", by=ANN) == 200
    await world.settle()
    assert [world.words("teams.not_served", "en") in str(told) for told in world.teams.sent()] == [True]
    await world.says("is Teams down?", to="fabrikam", by=BEN)
    await world.sleeps(hours=23)
    sent = len(world.teams.sent())
    await world.writes("is Teams down?", to="fabrikam", by=ANN)
    await world.settle()
    assert len(world.teams.sent()) == sent
    await world.sleeps(hours=2)
    assert world.words("teams.not_served", "en") in (await world.says("well?", to="fabrikam", by=ANN)).text
    places = await rows_of(world, "conversations", "answers", "reports", "day_keys")
    assert FABRIKAM not in places


async def test_a_button_answers_with_the_same_line_and_other_events_with_silence(world):
    data = {"v": 1, "verb": "again", "id": "x"}
    for _ in range(2):
        status, answer = await world.invoke(data, to="fabrikam")
        assert (status, answer["value"]) == (200, world.words("teams.not_served", "en"))
    assert await world.happens("installationUpdate", to="fabrikam", action="add") == []
    assert await world.happens("conversationUpdate", to="fabrikam") == []
    assert FABRIKAM not in await rows_of(world, "conversations")


async def test_they_read_it_in_their_own_language(world):
    card = await world.says("geht Teams?", to="fabrikam", locale="de-DE")
    assert world.words("teams.not_served", "de") in card.text


async def test_without_an_app_id_every_directory_is_served(tmp_path):
    async with open_world(tmp_path, APP_ID="", APP_SECRET="", TENANT_ID="") as world:
        said = activities.activity("message", world.teams.service_url, text="is Teams down?", **PLACES["fabrikam"]())
        assert (await world.post(said, Authorization=None))[0] == 200
        await world.settle()
        assert world.words("teams.not_served", "en") not in str(world.teams.sent()[-1])
