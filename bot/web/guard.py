"""What every answer carries that a browser may open, and a page where there is none.

The headers are set where answers leave, so that a route added later has them too.
"""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware

from bot.metrics import REFUSED

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SERVER = "Notjustyou"  # no version to look up a fault for
UNREADABLE = (HttpProcessingError, web.RequestPayloadError)  # a request, or what was to follow it
NOT_HERE = frozenset({web.HTTPNotFound.status_code, web.HTTPMethodNotAllowed.status_code})


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    """Before an answer leaves: the headers that it does not have yet."""
    response.headers["Server"] = SERVER
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def friendly(show: Callable[[web.Request, int], web.Response]) -> Middleware:
    """Where there is no such page, a browser is shown one that leads back; programs get aiohttp's plain line."""

    @web.middleware
    async def instead(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refused:
            if refused.status not in NOT_HERE or "text/html" not in request.headers.get("Accept", ""):
                raise
            page = show(request, refused.status)
            if "Allow" in refused.headers:
                page.headers["Allow"] = refused.headers["Allow"]
            return page

    return instead


def discreet() -> logging.Logger:
    """For the web server's own complaints.  One about a request that it can't read would quote it, words and all."""
    logger = logging.getLogger(__name__)
    if _tells not in logger.filters:
        logger.addFilter(_tells)
    return logger


def _tells(record: logging.LogRecord) -> bool:
    """Whether this goes into the log; what can't be read is counted instead, since anybody may send it."""
    unreadable = record.exc_info is not None and isinstance(record.exc_info[1], UNREADABLE)
    if unreadable:
        REFUSED.labels(reason="unreadable").inc()
    return not unreadable
