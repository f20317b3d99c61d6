"""A bot on a real endpoint between the replicas, with the rest of the product played by a few lines."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from bot.clock import MachineClock, SettableClock
from bot.domain.conversation import ConversationEvent, Destination, Message, Press
from bot.secret import Secret
from bot.transports.outgoing import Outcome, Outgoing
from bot.transports.teams.conversing import Doors, Notice, Patience
from bot.transports.teams.registration import Registration
from bot.transports.teams.session import open_session
from bot.transports.teams.transport import TeamsTransport
from tests.replicas.connector import Connector
from tests.replicas.identity import APP_ID, APP_SECRET, TENANT, Identity
from tests.teams.activities import activity

START = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
CARD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "Teams is fine", "wrap": True}],
}
ANSWER = Outgoing(card=CARD, text="Teams is fine", summary="Teams is fine", row="row-1", shared=True)


@dataclass
class Product:
    """Everything behind the transport: notes what it was told, and answers as it was told to."""

    messages: list[Message] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    events: list[ConversationEvent] = field(default_factory=list)
    sent: list[tuple[str, str, Destination]] = field(default_factory=list)
    received: list[str] = field(default_factory=list)  # the app to which something believed came
    tried: list[tuple[str, Outcome]] = field(default_factory=list)  # what became of its calls
    answer: Outgoing | None = ANSWER
    welcome: Outgoing | None = None
    work: Callable[[], Awaitable[None]] | None = None  # what has to happen before an answer

    def doors(self) -> Doors:
        return Doors(
            reply_to=self._reply_to, pressed=self._pressed, heard=self._heard, sent=self._sent, notice=self._notice,
            received=self.received.append, tried=lambda app, outcome: self.tried.append((app, outcome)),
        )  # fmt: skip

    async def _reply_to(self, message: Message) -> Outgoing | None:
        self.messages.append(message)
        if self.work:
            await self.work()
        return self.answer

    async def _pressed(self, press: Press) -> Outgoing:
        self.presses.append(press)
        if self.work:
            await self.work()
        return self.answer or ANSWER

    async def _heard(self, event: ConversationEvent) -> Outgoing | None:
        self.events.append(event)
        return self.welcome

    async def _sent(self, row: str, activity_id: str, destination: Destination) -> None:
        self.sent.append((row, activity_id, destination))

    @staticmethod
    def _notice(notice: Notice, language: str | None) -> str:
        return f"{notice.value} in {language}"


@dataclass
class Room:
    """What a test talks to."""

    clock: SettableClock
    teams: Connector
    identity: Identity
    product: Product
    transport: TeamsTransport
    session: aiohttp.ClientSession
    url: str

    async def post(self, body: Any, **headers: str | None) -> tuple[int, Any]:
        """Send an activity as the bot service would, or with other headers; the answer's status and JSON."""
        token = self.identity.token(self.teams.service_url)
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | headers
        kept = {name: value for name, value in sent.items() if value is not None}
        data = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.session.post(self.url, headers=kept, **data) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def says(self, text: str, **parts: Any) -> int:
        """Somebody writes to the bot; the status of its answer to the service."""
        return (await self.post(activity("message", self.teams.service_url, text=text, **parts)))[0]

    async def pass_time(self, wait: timedelta) -> None:
        """Move the clock, waking who is due, and let them act."""
        self.clock.set(self.clock.now() + wait)
        await asyncio.sleep(0)  # noqa: TID251 - gives way once; no time passes

    async def somebody_waits(self) -> None:
        """Return when a turn has come so far that it waits for the clock."""
        await self.until(lambda: self.clock.next_wake() is not None)

    async def until(self, claim: Callable[[], bool]) -> None:
        """Return when `claim` holds; fail after five real seconds."""
        async with asyncio.timeout(5):
            while not claim():
                await MachineClock().sleep(timedelta(milliseconds=1))


@asynccontextmanager
async def open_room(registration: Registration | None = None, **patience: timedelta):
    """The bot, registered and checking tokens unless `registration` says otherwise."""
    clock, product = SettableClock(START), Product()
    async with AsyncExitStack() as parts:
        teams, identity = Connector(), Identity(clock)
        for replica in (teams, identity):
            await replica.start()
            parts.push_async_callback(replica.stop)
        session = await parts.enter_async_context(open_session())
        given = registration or Registration(app_id=APP_ID, secret=Secret(APP_SECRET), tenant=TENANT)
        given = replace(given, login_url=identity.login_url, metadata_url=identity.metadata_url)
        if given.identity_endpoint:  # a path at the replica
            given = replace(given, identity_endpoint=identity.url + given.identity_endpoint)
        transport = TeamsTransport(given, product.doors(), session=session, clock=clock, patience=Patience(**patience))
        running = asyncio.ensure_future(transport.run())
        parts.push_async_callback(_finish, transport, running)
        url = await _serve(parts, transport)
        yield Room(
            clock=clock, teams=teams, identity=identity, product=product, transport=transport, session=session, url=url
        )


async def _serve(parts: AsyncExitStack, transport: TeamsTransport) -> str:
    app = web.Application()
    app.add_routes(transport.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    parts.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"


async def _finish(transport: TeamsTransport, running: "asyncio.Future[None]") -> None:
    transport.stop()
    async with asyncio.timeout(5):
        await running
