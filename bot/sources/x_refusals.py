"""Why X refuses, in short words, and when it may be asked again.

The types of its problems are told by the last part of their address: their host has changed before.  None of these
answers is a zero.
"""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import msgspec

from bot.http import Page, Trouble
from bot.sources import shapes
from bot.sources.source import SourceError

AFTER_TOP_UP = timedelta(hours=1)  # credits come back when somebody pays, or not at all
LONGEST_RESET = timedelta(minutes=30)  # its windows last a quarter of an hour
REFUSED = {
    HTTPStatus.BAD_REQUEST: "400 our question was refused",
    HTTPStatus.UNAUTHORIZED: "401 token refused",
    HTTPStatus.PAYMENT_REQUIRED: "402 credits used up",
}
FORBIDDEN = {
    "client-not-enrolled": "403 app not enrolled for this call",
    "official-client-forbidden": "403 app not enrolled for this call",
    "unsupported-authentication": "403 wrong kind of token",
    "spendcapreached": "403 spending limit reached",
}
CAPPED = frozenset({"usage-capped", "usagecapexceeded"})  # same status as throttling, but waiting minutes is no use
LONGEST_EPOCH = 11  # digits of seconds since 1970


class _Problem(msgspec.Struct):
    title: object = None
    type: object = None
    reason: object = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the problem calls itself, in lower case."""
        said = [str(name).rsplit("/", 1)[-1].lower() for name in (self.type, self.reason, self.title) if name]
        return tuple(said)


def refusal(page: Page, now: datetime) -> SourceError:
    """The error behind an answer that is not 200."""
    if page.trouble is Trouble.BUDGET:
        return SourceError("what X may cost this month is spent")
    names = _problem(page).names
    if page.status == HTTPStatus.TOO_MANY_REQUESTS and not shapes.is_challenge(page):
        is_capped = not CAPPED.isdisjoint(names)
        words = "429 monthly cap reached" if is_capped else "429 throttled"
        return _error(words, page, _next_month(now) if is_capped else _reset_at(page, now))
    if page.status == HTTPStatus.FORBIDDEN and (known := [FORBIDDEN[name] for name in names if name in FORBIDDEN]):
        return _error(known[0], page, None)
    if page.status in REFUSED:
        paid = page.status == HTTPStatus.PAYMENT_REQUIRED
        return _error(REFUSED[HTTPStatus(page.status)], page, now + AFTER_TOP_UP if paid else None)
    try:
        shapes.answered(page)
    except SourceError as error:
        return error
    return SourceError("no refusal", http_status=page.status)


def _problem(page: Page) -> _Problem:
    try:
        return msgspec.json.decode(page.body[:10_000], type=_Problem)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _Problem()


def _error(words: str, page: Page, retry_at: datetime | None) -> SourceError:
    return SourceError(words, http_status=page.status, retry_at=retry_at)


def _reset_at(page: Page, now: datetime) -> datetime | None:
    """The end of the window, given in seconds since 1970; bounded, since it comes from outside."""
    told = page.headers.get("x-rate-limit-reset", "")
    if not (told.isascii() and told.isdecimal() and len(told) <= LONGEST_EPOCH):
        return None
    return min(max(datetime.fromtimestamp(int(told), UTC), now), now + LONGEST_RESET)


def _next_month(now: datetime) -> datetime:
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
