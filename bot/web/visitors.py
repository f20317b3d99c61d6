"""Who may look at the page, and how often: addresses, hosts and origins.

Addresses are kept as hashes only, in memory, with a salt that dies with the process.
"""

import hashlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from aiohttp import web

WINDOW = timedelta(minutes=1)
MOST_VISITORS = 10_000
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")

Network = IPv4Network | IPv6Network


class Visitors:
    """Bounds for visitors of the page."""

    def __init__(
        self, *, asks_a_minute: int, trusted_proxies: Sequence[Network], public_url: str | None, only_loopback: bool
    ) -> None:
        """`only_loopback`: the page listens on loopback, so other host names are somebody's trick (DNS rebinding)."""
        self._asks_a_minute = asks_a_minute
        self._trusted = tuple(trusted_proxies)
        self._public_host = urlsplit(public_url).netloc.lower() if public_url else None
        self._only_loopback = only_loopback
        self._asks: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._salt = secrets.token_bytes(16)  # a new one at each start: addresses are not kept

    def refuses(self, request: web.Request, *, asking: bool, now: datetime) -> int | None:
        """The status to refuse with; None when the visitor is welcome."""
        if not self._is_our_host(request):
            return web.HTTPMisdirectedRequest.status_code
        if asking and self._is_foreign(request):
            return web.HTTPForbidden.status_code
        if asking and not self._may_ask(self.key(request), now):
            return web.HTTPTooManyRequests.status_code
        return None

    def key(self, request: web.Request) -> str:
        """A code for the visitor's address, valid until the next start."""
        return hashlib.blake2b(self._address(request).encode(), key=self._salt, digest_size=12).hexdigest()

    def _address(self, request: web.Request) -> str:
        """The nearest address that no trusted proxy has: only what those say of others is believed."""
        address = request.remote or ""
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        while hops and self._is_trusted(address):
            address = hops.pop()
        return address

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._trusted)
        except ValueError:
            return False

    def _is_our_host(self, request: web.Request) -> bool:
        if not self._only_loopback:
            return True
        host = (request.headers.get("Host") or "").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return name in LOOPBACK_NAMES or host == self._public_host

    def _is_foreign(self, request: web.Request) -> bool:
        """Whether another site's page asks in a visitor's name; following a link is no such thing."""
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() not in (
            (request.headers.get("Host") or "").lower(),
            self._public_host,
        ):
            return True
        fetched = request.headers.get("Sec-Fetch-Site") == "cross-site"
        return fetched and request.headers.get("Sec-Fetch-Mode") != "navigate"

    def _may_ask(self, visitor: str, now: datetime) -> bool:
        asked = self._asks.setdefault(visitor, deque())
        self._asks.move_to_end(visitor)
        while len(self._asks) > MOST_VISITORS:
            self._asks.popitem(last=False)
        while asked and asked[0] <= now - WINDOW:
            asked.popleft()
        if len(asked) >= self._asks_a_minute:
            return False
        asked.append(now)
        return True
