"""Which hosts may ever see our token.

A service URL comes from outside, at once or out of the store.  One that is not on the list gets nothing: whoever can
make us post there would hold our identity.  Names are compared whole; nothing is matched by its ending, since endings
such as trafficmanager.net belong to anybody who rents a name under them.
"""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

MICROSOFT_HOSTS = frozenset(
    {
        "smba.trafficmanager.net",  # public cloud, every region, GCC's older address too
        "smba.infra.gcc.teams.microsoft.com",  # GCC
        "smba.infra.gov.teams.microsoft.us",  # GCC High
        "smba.infra.dod.teams.microsoft.us",  # DoD
    }
)
_PLAIN_URL = re.compile(
    r"(https?)://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?(/[A-Za-z0-9._~%/:@-]*)?", re.ASCII
)
_LONGEST_URL = 512


@lru_cache(maxsize=1024)
def may_see_token(service_url: str, more_hosts: frozenset[str] = frozenset()) -> bool:
    """Whether `service_url` is https on a listed host, or on this very machine.

    `more_hosts` are exact names, with `:port` for another port than 443.  Anything unusual in a URL (user names,
    backslashes, queries, dots that climb) is refused, because two parsers may read it differently.
    """
    read = _PLAIN_URL.fullmatch(service_url) if len(service_url) <= _LONGEST_URL else None
    if read is None or ".." in service_url:
        return False
    if is_loopback_url(service_url):
        return True
    host, port = read.group(2).lower(), read.group(3) or "443"
    name = host if port == "443" else f"{host}:{port}"
    return read.group(1) == "https" and name in MICROSOFT_HOSTS | more_hosts


@lru_cache(maxsize=1024)
def is_loopback_url(url: str) -> bool:
    """Whether `url` is http or https on this very machine."""
    read = _PLAIN_URL.fullmatch(url) if len(url) <= _LONGEST_URL else None
    return read is not None and is_loopback_name(read.group(2))


def is_loopback_name(host: str) -> bool:
    """Whether `host` (without a port) can only mean this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_https_or_loopback(url: str) -> bool:
    """Whether secrets and keys may travel to or from `url`."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or is_loopback_url(url))
