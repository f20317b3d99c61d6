"""Probes: which front door answers from here, and what of our own network only pretends to be one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SettableClock
from bot.domain.observation import Feature, Health
from bot.http import Fetcher, Page, Trouble, new_client
from bot.sources.probe import TARGETS, ProbeSource
from bot.sources.source import SourceError, SourceSetup
from bot.sources.targets import addresses
from tests.replicas import web_targets
from tests.replicas.faults import Fault
from tests.replicas.web_targets import DOORS, WebTargets

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
async def web():
    replica = WebTargets()
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
def clock():
    return SettableClock(NOW)


@pytest.fixture
async def probed(web, clock):
    """Ask all doors once and give what was seen, by door."""
    async with new_client() as client:
        fetcher = Fetcher(client, clock, within=timedelta(seconds=5))
        source = ProbeSource(SourceSetup(url=web.url))

        async def ask():
            seen = source.parse(await source.fetch(fetcher, clock.now()), clock.now())
            return {door: [each for each in seen if each.key == door] for door in DOORS}

        yield ask


def told(tries):
    return [(each.health, each.text) for each in tries]


async def test_healthy_doors_are_asked_once_and_are_fine(probed, web):
    seen = await probed()

    assert {door: told(tries) for door, tries in seen.items()} == {door: [(Health.FINE, "")] for door in DOORS}
    assert len(web.calls) == len(DOORS)
    assert seen["signin"][0].service == "signin"
    assert seen["signin"][0].feature is Feature.SIGNIN
    assert seen["teams_web"][0].origin == "our place"
    assert seen["teams_web"][0].vantage == "server"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (web_targets.FRONT_DOOR, "front_door 503"),
        (web_targets.AKAMAI, "akamai 503"),
        (web_targets.BROKEN, "500"),
    ],
)
async def test_a_failing_door_is_asked_twice_and_says_who_failed(probed, web, answer, text):
    web.says(answer, "teams_web")

    seen = await probed()

    assert told(seen["teams_web"]) == [(Health.DOWN, text)] * 2
    assert told(seen["signin"]) == [(Health.FINE, "")]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (web_targets.PORTAL_REDIRECT, "portal"),
        (web_targets.PORTAL_LOGIN, "portal"),
        (web_targets.PORTAL, "portal"),
        (web_targets.PROXY_LOGIN, "proxy"),
        (web_targets.PROXY_REFUSAL, "proxy"),
    ],
)
@pytest.mark.parametrize("door", ["signin", "teams_cloud", "graph_api"])
async def test_what_our_own_network_answers_is_no_word_about_microsoft(probed, web, answer, text, door):
    web.says(answer, door)

    seen = await probed()

    assert told(seen[door]) == [(Health.UNKNOWN, text)]


async def test_a_refusal_by_the_door_itself_is_an_answer(probed, web):
    web.says(web_targets.BLOCKED, "teams_web", "teams_cloud")

    seen = await probed()

    assert told(seen["teams_web"]) == [(Health.FINE, "")]


async def test_a_sign_in_document_without_its_fields_is_not_called_fine(probed, web):
    web.says(web_targets.Answer(text='{"hello":"world"}', content_type="application/json"), "signin")

    assert told((await probed())["signin"]) == [(Health.UNKNOWN, "unexpected answer")]


@pytest.mark.parametrize(("fault", "text"), [(Fault.RESET, "reset"), (Fault.CUT, "reset"), (Fault.UNAVAILABLE, "503")])
async def test_a_door_that_cannot_be_reached_is_down(probed, web, fault, text):
    web.fails(fault, "teams_web")

    assert told((await probed())["teams_web"]) == [(Health.DOWN, text)] * 2


async def test_one_failure_beside_a_good_second_try_is_left_for_the_judge_to_weigh(probed, web):
    web.says_once(web_targets.BROKEN, "teams_web")

    assert told((await probed())["teams_web"]) == [(Health.DOWN, "500"), (Health.FINE, "")]


async def test_a_hanging_door_is_given_up_by_the_shorter_deadline(web):
    web.fails(Fault.HANGS, "signin")
    async with new_client() as client:
        source = ProbeSource(SourceSetup(url=web.url))
        fetcher = Fetcher(client, SettableClock(NOW), within=timedelta(seconds=0.2))
        seen = source.parse(await source.fetch(fetcher, NOW), NOW)

    assert told([each for each in seen if each.key == "signin"]) == [(Health.DOWN, "timeout")] * 2


async def test_a_failure_tells_since_when_it_has_lasted(probed, web, clock):
    web.says(web_targets.BROKEN, "teams_web")
    await probed()
    clock.set(NOW + timedelta(minutes=3))

    lasting = (await probed())["teams_web"]
    web.heals()
    healed = (await probed())["teams_web"]

    assert {each.since for each in lasting} == {NOW}
    assert [each.seen_at for each in lasting] == [NOW, clock.now(), clock.now()]
    assert [(each.health, each.since) for each in healed] == [(Health.FINE, None)]


async def test_a_dead_place_is_unreachable_everywhere(probed, web):
    await web.dies()

    seen = await probed()

    assert {tries[0].health for tries in seen.values()} == {Health.DOWN}
    assert {tries[0].text for tries in seen.values()} == {"connect"}


@pytest.mark.parametrize(
    ("trouble", "health", "text"),
    [
        (Trouble.TLS_UNKNOWN_ISSUER, Health.DOWN, "tls_unknown_issuer"),
        (Trouble.TLS, Health.DOWN, "tls"),
        (Trouble.TIMEOUT, Health.DOWN, "timeout"),
        (Trouble.DNS, Health.DOWN, "dns"),
        (Trouble.PROXY, Health.UNKNOWN, "proxy"),
        (Trouble.TOO_LARGE, Health.FINE, ""),
    ],
)
def test_each_trouble_has_its_meaning(trouble, health, text):
    page = Page(name="teams_web", url="https://teams.microsoft.com/", status=0, fetched_at=NOW, trouble=trouble)

    assert told(ProbeSource(SourceSetup()).parse([page], NOW)) == [(health, text)]


def test_without_a_page_nothing_was_probed():
    with pytest.raises(SourceError):
        ProbeSource(SourceSetup()).parse([], NOW)


@given(
    name=st.sampled_from([*DOORS, "other"]),
    status=st.integers(min_value=0, max_value=999),
    body=st.binary(max_size=300),
    headers=st.dictionaries(
        st.sampled_from(["server", "location", "content-type", "via", "x-azure-ref"]), st.text(max_size=40)
    ),
    trouble=st.one_of(st.none(), st.sampled_from(Trouble)),
)
def test_any_answer_becomes_statements_or_a_refusal(name, status, body, headers, trouble):
    if trouble is not None:
        status = 302 if trouble is Trouble.REDIRECT else 0
    page = Page(name=name, url="https://x/", status=status, headers=headers, body=body, fetched_at=NOW, trouble=trouble)
    try:
        seen = ProbeSource(SourceSetup()).parse([page], NOW)
    except SourceError:
        assert name == "other"
    else:
        assert all(each.health is not Health.FINE or status < 500 for each in seen)


def test_a_base_address_stands_for_all_hosts_and_a_list_for_some():
    defaults = {key: target.url for key, target in TARGETS.items()}

    under = addresses(defaults, "http://127.0.0.1:8000/")
    named = addresses(defaults, "teams_web=https://teams.example/, signin = http://127.0.0.1:1/x?a=b")

    assert under["graph_api"] == "http://127.0.0.1:8000/graph.microsoft.com/v1.0/me"
    assert named == defaults | {"teams_web": "https://teams.example/", "signin": "http://127.0.0.1:1/x?a=b"}
