"""Do Microsoft's front doors answer from here?  Sign-in metadata, the two Teams addresses, and Graph's gateway.

Only three findings count: it answers (any whole answer below 500 that is Microsoft's own), it fails (a gateway says
so), it can't be reached.  What a portal, a proxy or a filter of ours says is no word about Microsoft.  Green is weak:
most incidents happen behind a green door.  The sign-in document is documented, the other shapes are not (2026).
"""

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec

from bot.domain.observation import Feature, Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.http import Fetcher, Page, Trouble
from bot.sources.shapes import believed_until
from bot.sources.source import About, SourceError, SourceSetup
from bot.sources.targets import addresses, host_of

TEAMS, SIGNIN, MICROSOFT_365 = ServiceId("teams"), ServiceId("signin"), ServiceId("m365")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One front door."""

    url: str
    service: ServiceId
    feature: Feature | None = None
    is_json: bool = False  # a page for people instead of its JSON is somebody else's


TARGETS: Mapping[str, Target] = {
    "signin": Target(
        url="https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
        service=SIGNIN,
        feature=Feature.SIGNIN,
        is_json=True,
    ),
    "teams_web": Target(url="https://teams.microsoft.com/", service=TEAMS, feature=Feature.CLIENT_START),
    "teams_cloud": Target(url="https://teams.cloud.microsoft/", service=TEAMS, feature=Feature.CLIENT_START),
    "graph_api": Target(url="https://graph.microsoft.com/v1.0/me", service=MICROSOFT_365, is_json=True),
}
ABOUT = About(
    kind=Kind.PROBE,
    on_by_default=True,
    period=timedelta(seconds=60),
    reads="whether Teams' web addresses, Microsoft's sign-in and Graph answer from here, without signing in",
    law="ordinary anonymous web requests at a modest rate, with an honest User-Agent",
    shape="low",
    hosts=tuple(host_of(target.url) for target in TARGETS.values()),
)

WITHIN = timedelta(seconds=3.5)  # one try; two of them must end before a waiting person gives up
SEEN_BYTES = 65_536  # of a page: enough to tell whose it is

# A redirect to one of these is Microsoft's own front door at work; it is not followed, since each door is asked itself.
_MICROSOFT = re.compile(
    r"(^|\.)(microsoft\.com|cloud\.microsoft|microsoftonline\.com|office\.com|office\.net|live\.com)$"
)
_PROXIES = re.compile(
    r"squid|zscaler|bluecoat|proxysg|forti|websense|forcepoint|mcafee|sophos|netskope|barracuda|ironport|palo.?alto",
    re.IGNORECASE,
)
_FOREIGN_PAGE = re.compile(
    rb"captive.?portal|hotspot|wi-?fi log-?in|network login|web filter|url filter|blocked by (your|the)|zscaler|"
    rb"fortiguard|accept the terms of use",
    re.IGNORECASE,
)
_FRONT_DOOR = re.compile(rb"our services aren.{1,6}t available right now|id=.errorref.", re.IGNORECASE)
_AKAMAI = re.compile(rb"errors\.edgesuite\.net|Reference&?\s?#\d", re.IGNORECASE)
_FAILURES = range(500, 1000)
_REFUSALS = frozenset({403, 502, 503, 504})  # said by a proxy, these are its own


class ProbeSource:
    """Asks each front door; one that fails is asked a second time at once, since one failure is noise.

    `setup.url`: a base address that stands for all doors, or `signin=…,teams_web=…,teams_cloud=…,graph_api=…`
    (see `targets.addresses`).
    """

    id = SourceId("probe")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup, *, vantage: str = "server") -> None:
        """`vantage`: from where it is seen, "server" or "site:NAME"."""
        self.period = setup.period or ABOUT.period
        self._vantage = vantage
        self._addresses = addresses({key: target.url for key, target in TARGETS.items()}, setup.url)
        self._first_failures: dict[str, Page] = {}  # of the doors that fail now
        self.listed: Callable[[], Collection[str]] = frozenset  # hosts that Microsoft still names for Teams, if known

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """One page per try, in the order of the tries; before them the one with which a failure began.

        Raises nothing.
        """
        del now
        doors = _doors(self.listed())
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_try_twice(fetcher, key, url), name=f"probe {key}")
                for key, url in self._addresses.items()
                if key in doors
            ]
        return tuple(page for task in tasks for page in self._with_beginning(task.result()))

    def _with_beginning(self, tries: list[Page]) -> list[Page]:
        """These tries of one door, led by the failure that began the present stretch of failures."""
        door = tries[0].name
        if found(tries[-1])[0] is not Health.DOWN:
            self._first_failures.pop(door, None)
            return tries
        first = self._first_failures.setdefault(door, tries[0])
        return tries if first is tries[0] else [first, *tries]

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """One statement per try: whether a failure repeated itself is for the judge to see."""
        tries = [page for page in pages if page.name in TARGETS]
        if not tries:
            raise SourceError("nothing was probed")
        began: dict[str, datetime] = {}
        for page in tries:
            if found(page)[0] is Health.DOWN:
                began[page.name] = min(page.fetched_at, began.get(page.name, now))
        return [self._observation(page, now, began.get(page.name)) for page in tries]

    def _observation(self, page: Page, now: datetime, began: datetime | None) -> Observation:
        target = TARGETS[page.name]
        health, text = found(page)
        return Observation(
            source=self.id,
            kind=Kind.PROBE,
            origin="our place",
            key=page.name,
            service=target.service,
            feature=target.feature,
            health=health,
            seen_at=min(page.fetched_at, now),
            until=believed_until(now, self.period),
            since=began if health is Health.DOWN else None,
            text=text,
            vantage=self._vantage,
        )


def _doors(listed: Collection[str]) -> frozenset[str]:
    """What is to be tried: a host of Teams that Microsoft's list has dropped would fail for that reason alone.

    A list that names none of ours is not believed.
    """
    ours = {key: host_of(target.url) for key, target in TARGETS.items() if target.service == TEAMS}
    gone = {key for key, host in ours.items() if host not in listed}
    return frozenset(TARGETS) if len(gone) == len(ours) else frozenset(TARGETS.keys() - gone)


def found(page: Page) -> tuple[Health, str]:
    """What one try says of its door, and in one word why: a trouble's name, who failed with which status."""
    if page.trouble is not None or not page.status:
        return _without_answer(page)
    if (ours := _ours(page)) is not None:
        return Health.UNKNOWN, ours
    if page.status in _FAILURES:
        return Health.DOWN, f"{_gateway(page)}{page.status}"
    if page.status == HTTPStatus.OK and page.name == "signin":
        return _signin_document(page)
    return Health.FINE, ""


