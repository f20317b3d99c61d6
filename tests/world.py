"""The whole product on a fake clock between replicas: what the stories are told in.

await world.says("is Teams down?")        what Ann reads in answer
await world.advance(minutes=5)            time passes; everybody who is due acts, in order
await world.presses("again")              the button on the last card
"""

import asyncio
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp

from bot.app import serve
from bot.assembly import Parts
from bot.clock import MachineClock, SettableClock
from bot.settings import read_settings
from bot.sources.drill import load_drill
from bot.store.engine import Store
from tests import secrets_known
from tests.replicas.connector import Connector
from tests.replicas.downdetector import DowndetectorReplica
from tests.replicas.graph import GraphReplica
from tests.replicas.hn import HnReplica
from tests.replicas.identity import (
    APP_ID,
    APP_SECRET,
    SECOND_APP,
    SECOND_SECRET,
    SECOND_TENANT,
    TENANT,
    Identity,
)
from tests.replicas.mastodon import MastodonReplica
from tests.replicas.microsoft_status import MicrosoftStatus
from tests.replicas.web_targets import WebTargets
from tests.seen import Card, card_of, drawn
from tests.teams import activities
from tests.teams.activities import ANN, CHANNEL, GROUP, MENTION, PERSONAL, mention

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, nine in the morning in Berlin
QUIET_ROUNDS = 60  # of the loop, with nothing under way: longer than any hand-over over loopback takes
A_MOMENT = timedelta(milliseconds=100)
MOST_REAL_SECONDS = 20.0  # a busy machine is slow
FABRIKAM = SECOND_TENANT  # another customer's directory


def fabrikam() -> dict[str, Any]:
    """A channel of another customer."""
    where = {"conversationType": "channel", "id": "19:fabrikam@thread.tacv2", "tenantId": FABRIKAM, "isGroup": True}
    return {"conversation": where, "channelData": {"tenant": {"id": FABRIKAM}}}


PLACES = {
    "personal": activities.personal,
    "group": activities.group,
    "channel": activities.channel,
    "fabrikam": fabrikam,
}
CROWD_TOKEN = "dd-client:dd-secret"  # noqa: S105 - of a replica
secrets_known.always(CROWD_TOKEN.partition(":")[2])
_made: list[bytes] = []
IDS = {"personal": PERSONAL, "group": GROUP, "channel": CHANNEL, "fabrikam": "19:fabrikam@thread.tacv2"}


def person(number: int) -> dict[str, str]:
    """One of many colleagues."""
    return {"id": f"29:colleague-{number}", "name": "N.N.", "aadObjectId": f"00000000-0000-4000-8000-{number:012}"}


