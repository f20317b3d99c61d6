"""Who may see our counters and why we are not ready: networks that a setting names, judged by the caller's address.

What a proxy passes on looks as if the proxy asked, so anything that was forwarded counts as coming from outside, unless
a trusted proxy says from where.
"""

import re
from collections.abc import Iterator, Sequence

from aiohttp import web

from bot.web.visitors import Address, Network, address_of

FORWARDING = frozenset({"forwarded", "via", "x-real-ip", "x-original-host", "cf-connecting-ip", "true-client-ip"})
FORWARDING_FAMILY = "x-forwarded-"
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]+)', re.IGNORECASE)  # RFC 7239, section 4


class Insiders:
    """Callers from these networks."""

    def __init__(self, networks: Sequence[Network], trusted_proxies: Sequence[Network]) -> None:
        """`trusted_proxies`: only what those say of others is believed."""
        self._networks = tuple(networks)
        self._trusted = tuple(trusted_proxies)

    def include(self, request: web.Request) -> bool:
        """Whether this request comes from one of them."""
        peer = address_of(request.remote or "")
        if not was_passed_on(request):
            return _is_in(peer, self._networks)
        if not _is_in(peer, self._trusted):
            return False
        chains = [chain for chain in (list(_x_forwarded(request)), list(_forwarded(request))) if chain]
        return bool(chains) and all(_is_in(self._nearest(chain), self._networks) for chain in chains)

    def _nearest(self, chain: Sequence[str]) -> Address | None:
        """The last address that is no trusted proxy's: what stands before it may be forged."""
        nearest = None
        for hop in reversed(chain):
            nearest = address_of(hop)
            if not _is_in(nearest, self._trusted):
                break
        return nearest


def was_passed_on(request: web.Request) -> bool:
    """Whether a proxy or a tunnel says that it asks for somebody else."""
    names = {name.lower() for name in request.headers}
    return not names.isdisjoint(FORWARDING) or any(name.startswith(FORWARDING_FAMILY) for name in names)


def _is_in(address: Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _x_forwarded(request: web.Request) -> Iterator[str]:
    lines = ",".join(request.headers.getall("X-Forwarded-For", []))
    return (hop.strip() for hop in lines.split(",") if hop.strip())


def _forwarded(request: web.Request) -> Iterator[str]:
    for element in ",".join(request.headers.getall("Forwarded", [])).split(","):
        if element.strip():
            found = _FOR.search(element)
            yield found[1].strip('"') if found else "unknown"
