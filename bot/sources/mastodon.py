"""Mastodon's hashtag time lines: a few independent witnesses, without credentials.

Shape: Mastodon's API documentation of July 2026 and its server's source.  Each server knows only the posts that were
delivered to it, so several are listed, and a post that several know counts once.  Listings are read again from their
newest post on every poll: a post that arrives late is sorted into the past, where a poll for newer ones would never see
it.

A server may answer with an empty list what it means to refuse, and its queue may stand still: an empty listing counts
only while the same server shows new posts under tags that are never quiet.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from urllib.parse import urlencode, urlsplit

from bot.domain.observation import Kind, Observation, SourceId, TenantId
from bot.domain.spike import MEMORY
from bot.http import Fetcher, Page
from bot.sources import mastodon_listing, posts, shapes
from bot.sources.paging import Round, asked, pages_of
from bot.sources.posts import Listing, ListingPage, Network
from bot.sources.reports import Reports
from bot.sources.source import About, SourceError, SourceSetup

SERVERS = ("https://mastodon.social", "https://hachyderm.io")  # the largest one, and a large one of people in IT
ABOUT = About(
    kind=Kind.POSTS,
    on_by_default=True,
    period=timedelta(minutes=2),
    reads="public posts tagged #microsoftteamsdown, #teamsdown or #microsoftteams on mastodon.social and hachyderm.io,"
    " or on the servers of SOURCE_MASTODON_URL",
    law="public API, read without an account; each server has rules of its own; no author and no text is kept",
    hosts=tuple(urlsplit(server).netloc for server in SERVERS),
)

# First tag, and those that the server adds to it: at most four of them are used.
LISTINGS: Mapping[str, tuple[str, ...]] = {
    "microsoftteamsdown": ("teamsdown", "msteamsdown"),
    "microsoftteams": ("msteams",),
}
FIRST = next(iter(LISTINGS))
BUSY = "news"  # never quiet, with the ones below
BUSY_TOO = ("photography", "politics", "art")
MOVES = timedelta(minutes=10)  # a server that shows nothing newer under busy tags stands still
PAGE_SIZE = 40  # the most that a server gives
MOST_PAGES = 3  # per listing and poll: 300 paged requests in 15 minutes are allowed, politeness asks for fewer
FAR_ENOUGH = timedelta(hours=24)  # a listing that reaches back so far needs no further page
REFUSED_WAIT = timedelta(minutes=15)  # a server that lets no guests in is left alone for so long
REFUSED = frozenset({401, 403, 422})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A refusal that stands for a server until it may be asked again."""

    pages: list[Page]
    until: datetime


