"""Mastodon: who counts as a voice, what is usual, how far a listing reaches, and how servers refuse."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SettableClock
from bot.domain.observation import Health
from bot.http import Fetcher, Page, new_client
from bot.sources.mastodon import BUSY, LISTINGS, SERVERS, MastodonSource
from bot.sources.source import SourceError, SourceSetup
from tests.replicas.faults import Fault
from tests.replicas.mastodon import Access, MastodonReplica

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DOWN = "Microsoft Teams is down for me"


def minutes(number):
    return timedelta(minutes=number)


@pytest.fixture
def clock():
    return SettableClock(NOW)


@pytest.fixture
async def server(clock):
    replica = MastodonReplica(clock.now)
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def other_server(clock):
    replica = MastodonReplica(clock.now)
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def read(clock):
    async with new_client() as client:
        fetcher = Fetcher(client, clock, within=timedelta(seconds=5))

        async def ask(*servers):
            source = MastodonSource(SourceSetup(url=",".join(server.url for server in servers)))
            return source.parse(await source.fetch(fetcher, clock.now()), clock.now())

        yield ask


def complaints(server, people, *, ago=5):
    for person in range(people):
        server.says(f"{DOWN}, says number {person}", ago=minutes(ago), author=f"person{person}@a.example")


async def test_an_empty_listing_of_a_working_server_is_quiet(read, server):
    [seen] = await read(server)

    assert seen.health is Health.FINE
    assert seen.strength.reports == 0
    assert seen.strength.usual < 0.1
    assert (seen.said_at, seen.since) == (None, None)
    assert seen.link.endswith("/tags/microsoftteamsdown")


async def test_many_people_at_once_are_a_spike_with_the_newest_moment(read, server):
    complaints(server, 9)
    server.says(f"{DOWN}, just now", ago=minutes(1))

    [seen] = await read(server)

    assert seen.health is Health.DOWN
    assert (seen.strength.reports, seen.strength.authors) == (10, 10)
    assert seen.said_at == NOW - minutes(1)
    assert seen.origin == "mastodon-users"
    assert seen.text == ""


async def test_bots_copies_boosts_bridges_and_repeats_are_no_voices(read, server):
    server.says(f"{DOWN} today", author="one@a.example", ago=minutes(3))
    server.says(f"{DOWN} again and again", author="one@a.example", ago=minutes(2))
    server.says(f"{DOWN} #today https://a.example", author="copy@a.example", ago=minutes(2))
    server.says(f"{DOWN}, says a bot", bot=True)
    server.says(f"{DOWN}, says somebody elsewhere", author="u@bsky.brid.gy")

    [seen] = await read(server)

    assert seen.strength.reports == 1


async def test_posts_that_report_nothing_do_not_count(read, server):
    server.says("Our two teams played well tonight", tags=("teamsdown",))
    server.says("What a night, we lost again #nfl", tags=("teamsdown",))
    server.says("Microsoft Teams is back up, everything works again")
    server.says("New webinar about Microsoft Teams", tags=("microsoftteams",))

    [seen] = await read(server)

    assert seen.strength.reports == 0
    assert seen.health is Health.FINE


async def test_a_complaint_under_the_general_tag_counts_too(read, server):
    server.says("Microsoft Teams is down here in Oslo", tags=("microsoftteams",))

    [seen] = await read(server)

    assert seen.strength.reports == 1


async def test_the_usual_is_learnt_from_the_listing(read, server):
    [never] = await read(server)
    for day in range(1, 7):
        for quarter in range(-4, 5):
            server.says(f"{DOWN}, day {day}, {quarter}", ago=timedelta(days=day, minutes=15 * quarter + 3))

    [daily] = await read(server)

    assert never.strength.usual < 0.1
    assert daily.strength.usual == pytest.approx(1, abs=0.3)


async def test_a_rise_tells_since_when_it_has_lasted(read, server):
    for minute in range(1, 40, 2):
        server.says(f"{DOWN} and it is minute {minute}", ago=minutes(minute))

    [seen] = await read(server)

    assert seen.since == NOW - minutes(39)


async def test_a_flood_is_read_in_pages_and_said_to_be_at_least_so_many(read, server):
    complaints(server, 150, ago=2)

    [seen] = await read(server)

    assert seen.strength.reports == 120
    assert seen.strength.at_least
    assert seen.strength.usual is None
    assert seen.health is Health.DOWN
    asked = [call.query for call in server.calls if call.path.endswith("/microsoftteamsdown")]
    assert ["max_id" in query for query in asked] == [False, True, True]
    assert all(query["any[]"] for query in asked)


async def test_a_listing_that_reaches_back_a_day_needs_no_second_page(read, server):
    for hour in range(1, 60):
        server.says(f"{DOWN} in hour {hour} of this", ago=timedelta(hours=hour))

    await read(server)

    assert server.asked("/api/v1/timelines/tag/microsoftteamsdown") == 1


async def test_a_post_that_arrives_late_is_still_counted(read, server):
    complaints(server, 3, ago=1)
    await read(server)
    server.says(f"{DOWN}, written on the train", ago=minutes(9))

    [seen] = await read(server)

    assert seen.strength.reports == 4


async def test_the_same_post_on_two_servers_is_one_voice(read, server, other_server):
    server.says(f"{DOWN} in Rome", uri="https://a.example/1", author="me@a.example", ago=minutes(2))
    other_server.says(f"{DOWN} in Rome", uri="https://a.example/1", author="me@a.example", ago=minutes(2))

    [seen] = await read(server, other_server)

    assert seen.strength.reports == 1


async def test_one_dead_server_is_said_and_the_other_one_counts(read, server, other_server):
    complaints(server, 1)
    await other_server.dies()

    counted, unread = await read(server, other_server)

    assert counted.strength.reports == 1
    assert unread.health is Health.UNREACHABLE
    assert "connect" in unread.text


@pytest.mark.parametrize(("access", "status"), [(Access.MEMBERS, 401), (Access.MEMBERS_OLD, 422)])
async def test_a_server_that_shows_tags_to_members_only_is_not_quiet(read, server, access, status):
    server.access = access

    with pytest.raises(SourceError, match="members") as refused:
        await read(server)

    assert refused.value.http_status == status


async def test_a_throttled_server_names_the_moment_in_its_own_header(read, server, clock):
    server.limit = 3
    await read(server)
    clock.set(NOW + minutes(1))

    with pytest.raises(SourceError, match="429") as throttled:
        await read(server)

    assert throttled.value.retry_at == NOW + minutes(5)


async def test_an_exhausted_allowance_ends_the_paging(read, server):
    complaints(server, 150, ago=2)
    server.limit = 2

    [seen] = await read(server)

    assert len(server.calls) == 2
    assert seen.strength.at_least


@pytest.mark.parametrize(
    "fault",
    [Fault.FORBIDDEN, Fault.SERVER_ERROR, Fault.CHALLENGE, Fault.HTML, Fault.NONSENSE, Fault.EMPTY, Fault.RESET,
     Fault.BROKEN_JSON, Fault.HUGE, Fault.BOMB],
)  # fmt: skip
async def test_no_failure_reads_as_quiet(read, server, fault):
    server.fault = fault

    with pytest.raises(SourceError):
        await read(server)


async def test_an_unknown_tag_counts_as_no_posts(read, server):
    for tag in LISTINGS:
        server.faults[f"/api/v1/timelines/tag/{tag}"] = Fault.NOT_FOUND

    [seen] = await read(server)

    assert (seen.strength.reports, seen.strength.at_least) == (0, False)


async def test_an_empty_list_of_a_server_that_stands_still_is_no_count(read, server):
    server.moves = False

    with pytest.raises(SourceError, match="no new posts"):
        await read(server)


async def test_a_server_that_answers_guests_with_empty_lists_is_not_quiet(read, server, other_server):
    server.access = Access.SILENT
    complaints(other_server, 2)

    counted, unread = await read(server, other_server)

    assert counted.strength.reports == 2
    assert unread.health is Health.UNREACHABLE
    assert "no new posts" in unread.text


async def test_busy_tags_are_asked_only_while_ours_are_quiet(read, server):
    complaints(server, 1, ago=3)

    await read(server)

    assert server.asked(f"/api/v1/timelines/tag/{BUSY}") == 0


async def test_a_server_without_its_second_tag_counts_at_least(read, server):
    complaints(server, 2)
    server.faults["/api/v1/timelines/tag/microsoftteams"] = Fault.SERVER_ERROR

    counted, unread = await read(server)

    assert (counted.strength.reports, counted.strength.at_least) == (2, True)
    assert unread.health is Health.UNREACHABLE


async def test_a_server_that_wants_no_guests_is_left_alone_while_the_other_goes_on(clock, server, other_server):
    server.access = Access.MEMBERS
    source = MastodonSource(SourceSetup(url=f"{server.url},{other_server.url}"))
    async with new_client() as client:
        fetcher = Fetcher(client, clock)
        for minute in range(0, 20, 2):
            clock.set(NOW + minutes(minute))
            counted, unread = source.parse(await source.fetch(fetcher, clock.now()), clock.now())
            assert (counted.health, unread.health) == (Health.FINE, Health.UNREACHABLE)

    assert server.asked("/api/v1/timelines/tag/microsoftteamsdown") == 2
    assert other_server.asked("/api/v1/timelines/tag/microsoftteamsdown") == 10


def test_by_default_more_than_one_server_is_read():
    assert len(SERVERS) > 1


POST = st.fixed_dictionaries(
    {},
    optional={
        "uri": st.one_of(st.text(max_size=5), st.none()),
        "created_at": st.one_of(st.text(max_size=5), st.just("2026-11-24T08:55:00.000Z"), st.just("9999-99-99")),
        "content": st.one_of(st.text(), st.just("Microsoft Teams is down"), st.integers()),
        "account": st.one_of(st.none(), st.just({"acct": "a"}), st.just({"acct": "b", "bot": True})),
    },
)
JSON = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)), st.lists, max_leaves=5)


def page(body, status=200, headers=None):
    return Page(
        name="a.example/microsoftteamsdown", url="https://a.example/", status=status, headers=headers or {}, body=body,
        fetched_at=NOW,
    )  # fmt: skip


@given(st.one_of(st.binary(max_size=200), st.lists(st.one_of(POST, JSON), max_size=4).map(
    lambda value: __import__("json").dumps(value).encode()
)), st.sampled_from([200, 200, 200, 204, 301, 401, 404, 429, 500]), st.text(max_size=60))  # fmt: skip
def test_any_bytes_become_a_count_or_a_refusal(body, status, link):
    source = MastodonSource(SourceSetup())
    headers = {"link": f'<{link}>; rel="next"', "x-ratelimit-reset": link}
    try:
        seen = source.parse([page(body, status, headers)], NOW)
    except SourceError:
        return
    assert all(each.strength.reports >= 0 for each in seen)


def test_without_a_page_there_is_no_count():
    with pytest.raises(SourceError):
        MastodonSource(SourceSetup()).parse([], NOW)
