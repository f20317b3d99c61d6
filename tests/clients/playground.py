"""Microsoft's local Teams client, driven without a browser: real activities to the bot, its answers as they arrive.

The Playground is one pinned Node program.  It tells nobody (`--dt`), asks no token, and takes any card; validity, size
and speed are tested elsewhere.  It listens on every interface, so it runs only as long as the test that asks for it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp

from bot.clock import MachineClock
from tests.clients.node import node, package
from tests.ports import free_port

PATIENCE = 20.0  # seconds until something must have happened
LOOK_AGAIN = timedelta(milliseconds=100)

TENANT = "11111111-2222-3333-4444-555555555555"
BOT = {"id": "28:99999999-aaaa-bbbb-cccc-dddddddddddd", "name": "Notjustyou"}
PERSONAL, GROUP = "a:1personal-chat", "19:group-chat@thread.v2"
GENERAL, CHANNEL = "19:general@thread.tacv2", "19:helpdesk@thread.tacv2"


def _person(number: int, name: str) -> dict[str, str]:
    mail = f"{name.lower()}@contoso.example"
    return {
        "id": f"29:person-{number}",
        "name": f"{name} Example",
        "userPrincipleName": mail,  # the Playground's own spelling
        "aadObjectId": f"{number:08d}-0000-0000-0000-000000000000",
        "givenName": name,
        "surname": "Example",
        "email": mail,
    }


ME = _person(1, "Alex")
CONFIG = {
    "version": "0.1.1",
    "tenantId": TENANT,
    "bot": BOT,
    "currentUser": ME,
    "users": [_person(number, name) for number, name in enumerate(("Bea", "Can", "Dana", "Eli", "Fay"), start=2)],
    "personalChat": {"id": PERSONAL},
    "groupChat": {"id": GROUP, "name": "Project"},
    "team": {
        "id": GENERAL,
        "name": "Contoso",
        "aadGroupId": "22222222-2222-3333-4444-555555555555",
        "channels": [{"id": CHANNEL, "name": "Helpdesk"}],
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message of the bot as people see it now."""

    id: str
    conversation: str
    text: str = ""
    card: Mapping = field(default_factory=dict)

    def action(self, title: str) -> Mapping:
        """The button with this title."""
        return self.buttons[title]

    @property
    def buttons(self) -> dict[str, Mapping]:
        """Title -> button, of those that come back to the bot."""
        return {each["title"]: each for each in _objects(self.card) if each.get("type") == "Action.Execute"}

    @property
    def lines(self) -> list[str]:
        """What is read on the card, in order."""
        return [each["text"] for each in _objects(self.card) if each.get("type") in ("TextBlock", "TextRun")]

    def showing(self, card: Mapping) -> "Heard":
        """The same message with the card that a press put in its place."""
        return replace(self, card=card)


def filled_in(form: Heard) -> dict[str, str]:
    """What stands in the fields of a form, as its client sends it back."""
    fields = [each for each in _objects(form.card) if str(each.get("type", "")).startswith("Input.")]
    return {each["id"]: each.get("value", "") for each in fields}


