"""Microsoft's public word: what it says, and when its feed steps in."""

from datetime import timedelta

import pytest

from bot.domain.observation import Feature, Health
from tests.replicas.faults import Fault
from tests.sources.reading import NOW, ms_source, read, refusal


async def test_calm_is_green_for_all(microsoft, fetcher, clock):
    seen = await read(ms_source(microsoft), fetcher, clock)
    assert {each.service: each.health for each in seen.values()} == {
        "teams": Health.FINE,
        "m365": Health.FINE,
        "signin": Health.FINE,
    }


async def test_trouble_that_names_teams_is_trouble_of_teams(microsoft, fetcher, clock):
    microsoft.degraded(next_update=NOW + timedelta(hours=1))
    teams = (await read(ms_source(microsoft), fetcher, clock))["mac/teams"]
    assert (teams.health, teams.feature, teams.advisory) == (Health.DEGRADED, Feature.CHAT, False)
    assert teams.next_update_at == NOW + timedelta(hours=1)
    assert teams.since == NOW - timedelta(minutes=20)
    assert teams.said_at == NOW


async def test_trouble_of_others_is_not_green_for_teams_either(microsoft, fetcher, clock):
    microsoft.degraded("Microsoft Copilot: our teams are looking into it.")
    seen = await read(ms_source(microsoft), fetcher, clock)
    assert seen["mac/m365"].health is Health.DEGRADED
    assert "mac/teams" not in seen


@pytest.mark.parametrize(
    ("verb", "health"),
    [
        ("down", Health.DOWN),
        ("maintenance", Health.MAINTENANCE),
        ("restored", Health.FINE),
        ("puzzles", Health.UNKNOWN),
    ],
)
async def test_each_word_has_its_meaning(microsoft, fetcher, clock, verb, health):
    getattr(microsoft, verb)()
    assert (await read(ms_source(microsoft), fetcher, clock))["mac/teams"].health is health


async def test_azure_is_asked_every_five_minutes_and_remembered_between(microsoft, fetcher, clock):
    source = ms_source(microsoft)
    microsoft.admits("Azure Front Door")
    for _ in range(5):
        seen = await read(source, fetcher, clock)
        assert seen["azure/m365"].health is Health.DEGRADED
        clock.set(clock.now() + timedelta(minutes=1))
    assert microsoft.asked("/api/posts/azure") == 1
    microsoft.calm()
    assert "azure/m365" not in await read(source, fetcher, clock)


async def test_a_frozen_page_is_not_green(microsoft, fetcher, clock):
    microsoft.renewed_ago = timedelta(hours=3)
    assert "frozen" in str(await refusal(ms_source(microsoft), fetcher, clock))


async def test_the_feed_speaks_once_the_post_has_failed_twice(microsoft, fetcher, clock):
    source = ms_source(microsoft)
    microsoft.degraded()
    microsoft.faults["/api/posts/mac"] = Fault.HTML
    assert "page instead of data" in str(await refusal(source, fetcher, clock))
    seen = await read(source, fetcher, clock)
    assert seen["mac/teams"].health is Health.DEGRADED
    assert seen["mac/teams"].said_at is None
    microsoft.heals()
    await read(source, fetcher, clock)
    assert microsoft.asked("/api/feed/mac") == 1


async def test_azures_feed_steps_in_too(microsoft, fetcher, clock):
    source = ms_source(microsoft)
    microsoft.admits("Microsoft Entra")
    microsoft.faults["/api/posts/azure"] = Fault.SERVER_ERROR
    assert "azure/signin" not in await read(source, fetcher, clock)
    clock.set(clock.now() + timedelta(minutes=5))
    assert (await read(source, fetcher, clock))["azure/signin"].health is Health.DEGRADED
