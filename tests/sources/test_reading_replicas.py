"""Each of these sources read for real, over loopback: every state is understood, no fault escapes."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SettableClock
from bot.domain.observation import Feature, Health
from bot.http import Fetcher, FetchError, new_client
from bot.sources.downdetector import DowndetectorSource
from bot.sources.graph import GraphSource
from bot.sources.ms_public import MsPublicSource
from bot.sources.source import SourceError, SourceSetup
from tests.replicas.downdetector import DowndetectorReplica
from tests.replicas.faults import RETRY_AFTER_S, Fault
from tests.replicas.graph import PATH, GraphReplica
from tests.replicas.microsoft_status import MicrosoftStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WITHIN = timedelta(seconds=5)
HASTE = timedelta(milliseconds=250)  # for faults that only a deadline ends


@pytest.fixture
def clock():
    return SettableClock(NOW)


@pytest.fixture
async def fetcher(clock, request):
    endless = request.node.callspec.params.get("fault") in {Fault.HANGS, Fault.DRIP} if has_params(request) else False
    async with new_client() as client:
        yield Fetcher(client, clock, within=HASTE if endless else WITHIN)


def has_params(request):
    return hasattr(request.node, "callspec")


@pytest.fixture
async def microsoft(clock):
    replica = MicrosoftStatus(clock)
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def graph(clock):
    replica = GraphReplica(clock)
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def downdetector(clock):
    replica = DowndetectorReplica(clock)
    await replica.start()
    yield replica
    await replica.stop()


def ms_source(replica):
    return MsPublicSource(SourceSetup(url=replica.url))


def graph_source(replica):
    return GraphSource(SourceSetup(tenant="tenant-a", **replica.setup))


def dd_source(replica, *, api=True):
    return DowndetectorSource(SourceSetup(url=replica.url, token=replica.token if api else None))


async def read(source, fetcher, clock):
    pages = await source.fetch(fetcher, clock.now())
    return {seen.key: seen for seen in source.parse(pages, clock.now())}


async def refusal(source, fetcher, clock):
    with pytest.raises((SourceError, FetchError)) as caught:
        await read(source, fetcher, clock)
    return caught.value


class TestMicrosoftsPublicWord:
    async def test_calm_is_green_for_all(self, microsoft, fetcher, clock):
        seen = await read(ms_source(microsoft), fetcher, clock)
        assert {each.service: each.health for each in seen.values()} == {
            "teams": Health.FINE,
            "m365": Health.FINE,
            "signin": Health.FINE,
        }

    async def test_trouble_that_names_teams_is_trouble_of_teams(self, microsoft, fetcher, clock):
        microsoft.degraded(next_update=NOW + timedelta(hours=1))
        teams = (await read(ms_source(microsoft), fetcher, clock))["mac/teams"]
        assert (teams.health, teams.feature, teams.advisory) == (Health.DEGRADED, Feature.CHAT, False)
        assert teams.next_update_at == NOW + timedelta(hours=1)
        assert teams.since == NOW - timedelta(minutes=20)
        assert teams.said_at == NOW

    async def test_trouble_of_others_is_not_green_for_teams_either(self, microsoft, fetcher, clock):
        microsoft.degraded("Microsoft Copilot: our teams are looking into it.")
        seen = await read(ms_source(microsoft), fetcher, clock)
        assert seen["mac/m365"].health is Health.DEGRADED
        assert "mac/teams" not in seen

    @pytest.mark.parametrize(
        ("verb", "health"),
        [
            ("down", Health.DOWN),
            ("maintenance", Health.MAINTENANCE),
            ("restored", Health.FINE),
            ("puzzles", Health.UNKNOWN),
        ],
    )
    async def test_each_word_has_its_meaning(self, microsoft, fetcher, clock, verb, health):
        getattr(microsoft, verb)()
        assert (await read(ms_source(microsoft), fetcher, clock))["mac/teams"].health is health

    async def test_azure_is_asked_every_five_minutes_and_remembered_between(self, microsoft, fetcher, clock):
        source = ms_source(microsoft)
        microsoft.admits("Azure Front Door")
        for _ in range(5):
            seen = await read(source, fetcher, clock)
            assert seen["azure/m365"].health is Health.DEGRADED
            clock.set(clock.now() + timedelta(minutes=1))
        assert microsoft.asked("/api/posts/azure") == 1
        microsoft.calm()
        assert "azure/m365" not in await read(source, fetcher, clock)

    async def test_a_frozen_page_is_not_green(self, microsoft, fetcher, clock):
        microsoft.renewed_ago = timedelta(hours=3)
        assert "frozen" in str(await refusal(ms_source(microsoft), fetcher, clock))

    async def test_the_feed_speaks_once_the_post_has_failed_twice(self, microsoft, fetcher, clock):
        source = ms_source(microsoft)
        microsoft.degraded()
        microsoft.faults["/api/posts/mac"] = Fault.HTML
        assert "page instead of data" in str(await refusal(source, fetcher, clock))
        seen = await read(source, fetcher, clock)
        assert seen["mac/teams"].health is Health.DEGRADED
        assert seen["mac/teams"].said_at is None
        microsoft.heals()
        await read(source, fetcher, clock)
        assert microsoft.asked("/api/feed/mac") == 1

    async def test_azures_feed_steps_in_too(self, microsoft, fetcher, clock):
        source = ms_source(microsoft)
        microsoft.admits("Microsoft Entra")
        microsoft.faults["/api/posts/azure"] = Fault.SERVER_ERROR
        assert "azure/signin" not in await read(source, fetcher, clock)
        clock.set(clock.now() + timedelta(minutes=5))
        assert (await read(source, fetcher, clock))["azure/signin"].health is Health.DEGRADED


class TestTheTenantsWord:
    async def test_all_operational(self, graph, fetcher, clock):
        seen = await read(graph_source(graph), fetcher, clock)
        assert {key: each.health for key, each in seen.items()} == {
            "overview/teams": Health.FINE,
            "overview/signin": Health.FINE,
        }
        assert {each.tenant for each in seen.values()} == {"tenant-a"}

    async def test_an_incident_is_told_with_its_id_and_promise(self, graph, fetcher, clock):
        graph.opens(status="serviceInterruption")
        graph.posts_in("TM9000002", "Traffic is being moved.", next_update=NOW + timedelta(minutes=45))
        seen = await read(graph_source(graph), fetcher, clock)
        issue = seen["TM9000002"]
        assert (issue.health, issue.advisory, issue.feature) == (Health.DOWN, False, None)
        assert issue.text.startswith("TM9000002: Users may be unable")
        assert "Traffic is being moved." in issue.text
        assert issue.next_update_at == NOW + timedelta(minutes=45)
        assert "overview/teams" not in seen

    async def test_an_advisory_is_narrow(self, graph, fetcher, clock):
        graph.opens("TM1", classification="advisory", feature="Presence", status="ServiceDegradation")
        issue = (await read(graph_source(graph), fetcher, clock))["TM1"]
        assert (issue.health, issue.advisory, issue.feature) == (Health.DEGRADED, True, Feature.PRESENCE)

    async def test_a_neighbour_counts_when_it_is_an_incident_or_names_teams(self, graph, fetcher, clock):
        graph.opens(
            "EX1", service="Exchange Online", classification="advisory", title="Mail is late", impactDescription=""
        )
        graph.opens("EX2", service="Exchange Online", title="Mail stands still", impactDescription="")
        graph.opens(
            "MO1", service="Microsoft 365 suite", title="Users in Japan can't use services including Microsoft Teams"
        )
        seen = await read(graph_source(graph), fetcher, clock)
        assert "EX1" not in seen
        assert (seen["EX2"].service, seen["MO1"].service) == ("exchange", "m365")
        assert (seen["MO1/teams"].service, seen["MO1/teams"].region) == ("teams", "Asia Pacific")

    async def test_red_without_an_issue_is_a_narrow_hint(self, graph, fetcher, clock):
        graph.overview["Microsoft Teams"] = "restoringService"
        seen = (await read(graph_source(graph), fetcher, clock))["overview/teams"]
        assert (seen.health, seen.advisory) == (Health.DEGRADED, True)

    async def test_an_unknown_word_is_never_fine(self, graph, fetcher, clock):
        graph.overview["Microsoft Teams"] = "unknownFutureValue"
        assert (await read(graph_source(graph), fetcher, clock))["overview/teams"].health is Health.UNKNOWN

    async def test_a_closed_issue_that_comes_back_untouched_stays_closed(self, graph, fetcher, clock):
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

    async def test_a_long_list_is_read_to_its_end(self, graph, fetcher, clock):
        graph.page_size = 2
        for number in range(5):
            graph.opens(f"TM{number}")
        seen = await read(graph_source(graph), fetcher, clock)
        assert {f"TM{number}" for number in range(5)} <= seen.keys()

    async def test_a_next_page_elsewhere_gets_no_token(self, graph, microsoft, fetcher, clock):
        graph.foreign_next = f"{microsoft.url}/steal"
        assert "not whole" in str(await refusal(graph_source(graph), fetcher, clock))
        assert not microsoft.calls

    async def test_a_token_is_kept_until_it_nears_its_end(self, graph, fetcher, clock):
        source = graph_source(graph)
        await read(source, fetcher, clock)
        clock.set(NOW + timedelta(minutes=50))
        await read(source, fetcher, clock)
        tokens = f"/{graph.tenant}/oauth2/v2.0/token"
        assert graph.asked(tokens) == 1
        clock.set(NOW + timedelta(minutes=56))
        await read(source, fetcher, clock)
        assert graph.asked(tokens) == 2

    async def test_a_token_that_is_refused_is_asked_for_anew_once(self, graph, fetcher, clock):
        source = graph_source(graph)
        await read(source, fetcher, clock)
        graph.tokens.clear()
        assert await read(source, fetcher, clock)
        graph.faults[f"{PATH}/issues"] = Fault.UNAUTHORIZED
        graph.calls.clear()
        assert (await refusal(source, fetcher, clock)).http_status == 401
        assert graph.asked(f"/{graph.tenant}/oauth2/v2.0/token") == 1

    async def test_the_old_token_serves_while_the_sign_in_service_is_ill(self, graph, fetcher, clock):
        source = graph_source(graph)
        await read(source, fetcher, clock)
        clock.set(NOW + timedelta(minutes=57))
        graph.faults[f"/{graph.tenant}/oauth2/v2.0/token"] = Fault.UNAVAILABLE
        assert await read(source, fetcher, clock)

    @pytest.mark.parametrize(
        ("code", "words"),
        [(7000215, "secret is wrong"), (7000222, "expired"), (700016, "not in this tenant"), (90002, "not found")],
    )
    async def test_a_wrong_setting_is_named_and_not_hammered(self, graph, fetcher, clock, code, words):
        graph.refusal = code
        error = await refusal(graph_source(graph), fetcher, clock)
        assert words in error.reason
        assert f"AADSTS{code}" in error.reason
        assert error.retry_at == NOW + timedelta(minutes=15)
        assert graph.secret not in error.reason

    async def test_missing_consent_is_named(self, graph, fetcher, clock):
        graph.consented = False
        error = await refusal(graph_source(graph), fetcher, clock)
        assert "ServiceHealth.Read.All" in error.reason
        assert error.http_status == 403


class TestReportsOfPeople:
    @pytest.mark.parametrize("api", [True, False], ids=["api", "page"])
    async def test_calm_and_spike(self, downdetector, fetcher, clock, api):
        source = dd_source(downdetector, api=api)
        calm = (await read(source, fetcher, clock))["us"]
        assert (calm.health, calm.strength.reports, calm.strength.usual) == (Health.FINE, 5, 6)
        downdetector.spikes()
        spike = (await read(source, fetcher, clock))["us"]
        assert (spike.health, spike.strength.reports) == (Health.DOWN, 900)
        assert spike.since == NOW - timedelta(minutes=30)

    async def test_the_page_tells_kinds_of_trouble(self, downdetector, fetcher, clock):
        seen = (await read(dd_source(downdetector, api=False), fetcher, clock))["us"]
        assert seen.strength.shares == {"Server connection": 3, "App": 2}

    async def test_the_older_layout_is_read_too(self, downdetector, fetcher, clock):
        downdetector.layout = "old"
        downdetector.spikes("warning", reports=61)
        seen = (await read(dd_source(downdetector, api=False), fetcher, clock))["us"]
        assert (seen.health, seen.strength.reports, seen.strength.usual) == (Health.DEGRADED, 61, 6)

    async def test_an_unknown_layout_is_never_zero(self, downdetector, fetcher, clock):
        downdetector.layout = "newest"
        assert "layout unknown" in str(await refusal(dd_source(downdetector, api=False), fetcher, clock))

    async def test_both_forms_of_the_state_are_read(self, downdetector, fetcher, clock):
        downdetector.state_as_object = True
        assert (await read(dd_source(downdetector), fetcher, clock))["us"].health is Health.FINE

    async def test_an_unknown_state_is_never_fine(self, downdetector, fetcher, clock):
        downdetector.state = "mauve"
        assert (await read(dd_source(downdetector), fetcher, clock))["us"].health is Health.UNKNOWN

    async def test_counts_that_are_not_to_be_had_are_not_zero(self, downdetector, fetcher, clock):
        downdetector.faults["/v2/companies/90001/last_15"] = Fault.SERVER_ERROR
        seen = (await read(dd_source(downdetector), fetcher, clock))["us"]
        assert (seen.health, seen.strength) == (Health.FINE, None)

    async def test_id_and_token_are_asked_for_once(self, downdetector, fetcher, clock):
        source = dd_source(downdetector)
        for _ in range(3):
            await read(source, fetcher, clock)
        assert downdetector.asked("/v2/tokens") == 1
        assert downdetector.asked("/v2/companies/search") == 1
        downdetector.tokens.clear()
        await read(source, fetcher, clock)
        assert downdetector.asked("/v2/tokens") == 2

    async def test_a_wrong_secret_is_refused(self, downdetector, fetcher, clock):
        source = DowndetectorSource(SourceSetup(url=downdetector.url, token="dd-client:wrong"))  # noqa: S106 a replica's
        error = await refusal(source, fetcher, clock)
        assert (error.reason, error.http_status) == ("401 refused", 401)

    async def test_a_wrong_slug_is_no_calm(self, downdetector, fetcher, clock):
        downdetector.slug = "microsoft-teams"
        assert "no company" in str(await refusal(dd_source(downdetector), fetcher, clock))
        assert (await refusal(dd_source(downdetector, api=False), fetcher, clock)).http_status == 404


@pytest.fixture
def all_of_them(microsoft, graph, downdetector):
    crowd = [dd_source(downdetector), dd_source(downdetector, api=False)]
    return (microsoft, graph, downdetector), (ms_source(microsoft), graph_source(graph), *crowd)


REASONS = {
    Fault.UNAUTHORIZED: "401",
    Fault.FORBIDDEN: "403",
    Fault.NOT_FOUND: "404",
    Fault.THROTTLED: "429",
    Fault.THROTTLED_SECONDS: "429",
    Fault.THROTTLED_DATE: "429",
    Fault.SERVER_ERROR: "500",
    Fault.BAD_GATEWAY: "502",
    Fault.UNAVAILABLE: "503",
    Fault.CHALLENGE: "challenge",
    Fault.CHALLENGE_429: "challenge",
}


@pytest.mark.parametrize("fault", list(Fault))
async def test_no_fault_escapes_or_outlasts_the_deadline(all_of_them, fetcher, clock, fault):
    replicas, sources = all_of_them
    for replica in replicas:
        replica.fault = fault
    for source in sources:
        started = time.monotonic()
        error = await refusal(source, fetcher, clock)
        assert REASONS.get(fault, "") in str(error)
        assert time.monotonic() - started < 2
        if fault is Fault.THROTTLED_SECONDS:
            assert error.retry_at == NOW + timedelta(seconds=RETRY_AFTER_S)


async def test_dead_services_are_no_connection(all_of_them, fetcher, clock):
    replicas, sources = all_of_them
    for replica in replicas:
        await replica.dies()
    for source in sources:
        assert "connect" in str(await refusal(source, fetcher, clock))


@pytest.mark.parametrize("fault", [Fault.HANGS, Fault.NONSENSE, Fault.CHALLENGE, Fault.REDIRECT_INSIDE, Fault.BOMB])
async def test_faults_behind_a_good_token_do_not_escape_either(graph, downdetector, fetcher, clock, fault):
    graph.faults = {f"{PATH}/issues": fault}
    downdetector.faults = {"/v2/companies/90001/status": fault}
    for source in (graph_source(graph), dd_source(downdetector)):
        assert str(await refusal(source, fetcher, clock))
