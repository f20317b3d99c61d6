"""Hacker News' search service: newest first, windows of time, and an index that may stand still."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from aiohttp import web

from tests.replicas.base import Replica

REACHED = 1000  # hits, whatever the page
STORY_EVERY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story or a comment."""

    id: str
    at: datetime
    author: str
    title: str | None = None
    text: str | None = None


class HnReplica(Replica):
    """`says(...)` adds a story, or a comment with `comment=True`; `stops()` freezes the index."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now
        self.items: list[Item] = []
        self.exact = True
        self.frozen_at: datetime | None = None

    def routes(self):
        return [web.get("/api/v1/search_by_date", self.search)]

    def stops(self):
        """Nothing new from now on, and no error either."""
        self.frozen_at = self.now()

    def says(self, words, *, ago=timedelta(0), author=None, comment=False):
        """Somebody writes, `ago` before now."""
        number = len(self.items)
        said = {"text": f"<p>{escape(words)}"} if comment else {"title": words}
        item = Item(id=str(45_000_000 + number), at=self.now() - ago, author=author or f"u{number}", **said)
        self.items.append(item)
        return item

    async def search(self, request):
        filters = [text for text in request.query.get("numericFilters", "").split(",") if text]
        if any(not re.fullmatch(r"created_at_i(<=|<|>=|>|=)\d+", text) for text in filters):
            return web.json_response({"message": "invalid numeric attribute", "status": 400}, status=400)
        found = [item for item in self._known() if _fits(item, request.query.get("query", ""), filters)]
        if request.query.get("tags") == "story":
            found = [item for item in found if item.title]
        found.sort(key=lambda item: item.at, reverse=True)
        size = int(request.query.get("hitsPerPage", "20"))
        first = int(request.query.get("page", "0")) * size
        answer = {
            "hits": [_hit(item) for item in found[:REACHED][first : first + size]],
            "nbHits": len(found),
            "nbPages": -(-min(len(found), REACHED) // size),
            "page": first // size,
            "hitsPerPage": size,
            "exhaustiveNbHits": self.exact,
            "exhaustive": {"nbHits": self.exact, "typo": True},
            "query": request.query.get("query", ""),
            "params": request.query_string,
            "processingTimeMS": 3,
        }
        return web.json_response(answer)

    def _known(self):
        end = self.frozen_at or self.now()
        story = Item(id="44999999", at=end - STORY_EVERY, author="somebody", title="Show HN: a clock in 12 lines")
        return [item for item in [*self.items, story] if item.at <= end]


def _fits(item, query, filters):
    words = f"{item.title or ''} {item.text or ''}".lower()
    if query.strip('"').lower() not in words:
        return False
    at = int(item.at.timestamp())
    for text in filters:
        sign, number = re.fullmatch(r"created_at_i([<>=]+)(\d+)", text).groups()
        keeps = {"<": at < int(number), "<=": at <= int(number), ">": at > int(number), ">=": at >= int(number)}
        if not keeps.get(sign, at == int(number)):
            return False
    return True


def _hit(item):
    kind = "story" if item.title else "comment"
    return {
        "objectID": item.id,
        "created_at": item.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "created_at_i": int(item.at.timestamp()),
        "author": item.author,
        "title": item.title,
        "url": None,
        "comment_text": item.text,
        "story_id": int(item.id),
        "_tags": [kind, f"author_{item.author}", f"story_{item.id}"],
        "_highlightResult": {"author": {"value": item.author, "matchLevel": "none", "matchedWords": []}},
    }
