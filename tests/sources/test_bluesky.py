"""Bluesky: one session for many polls, whose clock is believed, and refusals that are no silence."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.observation import Health, Kind
from bot.http import FetchError, Page
from bot.sources.bluesky import SEARCHES, BlueskySource
from bot.sources.source import SourceError, SourceSetup
from tests.replicas.bluesky import LIFE, PASSWORD, TOKEN, BlueskyReplica
from tests.replicas.faults import Fault
from tests.sources.conftest import running
from tests.sources.reading import NOW, read

CREATE = "/xrpc/com.atproto.server.createSession"
SEARCH = "/xrpc/app.bsky.feed.searchPosts"
DOWN = "Microsoft Teams is down for me"


def minutes(number):
    return timedelta(minutes=number)


@pytest.fixture
async def bluesky(clock):
    async with running(BlueskyReplica(clock.now)) as replica:
        yield replica


@pytest.fixture
def poll(bluesky, fetcher, clock):
    """Reads what is said of Teams; with another `token` as another account."""
    usual = BlueskySource(SourceSetup(url=bluesky.url, token=TOKEN))

    async def ask(token=None):
        source = usual if token is None else BlueskySource(SourceSetup(url=bluesky.url, token=token))
        return (await read(source, fetcher, clock))["teams"]

    return ask


async def refused(poll, *token):
    with pytest.raises((SourceError, FetchError)) as caught:
        await poll(*token)
    return caught.value


def complaints(bluesky, people, *, ago=3):
    for person in range(people):
        bluesky.says(f"{DOWN}, says number {person}", ago=minutes(ago))


async def test_nothing_about_teams_while_others_post_is_quiet(bluesky, poll):
    seen = await poll()

    assert (seen.kind, seen.origin, seen.health) == (Kind.POSTS, "bluesky-users", Health.FINE)
    assert (seen.strength.reports, seen.strength.at_least) == (0, False)
    assert seen.link.startswith("https://bsky.app/search?q=")


async def test_many_people_at_once_are_a_spike(bluesky, poll):
    complaints(bluesky, 8)
    bluesky.says("Teams calls are dead here too #teamsdown", ago=minutes(1))

    seen = await poll()

    assert (seen.health, seen.strength.reports, seen.strength.authors) == (Health.DOWN, 9, 9)
    assert seen.said_at == NOW - minutes(1)
    assert seen.text == ""


async def test_hits_total_is_no_count(bluesky, poll):
    complaints(bluesky, 1)

    assert (await poll()).strength.reports == 1


async def test_bridged_accounts_and_repeats_are_no_voices(bluesky, poll):
    bluesky.says(f"{DOWN} since nine", ago=minutes(4), who="did:plc:me")
    bluesky.says(f"{DOWN} and it goes on", ago=minutes(2), who="did:plc:me")
    bluesky.says(f"{DOWN} elsewhere", ago=minutes(2), handle="me.a.example.ap.brid.gy")
    bluesky.says(f"{DOWN} on my own site", ago=minutes(2), handle="a.example.web.brid.gy")

    assert (await poll()).strength.reports == 1


@pytest.mark.parametrize(
    ("created", "counts"),
    [(minutes(3), 1), (minutes(40), 0), (minutes(61), 0), (timedelta(days=365), 0), (minutes(-1), 1), (minutes(-9), 0)],
)
async def test_the_authors_clock_is_believed_within_reason(bluesky, poll, created, counts):
    bluesky.says(DOWN, ago=minutes(1), created=created)

    assert (await poll()).strength.reports == counts


async def test_a_deleted_post_is_gone_with_the_next_poll(bluesky, poll):
    complaints(bluesky, 2)
    await poll()
    bluesky.skeets.pop()

    assert (await poll()).strength.reports == 1


@pytest.mark.parametrize("short", [False, True])
async def test_a_flood_is_read_in_pages_and_said_to_be_at_least_so_many(bluesky, poll, short):
    bluesky.short_pages = short
    complaints(bluesky, 250)

    seen = await poll()

    assert seen.strength.reports == (14 if short else 200)
    assert seen.strength.at_least
    assert seen.health is Health.DOWN
    first = [call.query for call in bluesky.calls if call.query.get("q") == SEARCHES[0]]
    assert ["cursor" in query for query in first] == [False, True]


async def test_a_search_that_stands_still_is_not_quiet(bluesky, poll):
    bluesky.moves = False

    assert "stands still" in (await refused(poll)).reason


async def test_one_session_serves_many_polls(bluesky, poll, clock):
    for minute in range(0, 60, 5):
        clock.set(NOW + minutes(minute))
        await poll()

    assert (bluesky.sessions, bluesky.refreshes) == (1, 0)


async def test_a_session_that_has_run_out_is_renewed_not_made_anew(bluesky, poll, clock):
    await poll()
    clock.set(NOW + LIFE)
    await poll()

    assert (bluesky.sessions, bluesky.refreshes) == (1, 1)


async def test_where_it_can_not_be_renewed_a_new_one_is_made(bluesky, poll, clock):
    await poll()
    bluesky.refresh_tokens.clear()
    clock.set(NOW + LIFE)

    assert (await poll()).health is Health.FINE
    assert bluesky.sessions == 2


async def test_a_wrong_password_is_named_and_never_shown(bluesky, poll):
    error = await refused(poll, "me.example:wrong-pass")

    assert (error.reason, error.http_status) == ("401 handle or app password refused", 401)
    assert "wrong-pass" not in f"{error} {error!r}"
    assert len(bluesky.calls) == 1


@pytest.mark.parametrize("token", [PASSWORD, f"name:{PASSWORD}", "name.example:", ":"])
async def test_an_account_in_another_form_costs_no_try(bluesky, poll, token):
    error = await refused(poll, token)

    assert "SOURCE_BLUESKY_TOKEN" in error.reason
    assert PASSWORD not in error.reason
    assert not bluesky.calls


async def test_too_many_sessions_are_waited_for(bluesky, poll):
    bluesky.session_limit = 0

    error = await refused(poll)

    assert (error.reason, error.retry_at) == ("429 too many sessions", NOW + timedelta(hours=3))


async def test_throttled_it_waits_for_the_named_moment(bluesky, poll, clock):
    bluesky.limit = len(SEARCHES) + 1
    await poll()
    clock.set(NOW + minutes(2))

    error = await refused(poll)

    assert (error.reason, error.retry_at) == ("429 throttled", NOW + minutes(5))


async def test_a_refusal_without_a_reason_is_no_silence_and_is_waited_out(bluesky, poll):
    bluesky.opaque_after = 2

    error = await refused(poll)

    assert (error.reason, error.http_status) == ("403 refused without a reason", 403)
    assert error.retry_at == NOW + minutes(30)
    assert bluesky.asked(SEARCH) == 3


@pytest.mark.parametrize("path", [CREATE, SEARCH])
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in {Fault.HANGS, Fault.DRIP}])
async def test_no_failure_reads_as_quiet(bluesky, poll, fault, path):
    bluesky.faults[path] = fault

    assert str(await refused(poll))
    assert len(bluesky.calls) <= 4


VIEW = st.fixed_dictionaries(
    {},
    optional={
        "uri": st.one_of(st.text(max_size=5), st.none()),
        "author": st.one_of(st.none(), st.just({"did": "a", "handle": "b"}), st.just({"did": 7})),
        "record": st.fixed_dictionaries(
            {
                "createdAt": st.sampled_from(
                    ["", "2026-11-24T08:59:00Z", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
                )
            },
            optional={"text": st.one_of(st.text(), st.just(DOWN)), "langs": st.lists(st.text(max_size=3), max_size=2)},
        ),
        "indexedAt": st.sampled_from(["", "2026-11-24T08:59:30.5Z", "2099-12-31T23:59:59Z", "2000-01-01T00:00:00Z"]),
    },
)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda views, cursor: json.dumps({"posts": views, "cursor": cursor}).encode(),
            st.lists(VIEW, max_size=4),
            st.one_of(st.text(max_size=3), st.none(), st.integers()),
        ),
    ),
    st.sampled_from([200, 200, 200, 0, 400, 401, 403, 429, 500]),
    st.text(max_size=12),
)
def test_any_bytes_become_a_count_or_a_refusal(body, status, reset):
    page = {
        "url": "https://x/",
        "status": status,
        "body": body,
        "fetched_at": NOW,
        "headers": {"ratelimit-reset": reset},
    }
    try:
        [seen] = BlueskySource(SourceSetup()).parse([Page(name=name, **page) for name in SEARCHES], NOW)
    except SourceError:
        return
    assert seen.strength.reports >= 0
