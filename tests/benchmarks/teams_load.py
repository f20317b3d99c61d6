"""The load on one bot, and the connector that it answers to.

A message counts when its reply reached the connector and its request was answered; the rest is lost and is told.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp
import psutil
from aiohttp import web

from tests.replicas.identity import Identity

CONVERSATIONS = 5_000  # so many that our own limits per conversation are never reached
AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One bot under load for a while."""

    messages: int
    lost: int
    cpu_s: float

    @property
    def per_core_second(self) -> float:
        """Messages for each second that the bot's process computed."""
        return self.messages / self.cpu_s if self.cpu_s else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A bot that is up."""

    url: str
    process: psutil.Process


class Load:
    """Sends messages and takes replies.  One for all bots; message ids are never used twice."""

    def __init__(self, issuer: Identity, session: aiohttp.ClientSession) -> None:
        self.service_url = ""
        self._issuer = issuer
        self._session = session
        self._numbers = itertools.count(1)
        self._replies: dict[str, asyncio.Event] = {}

    async def start(self) -> web.AppRunner:
        """The connector's side."""
        app = web.Application()
        app.router.add_post("/emea/v3/conversations/{place}/activities/{reply_to}", self._take)
        app.router.add_post("/emea/v3/conversations/{place}/activities", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.service_url = f"http://127.0.0.1:{runner.addresses[0][1]}/emea/"
        return runner

    async def _take(self, request: web.Request) -> web.Response:
        said = await request.json()
        thread = request.match_info["place"].partition(";messageid=")[2]  # one SDK names no message that it answers
        reply = self._replies.get(said.get("replyToId") or thread)
        if reply is not None:
            reply.set()
        return web.json_response({"id": "1"}, status=201)

    def tokens(self, number: int) -> list[str]:
        """So many different tokens."""
        return [self._issuer.token(self.service_url, jti=str(next(self._numbers))) for _ in range(number)]

    async def run(self, bot: Bot, lasting_s: float, tokens: Iterable[str | None]) -> Round:
        """Load the bot for so long, or until the tokens are used up; each message takes the next."""
        waiting = iter(tokens)
        until, before, results = time.monotonic() + lasting_s, cpu(bot.process), []

        async def worker() -> None:
            for token in waiting:
                if time.monotonic() >= until:
                    return
                results.append(await self._one(bot.url, next(self._numbers), token))

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return Round(messages=sum(results), lost=results.count(False), cpu_s=cpu(bot.process) - before)

    async def _one(self, url: str, number: int, token: str | None) -> bool:
        said = activity(self.service_url, number)
        reply = self._replies[said["id"]] = asyncio.Event()
        try:
            async with asyncio.timeout(5):
                proof = {"Authorization": f"Bearer {token}"} if token else {}
                headers = {"Content-Type": "application/json"} | proof
                async with self._session.post(url, data=json.dumps(said), headers=headers) as answer:
                    await answer.read()
                await reply.wait()
            return answer.status < 300
        except (TimeoutError, aiohttp.ClientError):
            return False
        finally:
            del self._replies[said["id"]]


def cpu(process: psutil.Process) -> float:
    """Seconds that the process and its threads have computed."""
    times = process.cpu_times()
    return float(times.user + times.system)


def activity(service_url: str, number: int) -> dict[str, object]:
    """A channel message with a mention, as Teams sends it: about 1.6 KB."""
    place, tenant = f"19:channel-{number % CONVERSATIONS}@thread.tacv2", "11111111-1111-4111-8111-111111111111"
    person = {"id": "29:" + "a" * 80, "name": "Ann Example", "aadObjectId": "22222222-2222-4222-8222-222222222222"}
    bot = {"id": "28:00000000-0000-4000-8000-00000000b07e", "name": "Notjustyou"}
    return {
        "type": "message",
        "id": f"{1_700_000_000_000 + number}",
        "timestamp": "2026-03-02T09:40:00.123Z",
        "localTimestamp": "2026-03-02T10:40:00.123+01:00",
        "localTimezone": "Europe/Berlin",
        "serviceUrl": service_url,
        "channelId": "msteams",
        "from": person,
        "recipient": bot,
        "conversation": {
            "isGroup": True,
            "conversationType": "channel",
            "tenantId": tenant,
            "id": f"{place};messageid={1_700_000_000_000 + number}",
        },
        "textFormat": "plain",
        "text": "<at>Notjustyou</at> is Teams down for everybody or is it just me this morning?\n",
        "attachments": [{"contentType": "text/html", "content": "<div><span>Notjustyou</span> is Teams down?</div>"}],
        "entities": [
            {"type": "mention", "text": "<at>Notjustyou</at>", "mentioned": bot},
            {
                "type": "clientInfo",
                "locale": "en-GB",
                "country": "DE",
                "platform": "Windows",
                "timezone": "Europe/Berlin",
            },
        ],
        "channelData": {
            "teamsChannelId": place,
            "teamsTeamId": "19:team@thread.tacv2",
            "channel": {"id": place},
            "team": {"id": "19:team@thread.tacv2"},
            "tenant": {"id": tenant},
        },
        "locale": "en-GB",
    }
