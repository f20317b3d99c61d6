"""Reddit's two hosts in one: tokens for approved apps, listings, its count of requests and its block page."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aiohttp import web

from tests.replicas.base import Replica

APP, SECRET, NAME = "app-id", "app-secret", "somebody"
TOKEN = f"{APP}:{SECRET}:{NAME}"
LIFE = timedelta(hours=24)
WINDOW = timedelta(minutes=10)
MOST = 100
COMMON_AGENTS = ("", "python-httpx", "python-requests", "Mozilla")
BLOCK_PAGE = "<!DOCTYPE html><html><head><title>Blocked</title></head><body>whoa there, pardner!</body></html>"


class Refusal(StrEnum):
    """Its own ways to say no."""

    BLOCKED = "403 block page"
    BLOCKED_200 = "200 block page"
    THROTTLED_200 = "429 in a good answer"
    THROTTLED_AT_ONCE = "429 with retry-after 0"
    GRANT = "invalid grant in a good answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One thread."""

    name: str
    title: str
    text: str
    at: datetime
    author: str
    subreddit: str
    removed: bool


class RedditReplica(Replica):
    """`says(...)` opens a thread; `now` is asked for the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now
        self.refusal: Refusal | None = None
        self.moves = True  # others always open threads
        self.limit = 1000  # requests in ten minutes
        self.threads: list[Thread] = []
        self.tokens: dict[str, datetime] = {}  # token -> when it ends
        self.issued = 0
        self._asked: list[datetime] = []

    def routes(self):
        return [
            web.post("/api/v1/access_token", self.token),
            web.get("/r/{subreddit}/new", self.new),
            web.get("/r/{subreddit}/search", self.search),
        ]

    def says(self, title, *, ago=timedelta(0), subreddit="MicrosoftTeams", author=None, **more):
        """Somebody opens a thread."""
        number = len(self.threads)
        thread = Thread(
            name=f"t3_{number:06}",
            title=title,
            text=more.get("text", ""),
            at=self.now() - ago,
            author=author or f"u{number}",
            subreddit=subreddit,
            removed=more.get("removed", False),
        )
        self.threads.append(thread)
        return thread

    async def token(self, request):
        if (refusal := self._refuse(request)) is not None:
            return refusal
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        if b64decode(given).decode() != f"{APP}:{SECRET}":
            return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        form = await request.post()
        if self.refusal is Refusal.GRANT or form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "invalid_grant"})
        self.issued += 1
        token = f"token-{self.issued}"
        self.tokens[token] = self.now() + LIFE
        return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": 86400, "scope": "*"})

    async def new(self, request):
        return self._listing(request, lambda _: True)

    async def search(self, request):
        words = request.query["q"].lower()
        return self._listing(request, lambda thread: words in f"{thread.title} {thread.text}".lower())

    def _listing(self, request, fits):
        if (refusal := self._refuse(request)) is not None:
            return refusal
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.now() >= self.tokens.get(token, datetime.min.replace(tzinfo=self.now().tzinfo)):
            return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        self._asked = [at for at in self._asked if at > self.now() - WINDOW]
        if self.refusal is Refusal.THROTTLED_200:
            return web.json_response({"message": "Too Many Requests", "error": 429}, headers=self._limits())
        if len(self._asked) >= self.limit:
            body = {"message": "Too Many Requests", "error": 429}
            return web.json_response(body, status=429, headers=self._limits())
        self._asked.append(self.now())
        subreddit = request.match_info["subreddit"]
        found = [thread for thread in self._known() if thread.subreddit == subreddit and fits(thread)]
        found.sort(key=lambda thread: thread.at, reverse=True)
        names = [thread.name for thread in found]
        first = names.index(request.query["after"]) + 1 if "after" in request.query else 0
        limit = min(int(request.query.get("limit", "25")), MOST)
        page = found[first : first + limit]
        data = {
            "after": page[-1].name if len(found) > first + limit else None,
            "before": None,
            "dist": len(page),
            "children": [_child(thread) for thread in page],
        }
        return web.json_response({"kind": "Listing", "data": data}, headers=self._limits())

    def _refuse(self, request):
        if request.headers.get("User-Agent", "").startswith(COMMON_AGENTS[1:]) or "User-Agent" not in request.headers:
            return web.Response(status=429, text="Too many requests", content_type="text/html")
        match self.refusal:
            case Refusal.BLOCKED | Refusal.BLOCKED_200:
                status = 403 if self.refusal is Refusal.BLOCKED else 200
                return web.Response(status=status, text=BLOCK_PAGE, content_type="text/html")
            case Refusal.THROTTLED_AT_ONCE:
                text = "too many requests come from your IP"
                return web.Response(status=429, text=text, headers={"retry-after": "0"})
        return None

    def _known(self):
        at = self.now() - timedelta(seconds=20)
        talk = Thread(name="t3_talk", title="What is the best soup?", text="", at=at, author="cook",
                      subreddit="AskReddit", removed=False)  # fmt: skip
        return [*self.threads, *([talk] if self.moves else [])]

    def _limits(self):
        begun = self._asked[0] if self._asked else self.now()
        return {
            "x-ratelimit-used": str(len(self._asked)),
            "x-ratelimit-remaining": f"{max(0, self.limit - len(self._asked))}.0",
            "x-ratelimit-reset": str(int((begun + WINDOW - self.now()).total_seconds())),
        }


def _child(thread):
    told = {
        "id": thread.name.removeprefix("t3_"),
        "name": thread.name,
        "created_utc": float(int(thread.at.timestamp())),
        "title": "[removed]" if thread.removed else thread.title,
        "selftext": "[removed]" if thread.removed else thread.text,
        "author": thread.author,
        "subreddit": thread.subreddit,
        "permalink": f"/r/{thread.subreddit}/comments/{thread.name.removeprefix('t3_')}/x/",
        "num_comments": 3,
        "score": 1,
        "removed_by_category": "moderator" if thread.removed else None,
    }
    return {"kind": "t3", "data": told}
