"""Microsoft's own list of the hosts and ports that Teams needs: which doors to try, nothing about how they are.

Its version is asked once a day, the list only when that is new.  A copy lies in `content/endpoints.json` (June 2026)
for as long as the list can't be had: whole source addresses were seen to hang for days.  That proves nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.http import Fetcher, Page
from bot.sources import shapes
from bot.sources.source import About, SourceError, SourceSetup

BASE = "https://endpoints.office.com"
MEDIA, SIGNALLING = 11, 12  # the sets of Teams that matter most; their numbers are stable by the vendor's word
MOST_SETS, MOST_HOSTS = 500, 200
_HOST = re.compile(r"(?:\*[.-]?)?[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}")

ABOUT = About(
    kind=Kind.NEUTRAL,
    on_by_default=True,
    period=timedelta(days=1),
    reads="which hosts and ports Teams needs, from Microsoft's own list",
    law="published for this use; asked with a random number that stands for this installation",
    hosts=("endpoints.office.com",),
    aside=True,
)


class _Version(msgspec.Struct, frozen=True):
    latest: str


class _Set(msgspec.Struct, frozen=True):
    id: int
    serviceArea: str
    urls: list[str] = []
    tcpPorts: str = ""
    udpPorts: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What Teams needs."""

    hosts: tuple[str, ...]  # whole names, of signalling
    wildcards: tuple[str, ...]  # names that begin with "*."
    tcp_ports: str
    media_ports: str


class EndpointsSource:
    """The worldwide list, as far as it is about Teams."""

    id = SourceId("endpoints")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """`setup.url`: another base address; `setup.extra`: installation, what tells this one from others."""
        self.period = setup.period or ABOUT.period
        self._base = (setup.url or BASE).rstrip("/")
        named = setup.extra.get("installation")
        self._client = str(uuid5(NAMESPACE_URL, f"notjustyou:{named}") if named else uuid4())
        self._list: Page | None = None
        self._version = ""
        self.hosts = frozenset(shipped().hosts)  # that Teams' clients signal to, by the newest list that we have

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """The version, and the list: the one that we have, if it is of that version."""
        del now
        asked = {"clientrequestid": self._client}
        version = await fetcher.get("version", f"{self._base}/version/Worldwide", params=asked)
        latest = shapes.decode(version, _Version).latest
        if self._list is None or latest != self._version:
            wanted = {**asked, "ServiceAreas": "Skype"}
            page = await fetcher.get("list", f"{self._base}/endpoints/worldwide", params=wanted)
            self.hosts = frozenset(_read(page).hosts)
            self._list, self._version = page, latest
        return [version, self._list]

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """What the list says, as one statement about the list itself: no verdict looks at it."""
        named = {page.name: page for page in pages}
        if "version" not in named or "list" not in named:
            raise SourceError("no page")
        version, needed = shapes.decode(named["version"], _Version).latest, _read(named["list"])
        hosts = ", ".join((*needed.hosts, *needed.wildcards))
        return [
            Observation(
                source=self.id,
                kind=Kind.OFFICIAL_PUBLIC,  # not neutral: such statements are about our own line
                origin="microsoft",
                key="list",
                service=ServiceId("endpoints"),
                health=Health.FINE,
                seen_at=now,
                until=shapes.believed_until(now, self.period),
                text=shapes.plain(f"{version}: {hosts}; TCP {needed.tcp_ports}; media UDP {needed.media_ports}"),
            )
        ]


@cache
def shipped() -> Endpoints:
    """The copy that comes with us."""
    body = resources.files("bot.content").joinpath("endpoints.json").read_bytes()
    return _needed(msgspec.json.decode(body, type=list[_Set]))


def _read(page: Page) -> Endpoints:
    """The list in `page`.  Raises SourceError when it names no host of Teams: then it is no such list."""
    needed = _needed(shapes.decode(page, list[_Set])[:MOST_SETS])
    if not needed.hosts:
        raise SourceError("list: no host of Teams in it", http_status=page.status)
    return needed


def _needed(sets: Sequence[_Set]) -> Endpoints:
    signalling = [one for one in sets if one.id == SIGNALLING and one.serviceArea == "Skype"]
    media = [one for one in sets if one.id == MEDIA and one.serviceArea == "Skype"]
    names = sorted({url.lower() for one in signalling for url in one.urls[:MOST_HOSTS] if _HOST.fullmatch(url)})
    return Endpoints(
        hosts=tuple(name for name in names if "*" not in name),
        wildcards=tuple(name for name in names if "*" in name),
        tcp_ports=shapes.plain(", ".join(one.tcpPorts for one in signalling), 60),
        media_ports=shapes.plain(", ".join(one.udpPorts for one in media), 60),
    )
