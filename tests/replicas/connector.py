"""Microsoft's bot connector on loopback: its calls, limits, errors and envelopes, and a log of what reached it.

Shapes after the vendor's pages and what its local client answers.  Sends are counted per thread against real limits,
so that a fan-out that is too fast gets the 429 that Teams would give.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any

from aiohttp import web

from tests.replicas.base import Replica

PUBLISHED = ((7, 1), (8, 2), (60, 30), (1800, 3600))  # sends in so many seconds, per bot and thread
PER_TENANT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One call that reached the connector."""

    method: str
    conversation: str
    activity: str | None
    body: Mapping[str, Any]
    token: str | None
    raw_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the connector does instead of its work, in a conversation, so many times."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1_000_000
    hangs: bool = False
    drops: bool = False  # takes the call, then breaks the connection


def refusal(status: int, code: str, *, times: int = 1_000_000) -> Refusal:
    """An error in the documented envelope."""
    return Refusal(
        status=status, body=json.dumps({"error": {"code": code, "message": f"{code}."}}).encode(), times=times
    )


def blocked() -> Refusal:
    """The other envelope: a number, and JSON inside a string."""
    inner = json.dumps({"subCode": "MessageWritesBlocked", "details": "Message writes blocked."})
    return Refusal(status=403, body=json.dumps({"errorCode": 209, "message": inner}).encode())


def too_large() -> Refusal:
    """A gateway's page instead of JSON."""
    return Refusal(status=413, body=b"<html><body>Payload Too Large</body></html>", content_type="text/html")


def throttled(retry_after: str | None = None, *, times: int = 1_000_000) -> Refusal:
    """429 with `Retry-After` as given: seconds, a date, or absent."""
    body = json.dumps({"error": {"code": "Throttled", "message": "Too many requests."}}).encode()
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Refusal(status=429, body=body, headers=headers, times=times)


def as_date(seconds_since_1970: float) -> str:
    """A moment as HTTP writes it."""
    return formatdate(seconds_since_1970, usegmt=True)


