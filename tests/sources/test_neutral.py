"""Neutral checks: a way out, a portal, a filter, or nothing at all."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SettableClock
from bot.domain.observation import Health
from bot.http import Fetcher, Page, Trouble, new_client
from bot.sources.neutral import NeutralSource, check_here
from bot.sources.source import SourceError, SourceSetup
from tests.replicas import web_targets
from tests.replicas.faults import Fault
from tests.replicas.web_targets import NEUTRAL, PLACES, WebTargets

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
async def fetcher(clock):
    async with new_client() as client:
        yield Fetcher(client, clock, within=timedelta(seconds=5))


def told(seen):
    return {each.key: (each.health, each.text) for each in seen}


ALL_FINE = dict.fromkeys(NEUTRAL, (Health.FINE, ""))


async def test_a_machine_with_a_way_out_sees_all_four_owners(web, fetcher):
    seen = await check_here(fetcher, NOW, url=web.url)

    assert told(seen) == ALL_FINE
    assert {each.vantage for each in seen} == {"asker"}
    assert {each.origin for each in seen} == set(NEUTRAL)
    assert all(call.headers["cache-control"] == "no-cache" and call.query["t"] for call in web.calls)


async def test_a_machine_without_a_way_out_says_so_of_each(web, fetcher):
    await web.dies()

    assert told(await check_here(fetcher, NOW, url=web.url)) == dict.fromkeys(NEUTRAL, (Health.DOWN, "connect"))


@pytest.mark.parametrize(
    "answer", [web_targets.PORTAL, web_targets.PORTAL_REDIRECT, web_targets.PORTAL_LOGIN, web_targets.BLOCKED]
)
async def test_a_portal_is_no_way_out(web, fetcher, answer):
    web.says(answer, "google", "apple", "cloudflare")

    seen = told(await check_here(fetcher, NOW, url=web.url))

    assert seen == ALL_FINE | dict.fromkeys(("google", "apple", "cloudflare"), (Health.DOWN, "portal"))


async def test_a_proxy_that_asks_for_a_login_is_named(web, fetcher):
    web.says(web_targets.PROXY_LOGIN, *NEUTRAL)

    assert set(told(await check_here(fetcher, NOW, url=web.url)).values()) == {(Health.DOWN, "proxy")}


async def test_one_owner_in_trouble_leaves_the_others_fine(web, fetcher):
    web.fails(Fault.SERVER_ERROR, "cloudflare")

    assert told(await check_here(fetcher, NOW, url=web.url)) == ALL_FINE | {"cloudflare": (Health.DOWN, "500")}


@pytest.mark.parametrize(
    "answer",
    [web_targets.BLOCKED, web_targets.Answer(status=451), web_targets.PORTAL_REDIRECT, web_targets.PORTAL_LOGIN],
)
async def test_a_filter_before_x_is_neither_an_outage_nor_a_way_out(web, fetcher, answer):
    web.says(answer, "x_com")

    assert told(await check_here(fetcher, NOW, url=web.url))["x_com"] == (Health.UNKNOWN, "blocked")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (web_targets.Answer(status=403, headers={"Server": "cloudflare envoy"}), (Health.FINE, "")),
        (web_targets.Answer(status=429), (Health.FINE, "")),
        (web_targets.Answer(status=503), (Health.DOWN, "503")),
    ],
)
async def test_any_answer_of_x_itself_is_a_way_out(web, fetcher, answer, expected):
    web.says(answer, "x_com")

    assert told(await check_here(fetcher, NOW, url=web.url))["x_com"] == expected


async def test_x_is_asked_every_five_minutes_at_most_unless_it_failed(web, fetcher, clock):
    source = NeutralSource(SourceSetup(url=web.url))

    async def poll(minute):
        now = NOW + timedelta(minutes=minute)
        clock.set(now)
        pages = await source.fetch(fetcher, now)
        return told(source.parse(pages, now))

    for minute in range(5):
        assert await poll(minute) == ALL_FINE
    assert web.asked(PLACES["x_com"]) == 1
    assert web.asked(PLACES["google"]) == 5

    web.fails(Fault.RESET, "x_com")
    assert (await poll(5))["x_com"] == (Health.DOWN, "reset")
    assert (await poll(6))["x_com"] == (Health.DOWN, "reset")
    web.heals()
    assert (await poll(7))["x_com"] == (Health.FINE, "")


def test_an_inspecting_proxy_is_named():
    page = Page(
        name="cloudflare", url="https://x/", status=0, fetched_at=NOW, trouble=Trouble.TLS_UNKNOWN_ISSUER
    )  # fmt: skip

    assert told(NeutralSource(SourceSetup()).parse([page], NOW)) == {"cloudflare": (Health.DOWN, "tls_unknown_issuer")}


def test_without_a_page_nothing_is_known():
    with pytest.raises(SourceError):
        NeutralSource(SourceSetup()).parse([], NOW)


@given(
    name=st.sampled_from([*NEUTRAL, "other"]),
    status=st.integers(min_value=0, max_value=999),
    body=st.binary(max_size=300),
    server=st.text(max_size=20),
    trouble=st.one_of(st.none(), st.sampled_from(Trouble)),
)
def test_any_answer_becomes_statements_or_a_refusal(name, status, body, server, trouble):
    page = Page(
        name=name, url="https://x/", status=status, headers={"server": server}, body=body, fetched_at=NOW,
        trouble=trouble,
    )  # fmt: skip
    try:
        seen = NeutralSource(SourceSetup()).parse([page], NOW)
    except SourceError:
        assert name == "other"
    else:
        assert all(each.health is not Health.FINE or 0 < status < 500 for each in seen)
