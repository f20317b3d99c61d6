"""Which addresses may be called.  An address from the settings may be any; one from somebody's answer may not."""

import asyncio
import ipaddress
import socket
import urllib.request

import httpx

from bot.http_trouble import FetchError, Trouble, failed

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "gob", "gov", "net", "nom", "org"})  # as in example.co.uk


def registrable(host: str) -> str:
    """The part of a name that somebody buys: two labels, three under the likes of co.uk; an IP address is itself.

    A guess without the public suffix list: on a shared host (x.github.io) it is too wide, and then the rules for
    addresses from answers still hold.
    """
    host = host.lower().rstrip(".")
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        labels = host.split(".")
        below_country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS  # noqa: PLR2004 labels
        return ".".join(labels[-3:] if below_country else labels[-2:])
    return host


def is_public(address: str) -> bool:
    """Whether `address` lies on the open internet, also when it wraps an IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def goes_through_proxy(url: httpx.URL) -> bool:
    """Whether the environment names a proxy for `url`; then the proxy resolves the name, and decides where it goes."""
    proxies = urllib.request.getproxies()
    if not (proxies.get(url.scheme) or proxies.get("all")):
        return False
    return not urllib.request.proxy_bypass(url.host)


async def public_address(url: httpx.URL) -> str:
    """The one address to be called for `url`, which came from somebody's answer.  Raises FetchError."""
    if url.scheme != "https" or url.port not in (None, 443) or url.userinfo:
        raise failed(Trouble.REDIRECT, url.host, "redirected to an address that is not plain https on 443")
    host = url.raw_host.decode("ascii")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise failed(Trouble.DNS, url.host) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise FetchError(Trouble.REDIRECT, f"{url.host}: redirected to an address that is not public")
    return addresses[0]