def _without_answer(page: Page) -> tuple[Health, str]:
    match page.trouble:
        case Trouble.REDIRECT:
            return (Health.FINE, "") if _leads_to_microsoft(page) else (Health.UNKNOWN, "portal")
        case Trouble.PROXY:
            return Health.UNKNOWN, "proxy"
        case Trouble.TOO_LARGE:
            return Health.FINE, ""  # it answers, at length
        case _:
            return Health.DOWN, str(page.trouble or Trouble.PROTOCOL)


def _ours(page: Page) -> str | None:
    """In one word, what of our own network answered instead of Microsoft; None when Microsoft did."""
    server = f"{page.headers.get('server', '')} {page.headers.get('via', '')}"
    if page.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED or (
        page.status in _REFUSALS and _PROXIES.search(server)
    ):
        return "proxy"
    if page.status == HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED:
        return "portal"
    body = page.body[:SEEN_BYTES]
    is_page = "html" in page.headers.get("content-type", "") or body.lstrip()[:1] == b"<"
    expected_json = TARGETS[page.name].is_json and page.status == HTTPStatus.OK
    if is_page and page.status not in _FAILURES and (expected_json or _FOREIGN_PAGE.search(body)):
        return "portal"
    return None


def _gateway(page: Page) -> str:
    """Which edge failed, as the start of the text; empty when it does not say."""
    body = page.body[:SEEN_BYTES]
    if _FRONT_DOOR.search(body) or {"x-azure-ref", "x-msedge-ref"} & page.headers.keys():
        return "front_door "
    akamai = page.headers.get("server", "").startswith("AkamaiGHost") or _AKAMAI.search(body)
    return "akamai " if akamai else ""


class _SigninDocument(msgspec.Struct):
    issuer: str
    token_endpoint: str
    jwks_uri: str


def _signin_document(page: Page) -> tuple[Health, str]:
    try:
        document = msgspec.json.decode(page.body, type=_SigninDocument)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return Health.UNKNOWN, "unexpected answer"
    whole = document.issuer and document.token_endpoint.startswith("https://") and document.jwks_uri
    return (Health.FINE, "") if whole else (Health.UNKNOWN, "unexpected answer")


def _leads_to_microsoft(page: Page) -> bool:
    try:
        host = host_of(page.headers.get("location", ""))
    except ValueError:
        return False
    return _MICROSOFT.search(host.lower()) is not None


async def _try_twice(fetcher: Fetcher, key: str, url: str) -> list[Page]:
    tries = [await _try(fetcher, key, url)]
    if found(tries[0])[0] is Health.DOWN:
        tries.append(await _try(fetcher, key, url))
    return tries


async def _try(fetcher: Fetcher, key: str, url: str) -> Page:
    return await fetcher.probe(key, url, headers={"Cache-Control": "no-cache"}, within=WITHIN)
