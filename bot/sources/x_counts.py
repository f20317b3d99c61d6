"""X's counts per minute -> how many in the last quarter of an hour, against the usual.  Pure.

A minute that is not listed is missing, not zero; the last ones may be cut off.  Counts are never compared with the
number of posts that a search gives: they are filtered differently.  Nor are those before reposts were left out with
those after.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from bot.domain.observation import Strength
from bot.domain.spike import WINDOW, Count
from bot.http import Page
from bot.sources import shapes, voices
from bot.sources.source import SourceError

LEAST_COVERED = timedelta(minutes=5)  # of the window must be listed to tell anything
LONGEST_BUCKET = timedelta(minutes=1)  # as we ask for
REPOSTS_LEFT_OUT = datetime(2026, 5, 4, tzinfo=UTC)  # from here on; what was usual before is no measure since


class _Bucket(msgspec.Struct):
    start: str
    end: str
    tweet_count: int | None = None
    post_count: int | None = None


class _Meta(msgspec.Struct):
    total_tweet_count: int | None = None
    total_post_count: int | None = None
    next_token: str | None = None


class _Answer(msgspec.Struct):
    data: list[_Bucket] = []
    meta: _Meta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """Posts of one listed stretch of time."""

    start: datetime
    end: datetime
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One answer, weighed."""

    strength: Strength
    since: datetime | None = None  # when the present rise began
    newest_at: datetime | None  # end of the newest minute in the window that had a post


def counted(pages: Sequence[Page], now: datetime) -> Counted:
    """The last window's count.  Raises SourceError when the answer lists too little of it."""
    if not pages:
        raise SourceError("no page")
    listed = _minutes(pages[0])
    for page in pages[1:]:
        with suppress(SourceError):
            listed |= _minutes(page)
    minutes = [listed[start] for start in sorted(listed)]
    if not minutes:  # their way to say that there was nothing at all
        return Counted(strength=Strength(reports=0, usual=0.0, window=WINDOW), newest_at=None)
    recent = [minute for minute in minutes if now - WINDOW < minute.end <= now + voices.AHEAD]
    covered = sum((minute.end - minute.start for minute in recent), timedelta(0))
    if covered < LEAST_COVERED:
        raise SourceError("counts too old", http_status=pages[0].status)
    counts = [Count(at=min(minute.end, now), value=minute.posts) for minute in _alike(minutes, now)]
    strength = Strength(
        reports=sum(minute.posts for minute in recent), usual=voices.usual(counts, now, covered), window=covered
    )
    return Counted(
        strength=strength,
        since=voices.risen_since(counts, strength, now),
        newest_at=max((minute.end for minute in recent if minute.posts), default=None),
    )


def next_token(page: Page) -> str | None:
    """Where the answer goes on; by their documents counts come whole, by their schema they may not."""
    answer = shapes.unchecked(page, _Answer)
    return answer.meta.next_token or None if answer is not None and answer.meta is not None else None


def _minutes(page: Page) -> dict[datetime, Minute]:
    """What one page lists, by its start.  Raises SourceError."""
    answer = shapes.decode(page, _Answer)
    if answer.meta is None:
        raise SourceError("counts without a total", http_status=page.status)
    found = [minute for bucket in answer.data if (minute := _minute(bucket)) is not None]
    if not found and (answer.data or _total(answer.meta) != 0):
        raise SourceError("counts in an unknown shape", http_status=page.status)
    return {minute.start: minute for minute in found}


def _alike(minutes: Iterable[Minute], now: datetime) -> list[Minute]:
    """Those that were counted by the same rule as the present ones."""
    return [minute for minute in minutes if now < REPOSTS_LEFT_OUT or minute.start >= REPOSTS_LEFT_OUT]


def _minute(bucket: _Bucket) -> Minute | None:
    start, end = _moment(bucket.start), _moment(bucket.end)
    posts = bucket.tweet_count if bucket.post_count is None else bucket.post_count
    if start is None or end is None or posts is None or posts < 0:
        return None
    return Minute(start=start, end=end, posts=posts) if timedelta(0) < end - start <= LONGEST_BUCKET else None


_moment = lru_cache(maxsize=4096)(shapes.moment)  # a minute's end is the next one's start, and polls overlap by a day


def _total(meta: _Meta) -> int | None:
    return meta.total_tweet_count if meta.total_post_count is None else meta.total_post_count
