"""How Reddit says no: with a block page at any status, and with errors inside a good answer.  Pure; never a zero."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec

from bot.http import LONGEST_RETRY_AFTER, Page, retry_after
from bot.sources import shapes
from bot.sources.source import SourceError

BLOCKED_WAIT = timedelta(hours=6)  # a block does not lift while it is knocked at
LEAST_WAIT = timedelta(seconds=61)  # "retry-after: 0" has been seen


class _Problem(msgspec.Struct):
    error: int | str | None = None


def refuse(page: Page, now: datetime) -> None:
    """Raises SourceError unless this is an answer of the service itself with status 200 and without an error."""
    if page.status == 0 or shapes.is_challenge(page):
        return  # told in the same words for all sources
    status = _told_status(page)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise SourceError("429 throttled", http_status=status, retry_at=_throttled_until(page, now))
    if page.status in (HTTPStatus.OK, HTTPStatus.FORBIDDEN) and page.body and not shapes.is_json(page):
        raise SourceError(
            f"{page.status} blocked: a page instead of data", http_status=page.status, retry_at=now + BLOCKED_WAIT
        )
    if page.status == HTTPStatus.OK and status is None:
        raise SourceError("200 refused: an error instead of data", http_status=page.status)
    if page.status == HTTPStatus.OK and status != HTTPStatus.OK:
        raise SourceError(f"{status} refused", http_status=status)


def seconds_left(headers: Mapping[str, str]) -> float | None:
    """Until the count of requests begins anew: told in seconds, not as a moment."""
    return _number(headers.get("x-ratelimit-reset", ""))


def is_used_up(headers: Mapping[str, str]) -> bool:
    """Whether nothing more may be asked for now."""
    left = _number(headers.get("x-ratelimit-remaining", ""))
    return left is not None and left < 1


def _told_status(page: Page) -> int | None:
    """The status, also where it stands in the body of a good answer; None for an error that is named by a word."""
    if page.status != HTTPStatus.OK or not shapes.is_json(page):
        return page.status
    said = shapes.unchecked(page, _Problem)
    if said is None or said.error is None:
        return page.status
    known = isinstance(said.error, int) and HTTPStatus.BAD_REQUEST <= said.error < 600  # noqa: PLR2004 HTTP's end
    return said.error if known and isinstance(said.error, int) else None


def _throttled_until(page: Page, now: datetime) -> datetime:
    left = seconds_left(page.headers)
    told = retry_after(page.headers, now) if left is None else now + timedelta(seconds=left)
    return max(told or now, now + LEAST_WAIT)


def _number(told: str) -> float | None:
    digits = told.strip()
    if not (digits.isascii() and digits.replace(".", "", 1).isdecimal()):
        return None
    return min(float(digits), LONGEST_RETRY_AFTER.total_seconds())
