"""Does this place's own name server find Microsoft, and if it does not: do others?

Tells a broken or filtering name server of ours from a name that is really gone.  The own one is asked each time; the
two public ones, of two owners and by their addresses, only about names that it did not find.  Says nothing of Teams.
JSON over HTTPS as Cloudflare and Google answer it (2026); it has no standard, so it is read loosely.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx
import msgspec

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.http import Fetcher, Page, Trouble
from bot.http_address import goes_through_proxy, is_public
from bot.sources import shapes
from bot.sources.source import About, SourceError, SourceSetup
from bot.sources.targets import addresses, host_of

MACHINE = "machine://resolver/"  # stands for the resolver that this machine is set up with
TARGETS: Mapping[str, str] = {
    "system": MACHINE,
    "cloudflare": "https://1.1.1.1/dns-query",
    "google": "https://8.8.8.8/resolve",
}
NAMES = tuple(map(host_of, ("https://teams.microsoft.com/", "https://login.microsoftonline.com/")))
ABOUT = About(
    kind=Kind.NEUTRAL,
    on_by_default=True,
    period=timedelta(seconds=60),
    reads="whether this machine's name server finds two of Microsoft's names, and if not, whether Cloudflare's and"
    " Google's do",
    law="made for this use; both log queries, and no name of a person is in them",
    hosts=("1.1.1.1", "8.8.8.8"),
)

WITHIN = timedelta(seconds=4)  # one question; the own name server and the others come after each other
INTERNET = ServiceId("internet")
SYSTEM, OTHERS = "resolver_system", "resolver_doh"

_ADDRESS_TYPES = (1, 28)  # A, AAAA
_SAID = {2: "no answer", 3: "no such name", 5: "refused"}  # RFC 1035: RCODE
_CODES = {socket.EAI_NONAME: 3, socket.EAI_AGAIN: 2, socket.EAI_FAIL: 2}


class _Record(msgspec.Struct, frozen=True):
    type: int
    data: str


class _Answer(msgspec.Struct, frozen=True):
    Status: int
    Answer: list[_Record] | None = None


class DnsSource:
    """One place's name server against two others.

    `setup.url`: a base address that stands for all three, or `system=…,cloudflare=…,google=…` (see
    `targets.addresses`), each of which answers in JSON over HTTP(S).
    """

    id = SourceId("dns")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup, *, vantage: str = "server", names: Sequence[str] = NAMES) -> None:
        """`vantage`: "server" or "site:NAME"; `names`: what is looked up."""
        self.period = setup.period or ABOUT.period
        self._vantage = vantage
        self._names = tuple(names)
        self._addresses = addresses(TARGETS, setup.url)

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """One page per question, named "WHO NAME".  Raises nothing."""
        pages = await self._ask(fetcher, [("system", name) for name in self._names], now)
        lost = [page.name.partition(" ")[2] for page in pages if found(page)[0] is Health.DOWN]
        others = [who for who in self._addresses if who != "system"]
        return [*pages, *await self._ask(fetcher, [(who, name) for name in lost for who in others], now)]

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """What the own name server does, and the others where they were asked.  Raises SourceError without a page."""
        asked = [page for page in pages if page.name.partition(" ")[0] in TARGETS]
        own = [page for page in asked if page.name.startswith("system ")]
        if not own:
            raise SourceError("no name was looked up")
        others = [page for page in asked if page not in own]
        told = [self._observation(SYSTEM, "our place", own, _own_finding(own), now)]
        if others:
            told.append(self._observation(OTHERS, "public resolvers", others, _others_finding(others), now))
        return told

    def _observation(
        self, key: str, origin: str, pages: Sequence[Page], finding: tuple[Health, str], now: datetime
    ) -> Observation:
        health, text = finding
        return Observation(
            source=self.id,
            kind=Kind.NEUTRAL,
            origin=origin,
            key=key,
            service=INTERNET,
            health=health,
            seen_at=min(now, max(page.fetched_at for page in pages)),
            until=shapes.believed_until(now, self.period),
            text=shapes.plain(text, 120),
            vantage=self._vantage,
        )

    async def _ask(self, fetcher: Fetcher, questions: Sequence[tuple[str, str]], now: datetime) -> list[Page]:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._question(fetcher, who, name, now), name=f"dns {who} {name}")
                for who, name in questions
            ]
        return [task.result() for task in tasks]

    async def _question(self, fetcher: Fetcher, who: str, name: str, now: datetime) -> Page:
        url, page_name = self._addresses[who], f"{who} {name}"
        if url == MACHINE:
            return await _look_up(page_name, name, now)
        asked = f"{url}?name={name}&type=A"
        return await fetcher.probe(page_name, asked, headers={"Accept": "application/dns-json"}, within=WITHIN)


def found(page: Page) -> tuple[Health, str]:
    """What one answer says of its name, and in a word why.

    `DOWN`: not found, or led to an address that is nobody's on the internet; `UNKNOWN`: no answer to the question.
    """
    if page.trouble is Trouble.PROXY:
        return Health.UNKNOWN, str(Trouble.PROXY)
    if not page.status:
        return Health.DOWN, str(page.trouble or Trouble.PROTOCOL)
    said = shapes.unchecked(page, _Answer) if page.status == HTTPStatus.OK else None
    if said is None:
        return Health.UNKNOWN, "unexpected answer"
    if said.Status:
        word = _SAID.get(said.Status)
        return (Health.DOWN, word) if word else (Health.UNKNOWN, "unexpected answer")
    led_to = [record.data for record in said.Answer or () if record.type in _ADDRESS_TYPES]
    if not led_to:
        return Health.DOWN, "no address"
    return (Health.FINE, "") if any(map(_is_public, led_to)) else (Health.DOWN, "private address")


def _own_finding(pages: Sequence[Page]) -> tuple[Health, str]:
    """The worst that the own name server does; one name that it loses is enough."""
    told = [(*found(page), page.name.partition(" ")[2]) for page in pages]
    for health, word, name in told:
        if health is Health.DOWN:
            return Health.DOWN, f"{name}: {word}"
    fine = any(health is Health.FINE for health, _, _ in told)
    return (Health.FINE, "") if fine else (Health.UNKNOWN, told[0][1])


def _others_finding(pages: Sequence[Page]) -> tuple[Health, str]:
    """The best that the others do: a name that one of them finds is there, whatever becomes of the rest."""
    told = [(*found(page), page.name.partition(" ")[2]) for page in pages]
    if any(health is Health.FINE for health, _, _ in told):
        return Health.FINE, ""
    lost = [f"{name}: {word}" for health, word, name in told if health is Health.DOWN]
    return (Health.DOWN, lost[0]) if lost else (Health.UNKNOWN, told[0][1])


async def _look_up(page_name: str, name: str, now: datetime) -> Page:
    """This machine's own resolver, its answer put in the form that the others have."""
    url = f"https://{name}"
    if goes_through_proxy(httpx.URL(url)):  # the proxy finds names; ours may know none outside, and need not
        return Page(name=page_name, url=url, status=0, fetched_at=now, trouble=Trouble.PROXY)
    try:
        async with asyncio.timeout(WITHIN.total_seconds()):
            entries = await asyncio.get_running_loop().getaddrinfo(name, 443, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Page(name=page_name, url=url, status=0, fetched_at=now, trouble=Trouble.TIMEOUT)
    except socket.gaierror as error:
        said = _Answer(Status=_CODES.get(error.errno or 0, 0))
    except (OSError, UnicodeError):
        said = _Answer(Status=2)
    else:
        records = [_Record(type=1, data=str(entry[4][0])) for entry in entries]
        said = _Answer(Status=0, Answer=records)
    return Page(name=page_name, url=url, status=200, body=msgspec.json.encode(said), fetched_at=now)


def _is_public(address: str) -> bool:
    try:
        return is_public(address.strip())
    except ValueError:
        return False
