"""A Mastodon server: hashtag time lines with its paging, limits and ways to refuse guests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from html import escape

from aiohttp import web

from tests.replicas.base import Replica

MOST = 40
MOST_TAGS = 4
SMALL_TALK_EVERY = timedelta(seconds=30)
WINDOW = timedelta(minutes=5)
PAGED_WINDOW = timedelta(minutes=15)


class Access(StrEnum):
    """What a guest gets."""

    PUBLIC = "public"
    MEMBERS = "members"  # 401
    MEMBERS_OLD = "members old"  # 422, before 4.5
    SILENT = "silent"  # an empty list instead of a refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Toot:
    """One post as this server knows it."""

    id: int
    uri: str
    words: str
    tags: tuple[str, ...]
    at: datetime
    author: str
    bot: bool
    language: str | None


class MastodonReplica(Replica):
    """`says(...)` posts; `now` is asked for the server's time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now
        self.access = Access.PUBLIC
        self.limit = 300  # requests in five minutes, and paged ones in fifteen
        self.moves = True  # somebody always posts something under the busy tags
        self.toots: list[Toot] = []
        self._asked: list[datetime] = []
        self._paged: list[datetime] = []

    def routes(self):
        return [
            web.get("/api/v1/timelines/tag/{tag}", self.time_line),
            # One server stands for several hosts in the world of the stories.
            web.get("/{host}/api/v1/timelines/tag/{tag}", self.time_line),
            web.get("/api/v2/search", self.search),
        ]

    def says(self, words, *, ago=timedelta(0), tags=("microsoftteamsdown",), author=None, uri=None, **known):
        """Somebody posts, `ago` before now; a post from elsewhere arrives under the time at which it was written."""
        at = self.now() - ago
        number = len(self.toots)
        # The id follows the time of writing, so a late arrival is sorted into the past.
        toot = Toot(
            id=(int(at.timestamp() * 1000) << 16) + number,
            uri=uri or f"https://elsewhere.example/users/u{number}/statuses/{number}",
            words=words,
            tags=tags,
            at=at,
            author=author or f"u{number}@elsewhere.example",
            bot=known.get("bot", False),
            language=known.get("language", "en"),
        )
        self.toots.append(toot)
        return toot

    async def time_line(self, request):
        if (refusal := self._refusal(request)) is not None:
            return refusal
        wanted = {request.match_info["tag"].lower(), *request.query.getall("any[]", [])[:MOST_TAGS]}
        found = sorted(
            (toot for toot in [*self.toots, *self._small_talk()] if wanted & {tag.lower() for tag in toot.tags}),
            key=lambda toot: toot.id,
            reverse=True,
        )
        if "max_id" in request.query:
            found = [toot for toot in found if toot.id < int(request.query["max_id"])]
        if "min_id" in request.query:
            found = [toot for toot in found if toot.id > int(request.query["min_id"])]
        limit = min(int(request.query.get("limit", "20")), MOST)
        page = found[:limit]
        headers = self._limits()
        if page:
            base = f"https://{request.host}{request.path}"  # without the other tags, as the real one
            links = [f'<{base}?min_id={page[0].id}>; rel="prev"']
            if len(found) > limit:
                links.insert(0, f'<{base}?max_id={page[-1].id}>; rel="next"')
            headers["Link"] = ", ".join(links)
        return web.json_response([self._status(toot) for toot in page], headers=headers)

    def _small_talk(self):
        at = self.now() - SMALL_TALK_EVERY
        about = {"uri": "https://elsewhere.example/cat", "words": "Look at my cat", "tags": ("news", "art")}
        toot = Toot(id=int(at.timestamp() * 1000) << 16, at=at, author="cat@elsewhere.example", bot=False,
                    language="en", **about)  # fmt: skip
        return [toot] if self.moves else []

    async def search(self, request):
        """Guests get no statuses, whatever was said."""
        return web.json_response({"accounts": [], "statuses": [], "hashtags": []}, headers=self._limits())

    def _refusal(self, request):
        self._asked = [at for at in self._asked if at > self.now() - WINDOW]
        self._paged = [at for at in self._paged if at > self.now() - PAGED_WINDOW]
        if len(self._asked) >= self.limit or len(self._paged) >= self.limit:
            return web.json_response({"error": "Too many requests"}, status=429, headers=self._limits())
        self._asked.append(self.now())
        if {"max_id", "min_id", "since_id"} & request.query.keys():
            self._paged.append(self.now())
        match self.access:
            case Access.MEMBERS | Access.MEMBERS_OLD:
                status = 401 if self.access is Access.MEMBERS else 422
                return web.json_response({"error": "This method requires an authenticated user"}, status=status)
            case Access.SILENT:
                return web.json_response([], headers=self._limits())
        return None

    def _limits(self):
        reset = (self._asked[0] if self._asked else self.now()) + WINDOW
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - max(len(self._asked), len(self._paged)))),
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }

    def _status(self, toot):
        tags = "".join(f' <a href="https://m.example/tags/{tag}">#<span>{tag}</span></a>' for tag in toot.tags)
        return {
            "id": str(toot.id),
            "uri": toot.uri,
            "url": toot.uri,
            "created_at": toot.at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "edited_at": None,
            "in_reply_to_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": toot.language,
            "content": f"<p>{escape(toot.words)}{tags}</p>",
            "reblog": None,
            "quote": None,
            "tags": [{"name": tag, "url": f"https://m.example/tags/{tag}"} for tag in toot.tags],
            "account": {
                "id": "1",
                "acct": toot.author,
                "url": f"https://elsewhere.example/@{toot.author}",
                "bot": toot.bot,
            },
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
        }
