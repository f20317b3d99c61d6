"""Bluesky: witnesses from its post search, which only accounts may ask.

Shape: the AT Protocol's lexicons of April 2026.  The maintainers want the search for people's questions and not for
counting machines: it is asked seldom, and only when an operator gives an account.  `hitsTotal` is no count, and a
post's own time is whatever its author's program says.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec

from bot.domain.observation import Kind, Observation, SourceId, TenantId
from bot.http import LONGEST_RETRY_AFTER, Fetcher, Page, retry_after
from bot.sources import posts, shapes, voices
from bot.sources.bluesky_session import Session, reset_at
from bot.sources.paging import Round, pages_of
from bot.sources.posts import ListingPage, Network, Post, span
from bot.sources.reports import Reports
from bot.sources.source import About, SourceError, SourceSetup

ABOUT = About(
    kind=Kind.POSTS,
    on_by_default=False,
    period=timedelta(minutes=5),
    reads='public posts on Bluesky with "microsoft teams", "teams is down", #teamsdown or #microsoftteamsdown',
    credentials="handle and app password of an account (SOURCE_BLUESKY_TOKEN=handle:app-password)",
    law="developer guidelines: reading is fine, deleted posts must go; its makers want the search asked seldom; no"
    " author and no text is kept",
    shape="high; how its hosts refuse: medium",
    hosts=("bsky.social",),
    needs=("SOURCE_BLUESKY_TOKEN",),
)

HOST = "https://bsky.social"  # the entrance; an account's own host would do as well, but comes from an answer
# Signs such as # are dropped by the search: what a post says is read again here.
SEARCHES = ('"microsoft teams"', '"teams is down"', "#teamsdown", "#microsoftteamsdown")
NEVER_QUIET = "news"
MOVES = timedelta(minutes=30)  # the index has lagged by hours
LOOKED_BACK = timedelta(hours=24)
PAGE_SIZE = 100
MOST_PAGES = 2  # per search
REFUSED_WAIT = timedelta(minutes=30)  # a 403 without a reason is how its hosts throttle
IMPORTED = timedelta(hours=1)  # a post dated so long before it was seen was brought from elsewhere
BRIDGED = ".brid.gy"  # accounts that live on another network
NETWORK = Network(
    source=SourceId("bluesky"),
    origin="bluesky-users",
    link="https://bsky.app/search?" + urlencode({"q": "microsoft teams down"}),
)


class _Author(msgspec.Struct):
    did: str
    handle: str = ""


class _Record(msgspec.Struct):
    createdAt: str
    text: str = ""
    langs: list[str] | None = None


class _View(msgspec.Struct):
    uri: str
    author: _Author
    record: _Record
    indexedAt: str


class _Answer(msgspec.Struct):
    posts: list[object]
    cursor: str | None = None


class BlueskySource:
    """Counts people who say on Bluesky that Teams fails for them.  `setup.token`: "handle:app-password"."""

    id = NETWORK.source
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """Without an account every poll is refused: it is "not set up" then."""
        self.period = setup.period or ABOUT.period
        self._session = Session((setup.url or HOST).rstrip("/"), setup.credential)
        self._reports = Reports()

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Each search, newest first; and one for an everyday word while there is nothing newer."""
        return await pages_of(
            Round(
                listings=SEARCHES,
                never_quiet=NEVER_QUIET,
                page=partial(self._page, fetcher, now),
                read=partial(self._read, now),
                ends=partial(_ends, now),
                moves=MOVES,
                most_pages=MOST_PAGES,
                far_enough=now - LOOKED_BACK,
            ),
            now,
        )

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """One statement.  SourceError when a search was refused, or the index stands still."""
        read = partial(read_page, now)
        listed = posts.listings(pages, SEARCHES, read, back_to=now - LOOKED_BACK)
        if not posts.moves(pages, read, now, MOVES):
            raise SourceError("search stands still: no new posts", http_status=pages[0].status)
        heard = posts.voices_in((post for each in listed for post in each.posts), self._reports, now)
        since = max(each.whole_since for each in listed)
        return [
            posts.counted(NETWORK, heard, now, listed_since=since, until=shapes.believed_until(now, self.period)),
        ]

    async def _page(self, fetcher: Fetcher, now: datetime, search: str, cursor: str | None) -> Page:
        since = (now - LOOKED_BACK).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = {"q": search, "sort": "latest", "since": since, "limit": str(PAGE_SIZE)}
        if search == NEVER_QUIET:
            query["limit"] = "1"
        if cursor is not None:
            query["cursor"] = cursor
        path = "/xrpc/app.bsky.feed.searchPosts?" + urlencode(query, errors="replace")
        return await self._session.get(fetcher, search, path, now)

    def _read(self, now: datetime, page: Page) -> ListingPage:
        """Posts are labelled as they come, so that `parse` never holds everybody up with all of them."""
        listed = read_page(now, page)
        posts.voices_in(listed.posts, self._reports, now)
        return listed


def read_page(now: datetime, page: Page) -> ListingPage:
    """One answer.  A page may be short and yet not be the last: only a missing cursor says that."""
    if not shapes.is_challenge(page):
        if page.status == HTTPStatus.FORBIDDEN:
            wait = retry_after(page.headers, now) or now + REFUSED_WAIT
            raise SourceError("403 refused without a reason", http_status=page.status, retry_at=wait)
        if page.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait_until = reset_at(page, now, LONGEST_RETRY_AFTER) or retry_after(page.headers, now)
            raise SourceError("429 throttled", http_status=page.status, retry_at=wait_until)
    answer = shapes.decode(page, _Answer)
    views = [view for each in answer.posts if (view := _view(each)) is not None]
    if answer.posts and not views:
        raise SourceError(f"{page.name}: a list, but not of posts", http_status=page.status)
    oldest, newest = span((shapes.moment(view.indexedAt) for view in views), now)
    return ListingPage(
        posts=tuple(post for view in views if (post := _post(view, now)) is not None),
        oldest=oldest,
        newest=newest,
        following=answer.cursor if answer.posts and answer.cursor else None,
    )


def _ends(now: datetime, page: Page) -> bool:
    is_used_up = page.headers.get("ratelimit-remaining") == "0"
    return is_used_up or posts.is_unreadable(partial(read_page, now), page)


def _view(found: object) -> _View | None:
    try:
        return msgspec.convert(found, _View)
    except (msgspec.ValidationError, RecursionError):
        return None


def _post(view: _View, now: datetime) -> Post | None:
    """One person's own post; None for one brought from elsewhere, or dated by a clock that can't be right."""
    written, seen = shapes.moment(view.record.createdAt), shapes.moment(view.indexedAt)
    if written is None or seen is None or view.author.handle.lower().endswith(BRIDGED):
        return None
    if written > min(seen, now) + voices.AHEAD or written < seen - IMPORTED:
        return None
    return Post(
        id=view.uri,
        at=min(written, seen),
        author=view.author.did,
        words=shapes.plain(view.record.text),
        language=view.record.langs[0] if view.record.langs else None,
    )
