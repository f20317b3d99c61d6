"""The door of /api/messages before anybody looked inside: how large, and from where when nobody can prove who they are.

Without an app id there are no tokens to check, so only programs on this machine may speak, and a request that shows a
trace of a browser page or of a tunnel is refused: through one of those the whole world could reach us.
"""

import asyncio

from aiohttp import web

from bot.transports.teams.hosts import is_loopback_name
from bot.transports.teams.wire import WireError

LARGEST_BODY_BYTES = 256 * 1024  # Teams' own messages end at about 100 KB
BODY_TIMEOUT_S = 10.0
_TRACES = ("Origin", "Forwarded", "Via", "X-Real-Ip", "X-Original-Host")
_TRACE_FAMILY = "x-forwarded-"


class TooLargeError(Exception):
    """The body is longer than anything that Teams sends."""


async def read_body(request: web.Request, largest: int = LARGEST_BODY_BYTES) -> bytes:
    """The whole body.

    Raises TooLargeError, TimeoutError for one that never ends, WireError for one that breaks off or is badly packed.
    """
    if (request.content_length or 0) > largest:
        raise TooLargeError
    if request.content.is_eof():  # all of it is here already, as nearly always: no timer needed
        return await _read(request, largest)
    async with asyncio.timeout(BODY_TIMEOUT_S):
        return await _read(request, largest)


async def _read(request: web.Request, largest: int) -> bytes:
    body = b""
    try:
        while part := await request.content.read(largest + 1 - len(body)):
            body += part
            if len(body) > largest:
                raise TooLargeError
    except web.RequestPayloadError:
        raise WireError("a body that is packed as its headers say is wanted") from None  # its text may quote the body
    except ConnectionError:
        raise WireError("the whole body is wanted; its sender hung up") from None
    return body


def outsider(request: web.Request) -> str | None:
    """What shows that `request` was not made by a program on this machine for us; None when nothing does."""
    for name in request.headers:
        if name.lower().startswith(_TRACE_FAMILY) or name.title() in _TRACES:
            return f"the header {name} says that it came through a browser page, a proxy or a tunnel"
    if request.content_type != "application/json":
        return f"Content-Type must be application/json, not {request.content_type[:60]}"
    own = request.transport.get_extra_info("sockname") if request.transport else None
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not own or not peer or not is_loopback_name(str(peer[0])):
        return "it did not come from this machine"
    if not _names_us(request.headers.get("Host", ""), own[1]):
        return f"Host must be a name of this machine with port {own[1]}"
    return None


def _names_us(host: str, port: int) -> bool:
    name, _, said_port = host.rpartition(":")
    return said_port == str(port) and is_loopback_name(name)
