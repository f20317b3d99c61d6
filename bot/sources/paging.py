"""One poll of one place that lists posts: its listings page by page, never without end.  Knows no network."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.http import Fetcher, FetchError, Page
from bot.sources import posts
from bot.sources.posts import Read
from bot.sources.source import SourceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is asked in one poll, and when it is enough."""

    listings: Sequence[str]
    never_quiet: str  # the listing that shows that posts still arrive; asked only while the others show none
    page: Callable[[str, str | None], Awaitable[Page]]  # listing, and where in it to go on
    read: Read
    ends: Callable[[Page], bool]  # whether nothing more may be asked after this answer
    moves: timedelta  # a place without a post younger than this stands still
    most_pages: int  # per listing
    far_enough: datetime  # a listing that reaches back so far needs no further page


async def asked(
    fetcher: Fetcher, name: str, url: str, now: datetime, *, headers: Mapping[str, str] | None = None
) -> Page:
    """The answer, or a page that tells why there was none."""
    try:
        return await fetcher.get(name, url, headers={"Accept": "application/json"} | dict(headers or {}))
    except FetchError as error:
        return Page(name=name, url=url, status=0, fetched_at=now, trouble=error.trouble)


async def pages_of(this: Round, now: datetime) -> list[Page]:
    """All pages of a round, one after the other so that each knows what the place still allows."""
    pages: list[Page] = []
    for name in this.listings:
        if not pages or not this.ends(pages[-1]):
            pages += await _walk(partial(this.page, name), this)
    if not this.ends(pages[-1]) and not posts.moves(pages, this.read, now, this.moves):
        pages.append(await this.page(this.never_quiet, None))
    return pages


async def _walk(page: Callable[[str | None], Awaitable[Page]], this: Round) -> list[Page]:
    """A listing's pages until its end, a failure, or enough of them."""
    pages: list[Page] = []
    following: str | None = None
    while len(pages) < this.most_pages:
        pages.append(await page(following))
        try:
            listed = this.read(pages[-1])
        except SourceError:
            break
        following = listed.following
        is_far_enough = listed.oldest is not None and listed.oldest <= this.far_enough
        if following is None or is_far_enough or this.ends(pages[-1]):
            break
    return pages
