"""One page of a hashtag time line -> the people's posts on it, and where the listing goes on.  Pure.

Shape: Mastodon's API documentation of July 2026 and its server's source.
"""

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import msgspec

from bot.http import LONGEST_RETRY_AFTER, Page, retry_after
from bot.sources import shapes
from bot.sources.posts import ListingPage, Post, span
from bot.sources.source import SourceError

BRIDGED = "brid.gy"  # accounts that live on another network
LONGEST_LINK = 4000  # characters of a header that are looked at

_NEXT = re.compile(r'<([^<>]{1,2000})>\s*;\s*rel="?next"?')
_CLOSED = frozenset({401, 422})  # tags for members only; 422 by servers before 4.5
_NOT_FOUND, _THROTTLED = 404, 429


class _Account(msgspec.Struct):
    acct: str
    url: str | None = None
    bot: bool = False


class _Status(msgspec.Struct):
    uri: str
    created_at: str
    account: _Account
    content: str = ""
    spoiler_text: str = ""
    language: str | None = None
    reblog: object = None


def read(page: Page, now: datetime) -> ListingPage:
    """Raises SourceError when the page is no listing."""
    if page.status == _NOT_FOUND and shapes.is_json(page):
        # By the documentation an unknown tag; servers answer 200 and an empty list.
        return ListingPage(posts=())
    if page.status in _CLOSED:
        raise SourceError(f"{page.status} this server shows its tags only to members", http_status=page.status)
    if page.status == _THROTTLED and not shapes.is_challenge(page):
        raise SourceError("429 throttled", http_status=page.status, retry_at=_retry_at(page, now))
    found = shapes.array(page)
    statuses = [status for each in found if (status := _status(each)) is not None]
    if found and not statuses:
        raise SourceError(f"{page.name}: a list, but not of posts", http_status=page.status)
    oldest, newest = span((shapes.moment(status.created_at) for status in statuses), now)
    return ListingPage(
        posts=tuple(post for status in statuses if (post := _post(status)) is not None),
        oldest=oldest,
        newest=newest,
        following=_older_than(page),
    )


def ends_the_round(page: Page) -> bool:
    """Whether the server, after this answer, is not to be asked again for now: silent, or at its limit."""
    return page.status in (0, _THROTTLED) or page.headers.get("x-ratelimit-remaining") == "0"


def _status(found: object) -> _Status | None:
    try:
        return msgspec.convert(found, _Status)
    except (msgspec.ValidationError, RecursionError):
        return None


def _post(status: _Status) -> Post | None:
    """One person's own post; None for bots, boosts and accounts bridged from elsewhere."""
    at = shapes.moment(status.created_at)
    account = status.account
    if at is None or account.bot or status.reblog is not None or account.acct.lower().endswith(BRIDGED):
        return None
    return Post(
        id=status.uri,
        at=at,
        author=account.url or account.acct,
        words=shapes.plain(f"{status.spoiler_text} {status.content}"),
        language=status.language,
    )


def _older_than(page: Page) -> str | None:
    """The `max_id` of the Link header: only that is taken, never the address, and the other tags are not in it."""
    link = _NEXT.search(page.headers.get("link", "")[:LONGEST_LINK])
    if link is None:
        return None
    try:
        return parse_qs(urlsplit(link[1]).query).get("max_id", [None])[0]
    except ValueError:
        return None


def _retry_at(page: Page, now: datetime) -> datetime | None:
    """This network names the moment in a header of its own, as an ISO time."""
    reset = shapes.moment(page.headers.get("x-ratelimit-reset"))
    return retry_after(page.headers, now) if reset is None else min(max(reset, now), now + LONGEST_RETRY_AFTER)
