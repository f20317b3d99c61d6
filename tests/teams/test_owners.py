"""Who owns a team: told by Graph, asked rarely, and never guessed."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.clock import SettableClock
from bot.domain.conversation import Destination, Person, Scope
from bot.transports.teams.owners import TeamOwners
from bot.transports.teams.registration import Registration
from bot.transports.teams.session import open_session
from tests.replicas.connector import Connector
from tests.replicas.faults import Fault
from tests.replicas.graph import GraphReplica
from tests.replicas.identity import APP_ID, APP_SECRET, TENANT, Identity
from tests.teams.activities import ANN, BEN, CHANNEL
from tests.teams.room import START

TEAM = "19:sales-team@thread.tacv2"


def somebody(who):
    return Person(id=who["id"], directory_id=who["aadObjectId"], tenant=TENANT)


class Office:
    """A team with an owner and a member, and somebody who asks about them."""

    def __init__(self, teams, graph, identity, clock, session):
        self.teams, self.graph, self.identity, self.clock = teams, graph, identity, clock
        registration = Registration(
            app_id=APP_ID, secret=lambda: APP_SECRET, tenant=TENANT, login_url=identity.login_url
        )
        self.owners = TeamOwners(registration, graph.url, session=session, clock=clock)
        self.graph.members[teams.group] = {ANN["aadObjectId"]: True, BEN["aadObjectId"]: False}

    async def owns(self, who, **changes):
        place = {"id": CHANNEL, "scope": Scope.CHANNEL, "tenant": TENANT, "team": TEAM}
        return await self.owners.owns(
            somebody(who), Destination(**place | {"service_url": self.teams.service_url} | changes)
        )

    def asked(self):
        return self.graph.asked(f"/v1.0/teams/{self.teams.group}/members")


@pytest.fixture
async def office():
    async with opened() as office:
        yield office


@asynccontextmanager
async def opened():
    clock = SettableClock(START)
    teams, identity, graph = Connector(), Identity(clock), GraphReplica(clock)
    graph.tokens = identity.issued
    for replica in (teams, identity, graph):
        await replica.start()
    async with open_session() as session:
        yield Office(teams, graph, identity, clock, session)
    for replica in (teams, identity, graph):
        await replica.stop()


async def test_an_owner_is_told_from_a_member(office):
    assert await office.owns(ANN) is True
    assert await office.owns(BEN) is False
    scopes = {ask["scope"] for ask in office.identity.token_asks}
    assert scopes == {"https://api.botframework.com/.default", f"{office.graph.url}/.default"}


async def test_ten_minutes_are_asked_once(office):
    for _ in range(5):
        assert await office.owns(ANN)
    assert office.asked() == 1
    office.graph.members[office.teams.group][BEN["aadObjectId"]] = True
    office.clock.set(START + timedelta(minutes=10))
    assert await office.owns(BEN) is True
    assert office.asked() == 2


async def test_a_large_team_is_read_to_its_end(office):
    crowd = {f"00000000-0000-4000-8000-{number:012}": False for number in range(2500)}
    office.graph.members[office.teams.group] = crowd | {ANN["aadObjectId"]: True}
    office.graph.page_size = 999
    assert await office.owns(ANN) is True
    assert office.asked() == 3


async def test_outside_a_team_and_without_a_directory_id_nobody_is_an_owner(office):
    assert await office.owns(ANN, team=None) is False
    assert await office.owners.owns(Person(id="29:guest"), Destination(id="x", scope=Scope.CHANNEL, team=TEAM)) is False
    assert office.teams.calls == []


def no_consent(office):
    office.graph.may_read_members = False


def no_group(office):
    office.teams.group = ""


def nonsense_for_a_group(office):
    office.teams.group = "../../users"


def a_page_elsewhere(office):
    office.graph.foreign_next = "https://evil.example/v1.0/teams/x/members"


def a_page_that_is_no_address(office):
    office.graph.foreign_next = "http://[::1"


def for_ever_more_pages(office):
    office.graph.foreign_next = f"{office.graph.url}/v1.0/teams/{office.teams.group}/members"


def broken(office):
    office.graph.fault = Fault.SERVER_ERROR


def no_token(office):
    office.identity.refuses = (400, {"error_description": "AADSTS7000222: expired"})


BREAKS = (
    no_consent, no_group, nonsense_for_a_group, a_page_elsewhere, a_page_that_is_no_address, for_ever_more_pages,
    broken, no_token,
)  # fmt: skip


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda one: one.__name__)
async def test_when_nobody_can_tell_nobody_is_an_owner_and_it_is_said_once(office, breaks):
    breaks(office)
    with capture_logs() as lines:
        for _ in range(3):
            assert await office.owns(ANN) is None
    told = [line for line in lines if line["event"] == "owners of a team can't be told"]
    assert len(told) == 1
    assert "TeamMember.Read.Group" in told[0]["do"]
    assert "own-token" not in str(lines)


async def test_it_is_asked_again_after_a_minute(office):
    no_consent(office)
    assert await office.owns(ANN) is None
    office.graph.may_read_members = True
    assert await office.owns(ANN) is None
    office.clock.set(START + timedelta(minutes=1))
    assert await office.owns(ANN) is True


async def test_a_host_that_is_not_ours_to_trust_sees_no_token(office):
    assert await office.owns(ANN, service_url="https://evil.example/emea/") is None
    assert office.identity.token_asks == []


async def test_a_refused_token_is_replaced_once(office):
    assert await office.owns(ANN)
    office.identity.issued.clear()
    office.clock.set(START + timedelta(minutes=11))
    office.identity.issued.extend(["stale"])
    assert await office.owns(ANN) is True
