"""The harness itself: our cards in Microsoft's local client, with a bot that only echoes them."""

import json

import aiohttp
import pytest
from aiohttp import web

from bot.cards import render
from bot.content.texts import load_texts
from tests.cards.samples import SAMPLES
from tests.clients.playground import CHANNEL, GROUP, PERSONAL, playground
from tests.clients.window import window

pytestmark = pytest.mark.slow


class EchoBot:
    """Answers every message with the verdict sample and every press with the steps sample; edits when told to."""

    def __init__(self, session):
        self._session = session
        self._texts = load_texts()
        self.received = []

    def card(self, name):
        return render(SAMPLES[name], self._texts, "en", "Europe/Berlin").card

    async def handle(self, request):
        activity = json.loads(await request.text())
        self.received.append(activity)
        if activity["type"] == "invoke":
            kind = "application/vnd.microsoft.card.adaptive"
            return web.json_response({"statusCode": 200, "type": kind, "value": self.card("steps")})
        if activity["type"] == "message":
            name = "unknown" if "edit" in activity["text"] else "verdict"
            sent = await self._send("POST", activity, activity["id"], name)
            if name == "unknown":
                await self._send("PUT", activity, sent["id"], "fine")
        return web.Response()

    async def _send(self, method, activity, at, name):
        place = activity["conversation"]["id"]
        url = f"{activity['serviceUrl'].rstrip('/')}/v3/conversations/{place}/activities/{at}"
        card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": self.card(name)}
        said = {"type": "message", "from": activity["recipient"], "attachments": [card]}
        async with self._session.request(method, url, json=said) as answer:
            assert answer.status in (200, 201), await answer.text()
            return await answer.json()


@pytest.fixture
async def echo(aiohttp_server):
    async with aiohttp.ClientSession() as session:
        bot = EchoBot(session)
        app = web.Application()
        app.router.add_post("/api/messages", bot.handle)
        server = await aiohttp_server(app)
        bot.address = str(server.make_url("/api/messages"))
        yield bot


async def test_a_question_gets_a_card_and_a_press_gets_another(echo, tmp_path):
    async with playground(echo.address, tmp_path) as teams:
        for place in (PERSONAL, GROUP, CHANNEL):
            where = await teams.say("is teams down?", place)
            shown = await teams.heard(where)
            assert shown.card == echo.card("verdict")
            assert await teams.press(shown, "Show more steps") == echo.card("steps")

    presses = [each for each in echo.received if each["type"] == "invoke"]
    assert [each["value"]["action"]["data"] for each in presses] == [{"v": 1, "verb": "more_steps", "id": "a1"}] * 3


async def test_an_edited_card_changes_where_it_stands(echo, tmp_path):
    async with playground(echo.address, tmp_path) as teams:
        shown = await teams.heard(await teams.say("edit"))
        assert (await teams.changed(shown)).card == echo.card("fine")
        assert len(teams.all_heard()) == 1


async def test_a_person_sees_the_card_and_presses_it_in_the_browser(echo, tmp_path):
    async with playground(echo.address, tmp_path) as teams, window(teams) as screen:
        await screen.say("is teams down?")
        await screen.see("Microsoft Teams is down for everyone in this region: Europe.")
        await screen.press("Show more steps")
        await screen.see("Use another network")

        for place in ("Project", "Helpdesk"):
            await screen.open_chat(place)
            await screen.say("is teams down?", place)
            await screen.see("How sure we are: almost certain (96 %).")