@dataclass
class World:
    """Everything there is."""

    clock: SettableClock
    teams: Connector
    identity: Identity
    status: MicrosoftStatus
    graph: GraphReplica
    web: WebTargets
    mastodon: MastodonReplica
    hn: HnReplica
    crowd: DowndetectorReplica  # asked only where a story gives `SOURCE_DOWNDETECTOR_TOKEN=CROWD_TOKEN`
    environment: dict[str, str]
    session: aiohttp.ClientSession
    fabrikams: GraphReplica | None = None  # what Microsoft tells Fabrikam, where it is registered
    url: str = ""
    parts: Parts | None = None
    last: dict[str, Card] = field(default_factory=dict)  # newest card by place
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _running: "asyncio.Future[None] | None" = None

    async def start(self, *, drill: str | None = None, settle: bool = True) -> None:
        """Start the bot, and let it look around once."""
        self._stop = asyncio.Event()
        up: asyncio.Future[tuple[str, Parts]] = asyncio.get_running_loop().create_future()

        def ready(url: str, parts: Parts) -> None:
            up.set_result((url, parts))

        played = load_drill(drill) if drill else None
        run = serve(read_settings(self.environment), self.clock, stop=self._stop, ready=ready, drill=played)
        with patch.dict(os.environ, SSL_CERT_FILE=os.devnull):  # no replica speaks TLS: reading certificates takes time
            self._running = asyncio.ensure_future(run)
            await asyncio.wait([up, self._running], return_when=asyncio.FIRST_COMPLETED)
        if self._running.done():
            self._running.result()
        self.url, self.parts = up.result()
        if settle:
            await self.settle()

    async def stop(self) -> None:
        """Stop the bot as an operator would."""
        if self._running is not None:
            self._stop.set()
            async with asyncio.timeout(MOST_REAL_SECONDS):
                while not (await asyncio.wait([self._running], timeout=1))[0]:
                    self.clock.set(self.clock.now() + A_MOMENT)  # for whoever looks again until all has ended
                await self._running
            self._running = None

    async def advance(self, **duration: float) -> None:
        """Let time pass (as for timedelta), waking sleepers in their order and waiting until each has acted."""
        until = self.clock.now() + timedelta(**duration)
        while (due := self.clock.next_wake()) is not None and due <= until:
            self.clock.set(due)
            await self.settle()
        self.clock.set(until)
        await self.settle()

    async def sleeps(self, **duration: float) -> None:
        """As after a laptop was closed: time (hours=23) is gone, and whoever is due acts once."""
        self.clock.set(self.clock.now() + timedelta(**duration))
        await self.settle()

    async def settle(self) -> None:
        """Wait until everybody is parked: on the clock or on an idle socket."""
        quiet, machine = 0, MachineClock()
        async with asyncio.timeout(MOST_REAL_SECONDS):
            while quiet < QUIET_ROUNDS:
                quiet = 0 if self.is_busy else quiet + 1
                await machine.sleep(timedelta(milliseconds=0 if quiet else 1))

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that is not waiting for the clock.

        What sources are asked counts on our side: a replica that hangs goes on hanging when we have long given up.
        """
        open_work = self.parts.store.open_work + self.parts.fetcher.open_exchanges if self.parts else 0
        return open_work + self.teams.open + self.identity.open > 0

    async def says(self, text: str, *, by: Mapping[str, str] = ANN, to: str = "personal", **parts: Any) -> Card:
        """Somebody writes to the bot, with a mention where one is needed; what they read in answer."""
        posted = len(self.teams.sent())
        status = await self.writes(text, by=by, to=to, **parts)
        assert status == 200, status
        await self.settle()
        answers = self.teams.sent()[posted:]
        assert len(answers) == 1, answers
        return self._keep(card_of(answers[0], to), to)

    async def writes(self, text: str, *, by: Mapping[str, str] = ANN, to: str = "personal", **parts: Any) -> int:
        """As `says`, but gives the bot's answer to the service: a status."""
        if to != "personal":
            text = f"{MENTION} {text}"
            entities = [*activities.activity("message", "")["entities"], mention(bot=self.bot(to))]
            parts = {"entities": entities, **parts}
        body = activities.activity(
            "message", self.teams.service_url, **{"text": text, "from": dict(by), **self.place(to), **parts}
        )
        return (await self.post(body))[0]

    async def presses(
        self, verb: str, *, by: Mapping[str, str] = ANN, on: Card | None = None, to: str = "personal", **parts: Any
    ) -> Card:
        """Somebody presses the button with this verb on a card (the last one there); what that person sees then."""
        card = on or self.last[to]
        status, answer = await self.invoke(card.data(verb), by=by, to=card.place, **parts)
        assert status == 200, (status, answer)
        if "card" in answer["type"]:
            seen = drawn(answer["value"], "", card.place)
        else:
            seen = drawn({}, answer["value"], card.place)
        if card.place == "personal":
            self.last["personal"] = seen
        return seen

    async def invoke(
        self, data: Any, *, by: Mapping[str, str] = ANN, to: str = "personal", **parts: Any
    ) -> tuple[int, Any]:
        """A button's call with whatever data."""
        body = activities.press(self.teams.service_url, data, **{"from": dict(by), **self.place(to), **parts})
        return await self.post(body)

    async def happens(self, kind: str, *, to: str = "personal", **parts: Any) -> list[Card]:
        """Something befalls a conversation; what the bot says to it there."""
        posted = len(self.teams.sent())
        told = activities.activity(kind, self.teams.service_url, **{**self.place(to), **parts})
        status, _ = await self.post(told)
        assert status == 200, status
        await self.settle()
        return [card_of(activity, to) for activity in self.teams.sent()[posted:]]

    def bot(self, to: str) -> str:
        """Whom people speak to in that place: the app that is registered there."""
        return f"28:{SECOND_APP if self.fabrikams and to.startswith('fabrikam') else APP_ID}"

    def place(self, to: str) -> dict[str, Any]:
        """The parts of an activity that tell where it happens."""
        return {**PLACES[to](), "recipient": {"id": self.bot(to), "name": "Notjustyou"}}

    async def post(self, body: Any, **headers: str | None) -> tuple[int, Any]:
        """An activity as the bot service would send it; the bot's status and JSON."""
        recipient = body.get("recipient") if isinstance(body, dict) else None
        is_second = isinstance(recipient, dict) and recipient.get("id") == f"28:{SECOND_APP}"
        token = self.identity.token(self.teams.service_url, **({"aud": SECOND_APP} if is_second else {}))
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | headers
        kept = {name: value for name, value in sent.items() if value is not None}
        data = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.session.post(f"{self.url}/api/messages", headers=kept, **data) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw and answer.content_type == "application/json" else None

    def words(self, key: str, language: str = "en", **values: object) -> str:
        """A sentence of the product, as its language files have it."""
        return self.parts.texts.say(key, language, **values)

    async def page(self, path: str = "/", **headers: str) -> tuple[int, str]:
        """A visitor opens the page."""
        async with self.session.get(f"{self.url}{path}", headers=headers) as answer:
            return answer.status, await answer.text()

    def edits(self, to: str) -> list[Card]:
        """What cards in a place were changed to, in order."""
        changed = [call for call in self.teams.arrived if call.method == "PUT"]
        return [card_of(call.body, to) for call in changed if call.conversation.partition(";")[0] == IDS[to]]

    def _keep(self, card: Card, to: str) -> Card:
        self.last[to] = card
        return card


