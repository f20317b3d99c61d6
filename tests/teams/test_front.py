"""Several registrations behind one address: who looks at a request, and through which one we speak."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from bot.clock import SettableClock
from bot.domain.conversation import Destination, Scope
from bot.domain.observation import TenantId
from bot.secret import Secret
from bot.transports.outgoing import Failed, FailedReason, Sent
from bot.transports.teams.front import Entrance, Front
from bot.transports.teams.keys import SigningKeys
from bot.transports.teams.registration import Registration
from bot.transports.teams.session import open_session
from bot.transports.teams.transport import TeamsTransport
from tests.replicas.connector import Connector
from tests.replicas.identity import APP_ID, APP_SECRET, SECOND_APP, SECOND_SECRET, SECOND_TENANT, TENANT, Identity
from tests.teams.room import ANSWER, START, Product

FIRST = Registration(app_id=APP_ID, secret=Secret(APP_SECRET), tenant=TENANT)
SECOND = Registration(name="second", app_id=SECOND_APP, secret=Secret(SECOND_SECRET), tenant=SECOND_TENANT)


@dataclass
class Hall:
    """What a test talks to."""

    front: Front
    teams: Connector
    identity: Identity

    def place(self, tenant: str | None, bot: str = "") -> Destination:
        """A conversation there."""
        whose = TenantId(tenant) if tenant else None
        return Destination(id="19:x", scope=Scope.CHANNEL, tenant=whose, service_url=self.teams.service_url, bot_id=bot)


@asynccontextmanager
async def open_hall(*registrations: Registration):
    """The front with these registrations, running."""
    clock = SettableClock(START)
    async with AsyncExitStack() as stack:
        teams, identity = Connector(), Identity(clock)
        for replica in (teams, identity):
            await replica.start()
            stack.push_async_callback(replica.stop)
        session = await stack.enter_async_context(open_session())
        keys, entrances = SigningKeys(session, clock, identity.metadata_url), []
        for one in registrations:
            known = replace(one, login_url=identity.login_url, metadata_url=identity.metadata_url)
            transport = TeamsTransport(known, Product().doors(), session=session, clock=clock, keys=keys)
            entrances.append(Entrance(registration=known, transport=transport))
        front = Front(entrances)
        running = asyncio.ensure_future(front.run())
        yield Hall(front=front, teams=teams, identity=identity)
        front.stop()
        async with asyncio.timeout(5):
            await running


async def test_each_tenant_is_spoken_to_through_its_own_app():
    async with open_hall(FIRST, SECOND) as hall:
        for tenant, app in ((TENANT, APP_ID), (SECOND_TENANT, SECOND_APP), (SECOND_TENANT.upper(), SECOND_APP)):
            sent = await hall.front.send(hall.place(tenant), ANSWER)
            assert isinstance(sent, Sent)
            assert hall.teams.arrived[-1].token in hall.identity.issued_to[app]
            assert isinstance(await hall.front.update(hall.place(tenant), sent.id, ANSWER), Sent)
            assert isinstance(await hall.front.delete(hall.place(tenant), sent.id), Sent)
            assert {call.token for call in hall.teams.arrived[-2:]} == {hall.identity.issued_to[app][-1]}


async def test_where_no_tenant_is_known_the_bot_that_was_spoken_to_answers():
    async with open_hall(FIRST, SECOND) as hall:
        await hall.front.send(hall.place(None, f"28:{SECOND_APP}"), ANSWER)
        assert hall.teams.arrived[-1].token in hall.identity.issued_to[SECOND_APP]


@pytest.mark.parametrize("registrations", [(FIRST,), (FIRST, SECOND)])
async def test_a_tenant_that_nobody_serves_gets_nothing_and_no_token_is_shown(registrations):
    async with open_hall(*registrations) as hall:
        stranger = hall.place("77777777-9999-4999-8999-999999999999")
        for outcome in (
            await hall.front.send(stranger, ANSWER),
            await hall.front.update(stranger, "1", ANSWER),
            await hall.front.delete(stranger, "1"),
        ):
            assert isinstance(outcome, Failed)
            assert outcome.reason is FailedReason.NOT_SERVED
        assert hall.teams.arrived == []
        assert hall.front.ready_at(stranger, START) == START


async def test_limits_of_one_app_do_not_slow_the_other():
    async with open_hall(FIRST, SECOND) as hall:
        for _ in range(60):
            await hall.front.send(hall.place(TENANT), ANSWER)
        assert hall.front.ready_at(hall.place(TENANT), START) > START
        assert hall.front.ready_at(hall.place(SECOND_TENANT), START) == START


@pytest.mark.parametrize("only", [Registration(), Registration(app_id=APP_ID, identity_endpoint="none")])
async def test_one_that_names_no_tenant_serves_all(only):
    """Local clients have none; a managed identity may not know its own."""
    async with open_hall(only) as hall:
        outcome = await hall.front.send(hall.place(TENANT), ANSWER)
        assert not isinstance(outcome, Failed) or outcome.reason is FailedReason.NO_TOKEN
