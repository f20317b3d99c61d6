"""Whom the bot speaks to: what `sources --egress` lists is what the replicas saw."""

import json
from urllib.parse import urlsplit

from bot.settings import read_settings
from bot.terminal.egress import ways_of
from bot.terminal.main import run
from tests.replicas.base import Replica
from tests.world import open_world


def place(url):
    parts = urlsplit(url)
    return parts.hostname, parts.port


async def test_everything_that_was_contacted_is_listed_and_nothing_else(tmp_path):
    async with open_world(tmp_path, SOURCES_OFF="") as world:
        listed = {(way.host, way.port) for way in ways_of(read_settings(world.environment))}
        await world.advance(minutes=6)
        await world.says("is Teams down?")
        replicas = [one for one in vars(world).values() if isinstance(one, Replica)]
        assert {place(one.url) for one in replicas if one.calls} <= listed
        known = {place(one.url) for one in replicas} | {place(world.teams.url)}
        assert listed <= known, "nothing but replicas is contacted in a story"


async def test_a_source_that_is_off_is_not_listed(tmp_path):
    async with open_world(tmp_path, start=False, SOURCES_OFF="mastodon,ms_public") as world:
        ways = ways_of(read_settings(world.environment))
        assert not {"mastodon", "ms_public"} & {way.by for way in ways}
        assert {"teams", "probe", "neutral"} <= {way.by for way in ways}


def test_the_command_prints_it_without_asking_anybody(tmp_path, capsys):
    environment = {
        "NOTJUSTYOU_DATABASE_URL": f"sqlite:///{tmp_path}/none.db",
        "NOTJUSTYOU_SOURCE_MASTODON_URL": "one=https://a.example,https://b.example:8443",
        "NOTJUSTYOU_SOURCE_PROBE_URL": "teams_web=https://door.example/",
    }
    assert run(["sources", "--egress", "--json"], environment) == 0
    ways = json.loads(capsys.readouterr().out)
    places = {(way["by"], way["host"], way["port"]) for way in ways}
    assert {("mastodon", "a.example", 443), ("mastodon", "b.example", 8443)} <= places
    assert ("probe", "door.example", 443) in places
    assert ("probe", "teams.microsoft.com", 443) not in places
    assert ("neutral", "captive.apple.com", 80) in places
    assert all(way["why"] and way["sends"] for way in ways)
    assert not (tmp_path / "none.db").exists()
