"""Which hosts a way beside Teams contacts, for whoever opens a firewall.  Asks nobody, and shows no key.

In many of Apprise's addresses a key stands where a host would: what is shown is what Apprise's own code calls.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.transports.ways import quieten

_PAGES = frozenset({"service_url", "setup_url"})  # for people: the service's own page, Apprise's page about it
_PORTS = {"http": 80, "https": 443}


def hosts_of(address: str) -> tuple[tuple[str, int], ...]:
    """Host and port of each, in order; empty for an address that Apprise does not know."""
    from apprise import Apprise  # noqa: PLC0415 - it costs memory that an idle bot need not hold

    quieten()
    service = Apprise.instantiate(address)
    if service is None:
        return ()
    return tuple(sorted(set(_hosts(service))))


def _hosts(service: object) -> Iterator[tuple[str, int]]:
    if mail := getattr(service, "smtp_host", None):
        yield str(mail), _port(service)
        return
    named = tuple(_named(type(service)))
    if not _is_own(service, named):
        yield from named or _page(service)
        return
    yield str(getattr(service, "host", "")), _port(service)


def _is_own(service: object, named: tuple[tuple[str, int], ...]) -> bool:
    """Whether the address itself names the server: always, or where the service may be one's own."""
    mode = str(getattr(service, "mode", ""))
    templates = tuple(map(str, getattr(service, "templates", ())))
    everywhere = bool(templates) and all("{host}" in template for template in templates)
    return mode == "private" or (everywhere and not named)


def _named(kind: type) -> Iterator[tuple[str, int]]:
    """Addresses that stand in the class of the service."""
    for each in kind.__mro__:
        for name, value in vars(each).items():
            if name not in _PAGES and isinstance(value, str) and value.startswith(("https://", "http://")):
                parts = urlsplit(value)
                if parts.hostname and "{" not in parts.netloc and "apprise" not in parts.netloc:
                    yield parts.hostname, _PORTS[parts.scheme]


def _page(service: object) -> Iterator[tuple[str, int]]:
    page = urlsplit(str(getattr(service, "service_url", "") or "")).hostname
    if page:
        yield page, _PORTS["https"]


def _port(service: object) -> int:
    given = getattr(service, "port", None)
    return int(given) if given else _PORTS["https" if getattr(service, "secure", True) else "http"]
