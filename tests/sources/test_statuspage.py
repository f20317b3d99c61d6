"""Other services' status pages: as many as are set, each about itself."""

from datetime import timedelta

import pytest

from bot.domain.observation import Health, ServiceId
from bot.domain.source_health import SourceState
from bot.domain.verdict import Outcome, Policy, judge
from bot.settings import read_settings
from bot.sources.chosen import Choice, about, chosen_sources
from bot.sources.source import SourceSetup
from bot.sources.statuspage import StatuspageSource
from tests.replicas.statuspage import StatuspageReplica
from tests.sources.conftest import running
from tests.sources.reading import NOW, read
from tests.sources.test_saved_pages import page_of

RELATED = Policy(related={ServiceId("teams"): (ServiceId("exchange"),)})


@pytest.fixture
async def vendor(clock):
    async with running(StatuspageReplica(clock)) as replica:
        yield replica


def page(vendor, name="github", **extra):
    return StatuspageSource(SourceSetup(url=vendor.url, extra={"name": name, **extra}))


async def test_a_calm_page_is_fine_and_an_incident_is_not(vendor, fetcher, clock):
    source = page(vendor)
    assert {key: each.health for key, each in (await read(source, fetcher, clock)).items()} == {"page": Health.FINE}
    vendor.breaks()

    seen = await read(source, fetcher, clock)

    assert {key: each.health for key, each in seen.items()} == dict.fromkeys(
        ("page", "i1", "component/c1"), Health.DEGRADED
    )
    assert {each.service for each in seen.values()} == {each.source for each in seen.values()} == {"statuspage:github"}


async def test_planned_work_has_its_window(vendor, fetcher, clock):
    vendor.plans(begins=timedelta(minutes=-5), lasts=timedelta(hours=1), status="in_progress")

    window = (await read(page(vendor), fetcher, clock))["m1"]

    assert (window.health, window.since, window.ends_at) == (
        Health.MAINTENANCE,
        NOW - timedelta(minutes=5),
        NOW + timedelta(minutes=55),
    )
    assert judge([window], NOW, Policy(), service=window.service).outcome is Outcome.MAINTENANCE


async def test_an_unchanged_page_is_not_sent_again(vendor, fetcher, clock):
    source = page(vendor)

    first, again = [await source.fetch(fetcher, clock.now()) for _ in range(2)]

    assert (first[0].not_modified, again[0].not_modified) == (False, True)
    assert source.parse(again, NOW) == source.parse(first, NOW)


async def test_what_it_says_is_no_word_on_teams(vendor, fetcher, clock):
    vendor.breaks("critical")
    seen = list((await read(page(vendor), fetcher, clock)).values())

    assert judge(seen, NOW, RELATED).terms == ()
    assert judge(seen, NOW, RELATED, service=ServiceId("statuspage:github")).outcome is Outcome.DOWN


async def test_where_the_catalogue_lets_teams_lean_on_it_it_is_named_as_the_cause(vendor, fetcher, clock):
    vendor.breaks("critical")
    setup = {"statuspage:exchange": SourceSetup(url=vendor.url)}
    source = next(one for one in chosen_sources(Choice(setups=setup), NOW)[0] if one.id == "statuspage:exchange")
    seen = list((await read(source, fetcher, clock)).values())

    assert {each.service for each in seen} == {"exchange"}
    assert {term.why for term in judge(seen, NOW, RELATED).terms} == {"related_trouble"}


def test_each_address_in_the_settings_is_a_source_of_its_own():
    env = {
        "NOTJUSTYOU_SOURCE_STATUSPAGE_GITHUB_URL": "https://www.githubstatus.example",
        "NOTJUSTYOU_SOURCE_STATUSPAGE_TEAMS_URL": "https://teams.example",
        "NOTJUSTYOU_SOURCE_STATUSPAGE_ZOOM_PERIOD_S": "30",
        "NOTJUSTYOU_SOURCES_OFF": "statuspage:teams",
    }
    settings = read_settings(env)
    setups = {
        name: SourceSetup(url=one.url, token=one.token, period=one.period) for name, one in settings.sources.items()
    }

    asked, others = chosen_sources(Choice(setups=setups, off=settings.sources_off), NOW)

    states = {one.source: one.state for one in others}
    assert [one.id for one in asked if one.id.startswith("statuspage")] == ["statuspage:github"]
    assert states["statuspage:teams"] is SourceState.OFF
    assert states["statuspage:zoom"] is SourceState.NOT_SET_UP
    assert about("statuspage:anything") is about("statuspage")
    assert about("graph:anything") is None


def test_a_page_named_after_teams_does_not_speak_for_it():
    (source,) = [
        one
        for one in chosen_sources(Choice(setups={"statuspage:teams": SourceSetup(url="https://x.example")}), NOW)[0]
        if one.id == "statuspage:teams"
    ]
    said = source.parse([_calm()], NOW)

    assert {each.service for each in said} == {"statuspage:teams"}


def _calm():
    body = {"status": {"indicator": "none"}, "components": [], "incidents": []}
    return page_of({"name": "summary", "json": body}, NOW)
