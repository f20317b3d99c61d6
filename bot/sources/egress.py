"""Which hosts the sources contact with the present settings, why, and what leaves us there.  Asks nobody.

For those who must open a firewall, and for those who must know what an installation tells the world.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.sources import neutral, probe
from bot.sources.source import Source, SourceSetup
from bot.sources.targets import addresses

NOTHING = "nothing of yours: the question, our name and version, and this network's public address"
CREDENTIAL = "the credential of that service"
APP = "the app's id and secret, and the tenant's id"
PORTS = {"http": 80, "https": 443}
_NAMED = re.compile(r"^[\w.-]+=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One place that is contacted."""

    host: str
    port: int
    by: str  # id of a source, or "teams"
    why: str
    sends: str


def ways_out(asked: Iterable[tuple[Source, SourceSetup]]) -> list[Way]:
    """Every place that these sources contact, by source, host and port."""
    found = {way for source, setup in asked for way in _ways(source, setup)}
    return sorted(found, key=lambda way: (way.by, way.host, way.port))


def way_to(url: str, *, by: str, why: str, sends: str) -> Way:
    """The place behind an address."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    return Way(host=parts.hostname or url, port=parts.port or PORTS.get(parts.scheme, 443), by=by, why=why, sends=sends)


def _ways(source: Source, setup: SourceSetup) -> Iterator[Way]:
    about = source.about
    sends = CREDENTIAL if about.needs and setup.token else NOTHING
    if source.id == "graph":
        sends = "a token that the sign-in service gave us"
        login = setup.extra.get("login_url") or "https://login.microsoftonline.com"
        yield way_to(login, by=source.id, why="gives the token for Graph", sends=APP)
    for url in _addresses(source, setup):
        yield way_to(url, by=source.id, why=about.reads, sends=sends)


def _addresses(source: Source, setup: SourceSetup) -> Sequence[str]:
    if source.id == "probe":
        return list(addresses({key: target.url for key, target in probe.TARGETS.items()}, setup.url).values())
    if source.id == "neutral":
        return list(addresses(neutral.TARGETS, setup.url).values())
    if setup.url:
        return [_NAMED.sub("", entry.strip()) for entry in setup.url.split(",") if entry.strip()]
    return source.about.hosts
