"""Hacker News: late, but the place where many companies compare notes.  No credentials.

Shape: the search service's own page and its answers of 2026.  Only `created_at_i` is filtered by: other numbers are
refused since this year.  The index has stood still for a day and a half without an error: an empty answer counts only
while new stories come in.  Its order by relevance can't be cut by time, so it is never asked for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import msgspec

from bot.domain.observation import Kind, Observation, SourceId, TenantId
from bot.http import Fetcher, Page
from bot.sources import posts, shapes
from bot.sources.paging import Round, asked, pages_of
from bot.sources.posts import ListingPage, Network, Post, at_epoch, span
from bot.sources.reports import Reports
from bot.sources.source import About, SourceError, SourceSetup

ABOUT = About(
    kind=Kind.POSTS,
    on_by_default=True,
    period=timedelta(minutes=5),
    reads='stories and comments on Hacker News with "microsoft teams", "teams down", "teams is down" or "teams outage"',
    law="public search service, read without an account, far below its 10,000 requests an hour; no author and no text"
    " is kept",
    hosts=("hn.algolia.com",),
)

API = "https://hn.algolia.com"
PHRASES = ('"microsoft teams"', '"teams down"', '"teams is down"', '"teams outage"')  # quoted: "team" is not meant
NEVER_QUIET = "newest story"
MOVES = timedelta(minutes=30)
LOOKED_BACK = timedelta(days=3)
PAGE_SIZE = 50
MOST_PAGES = 2  # per phrase
LONGEST_WORDS = 280  # characters of a comment that are read: who complains does it at once
NETWORK = Network(
    source=SourceId("hn"),
    origin="hn-users",
    link="https://hn.algolia.com/?" + urlencode({"query": PHRASES[0], "sort": "byDate", "type": "all"}),
)


class _Hit(msgspec.Struct):
    objectID: str
    created_at_i: int
    author: str = ""
    title: str | None = None
    story_text: str | None = None
    comment_text: str | None = None


class _Exhaustive(msgspec.Struct):
    nbHits: bool | None = None


class _Answer(msgspec.Struct):
    hits: list[object]
    nbHits: int
    exhaustiveNbHits: bool | None = None
    exhaustive: _Exhaustive | None = None

    @property
    def is_exact(self) -> bool:
        """Whether `nbHits` was counted, not guessed."""
        return bool(self.exhaustiveNbHits) or bool(self.exhaustive and self.exhaustive.nbHits)


class HnSource:
    """Counts people who say on Hacker News that Teams fails for them.  `setup.url` replaces the service's address."""

    id = NETWORK.source
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """Needs no credentials."""
        self.period = setup.period or ABOUT.period
        self._base = (setup.url or API).rstrip("/")
        self._reports = Reports()

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Each phrase, newest first; and the newest story of all while there is nothing newer."""
        return await pages_of(
            Round(
                listings=PHRASES,
                never_quiet=NEVER_QUIET,
                page=partial(self._page, fetcher, now),
                read=partial(self._read, now),
                ends=partial(posts.is_unreadable, partial(read_page, now)),
                moves=MOVES,
                most_pages=MOST_PAGES,
                far_enough=now - LOOKED_BACK,
            ),
            now,
        )

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """One statement.  SourceError when a phrase could not be searched, or the index stands still."""
        read = partial(read_page, now)
        listed = posts.listings(pages, PHRASES, read, back_to=now - LOOKED_BACK)
        if not posts.moves(pages, read, now, MOVES):
            raise SourceError("index stands still: no new story", http_status=pages[0].status)
        heard = posts.voices_in((post for each in listed for post in each.posts), self._reports, now)
        since = max(each.whole_since for each in listed)
        return [
            posts.counted(NETWORK, heard, now, listed_since=since, until=shapes.believed_until(now, self.period)),
        ]

    async def _page(self, fetcher: Fetcher, now: datetime, name: str, not_after: str | None) -> Page:
        query = {"tags": "story", "hitsPerPage": "1"}
        if name != NEVER_QUIET:
            window = f"created_at_i>{int((now - LOOKED_BACK).timestamp())}"
            window += f",created_at_i<={not_after}" if not_after else ""
            query = {"query": name, "tags": "(story,comment)", "numericFilters": window, "hitsPerPage": str(PAGE_SIZE)}
        return await asked(fetcher, name, f"{self._base}/api/v1/search_by_date?{urlencode(query)}", now)

    def _read(self, now: datetime, page: Page) -> ListingPage:
        """Posts are labelled as they come, so that `parse` never holds everybody up with all of them."""
        listed = read_page(now, page)
        posts.voices_in(listed.posts, self._reports, now)
        return listed


def read_page(now: datetime, page: Page) -> ListingPage:
    """One answer.  Only a thousand hits can be reached by pages, so a listing goes on by time."""
    answer = shapes.decode(page, _Answer)
    hits = [hit for each in answer.hits if (hit := _hit(each)) is not None]
    if len(hits) < len(answer.hits) and not hits:
        raise SourceError(f"{page.name}: hits in an unknown shape", http_status=page.status)
    if answer.nbHits > 0 and not hits:
        raise SourceError(f"{page.name}: hits are counted but not shown", http_status=page.status)
    oldest, newest = span((at_epoch(hit.created_at_i) for hit in hits), now)
    is_cut = answer.nbHits > len(answer.hits) or not (answer.is_exact or len(answer.hits) < PAGE_SIZE)
    return ListingPage(
        posts=tuple(post for hit in hits if (post := _post(hit)) is not None),
        oldest=oldest,
        newest=newest,
        following=str(int(oldest.timestamp())) if is_cut and oldest is not None else None,
    )


def _hit(found: object) -> _Hit | None:
    try:
        return msgspec.convert(found, _Hit)
    except (msgspec.ValidationError, RecursionError):
        return None


def _post(hit: _Hit) -> Post | None:
    at = at_epoch(hit.created_at_i)
    if at is None:
        return None
    text = f"{hit.title or ''} {hit.story_text or ''} {hit.comment_text or ''}"
    return Post(
        id=hit.objectID, at=at, author=hit.author or hit.objectID, words=shapes.plain(text, limit=LONGEST_WORDS)
    )
