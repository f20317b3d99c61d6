"""How the bot proves itself: one token at a time, renewed before its end, shown to listed hosts only."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.secret import Secret
from bot.transports.teams.hosts import is_loopback_name, may_see_token
from bot.transports.teams.registration import Registration, own_token
from bot.transports.teams.tokens import OwnToken, TokenError
from tests.replicas.base import Fault
from tests.replicas.identity import APP_ID, APP_SECRET, TENANT
from tests.teams.room import Room, open_room

SECRET_APP = Registration(app_id=APP_ID, secret=Secret(APP_SECRET), tenant=TENANT)
WRONG = "not-the-secret"
MANAGED = Registration(app_id=APP_ID, tenant=TENANT)


def token_of(room: Room, registration: Registration = SECRET_APP, **changed: str) -> OwnToken:
    changed = {"login_url": room.identity.login_url, **changed}
    token = own_token(replace(registration, **changed), room.session, room.clock)
    assert token is not None
    return token


async def test_the_secret_is_exchanged_for_a_token_of_the_bot_service(room):
    assert await token_of(room).current() == "own-token-1"
    assert room.identity.token_asks == [
        {
            "grant_type": "client_credentials",
            "client_id": APP_ID,
            "client_secret": APP_SECRET,
            "scope": "https://api.botframework.com/.default",
            "tenant": TENANT,
        }
    ]


async def test_a_managed_identity_of_a_machine_asks_its_metadata(room):
    endpoint = f"{room.identity.url}/metadata/identity/oauth2/token"
    assert await token_of(room, MANAGED, identity_endpoint=endpoint).current() == "own-token-1"
    assert room.identity.token_asks == [
        {"resource": "https://api.botframework.com", "client_id": APP_ID, "api-version": "2018-02-01"}
    ]


async def test_a_managed_identity_of_an_app_service_asks_its_endpoint_with_its_header(room):
    endpoint = f"{room.identity.url}/msi/token"
    token = token_of(room, MANAGED, identity_endpoint=endpoint, identity_header="proof")
    assert await token.current() == "own-token-1"
    (asked,) = room.identity.token_asks
    assert (asked["header"], asked["client_id"], asked["api-version"]) == ("proof", APP_ID, "2019-08-01")
    await room.pass_time(timedelta(minutes=50))
    assert await token.current() == "own-token-1", "its end came as a moment, not as a duration"
    await room.pass_time(timedelta(minutes=6))
    assert await token.current() == "own-token-2"


async def test_many_askers_cause_one_call(room):
    token = token_of(room)
    assert set(await asyncio.gather(*(token.current() for _ in range(50)))) == {"own-token-1"}
    assert len(room.identity.token_asks) == 1


async def test_a_token_is_renewed_five_minutes_before_its_end(room):
    token = token_of(room)
    await token.current()
    await room.pass_time(timedelta(seconds=3599 - 301))
    assert await token.current() == "own-token-1"
    await room.pass_time(timedelta(seconds=2))
    assert await token.current() == "own-token-2"


async def test_while_one_asker_renews_the_others_use_the_old_token(room):
    token = token_of(room)
    await token.current()
    await room.pass_time(timedelta(seconds=3599 - 200))
    room.identity.slow = asyncio.Event()
    renewing = asyncio.ensure_future(token.current())
    async with asyncio.timeout(5):
        await room.identity.at_work.wait()
    assert await token.current() == "own-token-1"
    room.identity.slow.set()
    assert await renewing == "own-token-2"


async def test_when_renewal_fails_the_old_token_serves_to_its_end(room, capsys):
    token = token_of(room)
    await token.current()
    room.identity.fault = Fault.UNAVAILABLE
    await room.pass_time(timedelta(seconds=3599 - 60))
    assert await token.current() == "own-token-1"
    await room.pass_time(timedelta(seconds=61))
    with pytest.raises(TokenError, match="503"):
        await token.current()
    room.identity.heals()
    await room.pass_time(timedelta(seconds=16))
    assert await token.current() == "own-token-2"


async def test_a_wrong_secret_is_told_by_its_code_and_never_shown(room, capsys):
    token = token_of(room, replace(SECRET_APP, secret=Secret(WRONG)))
    with pytest.raises(TokenError) as caught:
        await token.current()
    assert caught.value.code == "AADSTS7000215"
    shown = f"{caught.value!r} {token_of(room)!r} {SECRET_APP!r} {capsys.readouterr().out}"
    assert WRONG not in shown
    assert APP_SECRET not in shown
    for _ in range(5):
        with pytest.raises(TokenError, match="AADSTS7000215"):
            await token.current()
    assert len(room.identity.token_asks) == 1, "a wrong secret does not become a storm of calls"


@pytest.mark.parametrize("fault", [Fault.NONSENSE, Fault.HTML, Fault.EMPTY, Fault.RESET, Fault.REDIRECT_INSIDE])
async def test_an_odd_issuer_is_an_error_with_a_name(room, fault, capsys):
    room.identity.fault = fault
    with pytest.raises(TokenError, match=room.identity.url):
        await token_of(room).current()


async def test_a_token_that_the_connector_refuses_is_replaced_once(room):
    room.teams.accepts = lambda token: token in room.identity.issued[1:]
    await room.says("down?")
    assert [call.token for call in room.teams.arrived] == ["own-token-1", "own-token-2"]
    assert len(room.product.sent) == 1


async def test_a_connector_that_refuses_every_token_ends_the_attempt(room, capsys):
    room.teams.accepts = lambda _token: False
    await room.says("down?")
    assert len(room.teams.arrived) == 2
    assert "not_registered" in capsys.readouterr().out


async def test_while_the_connector_refuses_every_token_operators_are_told_once_and_few_tokens_are_asked_for(
    room, capsys
):
    room.teams.accepts = lambda _token: False
    for _ in range(6):
        await room.says("down?")
        await room.pass_time(timedelta(seconds=15))
    assert len(room.identity.token_asks) == 3, "the first, its successor, and one more when that was a minute old"
    room.teams.accepts = lambda _token: True
    await room.says("down?")
    told = capsys.readouterr().out
    assert told.count("the connector refuses our token") == told.count("takes our token again") == 1


async def test_a_managed_identity_answers_in_teams():
    async with open_room(replace(MANAGED, identity_endpoint="/msi/token", identity_header="proof")) as room:
        await room.says("down?")
        assert [call.token for call in room.teams.arrived] == ["own-token-1"]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://SMBA.trafficmanager.net/teams/", True),
        ("https://smba.trafficmanager.net:443/emea/", True),
        ("https://smba.infra.gcc.teams.microsoft.com/teams/", True),
        ("https://smba.infra.gov.teams.microsoft.us/teams/", True),
        ("http://127.0.0.1:3979/emea/", True),
        ("http://localhost:15150/_connector", True),
        ("https://[::1]:15150/", True),
        ("https://gateway.example:8443/teams", True),  # set by the operator, with its port
        ("https://gateway.example/teams", False),
        ("http://smba.trafficmanager.net/emea/", False),
        ("https://evil.trafficmanager.net/emea/", False),
        ("https://trafficmanager.net/", False),
        ("https://smba.trafficmanager.net.evil.example/", False),
        ("https://smba.trafficmanager.net:8443/", False),
        ("https://smba.trafficmanager.net@evil.example/", False),
        ("https://evil.example\\@smba.trafficmanager.net/", False),
        ("https://evil.example/#@smba.trafficmanager.net", False),
        ("https://smba.trafficmanager.net/emea/../../x", False),
        ("https://smba.trafficmanager.net/?x=1", False),
        (" https://smba.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net/\r\nHost: evil", False),
        ("https://smba.trafficmanager.net./emea/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost.evil.example/", False),
        ("http://2130706433/", False),
        ("ftp://127.0.0.1/", False),
        ("", False),
        ("https://" + "a" * 600, False),
    ],
)
def test_only_listed_hosts_may_see_our_token(url, allowed):
    assert may_see_token(url, frozenset({"gateway.example:8443"})) is allowed


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("LOCALHOST", True),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_names_of_this_machine(name, ours):
    assert is_loopback_name(name) is ours
