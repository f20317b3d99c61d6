"""Mastodon's hashtag time lines: a few independent witnesses, without credentials.

Shape: Mastodon's API documentation of July 2026 and its server's source.  Each server knows only the posts that were
delivered to it, so several can be listed.  Listings are read again from their newest post on every poll: a post that
arrives late is sorted into the past, where a poll for newer ones would never see it.

Only the moment, the wording and the author's address are read, and none of them is kept.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode, urlsplit

from bot.domain.observation import Health, Kind, Observation, SourceId, TenantId
from bot.domain.spike import MEMORY
from bot.http import Fetcher, FetchError, Page
from bot.sources import shapes, voices
from bot.sources.mastodon_listing import Post, ends_the_round, read
from bot.sources.reports import TEAMS, Reports
from bot.sources.source import About, SourceError, SourceSetup
from bot.sources.voices import Voice

ABOUT = About(
    kind=Kind.POSTS,
    on_by_default=True,
    period=timedelta(minutes=2),
    reads="public posts tagged #microsoftteamsdown, #teamsdown or #microsoftteams on mastodon.social, or on the servers"
    " of SOURCE_MASTODON_URL",
    law="public API, read without an account; each server has rules of its own; no author and no text is kept",
    hosts=("mastodon.social",),
)

SERVER = "https://mastodon.social"
# First tag, and those that the server adds to it: at most four of them are used.
LISTINGS: Mapping[str, tuple[str, ...]] = {
    "microsoftteamsdown": ("teamsdown", "msteamsdown"),
    "microsoftteams": ("msteams",),
}
PAGE_SIZE = 40  # the most that a server gives
MOST_PAGES = 3  # per listing and poll: 300 paged requests in 15 minutes are allowed, politeness asks for fewer
FAR_ENOUGH = timedelta(hours=24)  # a listing that reaches back so far needs no further page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    server: str
    tag: str
    posts: tuple[Post, ...]
    whole_since: datetime


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
        entries = (entry.strip() for entry in (setup.url or SERVER).split(","))
        self._reports = Reports()
        self._servers = tuple(re.sub(r"^[\w.-]+=", "", entry).rstrip("/") for entry in entries if entry)

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Each listing of each server, page by page; a server that gave no answer is a page too."""
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(self._ask(fetcher, server, now), name=f"mastodon {server}")
                for server in self._servers
            ]
        return tuple(page for task in asked for page in task.result())

    async def _ask(self, fetcher: Fetcher, server: str, now: datetime) -> list[Page]:
        """The pages of one server's listings, one after the other so that each knows what the server still allows."""
        pages: list[Page] = []
        for tag in LISTINGS:
            older_than: str | None = None
            for _ in range(MOST_PAGES):
                if pages and ends_the_round(pages[-1]):
                    return pages
                pages.append(await _page(fetcher, server, tag, older_than, now))
                older_than = self._next(pages[-1], now)
                if older_than is None:
                    break
        return pages

    def _next(self, page: Page, now: datetime) -> str | None:
        """Where the listing goes on, if a further page is worth asking for.

        Posts are labelled here, a page at a time, so that `parse` never holds everybody up with all of them.
        """
        try:
            listed = read(page, now)
        except SourceError:
            return None
        _voices(listed.posts, self._reports, now)
        return listed.older_than if listed.oldest is not None and listed.oldest > now - FAR_ENOUGH else None

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """One statement for all servers that could be read, and what could not; SourceError when none could."""
        listings: list[_Listing] = []
        refused: dict[str, SourceError] = {}
        for (server, tag), listed in groupby(pages, key=_place):
            try:
                listings.append(_listing(server, tag, list(listed), now))
            except SourceError as error:
                refused.setdefault(server, error)
        if not listings:
            raise next(iter(refused.values()), SourceError("no page"))
        until = shapes.believed_until(now, self.period)
        said = _voices((post for listing in listings for post in listing.posts), self._reports, now)
        return [
            _counted(listings, voices.distinct(said), now, until),
            *(_unread(*entry, now, until) for entry in refused.items()),
        ]


async def _page(fetcher: Fetcher, server: str, tag: str, older_than: str | None, now: datetime) -> Page:
    name, url = f"{urlsplit(server).netloc}/{tag}", _url(server, tag, older_than)
    try:
        return await fetcher.get(name, url, headers={"Accept": "application/json"})
    except FetchError as error:
        return Page(name=name, url=url, status=0, fetched_at=now, trouble=error.trouble)


def _url(server: str, tag: str, older_than: str | None) -> str:
    query = [("any[]", more) for more in LISTINGS[tag]] + [("limit", str(PAGE_SIZE))]
    if older_than is not None:
        query.append(("max_id", older_than))
    return f"{server}/api/v1/timelines/tag/{tag}?{urlencode(query)}"


def _place(page: Page) -> tuple[str, str]:
    server, _, tag = page.name.partition("/")
    return server, tag


def _listing(server: str, tag: str, pages: Sequence[Page], now: datetime) -> _Listing:
    """A listing from its pages: a failure on a later page only cuts it short."""
    listed = [read(pages[0], now)]
    is_cut = False
    for page in pages[1:]:
        try:
            listed.append(read(page, now))
        except SourceError:
            is_cut = True
    is_whole = not is_cut and listed[-1].older_than is None
    oldest = min((each.oldest for each in listed if each.oldest is not None), default=now)
    return _Listing(
        server=server,
        tag=tag,
        posts=tuple(post for each in listed for post in each.posts),
        whole_since=now - MEMORY if is_whole else oldest,
    )


def _counted(listings: Sequence[_Listing], said: Sequence[Voice], now: datetime, until: datetime) -> Observation:
    """What all listings together say: of a tag the server that reaches back farthest decides how far we saw."""
    reach: dict[str, datetime] = {}
    for listing in listings:
        reach[listing.tag] = min(listing.whole_since, reach.get(listing.tag, listing.whole_since))
    weighed = voices.weigh(said, now, listed_since=max(reach.values()))
    return Observation(
        source=MastodonSource.id,
        kind=Kind.POSTS,
        origin="mastodon-users",
        key="teams",
        service=TEAMS,
        feature=voices.named_feature(said, now),
        health=weighed.health,
        seen_at=now,
        until=until,
        said_at=said[-1].at if weighed.strength.reports else None,
        since=weighed.since,
        strength=weighed.strength,
        link=f"https://{listings[0].server}/tags/{next(iter(LISTINGS))}",
    )


def _voices(posts: Iterable[Post], reports: Reports, now: datetime) -> list[Voice]:
    """Those posts in which somebody says that it fails for them now, each post once."""
    found: dict[str, Voice] = {}
    for post in posts:
        report = None if post.at > now + voices.AHEAD else reports.of(post.words, post.language)
        if report is not None and post.uri not in found:
            found[post.uri] = Voice(at=post.at, author=post.author, words=post.words, feature=report.feature)
    return list(found.values())


def _unread(server: str, error: SourceError, now: datetime, until: datetime) -> Observation:
    return Observation(
        source=MastodonSource.id,
        kind=Kind.POSTS,
        origin=server,
        key=server,
        service=TEAMS,
        health=Health.UNREACHABLE,
        seen_at=now,
        until=until,
        text=f"{server}: {error.reason}",
    )
