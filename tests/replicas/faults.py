"""The ways in which an outside service fails, played by every replica."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from functools import cache

from aiohttp import web

from bot.clock import MachineClock

DRIP_EVERY_S = 0.02
HUGE_BYTES = 8_000_000
RETRY_AFTER_S = 37  # what THROTTLED_SECONDS and THROTTLED_DATE ask for


class Fault(StrEnum):
    """One way to fail.  A dead service is no fault but `Replica.dies()`."""

    HANGS = "hangs"  # takes the request and never answers
    DRIP = "drip"  # answers byte by byte, for ever
    RESET = "reset"  # cuts the connection before an answer
    CUT = "cut"  # promises more bytes than come
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    THROTTLED = "429"  # without a Retry-After
    THROTTLED_SECONDS = "429 seconds"
    THROTTLED_DATE = "429 date"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502 html"  # the page of a gateway in front
    UNAVAILABLE = "503"  # with a Retry-After
    CHALLENGE = "challenge"  # a bot check: 403 with cf-mitigated
    CHALLENGE_429 = "challenge 429"
    HTML = "html"  # a page with status 200 where data is due
    NONSENSE = "nonsense"  # 200, says JSON, holds garbage
    EMPTY = "empty"  # 200, says JSON, holds nothing
    BROKEN_JSON = "broken json"  # 200, ends in the middle
    HUGE = "huge"  # 8 MB
    BOMB = "bomb"  # a few KB that unpack to 64 MB
    WRONG_GZIP = "wrong gzip"  # says gzip, is not
    REDIRECT_AWAY = "redirect away"  # to another owner
    REDIRECT_INSIDE = "redirect inside"  # to a private address
    REDIRECT_LOOP = "redirect loop"


_PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_STATUSES = {
    Fault.UNAUTHORIZED: 401,
    Fault.FORBIDDEN: 403,
    Fault.NOT_FOUND: 404,
    Fault.THROTTLED: 429,
    Fault.THROTTLED_SECONDS: 429,
    Fault.THROTTLED_DATE: 429,
    Fault.SERVER_ERROR: 500,
    Fault.UNAVAILABLE: 503,
}
_BODIES = {
    Fault.NONSENSE: bytes(range(256)) * 8,
    Fault.EMPTY: b"",
    Fault.BROKEN_JSON: b'{"value":[{"id":"x","na',
}
_REDIRECTS = {
    Fault.REDIRECT_AWAY: "https://elsewhere.example/",
    Fault.REDIRECT_INSIDE: "http://169.254.169.254/latest/meta-data",
}


async def play(fault: Fault, request: web.Request, released: asyncio.Event) -> web.StreamResponse:
    """Fail `request` in this way.  `released` ends those failures that would never end."""
    if fault in _REDIRECTS or fault is Fault.REDIRECT_LOOP:
        return web.Response(status=302, headers={"Location": _REDIRECTS.get(fault, request.path_qs)})
    if fault in {Fault.HANGS, Fault.DRIP, Fault.RESET, Fault.CUT}:
        return await _broken_line(fault, request, released)
    return _whole(fault)


def _whole(fault: Fault) -> web.Response:
    """A failure that is a whole answer."""
    if fault in _STATUSES:
        return _status(fault)
    if fault in _BODIES:
        return web.Response(body=_BODIES[fault], content_type="application/json")
    if fault in {Fault.CHALLENGE, Fault.CHALLENGE_429}:
        return _challenge(403 if fault is Fault.CHALLENGE else 429)
    if fault in {Fault.HTML, Fault.BAD_GATEWAY}:
        status = 200 if fault is Fault.HTML else 502
        return web.Response(status=status, text=_PAGE.format("Please wait"), content_type="text/html")
    return _weight(fault)


def _status(fault: Fault) -> web.Response:
    headers = {}
    if fault in {Fault.THROTTLED_SECONDS, Fault.UNAVAILABLE}:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if fault is Fault.THROTTLED_DATE:
        headers["Retry-After"] = _http_date(timedelta(seconds=RETRY_AFTER_S))
    status = _STATUSES[fault]
    return web.json_response({"error": {"code": str(status), "message": "no"}}, status=status, headers=headers)


def _http_date(ahead: timedelta) -> str:
    at: datetime = MachineClock().now() + ahead
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _challenge(status: int) -> web.Response:
    page = (
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
        "<script>window._cf_chl_opt={cType:'managed'};</script>"
        "<script src='/cdn-cgi/challenge-platform/h/b/orchestrate'></script></body></html>"
    )
    headers = {"cf-mitigated": "challenge", "Server": "cloudflare", "cf-ray": "8f00000000000000-FRA"}
    return web.Response(status=status, text=page, content_type="text/html", headers=headers)


def _weight(fault: Fault) -> web.Response:
    if fault is Fault.HUGE:
        return web.Response(body=b" " * HUGE_BYTES, content_type="application/json")
    body = _bomb() if fault is Fault.BOMB else b"this is not gzip"
    return web.Response(body=body, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * 64_000_000)


async def _broken_line(fault: Fault, request: web.Request, released: asyncio.Event) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    match fault:
        case Fault.HANGS:
            await released.wait()
            return web.Response(status=503)
        case Fault.DRIP:
            await answer.prepare(request)
            while not released.is_set() and request.transport is not None:
                await answer.write(b" ")
                await _pause(released, DRIP_EVERY_S)
        case Fault.CUT:
            answer.content_length = 1000
            await answer.prepare(request)
            await answer.write(b'{"value":')
    if request.transport is not None:
        request.transport.abort()
    return answer


async def _pause(released: asyncio.Event, wait_s: float) -> None:
    try:
        async with asyncio.timeout(wait_s):
            await released.wait()
    except TimeoutError:
        return
