"""What all sources need at the door: refuse what is no answer, decode it, and make foreign words and times harmless.

Knows no source.  Everything here is pure and total: a value, or a `SourceError` whose words are short and hold no
content of the page.
"""

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from bot.http import Page, retry_after
from bot.http_trouble import WORDS
from bot.sources.source import SourceError

T = TypeVar("T")

TEXT_LIMIT = 500  # characters of foreign words that an observation carries
LONGEST_TEXT = 50_000  # characters that are looked at; the rest of a page's text is not read
BELIEVED_PERIODS = 3  # a statement outlives two polls that were missed
LEAST_BELIEVED = timedelta(minutes=5)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

_OK = 200
_TROUBLE_STATUS = {
    304: "304 though nothing was kept",
    400: "400 question not understood",
    401: "401 refused",
    403: "403 refused",
    404: "404 not found",
    429: "429 throttled",
}
_CHALLENGE_MARKS = (b"_cf_chl_opt", b"/cdn-cgi/challenge-platform/")
_KEPT_FORMATS = frozenset({"\u200c", "\u200d"})  # joiners, without which some scripts can't be read
_HIDDEN = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_LINE_TAG = re.compile(r"<(?:br|/p|/div|/li|/h\d|/tr|p|div|ul|ol)\b[^>]*>", re.IGNORECASE)
_ITEM_TAG = re.compile(r"<li\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")


def answered(page: Page) -> bytes:
    """The body of a good answer, without a byte order mark.  Raises SourceError for any other."""
    if page.status == 0:
        raise SourceError(WORDS[page.trouble] if page.trouble else "no answer")
    if is_challenge(page):
        raise SourceError(f"{page.status} challenge", http_status=page.status)
    if page.status != _OK:
        words = _TROUBLE_STATUS.get(page.status, f"{page.status} failing")
        raise SourceError(words, http_status=page.status, retry_at=retry_after(page.headers, page.fetched_at))
    return page.body.removeprefix(b"\xef\xbb\xbf")


def is_challenge(page: Page) -> bool:
    """Whether a bot check came instead of an answer; its header is set on every one (Cloudflare's documents, 2026)."""
    if page.headers.get("cf-mitigated", "").strip().lower() == "challenge":
        return True
    return page.status != _OK and any(mark in page.body for mark in _CHALLENGE_MARKS)


def is_json(page: Page) -> bool:
    """Whether the body at least begins as JSON does, whatever its declared type."""
    return page.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[", b'"')


def decode(page: Page, shape: type[T]) -> T:
    """The body as `shape`; unknown fields are passed over, a missing or wrong one is named in the SourceError."""
    body = answered(page)
    if body.lstrip()[:1] == b"<":
        raise SourceError(f"{page.status} page instead of data", http_status=page.status)
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise SourceError(f"{page.name}: shape changed: {error}", http_status=page.status) from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise SourceError(f"{page.name}: not JSON", http_status=page.status) from error


def unchecked(page: Page, shape: type[T]) -> T | None:
    """The body as `shape` whatever the status; None when it is not of that shape."""
    try:
        return msgspec.json.decode(page.body.removeprefix(b"\xef\xbb\xbf"), type=shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return None


def array(page: Page) -> list[object]:
    """The body as a JSON array whose elements still have to be looked at."""
    return decode(page, list[object])


def lines(text: str) -> list[str]:
    """Foreign text, HTML or not, as plain lines: no tags, no control or direction signs, single blanks."""
    text = _HIDDEN.sub(" ", text[:LONGEST_TEXT])
    text = _TAG.sub("", _ITEM_TAG.sub("\n- ", _LINE_TAG.sub("\n", text)))
    text = unicodedata.normalize("NFC", html.unescape(text))
    found = (" ".join("".join(map(_harmless, line)).split()) for line in text.splitlines())
    return [line for line in found if line]


def plain(text: str, limit: int = TEXT_LIMIT) -> str:
    """Foreign text as one plain line of at most `limit` characters, cut at a word."""
    whole = " ".join(lines(text))
    if len(whole) <= limit:
        return whole
    cut = whole[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:-") + "…"


def moment(text: str | None) -> datetime | None:
    """A time in ISO 8601 as aware UTC; None when there is none, also for the year 1 that means "none"."""
    try:
        return _bounded(datetime.fromisoformat((text or "").strip()))
    except ValueError:
        return None


def mail_moment(text: str | None) -> datetime | None:
    """A time in the notation of mail and RSS as aware UTC."""
    try:
        return _bounded(parsedate_to_datetime((text or "").strip()))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def believed_until(seen_at: datetime, period: timedelta) -> datetime:
    """Until when a statement counts that is asked for every `period`."""
    return seen_at + max(period * BELIEVED_PERIODS, LEAST_BELIEVED)


def _bounded(at: datetime) -> datetime | None:
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    if not EARLIEST.year <= at.year < LATEST.year:
        return None
    return at.astimezone(UTC)


def _harmless(sign: str) -> str:
    category = unicodedata.category(sign)
    if category[0] == "Z" or sign == "\t":
        return " "
    return "" if category[0] == "C" and sign not in _KEPT_FORMATS else sign
