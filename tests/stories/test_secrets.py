"""Secrets, keys and ids that end, change or were mixed up: told once, with what to do, and mended without a restart."""

import pytest
from structlog.testing import capture_logs

from bot.settings import SettingsError, read_settings
from tests.replicas.identity import APP_ID, APP_SECRET, SECOND_APP, TENANT
from tests.world import open_world


async def test_one_from_a_file_is_renewed_without_a_restart(tmp_path):
    (tmp_path / "secret").write_text(APP_SECRET)
    async with open_world(tmp_path, APP_SECRET="", APP_SECRET_FILE=str(tmp_path / "secret")) as world:
        await world.says("is Teams down?")
        world.identity.secrets[APP_ID] = "a-renewed-secret-of-long-life"
        with capture_logs() as logs:
            await world.sleeps(hours=1)
            for _ in range(5):
                assert await world.writes("is Teams down?") == 200
                await world.advance(minutes=1)
        (told,) = [line for line in logs if line["event"] == "own token was refused"]
        assert told["code"] == "AADSTS7000215"
        assert "NOTJUSTYOU_APP_SECRET" in told["do"]
        (tmp_path / "secret").write_text("a-renewed-secret-of-long-life\n")
        with capture_logs() as logs:
            await world.says("is Teams down?")
            await world.says("is Teams down?")
        assert [line["event"] for line in logs].count("own token is given again") == 1
        assert not [line for line in logs if line["event"] == "own token was refused"]
        world.identity.secrets[APP_ID] = "and-another"
        with capture_logs() as logs:
            await world.sleeps(hours=2)
            await world.writes("is Teams down?")
            await world.settle()
        assert [line["event"] for line in logs].count("own token was refused") == 1, "told again, since it had worked"


async def test_an_hour_without_the_login_service_is_told_once_and_costs_no_restart(world):
    await world.says("is Teams down?")
    world.identity.refuses = (503, {})
    with capture_logs() as logs:
        for _ in range(13):
            await world.sleeps(minutes=10)
            await world.writes("is Teams down?")
            await world.settle()
    (told,) = [line for line in logs if line["event"] == "own token was refused"]
    assert told["code"] is None
    assert "nothing, if it passes" in told["do"]
    world.identity.refuses = None
    await world.advance(seconds=16)
    assert world.words("button.again", "en") in (await world.says("is Teams down?")).buttons


async def test_keys_that_are_rolled_cost_no_message(world):
    old = world.identity._kid
    await world.says("is Teams down?")
    world.identity.roll()
    world.identity.drop(old)
    await world.advance(minutes=2)
    await world.says("is Teams down?")


async def test_graph_takes_the_renewed_secret_too(tmp_path):
    (tmp_path / "secret").write_text("not-yet-the-right-one")
    settings = {
        "APP_SECRET": "",
        "APP_SECRET_FILE": str(tmp_path / "secret"),
        "SOURCES_OFF": "mastodon,hn,dns,endpoints,probe",
    }
    async with open_world(tmp_path, **settings) as world:
        world.graph.opens("TM9000002", title="Marker-C: nothing works in Microsoft Teams")
        await world.advance(minutes=5)
        (tmp_path / "secret").write_text(APP_SECRET)
        await world.advance(minutes=16)
        assert "Marker-C" in (await world.says("is Teams down?")).text


def test_ids_that_were_swapped_or_pasted_into_the_wrong_place_are_told_apart():
    """Which is checked before anything starts; what only Microsoft can tell, `check teams` tells."""
    base = {"APP_ID": APP_ID, "APP_SECRET": APP_SECRET, "TENANT_ID": TENANT}
    for changed, name in (
        ({"APP_ID": APP_SECRET}, "APP_ID"),
        ({"TENANT_ID": APP_ID}, "TENANT_ID"),
        ({"APP_SECRET": SECOND_APP}, "APP_SECRET"),
        ({"APP_SECRET": ""}, "APP_SECRET"),
        ({"TENANT_ID": ""}, "TENANT_ID"),
        ({"APP_ID": ""}, "APP_ID"),
    ):
        with pytest.raises(SettingsError) as told:
            read_settings({f"NOTJUSTYOU_{key}": value for key, value in (base | changed).items()})
        assert f"NOTJUSTYOU_{name}" in {wrong.name for wrong in told.value.mistakes}
        assert APP_SECRET not in str(told.value)