class Connector(Replica):
    """The replica.  `fails` breaks single conversations; what the base class offers breaks the whole service."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[Arrived] = []
        self.fails: dict[str, Refusal] = {}  # by conversation id without its thread; "" is every conversation
        self.members: list[dict[str, str]] = [_member(number) for number in range(120)]
        self.group = "77777777-7777-4777-8777-777777777777"  # the directory's group behind every team
        self.accepts: Callable[[str | None], bool] = lambda _token: True
        self._now: Callable[[], float] | None = None
        self._sends: dict[str, deque[float]] = defaultdict(deque)
        self._ids = iter(range(1_700_000_000_000, 1_800_000_000_000))
        self._waiting = asyncio.Condition()

    @property
    def service_url(self) -> str:
        """What stands in each activity as its serviceUrl; with a slash at its end, as Teams writes it."""
        return f"{self.url}/emea/"

    def routes(self) -> list[web.RouteDef]:
        """The calls that a bot makes."""
        place = "/emea/v3/conversations/{conversation}"
        return [
            web.post("/emea/v3/conversations", self._create),
            web.post(f"{place}/activities", self._post),
            web.post(f"{place}/activities/{{activity}}", self._post),
            web.put(f"{place}/activities/{{activity}}", self._put),
            web.delete(f"{place}/activities/{{activity}}", self._delete),
            web.get(f"{place}/members/{{member}}", self._member),
            web.get(f"{place}/pagedmembers", self._page),
            web.get("/emea/v3/teams/{team}", self._team),
            web.get("/emea/v3/teams/{team}/conversations", self._channels),
        ]

    def limits_by(self, monotonic: Callable[[], float]) -> None:
        """From now on answer 429 as Teams does, by the seconds of this clock."""
        self._now = monotonic

    def sent(self, conversation: str | None = None) -> list[Mapping[str, Any]]:
        """The activities that were posted, in order of arrival."""
        return [
            call.body
            for call in self.arrived
            if call.method == "POST" and conversation in (None, call.conversation.partition(";")[0])
        ]

    async def until(self, arrived: int, *, within: float = 60.0) -> None:
        """Return when so many calls came, or fail after so many real seconds."""
        async with asyncio.timeout(within), self._waiting:
            await self._waiting.wait_for(lambda: len(self.arrived) >= arrived)

    async def _note(self, request: web.Request) -> web.Response | None:
        """Write the call down; the answer that a fault, a limit or a bad token gives instead of the work."""
        place = request.match_info.get("conversation", "")
        body = await request.read()
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        call = Arrived(
            method=request.method,
            conversation=place,
            activity=request.match_info.get("activity"),
            body=json.loads(body) if body else {},
            token=token if scheme == "Bearer" else None,
            raw_path=request.raw_path,
        )
        self.arrived.append(call)
        async with self._waiting:
            self._waiting.notify_all()
        thread = place.partition(";")[0]
        if not self.accepts(call.token):
            return _error(401, "BotNotRegistered")
        if (wrong := _wrong_mention(call.body)) is not None:
            return _error(400, wrong)
        return await self._fail(thread, request) or self._throttle(thread)

    async def _fail(self, thread: str, request: web.Request) -> web.Response | None:
        name = thread if thread in self.fails else ""
        failure = self.fails.get(name)
        if failure is None:
            return None
        self.fails[name] = replace(failure, times=failure.times - 1)
        if failure.times <= 1:
            del self.fails[name]
        if failure.hangs:
            await self._released.wait()
        if failure.drops and request.transport is not None:
            request.transport.abort()
        return web.Response(
            status=failure.status, body=failure.body, headers=dict(failure.headers), content_type=failure.content_type
        )

    def _throttle(self, thread: str) -> web.Response | None:
        if self._now is None:
            return None
        now = self._now()
        if not self._has_room("", ((PER_TENANT, 1),), now) or not self._has_room(thread, PUBLISHED, now):
            return _error(429, "Throttled", {"Retry-After": "1"})
        return None

    def _has_room(self, name: str, windows: tuple[tuple[int, int], ...], now: float) -> bool:
        sends = self._sends[name]
        sends.append(now)
        while sends[0] < now - 3600:
            sends.popleft()
        return all(sum(at > now - seconds for at in sends) <= most for most, seconds in windows)

    async def _create(self, request: web.Request) -> web.Response:
        refused = await self._note(request)
        if refused is not None:
            return refused
        body, activity = self.arrived[-1].body, str(next(self._ids))
        channel = body.get("channelData", {}).get("channel", {}).get("id")
        place = f"{channel};messageid={activity}" if channel else f"a:{activity}"
        return web.json_response({"id": place, "activityId": activity, "serviceUrl": self.service_url}, status=201)

    async def _post(self, request: web.Request) -> web.Response:
        return await self._note(request) or web.json_response({"id": str(next(self._ids))}, status=201)

    async def _put(self, request: web.Request) -> web.Response:
        return await self._note(request) or web.json_response({"id": request.match_info["activity"]})

    async def _delete(self, request: web.Request) -> web.Response:
        return await self._note(request) or web.Response()

    async def _member(self, request: web.Request) -> web.Response:
        wanted = request.match_info["member"]
        found = [member for member in self.members if wanted in (member["id"], member["aadObjectId"])]
        return web.json_response(found[0]) if found else _error(404, "MemberNotFoundInConversation")

    async def _page(self, request: web.Request) -> web.Response:
        size = max(50, int(request.query.get("pageSize", "50")))
        start = int(request.query.get("continuationToken", "0"))
        page: dict[str, Any] = {"members": self.members[start : start + size]}
        if start + size < len(self.members):
            page["continuationToken"] = str(start + size)
        return web.json_response(page)

    async def _team(self, request: web.Request) -> web.Response:
        team = request.match_info["team"]
        about = {"id": team, "name": "Sales", "channelCount": 2, "memberCount": len(self.members)}
        return web.json_response(about | ({"aadGroupId": self.group} if self.group else {}))

    async def _channels(self, request: web.Request) -> web.Response:
        team = request.match_info["team"]
        named = {"id": "19:sales@thread.tacv2", "name": "Deals", "type": "standard"}
        return web.json_response({"conversations": [{"id": team, "type": "standard"}, named]})


def _member(number: int) -> dict[str, str]:
    return {
        "id": f"29:person-{number}",
        "name": f"Person {number}",
        "aadObjectId": f"00000000-0000-4000-8000-{number:012}",
        "tenantId": "tenant-1",
        "userRole": "user",
    }


def _wrong_mention(body: Mapping[str, Any]) -> str | None:
    """The code by which Teams refuses a mention of nobody, or one that stands nowhere in the text."""
    for entity in body.get("entities") or []:
        if entity.get("type") == "mention":
            if not entity.get("mentioned", {}).get("id"):
                return "MissingProperty"
            if not entity.get("text") or entity["text"] not in body.get("text", ""):
                return "BadArgument"
    return None


def _error(status: int, code: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(
        {"error": {"code": code, "message": f"{code}."}}, status=status, headers=dict(headers or {})
    )
