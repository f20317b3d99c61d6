"""Hacker News: who counts as a voice, how far the search reaches, and an index that stands still."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.observation import Health, Kind
from bot.http import Page
from bot.sources.hn import PHRASES, HnSource
from bot.sources.source import SourceError, SourceSetup
from tests.replicas.faults import Fault
from tests.replicas.hn import HnReplica
from tests.sources.conftest import running
from tests.sources.reading import NOW, read, refusal

SEARCH = "/api/v1/search_by_date"


def minutes(number):
    return timedelta(minutes=number)


@pytest.fixture
async def hn(clock):
    async with running(HnReplica(clock.now)) as replica:
        yield replica


@pytest.fixture
def source(hn):
    return HnSource(SourceSetup(url=hn.url))


async def test_nothing_about_teams_in_a_living_index_is_quiet(hn, source, fetcher, clock):
    seen = (await read(source, fetcher, clock))["teams"]

    assert (seen.kind, seen.origin, seen.health) == (Kind.POSTS, "hn-users", Health.FINE)
    assert (seen.strength.reports, seen.strength.at_least) == (0, False)
    assert seen.strength.usual < 0.1
    assert seen.link.startswith("https://hn.algolia.com/?query=%22microsoft+teams%22")


async def test_stories_and_comments_of_several_people_are_a_spike(hn, source, fetcher, clock):
    hn.says("Microsoft Teams is down", ago=minutes(12))
    for person in range(6):
        hn.says(f"Microsoft Teams is down here in city {person}", ago=minutes(person + 2), comment=True)

    seen = (await read(source, fetcher, clock))["teams"]

    assert (seen.health, seen.strength.reports, seen.strength.authors) == (Health.DOWN, 7, 7)
    assert (seen.said_at, seen.since) == (NOW - minutes(2), NOW - minutes(12))
    assert seen.text == ""


async def test_an_item_found_by_two_phrases_is_one_voice(hn, source, fetcher, clock):
    hn.says("Microsoft Teams down? Teams outage in Europe", ago=minutes(3))

    assert (await read(source, fetcher, clock))["teams"].strength.reports == 1


async def test_one_person_in_one_hour_is_one_voice(hn, source, fetcher, clock):
    for minute in (2, 5, 9):
        hn.says(f"Microsoft Teams is down, {minute} minutes now", ago=minutes(minute), author="me", comment=True)

    assert (await read(source, fetcher, clock))["teams"].strength.reports == 1


async def test_a_deleted_item_is_gone_with_the_next_poll(hn, source, fetcher, clock):
    hn.says("Microsoft Teams is down", ago=minutes(3))
    await read(source, fetcher, clock)
    hn.items.clear()

    assert (await read(source, fetcher, clock))["teams"].strength.reports == 0


@pytest.mark.parametrize("exact", [True, False])
async def test_a_flood_is_read_in_slices_of_time_and_said_to_be_at_least_so_many(hn, source, fetcher, clock, exact):
    hn.exact = exact
    for person in range(150):
        hn.says(f"Microsoft Teams is down for company {person}", ago=timedelta(seconds=30 + person * 2))

    seen = (await read(source, fetcher, clock))["teams"]

    assert 90 <= seen.strength.reports <= 100
    assert seen.strength.at_least
    assert seen.health is Health.DOWN
    filters = [call.query["numericFilters"] for call in hn.calls if call.query.get("query") == PHRASES[0]]
    assert ["<=" in text for text in filters] == [False, True]


async def test_an_index_that_stands_still_is_not_quiet(hn, source, fetcher, clock):
    hn.stops()
    clock.set(NOW + minutes(40))

    error = await refusal(source, fetcher, clock)

    assert error.reason == "index stands still: no new story"


async def test_the_newest_story_is_asked_for_only_while_ours_are_old(hn, source, fetcher, clock):
    await read(source, fetcher, clock)
    assert len(hn.calls) == len(PHRASES) + 1
    hn.says("Microsoft Teams and its new icons", ago=minutes(1))
    hn.calls.clear()

    await read(source, fetcher, clock)

    assert len(hn.calls) == len(PHRASES)


async def test_only_windows_of_time_are_filtered_by(hn, source, fetcher, clock):
    await read(source, fetcher, clock)

    assert {call.path for call in hn.calls} == {SEARCH}
    assert all(call.query.get("numericFilters", "created_at_i>0").startswith("created_at_i>") for call in hn.calls)
    assert all("author" not in call.query.get("tags", "") for call in hn.calls)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in {Fault.HANGS, Fault.DRIP}])
async def test_no_failure_reads_as_quiet(hn, source, fetcher, clock, fault):
    hn.fault = fault

    assert str(await refusal(source, fetcher, clock))
    assert len(hn.calls) <= 2  # a redirect asks twice


async def test_what_is_shown_of_a_page_that_can_not_be_read_is_no_zero(hn, source, fetcher, clock):
    pages = list(await source.fetch(fetcher, clock.now()))
    pages[1] = Page(name=PHRASES[1], url="https://x/", status=503, fetched_at=NOW)

    with pytest.raises(SourceError, match="503"):
        source.parse(pages, NOW)


HIT = st.fixed_dictionaries(
    {
        "objectID": st.one_of(st.text(max_size=5), st.integers()),
        "created_at_i": st.one_of(st.integers(), st.none(), st.just(int(NOW.timestamp()) - 60)),
    },
    optional={"author": st.one_of(st.none(), st.text(max_size=4)), "title": st.one_of(st.none(), st.text())},
)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda hits, number, exact: json.dumps(
                {"hits": hits, "nbHits": number, "exhaustiveNbHits": exact}
            ).encode(),
            st.lists(HIT, max_size=4),
            st.one_of(st.integers(-5, 5000), st.none()),
            st.sampled_from([True, False, None]),
        ),
    ),
    st.sampled_from([200, 200, 200, 0, 204, 304, 400, 429, 500]),
)
def test_any_bytes_become_a_count_or_a_refusal(body, status):
    page = {"url": "https://x/", "status": status, "body": body, "fetched_at": NOW}
    try:
        [seen] = HnSource(SourceSetup()).parse([Page(name=name, **page) for name in PHRASES], NOW)
    except SourceError:
        return
    assert seen.strength.reports >= 0
