"""X: counts against the usual, Microsoft's own posts, and every way of saying no."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SettableClock
from bot.domain.observation import Feature, Health, Kind
from bot.http import Fetcher, Page, new_client
from bot.sources import x_counts
from bot.sources.source import SourceError, SourceSetup
from bot.sources.x import QUERY, XSource
from bot.sources.x_official import health_of
from tests.replicas.faults import Fault
from tests.replicas.x import TOKEN, Refusal, XReplica

NOW = datetime(2026, 11, 24, 9, 0, 20, tzinfo=UTC)
COUNTS = "/2/tweets/counts/recent"
SEARCH = "/2/tweets/search/recent"


def minutes(number):
    return timedelta(minutes=number)


@pytest.fixture
def clock():
    return SettableClock(NOW)


@pytest.fixture
async def api(clock):
    replica = XReplica(clock.now)
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def read(api, clock):
    async with new_client() as client:
        fetcher = Fetcher(client, clock, within=timedelta(seconds=5))
        source = XSource(SourceSetup(url=api.url, token=TOKEN))

        async def ask():
            return source.parse(await source.fetch(fetcher, clock.now()), clock.now())

        yield ask


def usual_day(api):
    for hour in range(2, 24):
        api.complain(4, ago=timedelta(hours=hour))


@pytest.mark.parametrize("names", ["tweet", "post"])
async def test_a_quiet_quarter_of_an_hour_is_fine_against_the_usual(api, read, names):
    api.names = names
    usual_day(api)
    api.complain(1)

    [seen] = await read()

    assert (seen.kind, seen.origin, seen.health) == (Kind.POSTS, "x-users", Health.FINE)
    assert seen.strength.reports == 1
    assert seen.strength.usual == pytest.approx(0.93, abs=0.1)
    assert seen.strength.authors is None


async def test_a_wave_of_posts_is_a_spike_with_the_newest_minute(api, read):
    usual_day(api)
    api.complain(60, ago=minutes(4))

    [seen] = await read()

    assert seen.health is Health.DOWN
    assert seen.strength.reports == 60
    assert seen.said_at == NOW.replace(second=0) - minutes(3)
    assert seen.link.startswith("https://x.com/search?q=%23microsoftteamsdown")


def test_the_question_fits_what_self_service_allows():
    assert len(QUERY) <= 512
    assert "#microsoftteamsdown" in QUERY
    assert "#teamsdown" in QUERY


async def test_counts_cost_money_and_are_asked_seldom_while_all_is_calm(api, read, clock):
    for minute in range(0, 10, 2):
        clock.set(NOW + minutes(minute))
        await read()

    assert api.asked(COUNTS) == 2 + 1  # once for the word that is never quiet
    assert api.asked(SEARCH) == 5
    assert api.spent == 15  # empty searches cost nothing


async def test_counts_are_asked_each_time_while_something_is_unusual(api, read, clock):
    api.complain(60, ago=minutes(4))
    for minute in range(0, 6, 2):
        clock.set(NOW + minutes(minute))
        await read()

    assert api.asked(COUNTS) == 3


async def test_microsofts_post_becomes_its_word_with_number_part_and_region(api, read):
    api.official("We're investigating an issue with Microsoft Teams meetings in Europe. See TM1234567 for details.")

    official = next(each for each in await read() if each.kind is Kind.OFFICIAL_PUBLIC)

    assert (official.key, official.text) == ("TM1234567", "")  # its words may only be shown by X itself
    assert (official.origin, official.service) == ("microsoft", "teams")
    assert (official.health, official.feature, official.region) == (Health.DEGRADED, Feature.MEETINGS, "Europe")
    assert official.said_at == NOW.replace(microsecond=0) - minutes(1)
    assert official.link == f"https://x.com/i/status/{api.posts[0].id}"


async def test_the_newest_post_about_an_incident_speaks(api, read):
    api.official("We're investigating reports of an issue with Microsoft Teams. TM1234567", ago=minutes(90))
    api.official("We've confirmed that service has been restored for Microsoft Teams. TM1234567", ago=minutes(3))

    official = next(each for each in await read() if each.kind is Kind.OFFICIAL_PUBLIC)

    assert official.health is Health.FINE
    assert official.since == official.said_at - minutes(87)
    assert official.ends_at == official.said_at


async def test_advertising_is_no_word_about_incidents(api, read):
    api.official("Meet smarter: try the new Microsoft Teams backgrounds today!")
    api.official("Our teams are investigating how you work in 2026.")

    assert [each.kind for each in await read()] == [Kind.POSTS]


async def test_other_services_incidents_are_filed_under_their_own_name(api, read):
    api.official("We're investigating delays with Exchange Online mail. EX7654321")
    api.official("We're investigating an issue with several Microsoft 365 services. MO1111111", ago=minutes(5))

    seen = {each.key: each.service for each in await read() if each.kind is Kind.OFFICIAL_PUBLIC}

    assert seen == {"EX7654321": "exchange", "MO1111111": "m365"}


@pytest.mark.parametrize(
    ("text", "health"),
    [
        ("We're investigating an issue where users may be unable to access Microsoft Teams.", Health.DOWN),
        ("Some users may be unable to access Microsoft Teams.", Health.DEGRADED),
        ("There is an outage of Microsoft Teams.", Health.DOWN),
        ("We've identified an issue with Teams chat delays.", Health.DEGRADED),
        ("We've confirmed after monitoring that the issue is resolved.", Health.FINE),
        ("The issue has been mitigated and service is restored.", Health.FINE),
        ("Service has returned to normal for all users.", Health.FINE),
        ("Teams isn't fully restored yet; we're working on it.", Health.DEGRADED),
        ("Most users are recovered; some are still having problems.", Health.DEGRADED),
        ("We'll share more once service is restored.", Health.DEGRADED),
        ("More information in the admin center.", Health.UNKNOWN),
    ],
)
def test_the_state_follows_the_wording(text, health):
    assert health_of(text) is health


@pytest.mark.parametrize(
    ("refusal", "status", "words"),
    [
        (Refusal.CREDITS, 402, "402 credits used up"),
        (Refusal.CAP, 429, "429 monthly cap reached"),
        (Refusal.SPENDING, 403, "403 spending limit reached"),
        (Refusal.ENROLMENT, 403, "403 app not enrolled for this call"),
        (Refusal.WRONG_KIND, 403, "403 wrong kind of token"),
    ],
)
async def test_a_refusal_is_named_and_never_a_zero(api, read, refusal, status, words):
    api.refusal = refusal

    with pytest.raises(SourceError) as refused:
        await read()

    assert (refused.value.http_status, refused.value.reason) == (status, words)


async def test_spent_credits_are_noticed(api, read):
    api.credits = 5
    api.complain(1)

    seen = await read()

    assert [(each.key, each.health) for each in seen] == [
        ("teams", Health.FINE), ("official", Health.UNREACHABLE),
    ]  # fmt: skip
    assert seen[1].text == "official: 402 credits used up"


async def test_the_monthly_cap_is_waited_for_until_the_next_month(api, read):
    api.refusal = Refusal.CAP

    with pytest.raises(SourceError) as refused:
        await read()

    assert refused.value.retry_at == datetime(2026, 12, 1, tzinfo=UTC)


async def test_throttled_it_waits_for_the_named_moment_and_asks_nothing_before(api, read, clock):
    api.limit = 0

    with pytest.raises(SourceError, match="429 throttled") as throttled:
        await read()
    clock.set(NOW + minutes(10))
    with pytest.raises(SourceError, match="429 throttled"):
        await read()

    assert throttled.value.retry_at == NOW.replace(microsecond=0) + minutes(15)
    assert len(api.calls) == 2
    api.limit = 300
    clock.set(NOW + minutes(15))
    assert (await read())[0].health is Health.FINE


async def test_a_wrong_token_is_refused_and_never_shown(api, clock):
    async with new_client() as client:
        source = XSource(SourceSetup(url=api.url, token="not-the-token"))  # noqa: S106 - opens nothing
        pages = await source.fetch(Fetcher(client, clock), NOW)
        with pytest.raises(SourceError, match="401") as refused:
            source.parse(pages, NOW)

    assert "not-the-token" not in f"{refused.value} {pages}"


@pytest.mark.parametrize(
    "fault",
    [Fault.NOT_FOUND, Fault.SERVER_ERROR, Fault.CHALLENGE_429, Fault.HTML, Fault.NONSENSE, Fault.EMPTY, Fault.RESET],
)
async def test_no_failure_reads_as_quiet(api, read, fault):
    api.fault = fault

    with pytest.raises(SourceError):
        await read()


async def test_one_call_that_fails_leaves_the_other(api, read):
    api.faults[COUNTS] = Fault.SERVER_ERROR
    api.official("There is an outage of Microsoft Teams. TM1234567")

    seen = {each.key: each.health for each in await read()}

    assert seen == {"TM1234567": Health.DOWN, "counts": Health.UNREACHABLE}


async def test_an_empty_count_is_believed_while_a_common_word_is_counted(api, read, clock):
    for minute in range(0, 125, 5):
        clock.set(NOW + minutes(minute))
        assert (await read())[0].strength.reports == 0

    canaries = [call for call in api.calls if call.path == COUNTS and "teamsdown" not in call.query["query"]]
    assert len(canaries) == 3  # once an hour


async def test_an_empty_count_is_none_while_nothing_at_all_is_counted(api, read):
    api.moves = False
    api.official("There is an outage of Microsoft Teams. TM1234567")

    seen = {each.key: each for each in await read()}

    assert seen["TM1234567"].health is Health.DOWN
    assert seen["counts"].health is Health.UNREACHABLE
    assert "never quiet" in seen["counts"].text


async def test_a_count_that_is_not_empty_needs_no_common_word(api, read):
    api.complain(2)
    await read()

    assert api.asked(COUNTS) == 1


async def test_counts_that_come_in_pages_are_put_together(api, read):
    api.pages_counts = True
    usual_day(api)
    api.complain(60, ago=minutes(4))

    [seen] = await read()

    assert (seen.health, seen.strength.reports) == (Health.DOWN, 60)
    assert seen.strength.usual == pytest.approx(0.93, abs=0.1)


async def test_posts_are_read_page_by_page_but_not_without_end(api, read):
    for post in range(400):
        api.official(f"We're investigating delays with Exchange Online mail, part {post}.", ago=minutes(5))
    api.official("There is an outage of Microsoft Teams. TM1234567", ago=minutes(6))

    await read()

    assert api.asked(SEARCH) == 3
    assert api.spent == 300 * 5 + 10


def test_counts_with_reposts_are_no_measure_for_counts_without():
    now = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    hours = [now - timedelta(hours=hour) for hour in range(23, 0, -1)]
    old = [(at + minutes(minute), 9 if at.day == 3 else 1) for at in hours for minute in range(60)]
    bucket = [
        {"start": at.isoformat(), "end": (at + minutes(1)).isoformat(), "tweet_count": posts}
        for at, posts in [*old, *((now - minutes(minute), 1) for minute in range(15, 0, -1))]
    ]
    body = json.dumps({"data": bucket, "meta": {"total_tweet_count": 1}}).encode()
    page = Page(name="counts", url="https://x/", status=200, body=body, fetched_at=now)

    strength = x_counts.counted([page], now).strength

    assert strength.usual == pytest.approx(15, rel=0.2)


class TestWhatItMayCost:
    """The cap of a month."""

    @pytest.fixture
    def poll(self, api, clock):
        async def many(hours, cap, *, start=datetime(2026, 12, 1, tzinfo=UTC)):
            source = XSource(SourceSetup(url=api.url, token=TOKEN, extra={"cap_usd": str(cap)}))
            said = []
            async with new_client() as client:
                fetcher = Fetcher(client, clock)
                for poll in range(hours * 12):
                    clock.set(start + minutes(5) * poll)
                    try:
                        said += source.parse(await source.fetch(fetcher, clock.now()), clock.now())
                    except SourceError as error:
                        said.append(error.reason)
            return said

        return many

    async def test_it_is_never_more_than_the_cap(self, api, poll):
        said = await poll(3, 0.1)

        assert api.spent <= 100
        assert said[0].health is Health.FINE
        assert said[-1].text == "counts: what X may cost this month is spent"

    async def test_the_last_tenth_is_kept_for_microsofts_own_word(self, api, poll):
        await poll(3, 0.1)
        assert api.spent == 90
        api.official("There is an outage of Microsoft Teams. TM1234567")

        said = await poll(3, 0.1, start=datetime(2026, 12, 1, 12, tzinfo=UTC))

        assert said[-1].text == "counts: what X may cost this month is spent"
        assert api.spent == 90 + 90

    async def test_with_nothing_left_nothing_is_asked(self, api, poll):
        said = await poll(1, 0)

        assert set(said) == {"what X may cost this month is spent"}
        assert not api.calls

    async def test_a_new_month_begins_anew(self, api, poll):
        said = await poll(4, 0.1, start=datetime(2026, 12, 31, 21, tzinfo=UTC))

        assert "what X may cost this month is spent" in {getattr(each, "text", each)[-35:] for each in said}
        assert said[-1].health is Health.FINE

    async def test_what_an_earlier_process_spent_is_taken_for_its_share_of_the_month(self, api, poll):
        await poll(3, 0.2, start=datetime(2026, 12, 16, tzinfo=UTC))

        assert api.spent <= 100

    async def test_a_post_costs_once_a_day(self, api, poll, clock):
        clock.set(datetime(2026, 12, 1, tzinfo=UTC))
        api.official("There is an outage of Microsoft Teams. TM1234567")

        said = await poll(2, 0.05)

        assert sum(getattr(each, "key", "") == "TM1234567" for each in said) == 24
        assert api.spent == 45


def parsed(name, body, status=200, headers=None):
    page = Page(name=name, url="https://x/", status=status, headers=headers or {}, body=body, fetched_at=NOW)
    return XSource(SourceSetup()).parse([page], NOW)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"errors": [{"title": "Not Found"}]},
        {"meta": {"total_tweet_count": 4}},
        {"data": [{"start": "2026-11-24T08:59:00Z", "end": "2026-11-24T09:00:00Z"}], "meta": {}},
        {"data": [{"start": "2026-11-24T05:59:00Z", "end": "2026-11-24T06:00:00Z", "tweet_count": 1}], "meta": {}},
    ],
)
def test_counts_that_do_not_cover_the_window_are_no_zero(body):
    with pytest.raises(SourceError):
        parsed("counts", json.dumps(body).encode())


BUCKET = st.fixed_dictionaries(
    {
        "start": st.one_of(st.text(max_size=4), st.just("2026-11-24T08:50:00.000Z")),
        "end": st.one_of(st.text(max_size=4), st.just("2026-11-24T08:59:00.000Z")),
        "tweet_count": st.one_of(st.none(), st.integers(min_value=-5, max_value=10**20)),
    }
)
POST = st.fixed_dictionaries(
    {
        "id": st.one_of(st.text(max_size=5), st.integers(0, 10**25).map(str)),
        "text": st.one_of(st.text(), st.just("outage of Microsoft Teams TM123456")),
        "created_at": st.one_of(st.none(), st.text(max_size=4), st.just("2026-11-24T08:50:00.000Z")),
    }
)


@given(
    st.sampled_from(["counts", "official"]),
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda data, meta: json.dumps({"data": data, "meta": meta}).encode(),
            st.lists(st.one_of(BUCKET, POST), max_size=4),
            st.sampled_from([None, {}, {"result_count": 0}, {"total_tweet_count": 0}]),
        ),
    ),
    st.sampled_from([200, 200, 200, 0, 204, 400, 401, 402, 403, 429, 503]),
    st.text(max_size=20),
)
def test_any_bytes_become_statements_or_a_refusal(name, body, status, reset):
    try:
        seen = parsed(name, body, status, {"x-rate-limit-reset": reset})
    except SourceError:
        return
    assert all(each.said_at is None or each.said_at.tzinfo is UTC for each in seen)
