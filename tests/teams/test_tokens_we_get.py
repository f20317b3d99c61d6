"""Which requests are believed: a genuine token, for us, for this service URL, from a key that may speak for Teams."""

import asyncio
import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import jwt
import pytest

from bot.transports.teams.identity import TOKENS_KEPT, TokenCheck
from bot.transports.teams.keys import SigningKeys
from tests.replicas.base import Fault
from tests.replicas.identity import APP_ID, TENANT, Identity
from tests.teams.activities import activity
from tests.teams.room import START, Room

NOW = int(START.timestamp())


def unsigned(identity: Identity, service_url: str, **header: str) -> str:
    parts = ({"typ": "JWT", "kid": "key-1"} | header, identity.claims(service_url))
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


async def knocks(room: Room, token: str | None, **parts: object) -> int:
    header = None if token is None else f"Bearer {token}"
    body = activity("message", room.teams.service_url, text="down?", **parts)
    return (await room.post(body, Authorization=header))[0]


@pytest.mark.parametrize(
    ("status", "changed"),
    [
        pytest.param(200, {}, id="a good one"),
        pytest.param(200, {"exp": NOW - 200}, id="expired 200 s ago, within the clock skew"),
        pytest.param(200, {"nbf": NOW + 200}, id="valid in 200 s, within the clock skew"),
        pytest.param(200, {"nbf": None}, id="without a beginning"),
        pytest.param(401, {"exp": NOW - 301}, id="expired"),
        pytest.param(401, {"nbf": NOW + 301}, id="not yet valid"),
        pytest.param(401, {"exp": None}, id="without an end"),
        pytest.param(401, {"exp": "never"}, id="with an end that is no number"),
        pytest.param(401, {"exp": True}, id="with an end that is a truth"),
        pytest.param(401, {"aud": "another-app"}, id="for another app"),
        pytest.param(401, {"aud": None}, id="for nobody"),
        pytest.param(401, {"iss": "https://sts.example"}, id="from another issuer"),
        pytest.param(401, {"iss": None}, id="from nobody"),
        pytest.param(401, {"serviceurl": "https://smba.trafficmanager.net/emea/"}, id="for another service URL"),
        pytest.param(401, {"serviceurl": None}, id="for no service URL"),
        pytest.param(401, {"serviceurl": ["service"]}, id="with a list for a service URL"),
        pytest.param(401, {"kid": "key-99"}, id="of an unknown key"),
        pytest.param(401, {"kid": None}, id="of a key without a name"),
        pytest.param(401, {"signed_by": 7}, id="badly signed"),
    ],
)
async def test_a_token_is_believed_only_when_every_part_is_right(room, status, changed):
    assert await knocks(room, room.identity.token(room.teams.service_url, **changed)) == status
    assert len(room.product.messages) == (status == 200)


async def test_a_slash_more_or_less_is_another_service_url(room):
    assert await knocks(room, room.identity.token(room.teams.service_url.rstrip("/"))) == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer garbage", "Bearer " + "a" * 8000]
)
async def test_what_is_no_token_is_refused(room, header):
    body = activity("message", room.teams.service_url, text="down?")
    assert (await room.post(body, Authorization=header or None))[0] == 401


async def test_other_ways_of_signing_are_refused(room):
    url = room.teams.service_url
    assert await knocks(room, unsigned(room.identity, url, alg="none")) == 401
    assert await knocks(room, unsigned(room.identity, url, alg="RS256")) == 401
    by_secret = jwt.encode(room.identity.claims(url), "k" * 64, "HS256", headers={"kid": "key-1"})
    assert await knocks(room, by_secret) == 401


@pytest.mark.parametrize("endorsements", [("webchat",), (), None])
async def test_a_key_that_may_not_speak_for_teams_is_refused(room, endorsements):
    room.identity.roll(endorsements)
    assert await knocks(room, room.identity.token(room.teams.service_url)) == 403


async def test_a_genuine_token_does_not_speak_for_another_channel(room):
    token = room.identity.token(room.teams.service_url)
    assert await knocks(room, token) == 200
    assert await knocks(room, token, channelId="webchat") == 403, "also when the token was seen before"


async def test_a_genuine_token_does_not_cover_a_forged_service_url(room):
    token = room.identity.token(room.teams.service_url)
    assert await knocks(room, token) == 200
    forged = activity("message", "http://127.0.0.1:9/emea/", text="down?")
    assert (await room.post(forged, Authorization=f"Bearer {token}"))[0] == 401