class Playground:
    """A running Playground and what the bot said in it, read as far as somebody waited for it."""

    def __init__(self, session: aiohttp.ClientSession, stream: aiohttp.ClientWebSocketResponse, address: str) -> None:
        self.address = address
        self._session = session
        self._stream = stream
        self._heard: dict[str, Heard] = {}  # by message id, in order of arrival

    async def install(self, conversation: str = PERSONAL) -> None:
        """Add the app to a conversation."""
        await self._post(f"/_debug/conversation/{quote(conversation, safe='')}/installation", {})

    async def say(self, text: str, conversation: str = PERSONAL) -> str:
        """Write as the current user, with a mention where only mentions reach a bot; returns where to listen."""
        body = {"type": "text", "textFormat": "plain", "from": {"id": ME["id"]}, "text": text}
        if conversation != PERSONAL:
            mention = f"<at>{BOT['name']}</at>"
            body |= {"text": f"{mention} {text}", "mentions": [{"mentioned": BOT, "text": mention}]}
        answer = await self._post(f"/_conversation/v1/conversations/{quote(conversation, safe='')}/messages", body)
        return answer.get("postConversationId") or conversation

    async def press(self, message: Heard, title: str, /, **filled: str) -> Mapping:
        """Press a button of a card, its fields filled in; returns the card that the presser gets in its place."""
        return (await self.invoke(message, title, **filled))["value"]

    async def invoke(self, message: Heard, title: str, /, **filled: str) -> Mapping:
        """Press a button of a card; returns the whole answer of the bot."""
        action = message.action(title)
        sent = {key: action[key] for key in ("type", "title", "verb")} | {"data": {**action["data"], **filled}}
        body = {
            "name": "adaptiveCard/action",
            "value": {"action": sent},
            "from": {"id": ME["id"]},
            "conversation": {"id": message.conversation},
            "replyToId": message.id,
        }
        return await self._post("/_conversation/v1/invoke", body)

    async def deliver(self, activity: Mapping) -> None:
        """Send the bot a whole activity as it is: another language, another client, broken fields."""
        await self._post("/_internal/v1/customActivities", activity)

    async def heard(self, conversation: str = PERSONAL, *, after: int = 0) -> Heard:
        """The bot's first message in a conversation beyond the first `after`; waits for it."""
        async with asyncio.timeout(PATIENCE):
            while len(self.all_heard(conversation)) <= after:
                await self._read()
        return self.all_heard(conversation)[after]

    async def changed(self, message: Heard, *, within: float = PATIENCE) -> Heard:
        """The same message once the bot has edited it; waits for that."""
        async with asyncio.timeout(within):
            while self._heard[message.id] == message:
                await self._read()
        return self._heard[message.id]

    def all_heard(self, conversation: str = PERSONAL) -> list[Heard]:
        """Everything read so far that the bot said in a conversation, as it looks now."""
        return [message for message in self._heard.values() if message.conversation == conversation]

    async def _read(self) -> None:
        """Take in the next thing that happens in any conversation."""
        told = await self._stream.receive_json()
        message = told.get("message") or {}
        if not message.get("messageId") or (message.get("from") or {}).get("id") == ME["id"]:
            return
        known = self._heard.get(message["messageId"])
        cards = [each.get("content") for each in message.get("attachments") or ()]
        self._heard[message["messageId"]] = Heard(
            id=message["messageId"],
            conversation=told.get("actionConversationId") or (known.conversation if known else ""),
            text=message.get("text") or "",
            card=cards[0] if cards else {},
        )

    async def _post(self, path: str, body: Mapping) -> Mapping:
        async with self._session.post(f"{self.address}{path}", json=body) as answer:
            text = await answer.text()
            assert answer.status < 300, f"{path}: {answer.status} {text[:500]}"
            return json.loads(text) if text else {}


@asynccontextmanager
async def playground(bot: str, folder: Path) -> AsyncIterator[Playground]:
    """A Playground that talks to the bot at address `bot` (…/api/messages); keeps its files in `folder`."""
    port = free_port()  # on one that is taken the Playground silently picks another
    config = folder / "playground.yml"
    config.write_text(json.dumps(CONFIG))  # JSON is YAML
    process = await asyncio.create_subprocess_exec(
        node(),
        str(package("@microsoft/m365agentsplayground") / "cli.js"),
        *("-e", bot, "-c", "msteams", "-p", str(port), "--su", f"http://127.0.0.1:{port}/_connector", "--dt"),
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "TEAMSAPPTESTER_BROWSER": "none",
            "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config),
            "M365_AGENTS_PLAYGROUND_LOGFILE": str(folder / "playground.log"),
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as session:
            await _ready(session, address, process)
            async with session.ws_connect(f"{address}/_ws_conversation/v1/conversations/stream") as stream:
                yield Playground(session, stream, address)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(session: aiohttp.ClientSession, address: str, process: asyncio.subprocess.Process) -> None:
    """Wait until it answers; its line "Listening" comes before it has read its configuration, so it proves nothing."""
    clock = MachineClock()
    async with asyncio.timeout(PATIENCE):
        while process.returncode is None:
            try:
                async with session.get(f"{address}/_internal/v1/config") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass  # not there yet
            await clock.sleep(LOOK_AGAIN)
    raise AssertionError(f"the Playground ended with {process.returncode}")


def _objects(part) -> list[Mapping]:
    if isinstance(part, Mapping):
        return [part, *(found for inner in part.values() for found in _objects(inner))]
    return [found for inner in part for found in _objects(inner)] if isinstance(part, list) else []
