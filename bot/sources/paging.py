"""Asking for a listing page by page, never without end.  Knows no network."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.http import Fetcher, FetchError, Page
from bot.sources.posts import ListingPage
from bot.sources.source import SourceError


async def asked(
    fetcher: Fetcher, name: str, url: str, now: datetime, *, headers: Mapping[str, str] | None = None
) -> Page:
    """The answer, or a page that tells why there was none."""
    try:
        return await fetcher.get(name, url, headers={"Accept": "application/json"} | dict(headers or {}))
    except FetchError as error:
        return Page(name=name, url=url, status=0, fetched_at=now, trouble=error.trouble)


async def walk(
    ask: Callable[[str | None], Awaitable[Page]],
    read: Callable[[Page], ListingPage],
    *,
    stops: Callable[[Page], bool],
    most: int,
    far_enough: datetime,
) -> list[Page]:
    """A listing's pages until its end, a failure, a post older than `far_enough`, or `most` of them.

    `stops`: whether after this answer nothing more may be asked.
    """
    pages: list[Page] = []
    following: str | None = None
    while len(pages) < most:
        pages.append(await ask(following))
        try:
            listed = read(pages[-1])
        except SourceError:
            break
        following = listed.following
        if following is None or stops(pages[-1]) or (listed.oldest is not None and listed.oldest <= far_enough):
            break
    return pages
