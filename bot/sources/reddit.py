"""Reddit: threads of administrators from many companies, a quarter of an hour after the first hashtags.

Shape: Reddit's archived wiki and clients of 2026.  Since May 2026 only approved apps may read; without one this source
is not set up, and nothing is read around the block.  Threads are counted, not comments.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec

from bot.domain.observation import Kind, Observation, SourceId, TenantId
from bot.domain.spike import MEMORY
from bot.http import Fetcher, Page
from bot.sources import posts, reddit_refusals, shapes
from bot.sources.paging import Round, asked, pages_of
from bot.sources.posts import ListingPage, Network, Post, at_epoch, span
from bot.sources.reddit_token import RedditToken
from bot.sources.reports import Reports
from bot.sources.source import About, SourceError, SourceSetup

ABOUT = About(
    kind=Kind.POSTS,
    on_by_default=False,
    period=timedelta(minutes=2),
    reads='new threads in r/MicrosoftTeams, and those in r/sysadmin with "teams"',
    credentials="an app that Reddit has approved (SOURCE_REDDIT_TOKEN=client-id:client-secret:reddit-name)",
    cost="none for what Reddit calls non-commercial; else a contract",
    law="Reddit approves each app (since November 2025) and wants a contract for commercial use; deleted threads must"
    " go; no author and no text is kept",
    shape="high; how it refuses: medium",
    hosts=("oauth.reddit.com", "www.reddit.com"),
    needs=("SOURCE_REDDIT_TOKEN",),
)

SIGN_IN, API = "https://www.reddit.com", "https://oauth.reddit.com"
LISTINGS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "r/MicrosoftTeams": ("/r/MicrosoftTeams/new", {"limit": "100"}),
    "r/sysadmin": (
        "/r/sysadmin/search",
        {"q": "teams", "restrict_sr": "1", "sort": "new", "t": "week", "limit": "100"},
    ),
}
NEVER_QUIET = "r/AskReddit"
BUSY: tuple[str, Mapping[str, str]] = ("/r/AskReddit/new", {"limit": "5"})
MOVES = timedelta(minutes=30)
FAR_ENOUGH = timedelta(hours=24)
MOST_PAGES = 2
LONGEST_WORDS = 280  # characters of a thread that are read, its title first
GONE = frozenset({"[removed]", "[deleted]"})
NETWORK = Network(source=SourceId("reddit"), origin="reddit-users", link="https://www.reddit.com/r/MicrosoftTeams/new/")


class _Thread(msgspec.Struct):
    name: str
    created_utc: float
    title: str = ""
    selftext: str = ""
    author: str | None = None
    removed_by_category: object = None


class _Child(msgspec.Struct):
    data: _Thread
    kind: str = "t3"


class _Data(msgspec.Struct):
    children: list[object]
    after: str | None = None


class _Listing(msgspec.Struct):
    data: _Data
    kind: str = "Listing"


class RedditSource:
    """Counts threads in which somebody says that Teams fails for them.  `setup.url` stands for both of its hosts."""

    id = NETWORK.source
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """Without an app every poll is refused: it is "not set up" then."""
        self.period = setup.period or ABOUT.period
        self._base = (setup.url or API).rstrip("/")
        self._token = RedditToken((setup.url or SIGN_IN).rstrip("/"), setup.credential)
        self._reports = Reports()

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Both listings, newest first; and a busy subreddit while there is nothing newer."""
        return await pages_of(
            Round(
                listings=tuple(LISTINGS),
                never_quiet=NEVER_QUIET,
                page=partial(self._page, fetcher, now),
                read=partial(self._read, now),
                ends=partial(_ends, now),
                moves=MOVES,
                most_pages=MOST_PAGES,
                far_enough=now - FAR_ENOUGH,
            ),
            now,
        )

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """One statement.  SourceError when a listing was refused, or nothing new comes anywhere."""
        read = partial(read_page, now)
        listed = posts.listings(pages, LISTINGS, read, back_to=now - MEMORY)
        if not posts.moves(pages, read, now, MOVES):
            raise SourceError("listings stand still: no new threads", http_status=pages[0].status)
        heard = posts.voices_in((post for each in listed for post in each.posts), self._reports, now)
        since = max(each.whole_since for each in listed)
        return [
            posts.counted(NETWORK, heard, now, listed_since=since, until=shapes.believed_until(now, self.period)),
        ]

    async def _page(self, fetcher: Fetcher, now: datetime, name: str, after: str | None) -> Page:
        """One page; a token that is refused before its time is asked for anew, once."""
        page = await self._ask(fetcher, now, name, after)
        if page.status != HTTPStatus.UNAUTHORIZED or shapes.is_challenge(page):
            return page
        self._token.forget()
        return await self._ask(fetcher, now, name, after)

    async def _ask(self, fetcher: Fetcher, now: datetime, name: str, after: str | None) -> Page:
        path, asks = LISTINGS.get(name, BUSY)
        query = {**asks, "raw_json": "1"} | ({"after": after} if after else {})
        url = f"{self._base}{path}?" + urlencode(query, errors="replace")
        return await asked(fetcher, name, url, now, headers=await self._token.headers(fetcher, now))

    def _read(self, now: datetime, page: Page) -> ListingPage:
        """Threads are labelled as they come, so that `parse` never holds everybody up with all of them."""
        listed = read_page(now, page)
        posts.voices_in(listed.posts, self._reports, now)
        return listed


def read_page(now: datetime, page: Page) -> ListingPage:
    """One answer.  Raises SourceError when it is no listing."""
    reddit_refusals.refuse(page, now)
    listing = shapes.decode(page, _Listing)
    threads = [thread for each in listing.data.children if (thread := _thread(each)) is not None]
    if listing.data.children and not threads:
        raise SourceError(f"{page.name}: a list, but not of threads", http_status=page.status)
    oldest, newest = span((at_epoch(thread.created_utc) for thread in threads), now)
    return ListingPage(
        posts=tuple(post for thread in threads if (post := _post(thread)) is not None),
        oldest=oldest,
        newest=newest,
        following=listing.data.after if threads and listing.data.after else None,
    )


def _ends(now: datetime, page: Page) -> bool:
    return reddit_refusals.is_used_up(page.headers) or posts.is_unreadable(partial(read_page, now), page)


def _thread(found: object) -> _Thread | None:
    try:
        child = msgspec.convert(found, _Child)
    except (msgspec.ValidationError, RecursionError):
        return None
    return child.data if child.kind == "t3" else None


def _post(thread: _Thread) -> Post | None:
    """A person's thread; None for one that was taken away."""
    at = at_epoch(thread.created_utc)
    gone = thread.removed_by_category is not None or GONE & {thread.title, thread.selftext, thread.author}
    if at is None or gone:
        return None
    words = shapes.plain(f"{thread.title} {thread.selftext}", limit=LONGEST_WORDS)
    return Post(id=thread.name, at=at, author=thread.author or thread.name, words=words)