async def _empty_database() -> bytes:
    """A database with the tables of today: made once, since making them takes longer than many a story."""
    if not _made:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "empty.db").as_posix()
            await (await Store.open(f"sqlite:///{file}", MachineClock())).close()
            with open(file, "rb") as made:  # noqa: ASYNC230 - once, before anything runs
                _made.append(made.read())
    return _made[0]


def _written(folder: Path, graph_url: str, lines: str) -> str:
    """A settings file with a table for Fabrikam."""
    path = folder / "notjustyou.toml"
    ids = f'app_id = "{SECOND_APP}"\napp_secret = "{SECOND_SECRET}"\ntenant_id = "{SECOND_TENANT}"'
    path.write_text(f'[tenant.fabrikam]\n{ids}\ngraph_url = "{graph_url}"\n{lines}\n', encoding="utf-8")
    return str(path)


@asynccontextmanager
async def open_world(
    folder: Path, *, start: bool = True, drill: str | None = None, fabrikam: str | None = None, **settings: str
):
    """A world in which all is well and the bot runs, registered.  `settings`: more of them, without their prefix.

    `fabrikam`: Fabrikam has a registration of its own, with these lines of TOML in its table.
    """
    clock, file = SettableClock(START), folder / "notjustyou.db"
    file.write_bytes(await _empty_database())
    async with AsyncExitStack() as stack:
        teams, identity, web = Connector(), Identity(clock), WebTargets()
        status, graph, mastodon = MicrosoftStatus(clock), GraphReplica(clock), MastodonReplica(clock.now)
        graph.tokens, crowd, hn = identity.issued, DowndetectorReplica(clock), HnReplica(clock.now)
        for replica in (teams, identity, status, graph, web, mastodon, hn, crowd):
            await replica.start()
            stack.push_async_callback(replica.stop)
        second = None
        if fabrikam is not None:
            second = GraphReplica(clock, tenant=SECOND_TENANT, app=SECOND_APP, secret=SECOND_SECRET)
            await second.start()
            stack.push_async_callback(second.stop)
            graph.tokens, second.tokens = identity.issued_to[APP_ID], identity.issued_to[SECOND_APP]
            settings = {"SETTINGS_FILE": _written(folder, second.url, fabrikam)} | settings
        environment = {
            "PORT": "0",
            "DATABASE_URL": f"sqlite:///{file.as_posix()}",
            "APP_ID": APP_ID,
            "APP_SECRET": APP_SECRET,
            "TENANT_ID": TENANT,
            "LOGIN_URL": identity.login_url,
            "OPENID_URL": identity.metadata_url,
            "GRAPH_URL": graph.url,
            "SERVICE_HOSTS": f"127.0.0.1:{teams.url.rpartition(':')[2]}",
            "SOURCE_MS_PUBLIC_URL": status.url,
            "SOURCE_PROBE_URL": web.url,
            "SOURCE_NEUTRAL_URL": web.url,
            "SOURCE_DNS_URL": web.url,
            "SOURCE_ENDPOINTS_URL": web.url,
            "SOURCE_MASTODON_URL": mastodon.url,
            "SOURCE_HN_URL": hn.url,
            "SOURCE_DOWNDETECTOR_URL": crowd.url,
            "SOURCES_OFF": "graph",
            "ZONE": "Europe/Berlin",
            "FETCH_TIMEOUT_S": "10",
            "STOP_TIMEOUT_S": "2",
        } | settings
        session = await stack.enter_async_context(aiohttp.ClientSession())
        world = World(
            clock=clock, teams=teams, identity=identity, status=status, graph=graph, web=web, mastodon=mastodon,
            hn=hn, crowd=crowd, fabrikams=second,
            environment={f"NOTJUSTYOU_{name}": value for name, value in environment.items() if value},
            session=session,
        )  # fmt: skip
        stack.push_async_callback(world.stop)
        if start:
            await world.start(drill=drill)
        yield world