class MastodonSource:
    """Counts people who say on Mastodon that Teams fails for them.

    `setup.url`: one server's address, or several separated by commas (`name=` before each is allowed).
    """

    id = SourceId("mastodon")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """Needs no credentials."""
        self.period = setup.period or ABOUT.period
        entries = (entry.strip() for entry in (setup.url or ",".join(SERVERS)).split(","))
        named = (re.sub(r"^[\w.-]+=", "", entry).rstrip("/") for entry in entries if entry)
        self._servers = tuple(dict.fromkeys(named))
        self._reports = Reports()
        self._held: dict[str, _Held] = {}

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Each listing of each server, page by page; a server that gave no answer is a page too."""
        async with asyncio.TaskGroup() as group:
            running = [
                group.create_task(self._ask(fetcher, server, now), name=f"mastodon {server}")
                for server in self._servers
            ]
        return tuple(page for task in running for page in task.result())

    async def _ask(self, fetcher: Fetcher, server: str, now: datetime) -> list[Page]:
        """One server's listings, or the refusal that stands for them."""
        held = self._held.get(server)
        if held is not None and now < held.until:
            return held.pages
        pages = await pages_of(
            Round(
                listings=tuple(LISTINGS),
                never_quiet=BUSY,
                page=partial(_page, fetcher, server, now),
                read=partial(self._read, now),
                ends=mastodon_listing.ends_the_round,
                moves=MOVES,
                most_pages=MOST_PAGES,
                far_enough=now - FAR_ENOUGH,
            ),
            now,
        )
        self._hold(server, pages, now)
        return pages

    def _read(self, now: datetime, page: Page) -> ListingPage:
        """Posts are labelled as they come, so that `parse` never holds everybody up with all of them."""
        listed = mastodon_listing.read(page, now)
        posts.voices_in(listed.posts, self._reports, now)
        return listed

    def _hold(self, server: str, pages: list[Page], now: datetime) -> None:
        """Leave a server alone that wants no guests, or told us to wait: the others go on at their own pace."""
        self._held.pop(server, None)
        try:
            mastodon_listing.read(pages[0], now)
        except SourceError as error:
            until = error.retry_at or (now + REFUSED_WAIT if error.http_status in REFUSED else now)
            self._held[server] = _Held(pages=pages, until=until)

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """One statement for all servers that could be read, and what could not; SourceError when none could."""
        read: dict[str, dict[str, Listing]] = {}
        refused: dict[str, SourceError] = {}
        for server, listed in groupby(pages, key=lambda page: _place(page)[0]):
            found, error = _listings(list(listed), now)
            if found:
                read[server] = found
            if error is not None:
                refused[server] = error
        if not read:
            raise next(iter(refused.values()), SourceError("no page"))
        network = Network(source=self.id, origin="mastodon-users", link=f"https://{next(iter(read))}/tags/{FIRST}")
        until = shapes.believed_until(now, self.period)
        written = [post for listings in read.values() for listing in listings.values() for post in listing.posts]
        heard = posts.voices_in(written, self._reports, now)
        return [
            posts.counted(network, heard, now, listed_since=_reach(read.values(), now), until=until),
            *(posts.unread(network, server, error, now, until=until) for server, error in refused.items()),
        ]


async def _page(fetcher: Fetcher, server: str, now: datetime, tag: str, older_than: str | None) -> Page:
    return await asked(fetcher, f"{urlsplit(server).netloc}/{tag}", _url(server, tag, older_than), now)


def _url(server: str, tag: str, older_than: str | None) -> str:
    others, most = (BUSY_TOO, 1) if tag == BUSY else (LISTINGS[tag], PAGE_SIZE)
    query = [("any[]", more) for more in others] + [("limit", str(most))]
    if older_than is not None:
        query.append(("max_id", older_than))
    return f"{server}/api/v1/timelines/tag/{tag}?{urlencode(query)}"


def _place(page: Page) -> tuple[str, str]:
    server, _, tag = page.name.partition("/")
    return server, tag


def _listings(pages: Sequence[Page], now: datetime) -> tuple[dict[str, Listing], SourceError | None]:
    """One server's listings by tag, and why one is missing; none at all when the server stands still."""
    found: dict[str, Listing] = {}
    missing: SourceError | None = None
    for tag, listed in groupby(pages, key=lambda page: _place(page)[1]):
        try:
            if tag != BUSY:
                found[tag] = posts.listing(list(listed), partial(_read_at, now), back_to=now - MEMORY)
        except SourceError as error:
            missing = missing or error
    if found and not posts.moves(pages, partial(_read_at, now), now, MOVES):
        return {}, missing or SourceError("no new posts under any tag", http_status=pages[0].status)
    return found, missing


def _read_at(now: datetime, page: Page) -> ListingPage:
    return mastodon_listing.read(page, now)


def _reach(read: Iterable[Mapping[str, Listing]], now: datetime) -> datetime:
    """Since when we saw everything: of a tag the server that reaches back farthest decides."""
    reach = dict.fromkeys(LISTINGS, now)
    for listings in read:
        for tag, listing in listings.items():
            reach[tag] = min(listing.whole_since, reach.get(tag, now))
    return max(reach.values())
