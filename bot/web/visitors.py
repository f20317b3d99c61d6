"""Who may look at the page, and how often: addresses, hosts and origins.

Addresses are kept as hashes only, in memory, with a salt that dies with the process.
"""

import hashlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

WINDOW = timedelta(minutes=1)
MOST_VISITORS = 10_000
ONE_HOUSEHOLD = 64  # bits of an IPv6 address: who has one address has all that begin like it

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class Why(StrEnum):
    """Why a visitor is turned away; the text is page.<why>."""

    WRONG_HOST = "wrong_host"
    FOREIGN = "foreign"
    TOO_OFTEN = "too_often"


STATUS = {
    Why.WRONG_HOST: web.HTTPMisdirectedRequest.status_code,
    Why.FOREIGN: web.HTTPForbidden.status_code,
    Why.TOO_OFTEN: web.HTTPTooManyRequests.status_code,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A visitor is turned away, for now or for good."""

    why: Why
    wait: timedelta | None = None  # until a question is welcome again

    @property
    def status(self) -> int:
        """In HTTP's numbers."""
        return STATUS[self.why]


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

    def refuses(self, request: web.Request, *, asking: bool, now: datetime) -> Refusal | None:
        """Why this visitor is turned away; None when welcome.  A welcome question counts."""
        if not self._is_our_host(request):
            return Refusal(why=Why.WRONG_HOST)
        if asking and self._is_foreign(request):
            return Refusal(why=Why.FOREIGN)
        wait = self._wait(self.key(request), now) if asking else None
        return Refusal(why=Why.TOO_OFTEN, wait=wait) if wait else None

    def key(self, request: web.Request) -> str:
        """A code for the visitor's address, valid until the next start."""
        return hashlib.blake2b(self._counted_as(request).encode(), key=self._salt, digest_size=12).hexdigest()

    def _counted_as(self, request: web.Request) -> str:
        """The nearest address that is no trusted proxy's: only what those say of others is believed.

        Every header line counts, since a proxy may add one of its own below a visitor's forged one.
        """
        nearest = address_of(request.remote or "")
        lines = ",".join(request.headers.getall("X-Forwarded-For", []))
        hops = [hop.strip() for hop in lines.split(",") if hop.strip()]
        while hops and nearest is not None and any(nearest in network for network in self._trusted):
            nearest = address_of(hops.pop())
        if isinstance(nearest, IPv6Address):
            return str(ip_network((nearest, ONE_HOUSEHOLD), strict=False))
        return str(nearest)

    def _is_our_host(self, request: web.Request) -> bool:
        """Whether the page was asked for by a name that leads only here; an address can't be made to lead elsewhere."""
        if not self._only_loopback:
            return True
        return names_this_machine(request) or request.headers.get("Host", "").lower() == self._public_host

    def _is_foreign(self, request: web.Request) -> bool:
        """Whether another site's page asks in a visitor's name; following a link to us is no such thing."""
        origin = request.headers.get("Origin")
        if origin is not None:
            asked_from = urlsplit(origin).netloc.lower()
            if not asked_from or asked_from not in (request.headers.get("Host", "").lower(), self._public_host):
                return True
        if request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none"):
            return False
        follows = request.headers.get("Sec-Fetch-Mode") == "navigate"
        return not (follows and request.headers.get("Sec-Fetch-Dest", "document") == "document")

    def _wait(self, visitor: str, now: datetime) -> timedelta | None:
        """How long until this visitor may ask again; None, and one question counted, when that is now."""
        asked = self._asks.setdefault(visitor, deque())
        self._asks.move_to_end(visitor)
        while len(self._asks) > MOST_VISITORS:
            self._asks.popitem(last=False)
        while asked and asked[0] <= now - WINDOW:
            asked.popleft()
        if len(asked) >= self._asks_a_minute:
            return asked[0] + WINDOW - now
        asked.append(now)
        return None


def names_this_machine(request: web.Request) -> bool:
    """Whether it was asked for by a name that leads nowhere but to the machine of whoever asks."""
    name = _name(request.headers.get("Host", "").lower())
    address = address_of(name)
    return name == "localhost" or (address is not None and address.is_loopback)


def address_of(text: str) -> Address | None:
    """The IP address in a header or a socket's name, with or without a port; None for anything else."""
    try:
        address = ip_address(_name(text).strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _name(host: str) -> str:
    """The host without its port; a bare IPv6 address stays whole."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0] if host.count(":") == 1 else host
