"""Bluesky's entrance: sessions that are counted and run out, a search with a cursor, and refusals without a reason."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from bot.sources.shapes import moment
from tests import secrets_known
from tests.replicas.base import Replica

HANDLE = "notjustyou.example"
PASSWORD = "aaaa-bbbb-cccc-dddd"  # noqa: S105 - opens nothing
secrets_known.always(PASSWORD)
TOKEN = f"{HANDLE}:{PASSWORD}"
LIFE = timedelta(hours=2)  # of an access token
WINDOW = timedelta(minutes=5)
SESSIONS_A_DAY = 300
FORBIDDEN = (
    "<html><head><title>403 Forbidden</title></head><body>Request forbidden by administrative rules.</body></html>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeet:
    """One post as the index knows it."""

    uri: str
    text: str
    at: datetime  # when it was indexed
    created_at: datetime  # as its author's program says
    did: str
    handle: str
    langs: tuple[str, ...]


class BlueskyReplica(Replica):
    """`says(...)` posts; `now` is asked for the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now
        self.moves = True  # somebody always posts something
        self.skeets: list[Skeet] = []
        self.limit = 3000
        self.opaque_after: int | None = None  # searches, then 403 without a reason
        self.short_pages = False
        self.sessions = 0
        self.session_limit = SESSIONS_A_DAY
        self.refreshes = 0
        self._ends_at: dict[str, datetime] = {}  # access token -> when it runs out
        self.refresh_tokens: set[str] = set()
        self._asked: list[datetime] = []

    def routes(self):
        return [
            web.post("/xrpc/com.atproto.server.createSession", self.create),
            web.post("/xrpc/com.atproto.server.refreshSession", self.refresh),
            web.get("/xrpc/app.bsky.feed.searchPosts", self.search),
        ]

    def says(self, text, *, ago=timedelta(0), created=None, who=None, handle=None):
        """Somebody posts; `created`: how long ago by the author's own clock."""
        number = len(self.skeets)
        did = who or f"did:plc:u{number}"
        skeet = Skeet(
            uri=f"at://{did}/app.bsky.feed.post/3m{number}",
            text=text,
            at=self.now() - ago,
            created_at=self.now() - (ago if created is None else created),
            did=did,
            handle=handle or f"u{number}.example",
            langs=("en",),
        )
        self.skeets.append(skeet)
        return skeet

    async def create(self, request):
        told = await request.json()
        if self.sessions >= self.session_limit:
            reset = int((self.now() + timedelta(hours=3)).timestamp())
            headers = {"ratelimit-limit": str(self.session_limit), "ratelimit-reset": str(reset)}
            body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
            return web.json_response(body, status=429, headers=headers)
        if (told["identifier"], told["password"]) != (HANDLE, PASSWORD):
            body = {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
            return web.json_response(body, status=401)
        self.sessions += 1
        return self._pair()

    async def refresh(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.refresh_tokens:
            return web.json_response({"error": "ExpiredToken", "message": "Token has been revoked"}, status=400)
        self.refresh_tokens.discard(token)
        self.refreshes += 1
        return self._pair()

    async def search(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._ends_at:
            body = {"error": "AuthMissing", "message": "Authentication Required"}
            return web.json_response(body, status=401, headers=self._limits())
        if self.now() >= self._ends_at[token]:
            return web.json_response({"error": "ExpiredToken", "message": "Token has expired"}, status=400)
        self._asked = [at for at in self._asked if at > self.now() - WINDOW]
        if len(self._asked) >= self.limit:
            body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
            return web.json_response(body, status=429, headers=self._limits())
        self._asked.append(self.now())
        if self.opaque_after is not None and len(self._asked) > self.opaque_after:
            return web.Response(status=403, text=FORBIDDEN, content_type="text/html", headers={"server": "openresty"})
        return self._found(request)

    def _found(self, request):
        words = re.findall(r'"([^"]+)"|(\S+)', request.query["q"].lower())
        wanted = [phrase or word.strip("#") for phrase, word in words]
        since = moment(request.query.get("since")) or datetime.min.replace(tzinfo=self.now().tzinfo)
        found = [
            skeet
            for skeet in sorted([*self.skeets, *self._small_talk()], key=lambda skeet: skeet.at, reverse=True)
            if skeet.at >= since and all(word in skeet.text.lower() for word in wanted)
        ]
        first, limit = int(request.query.get("cursor", "0")), int(request.query.get("limit", "25"))
        page = found[first : first + limit]
        answer = {"posts": [_view(skeet) for skeet in page[: 7 if self.short_pages else limit]], "hitsTotal": 10000}
        if self.short_pages:
            limit = 7
        if len(found) > first + limit:
            answer["cursor"] = str(first + limit)
        return web.json_response(answer, headers=self._limits())

    def _small_talk(self):
        at = self.now() - timedelta(seconds=5)
        about = {"uri": "at://did:plc:cat/app.bsky.feed.post/3cat", "did": "did:plc:cat", "handle": "cat.example"}
        cat = Skeet(text="Good news: my cat is back", at=at, created_at=at, langs=(), **about)
        return [cat] if self.moves else []

    def _pair(self):
        number = self.sessions + self.refreshes
        access, refresh = f"access-{number}", f"refresh-{number}"
        self._ends_at[access] = self.now() + LIFE
        self.refresh_tokens.add(refresh)
        return web.json_response(
            {"accessJwt": access, "refreshJwt": refresh, "handle": HANDLE, "did": "did:plc:me", "active": True}
        )

    def _limits(self):
        reset = int(((self._asked[0] if self._asked else self.now()) + WINDOW).timestamp())
        return {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(max(0, self.limit - len(self._asked))),
            "ratelimit-reset": str(reset),
            "ratelimit-policy": f"{self.limit};w=300",
        }


def _view(skeet):
    record = {"$type": "app.bsky.feed.post", "text": skeet.text, "createdAt": _written(skeet.created_at)}
    if skeet.langs:
        record["langs"] = list(skeet.langs)
    return {
        "uri": skeet.uri,
        "cid": "bafyreiexample",
        "author": {"did": skeet.did, "handle": skeet.handle, "displayName": "Some Body"},
        "record": record,
        "indexedAt": _written(skeet.at),
        "likeCount": 0,
        "labels": [],
    }


def _written(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