@pytest.mark.parametrize(
    "url", ["https://evil.trafficmanager.net/emea/", "https://smba.trafficmanager.net.evil.example/"]
)
async def test_a_signed_service_url_off_the_list_is_refused_and_never_called(room, url):
    forged = activity("message", url, text="down?")
    status, said = await room.post(forged, Authorization=f"Bearer {room.identity.token(url)}")
    assert (status, said["error"]["message"]) == (403, "host_not_allowed")
    assert room.identity.token_asks == []


async def test_a_refusal_says_why_and_shows_no_token(room, capsys):
    token = room.identity.token(room.teams.service_url, aud="another-app")
    body = activity("message", room.teams.service_url, text="down?")
    status, said = await room.post(body, Authorization=f"Bearer {token}")
    assert (status, said) == (401, {"error": {"code": "NotBelieved", "message": "wrong_audience"}})
    assert token not in capsys.readouterr().out


async def test_keys_are_fetched_once_for_many_tokens(room):
    for number in range(5):
        assert await knocks(room, room.identity.token(room.teams.service_url, jti=str(number))) == 200
    assert room.identity.key_fetches == 1


async def test_the_first_messages_that_come_at_once_are_all_believed(room):
    tokens = [room.identity.token(room.teams.service_url, jti=str(number)) for number in range(20)]
    chats = ({"id": f"a:{number}", "tenantId": TENANT} for number in range(20))
    knocking = (knocks(room, token, conversation=chat) for token, chat in zip(tokens, chats, strict=True))
    assert set(await asyncio.gather(*knocking)) == {200}
    assert room.identity.key_fetches == 1


async def test_a_rolled_key_is_found_but_the_keys_are_asked_for_at_most_once_a_minute(room):
    assert await knocks(room, room.identity.token(room.teams.service_url)) == 200
    room.identity.roll()
    new = room.identity.token(room.teams.service_url)
    for _ in range(3):
        assert await knocks(room, new) == 401
    assert room.identity.key_fetches == 1
    await room.pass_time(timedelta(seconds=61))
    assert await knocks(room, new) == 200
    assert room.identity.key_fetches == 2


async def test_a_failed_fetch_is_not_repeated_within_a_minute_and_known_keys_go_on(room, capsys):
    known = room.identity.token(room.teams.service_url)
    assert await knocks(room, known) == 200
    await room.pass_time(timedelta(seconds=61))
    room.identity.keys_refuse = 503
    for _ in range(3):
        assert await knocks(room, room.identity.token(room.teams.service_url, kid="unknown")) == 401
    assert room.identity.key_fetches == 2
    assert await knocks(room, known) == 200


async def test_a_token_is_worth_nothing_once_its_key_left_the_set(room):
    old, old_kid = room.identity.token(room.teams.service_url, exp=NOW + 7 * 86_400), "key-1"
    assert await knocks(room, old) == 200
    room.identity.roll()
    room.identity.drop(old_kid)
    assert await knocks(room, old) == 200, "nobody can know yet"
    await room.pass_time(timedelta(hours=25))
    assert await knocks(room, old) == 401


async def test_a_verified_token_still_ends(room):
    token = room.identity.token(room.teams.service_url, exp=NOW + 60)
    assert await knocks(room, token) == 200
    await room.pass_time(timedelta(seconds=361))
    assert await knocks(room, token) == 401


@pytest.mark.parametrize("fault", [Fault.NONSENSE, Fault.HTML, Fault.SERVER_ERROR, Fault.RESET, Fault.EMPTY])
async def test_an_odd_key_server_means_refusal_not_an_error(room, fault, capsys):
    room.identity.fault = fault
    assert await knocks(room, room.identity.token(room.teams.service_url)) == 401


async def test_verified_tokens_are_remembered_up_to_a_bound(room):
    keys = SigningKeys(room.session, room.clock, room.identity.metadata_url)
    check = TokenCheck(APP_ID, keys, room.clock)
    url = room.teams.service_url
    first = f"Bearer {room.identity.token(url)}"
    assert await check.refuse(first, service_url=url, channel="msteams") is None
    key = next(iter(check._verified.values()))
    for number in range(TOKENS_KEPT):
        check._keep(str(number).encode(), key)
    assert len(check._verified) == TOKENS_KEPT
    assert await check.refuse(first, service_url=url, channel="msteams") is None, "forgotten, and verified again"
