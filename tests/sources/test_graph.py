"""Microsoft's word to one tenant: issues, colours, tokens and refusals."""

from datetime import timedelta

import pytest

from bot.domain.observation import Feature, Health
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
