"""Without an app id nobody can prove who they are: only programs on this machine are listened to."""

from urllib.parse import urlsplit

import pytest

from bot.secret import Secret
from bot.transports.teams.registration import Registration
from tests.replicas.identity import APP_ID, APP_SECRET, TENANT
from tests.teams.activities import activity, press
from tests.teams.room import Room, open_room


async def knock(room: Room, **headers: str | None) -> int:
    said = activity("message", room.teams.service_url, text="down?")
    return (await room.post(said, Authorization=None, **headers))[0]


async def test_the_local_client_is_answered_without_a_token_in_either_direction(local_room):
    assert await knock(local_room, **{"x-ms-agents-playground": "true"}) == 200
    assert [call.token for call in local_room.teams.arrived] == [None]


async def test_a_service_url_that_says_localhost_is_of_this_machine(local_room):
    url = local_room.teams.service_url.replace("127.0.0.1", "localhost")
    said = activity("message", url, text="down?")
    assert (await local_room.post(said, Authorization=None))[0] == 200
    assert len(local_room.teams.arrived) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:3978"},
        {"Origin": "null"},
        {"Forwarded": "for=192.0.2.1"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"X-Forwarded-Host": "bot.example"},
        {"x-forwarded-anything": ""},
        {"Via": "1.1 tunnel"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Host": "bot.example"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": "abc.devtunnels.ms"},
        {"Host": "localhost.evil.example:3978"},
    ],
)
async def test_a_trace_of_a_browser_or_a_tunnel_is_refused(local_room, headers):
    assert await knock(local_room, **headers) == 403
    assert local_room.product.messages == []


async def test_other_names_of_this_machine_are_fine(local_room):
    port = urlsplit(local_room.url).port
    for name in ("localhost", "127.0.0.1", "[::1]"):
        assert await knock(local_room, Host=f"{name}:{port}") == 200


@pytest.mark.parametrize(
    "url", ["https://smba.trafficmanager.net/emea/", "http://192.0.2.1/", "http://localhost.evil.example/"]
)
async def test_a_service_url_elsewhere_is_refused(local_room, url):
    status, _ = await local_room.post(activity("message", url, text="down?"), Authorization=None)
    assert status == 403
    assert local_room.product.messages == []


async def test_a_press_works_locally_too(local_room):
    pressed = press(local_room.teams.service_url, {"v": 1, "verb": "again", "id": "row-1"})
    status, answer = await local_room.post(pressed, Authorization=None)
    assert (status, answer["statusCode"]) == (200, 200)


async def test_with_an_app_id_a_local_request_still_needs_a_token():
    async with open_room(Registration(app_id=APP_ID, secret=Secret(APP_SECRET), tenant=TENANT)) as room:
        assert await knock(room) == 401
