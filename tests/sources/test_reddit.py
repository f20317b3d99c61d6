"""Reddit: threads are counted, a token lasts its day, and a block page is no silence."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.observation import Health, Kind
from bot.http import FetchError, Page
from bot.sources.reddit import LISTINGS, RedditSource
from bot.sources.source import SourceError, SourceSetup
from tests.replicas.faults import Fault
from tests.replicas.reddit import LIFE, TOKEN, RedditReplica, Refusal
from tests.sources.conftest import running
from tests.sources.reading import NOW, read

TOKEN_PATH, NEW, SEARCH = "/api/v1/access_token", "/r/MicrosoftTeams/new", "/r/sysadmin/search"
DOWN = "Microsoft Teams is down for us"


def minutes(number):
    return timedelta(minutes=number)


@pytest.fixture
async def reddit(clock):
    async with running(RedditReplica(clock.now)) as replica:
        yield replica


@pytest.fixture
def poll(reddit, fetcher, clock):
    """Reads what is said of Teams; with another `token` as another app."""
    usual = RedditSource(SourceSetup(url=reddit.url, token=TOKEN))

    async def ask(token=None):
        source = usual if token is None else RedditSource(SourceSetup(url=reddit.url, token=token))
        return (await read(source, fetcher, clock))["teams"]

    return ask


async def refused(poll, *token):
    with pytest.raises((SourceError, FetchError)) as caught:
        await poll(*token)
    return caught.value


async def test_no_thread_about_trouble_while_others_write_is_quiet(poll):
    seen = await poll()

    assert (seen.kind, seen.origin, seen.health) == (Kind.POSTS, "reddit-users", Health.FINE)
    assert (seen.strength.reports, seen.strength.at_least) == (0, False)
    assert seen.link == "https://www.reddit.com/r/MicrosoftTeams/new/"


async def test_threads_of_both_places_are_counted_together(reddit, poll):
    for person in range(5):
        reddit.says(f"{DOWN} in office {person}", ago=minutes(person + 3))
    reddit.says("Teams outage in Europe, anyone else?", ago=minutes(2), subreddit="sysadmin")
    reddit.says("Printers again", ago=minutes(2), subreddit="sysadmin")

    seen = await poll()

    assert (seen.health, seen.strength.reports, seen.strength.authors) == (Health.DOWN, 6, 6)
    assert seen.said_at == NOW - minutes(2)
    assert seen.text == ""


async def test_removed_threads_are_gone(reddit, poll):
    reddit.says(f"{DOWN} today", ago=minutes(2), removed=True)
    reddit.says(f"{DOWN} today", ago=minutes(2), text="[deleted]", author="[deleted]")
    reddit.says(f"{DOWN} in Rome", ago=minutes(2))

    assert (await poll()).strength.reports == 1


async def test_a_flood_is_read_in_pages_and_said_to_be_at_least_so_many(reddit, poll):
    for person in range(250):
        reddit.says(f"{DOWN} at site {person}", ago=minutes(1 + person / 50))

    seen = await poll()

    assert (seen.strength.reports, seen.strength.at_least) == (200, True)
    assert seen.health is Health.DOWN
    assert ["after" in call.query for call in reddit.calls if call.path == NEW] == [False, True]


async def test_listings_that_stand_still_are_not_quiet(reddit, poll):
    reddit.moves = False

    assert "stand still" in (await refused(poll)).reason


async def test_we_name_ourselves_as_they_want_it(reddit, poll):
    await poll()

    assert {call.headers["user-agent"] for call in reddit.calls} == {"server:notjustyou.app-id:v1 (by /u/somebody)"}


async def test_a_token_lasts_its_day(reddit, poll, clock):
    for hour in range(0, 24, 4):
        clock.set(NOW + timedelta(hours=hour))
        await poll()
    assert reddit.issued == 1
    clock.set(NOW + LIFE)
    await poll()
    assert reddit.issued == 2


async def test_a_token_that_is_refused_is_asked_for_anew_once(reddit, poll):
    await poll()
    reddit.tokens.clear()
    assert (await poll()).health is Health.FINE
    reddit.faults[NEW] = Fault.UNAUTHORIZED
    reddit.calls.clear()

    assert (await refused(poll)).http_status == 401
    assert (reddit.asked(TOKEN_PATH), reddit.asked(NEW)) == (1, 2)


@pytest.mark.parametrize("token", ["app-id", "app-id:", ":x:y", "a:b:c:d", "app-id:secret:n\u00e4me"])
async def test_an_app_in_another_form_costs_no_try(reddit, poll, token):
    error = await refused(poll, token)

    assert "SOURCE_REDDIT_TOKEN" in error.reason
    assert "secret:n" not in error.reason
    assert not reddit.calls


async def test_wrong_credentials_are_named_and_never_shown(poll):
    error = await refused(poll, "app-id:wrong-secret")

    assert (error.reason, error.http_status) == ("401 app credentials refused", 401)
    assert "wrong-secret" not in f"{error} {error!r}"


@pytest.mark.parametrize(
    ("refusal", "words", "wait"),
    [
        (Refusal.BLOCKED, "403 blocked: a page instead of data", timedelta(hours=6)),
        (Refusal.BLOCKED_200, "200 blocked: a page instead of data", timedelta(hours=6)),
        (Refusal.THROTTLED_200, "429 throttled", minutes(10)),
        (Refusal.THROTTLED_AT_ONCE, "429 throttled", timedelta(seconds=61)),
        (Refusal.GRANT, "200 refused: an error instead of data", None),
    ],
)
async def test_each_refusal_is_named_waited_out_and_never_a_zero(reddit, poll, refusal, words, wait):
    reddit.refusal = refusal

    error = await refused(poll)

    assert error.reason == words
    assert error.retry_at == (wait and NOW + wait)


async def test_the_wait_is_read_as_seconds_left(reddit, poll, clock):
    reddit.limit = 3
    await poll()
    clock.set(NOW + minutes(4))

    error = await refused(poll)

    assert (error.reason, error.retry_at) == ("429 throttled", NOW + minutes(10))


async def test_a_used_up_allowance_ends_the_round_and_the_count_says_at_least(reddit, poll):
    reddit.says(DOWN, ago=minutes(2))
    reddit.limit = 1

    assert (await poll()).strength.at_least
    assert reddit.asked(SEARCH) == 0


@pytest.mark.parametrize("path", [TOKEN_PATH, NEW, SEARCH])
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in {Fault.HANGS, Fault.DRIP}])
async def test_no_failure_reads_as_quiet(reddit, poll, fault, path):
    reddit.faults[path] = fault

    assert str(await refused(poll))
    assert len(reddit.calls) <= 6


THREAD = st.fixed_dictionaries(
    {"name": st.one_of(st.text(max_size=5), st.none())},
    optional={
        "created_utc": st.one_of(st.floats(allow_nan=False), st.integers(), st.just(NOW.timestamp() - 60)),
        "title": st.one_of(st.text(), st.just(DOWN)),
        "selftext": st.one_of(st.none(), st.just("[removed]")),
        "author": st.one_of(st.none(), st.just("[deleted]"), st.text(max_size=3)),
    },
)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda threads, after: json.dumps(
                {
                    "kind": "Listing",
                    "data": {"children": [{"kind": "t3", "data": each} for each in threads], "after": after},
                }
            ).encode(),
            st.lists(THREAD, max_size=4),
            st.one_of(st.text(max_size=3), st.none()),
        ),
        st.builds(lambda error: json.dumps({"error": error}).encode(), st.one_of(st.integers(), st.text(max_size=5))),
    ),
    st.sampled_from([200, 200, 200, 0, 401, 403, 404, 429, 503]),
    st.text(max_size=8),
)
def test_any_bytes_become_a_count_or_a_refusal(body, status, reset):
    headers = {"x-ratelimit-reset": reset, "x-ratelimit-remaining": reset, "retry-after": reset}
    page = {"url": "https://x/", "status": status, "body": body, "fetched_at": NOW, "headers": headers}
    try:
        [seen] = RedditSource(SourceSetup()).parse([Page(name=name, **page) for name in LISTINGS], NOW)
    except SourceError:
        return
    assert seen.strength.reports >= 0
