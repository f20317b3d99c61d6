"""Microsoft's word to one tenant: issues, colours, tokens and refusals."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.observation import Feature, Health
from bot.domain.verdict import Outcome, Policy, judge
from bot.sources.graph_message import windows
from tests.replicas.faults import Fault
from tests.replicas.graph import PATH
from tests.sources.reading import NOW, graph_source, read, refusal


async def test_all_operational(graph, fetcher, clock):
    seen = await read(graph_source(graph), fetcher, clock)
    assert {key: each.health for key, each in seen.items()} == {
        "overview/teams": Health.FINE,
        "overview/signin": Health.FINE,
    }
    assert {each.tenant for each in seen.values()} == {"tenant-a"}


async def test_an_incident_is_told_with_its_id_and_promise(graph, fetcher, clock):
    graph.opens(status="serviceInterruption")
    graph.posts_in("TM9000002", "Traffic is being moved.", next_update=NOW + timedelta(minutes=45))
    seen = await read(graph_source(graph), fetcher, clock)
    issue = seen["TM9000002"]
    assert (issue.health, issue.advisory, issue.feature) == (Health.DOWN, False, None)
    assert issue.text.startswith("TM9000002: Users may be unable")
    assert "Traffic is being moved." in issue.text
    assert issue.next_update_at == NOW + timedelta(minutes=45)
    assert "overview/teams" not in seen


async def test_an_advisory_is_narrow(graph, fetcher, clock):
    graph.opens("TM1", classification="advisory", feature="Presence", status="ServiceDegradation")
    issue = (await read(graph_source(graph), fetcher, clock))["TM1"]
    assert (issue.health, issue.advisory, issue.feature) == (Health.DEGRADED, True, Feature.PRESENCE)


async def test_a_neighbour_counts_when_it_is_an_incident_or_names_teams(graph, fetcher, clock):
    graph.opens("EX1", service="Exchange Online", classification="advisory", title="Mail is late", impactDescription="")
    graph.opens("EX2", service="Exchange Online", title="Mail stands still", impactDescription="")
    graph.opens(
        "MO1", service="Microsoft 365 suite", title="Users in Japan can't use services including Microsoft Teams"
    )
    seen = await read(graph_source(graph), fetcher, clock)
    assert "EX1" not in seen
    assert (seen["EX2"].service, seen["MO1"].service) == ("exchange", "m365")
    assert (seen["MO1/teams"].service, seen["MO1/teams"].region) == ("teams", "Asia Pacific")


async def test_red_without_an_issue_is_a_narrow_hint(graph, fetcher, clock):
    graph.overview["Microsoft Teams"] = "restoringService"
    seen = (await read(graph_source(graph), fetcher, clock))["overview/teams"]
    assert (seen.health, seen.advisory) == (Health.DEGRADED, True)


async def test_an_unknown_word_is_never_fine(graph, fetcher, clock):
    graph.overview["Microsoft Teams"] = "unknownFutureValue"
    assert (await read(graph_source(graph), fetcher, clock))["overview/teams"].health is Health.UNKNOWN


async def test_a_closed_issue_that_comes_back_untouched_stays_closed(graph, fetcher, clock):
    source = graph_source(graph)
    graph.opens()
    assert (await read(source, fetcher, clock))["TM9000002"].health is Health.DEGRADED
    clock.set(NOW + timedelta(minutes=30))
    graph.closes("TM9000002")
    closed = (await read(source, fetcher, clock))["TM9000002"]
    assert (closed.health, closed.ends_at) == (Health.FINE, clock.now())
    graph.haunts("TM9000002")
    assert "TM9000002" not in await read(source, fetcher, clock)
    clock.set(NOW + timedelta(minutes=50))
    graph.issues["TM9000002"]["endDateTime"] = None
    graph.posts_in("TM9000002", "It is back.")
    assert (await read(source, fetcher, clock))["TM9000002"].health is Health.DEGRADED


async def test_a_long_list_is_read_to_its_end(graph, fetcher, clock):
    graph.page_size = 2
    for number in range(5):
        graph.opens(f"TM{number}")
    seen = await read(graph_source(graph), fetcher, clock)
    assert {f"TM{number}" for number in range(5)} <= seen.keys()


async def test_a_next_page_elsewhere_gets_no_token(graph, microsoft, fetcher, clock):
    graph.foreign_next = f"{microsoft.url}/steal"
    assert "not whole" in str(await refusal(graph_source(graph), fetcher, clock))
    assert not microsoft.calls


async def test_a_token_is_kept_until_it_nears_its_end(graph, fetcher, clock):
    source = graph_source(graph)
    await read(source, fetcher, clock)
    clock.set(NOW + timedelta(minutes=50))
    await read(source, fetcher, clock)
    tokens = f"/{graph.tenant}/oauth2/v2.0/token"
    assert graph.asked(tokens) == 1
    clock.set(NOW + timedelta(minutes=56))
    await read(source, fetcher, clock)
    assert graph.asked(tokens) == 2


async def test_a_token_that_is_refused_is_asked_for_anew_once(graph, fetcher, clock):
    source = graph_source(graph)
    await read(source, fetcher, clock)
    graph.tokens.clear()
    assert await read(source, fetcher, clock)
    graph.faults[f"{PATH}/issues"] = Fault.UNAUTHORIZED
    graph.calls.clear()
    assert (await refusal(source, fetcher, clock)).http_status == 401
    assert graph.asked(f"/{graph.tenant}/oauth2/v2.0/token") == 1


async def test_the_old_token_serves_while_the_sign_in_service_is_ill(graph, fetcher, clock):
    source = graph_source(graph)
    await read(source, fetcher, clock)
    clock.set(NOW + timedelta(minutes=57))
    graph.faults[f"/{graph.tenant}/oauth2/v2.0/token"] = Fault.UNAVAILABLE
    assert await read(source, fetcher, clock)


@pytest.mark.parametrize(
    ("code", "words"),
    [(7000215, "secret is wrong"), (7000222, "expired"), (700016, "not in this tenant"), (90002, "not found")],
)
async def test_a_wrong_setting_is_named_and_not_hammered(graph, fetcher, clock, code, words):
    graph.refusal = code
    error = await refusal(graph_source(graph), fetcher, clock)
    assert words in error.reason
    assert f"AADSTS{code}" in error.reason
    assert error.retry_at == NOW + timedelta(minutes=15)
    assert graph.secret not in error.reason


async def test_missing_consent_is_named(graph, fetcher, clock):
    graph.consented = False
    error = await refusal(graph_source(graph), fetcher, clock)
    assert "ServiceHealth.Read.All" in error.reason
    assert error.http_status == 403


WINDOW = "<p>Calls are not possible from November 24, 2026, 8:30 AM UTC to November 24, 2026, 11:00 AM UTC.</p>"


async def test_planned_work_is_maintenance_until_its_end(graph, fetcher, clock):
    graph.plans(text=WINDOW)

    window = (await read(graph_source(graph), fetcher, clock))["MC9000001/teams"]

    assert (window.health, window.feature, window.tenant) == (Health.MAINTENANCE, Feature.CALLING, "tenant-a")
    assert (window.since, window.ends_at) == (NOW - timedelta(minutes=30), NOW + timedelta(hours=2))
    asked = judge([window], NOW, Policy(), feature=Feature.CALLING, tenant=window.tenant)
    assert (asked.outcome, asked.ends_at) == (Outcome.MAINTENANCE, window.ends_at)
    assert judge([window], NOW, Policy(), feature=Feature.CHAT, tenant=window.tenant).outcome is Outcome.UNKNOWN


async def test_messages_are_asked_for_every_quarter_of_an_hour_and_remembered_in_between(graph, fetcher, clock):
    graph.page_size = 1
    graph.plans(text=WINDOW)
    graph.plans("MC9000002", text="<p>A new button appears.</p>", title="New button")
    source = graph_source(graph)

    for minutes in (0, 1, 13, 1):
        clock.set(clock.now() + timedelta(minutes=minutes))
        assert "MC9000001/teams" in await read(source, fetcher, clock)
    assert graph.asked(f"{PATH}/messages") == 4  # two pages, twice


async def test_without_the_permission_for_messages_the_rest_stands_alone(graph, fetcher, clock):
    graph.plans(text=WINDOW)
    graph.opens("TM1")
    graph.may_read_messages = False

    assert set(await read(graph_source(graph), fetcher, clock)) == {"TM1", "overview/signin"}


@pytest.mark.parametrize(
    ("said", "begins", "ends"),
    [
        ("Saturday, May 9, 2026, at 8:00 AM UTC to Saturday, May 9, 2026, at 12:00 PM UTC", (9, 8), (9, 12)),
        ("May 9, 2026, 10:00 PM – 11:30 PM UTC", (9, 22), (9, 23.5)),
        ("May 9, 2026 from 10:00 to 11:30 PM (UTC)", (9, 22), (9, 23.5)),
        ("between May 9, 2026, 20:00 UTC and May 10, 2026, 01:00 UTC", (9, 20), (10, 1)),
        ("2026-05-09T22:00:00Z - 2026-05-10T02:00:00Z", (9, 22), (10, 2)),
        ("Start time: May 9, 2026, at 8:00 PM UTC\nEnd time: May 10, 2026, at 1:00 AM UTC", (9, 20), (10, 1)),
    ],
)
def test_a_window_is_read_as_it_is_written(said, begins, ends):
    def at(day, hour):
        return datetime(2026, 5, day, tzinfo=UTC) + timedelta(hours=hour)

    assert windows(said.splitlines()) == [(at(*begins), at(*ends))]


@pytest.mark.parametrize(
    "said",
    [
        "from mid May 2026 to late June 2026",
        "May 9, 2026, 8:00 AM to 10:00 AM PDT",
        "May 9, 2026, 10:00 AM UTC to May 9, 2026, 8:00 AM UTC",
        "May 9, 2026, 8:00 AM UTC to May 29, 2026, 8:00 AM UTC",
        "May 39, 2026, 8:00 AM - 10:00 AM UTC",
        "May 9, 2026, 28:00 - 29:00 UTC",
    ],
)
def test_what_is_no_window_is_not_guessed(said):
    assert windows([said]) == []
