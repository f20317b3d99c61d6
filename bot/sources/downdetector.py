"""Downdetector: how many people report trouble with Teams, against the usual of that hour.

Two ways in.  With a token: the Enterprise API v2, by contract.  Without one, and only when an operator names this
source: the public page, which its owner guards against programs; then a bot check is the usual answer, and we neither
disguise ourselves nor try to pass it.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import msgspec

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, Strength, TenantId
from bot.http import Fetcher, FetchError, Page
from bot.sources import downdetector_page, shapes
from bot.sources.source import About, SourceError, SourceSetup

API = "https://downdetectorapi.com"
SITE = "https://downdetector.com"
SLUG = "teams"
COUNTRY = "US"
API_PERIOD = timedelta(minutes=2)
PAGE_PERIOD = timedelta(minutes=10)
ID_HOLDS = timedelta(days=1)
RENEW_BEFORE = timedelta(minutes=5)
WINDOW = timedelta(minutes=15)
MOST_PROBLEMS = 8
WHOLE = 0.5  # share of the reports from which the named problems are taken for the whole list
MOST_REPORTS = 10_000_000  # more in a quarter of an hour is no number of people

ABOUT = About(
    kind=Kind.CROWD,
    on_by_default=True,
    period=API_PERIOD,
    reads="reports about Microsoft Teams in the last 15 minutes, the usual number, and Downdetector's own state",
    credentials="SOURCE_DOWNDETECTOR_TOKEN as CLIENT_ID:CLIENT_SECRET of the Enterprise API",
    cost="the Enterprise API is paid by contract; every call counts",
    law="use and display by contract; the public page is not meant for programs",
    hosts=("downdetectorapi.com", "downdetector.com"),
    needs=("SOURCE_DOWNDETECTOR_TOKEN",),
    opt_in="reads the public page every 10 minutes, which Downdetector's terms forbid without its consent and which a"
    " bot check mostly refuses; switch it on only with that consent",
)

_STATES: Mapping[str, Health] = {"success": Health.FINE, "warning": Health.DEGRADED, "danger": Health.DOWN}


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


class _Company(msgspec.Struct, frozen=True):
    id: int
    slug: str = ""


class _Incident(msgspec.Struct, frozen=True):
    created_at: str
    is_active: bool = True


class _Problem(msgspec.Struct, frozen=True):
    amount: int
    indicator: str = ""
    slug: str = ""


class DowndetectorSource:
    """One company of one country's site."""

    id = SourceId("downdetector")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """`setup.token`: "id:secret", or a token made by hand; `setup.extra`: slug, country (two letters)."""
        self._credential = setup.credential
        self._secret = setup.credential()
        uses_api = bool(self._secret)
        self.period = setup.period or (API_PERIOD if uses_api else PAGE_PERIOD)
        self._base = (setup.url or (API if uses_api else SITE)).rstrip("/")
        self._slug = setup.extra.get("slug") or SLUG
        self._country = (setup.extra.get("country") or COUNTRY).upper()
        self._region = self._country if setup.extra.get("country") else None
        self._token = "" if ":" in self._secret else self._secret
        self._token_until: datetime | None = None
        self._company: int | None = None
        self._company_until: datetime | None = None

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """State, counts and, in trouble, the open incident and the problems that people name; or the public page."""
        if not self._secret:
            url = f"{self._base}/status/{quote(self._slug, safe='')}/"
            return [await fetcher.get("page", url, params={"nogeo": "true"}, headers={"Accept": "text/html"})]
        self._renew_credential()
        headers = await self._headers(fetcher, now)
        company = await self._company_id(fetcher, headers, now)
        stem = f"{self._base}/v2/companies/{company}"
        pages = [await fetcher.get("status", f"{stem}/status", headers=headers)]
        if pages[0].status == 401 and ":" in self._secret:  # noqa: PLR2004 HTTP's own number
            self._token_until = None
            headers = await self._headers(fetcher, now)
            pages = [await fetcher.get("status", f"{stem}/status", headers=headers)]
        if pages[0].status != 200:  # noqa: PLR2004 HTTP's own number
            return pages
        wanted = {"last_15": "/last_15", "baseline": "/baseline/current"}
        if _state(pages[0]) != "success":
            wanted["incidents"] = "/incidents?only_active=true"
            span = {"startdate": now - WINDOW, "enddate": now}
            wanted["indicators"] = (
                f"/indicators?{urlencode({name: f'{at:%Y-%m-%dT%H:%M:%SZ}' for name, at in span.items()})}"
            )
        for name, path in wanted.items():
            pages += await _if_there(fetcher, name, stem + path, headers)
        return pages

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """One statement about this country: Downdetector's state, the last quarter of an hour and the usual."""
        named = {page.name: page for page in pages}
        if page := named.get("page"):
            seen = downdetector_page.read(page, now)
            return [self._observation(page, seen.state, seen.strength, seen.since)]
        if "status" not in named:
            raise SourceError("no page")
        reports, usual = _count(named.get("last_15")), _count(named.get("baseline"))
        problems = _problems(named.get("indicators"))
        pressed = sum(problems.values())
        if reports is not None and reports * WHOLE <= pressed < reports:
            reports = pressed  # the rest are social posts, which we count ourselves
        shares = dict(list(problems.items())[:MOST_PROBLEMS])
        counted = None if reports is None else Strength(reports=int(reports), usual=usual, window=WINDOW, shares=shares)
        return [
            self._observation(named["status"], _state(named["status"]), counted, _began(named.get("incidents"), now))
        ]

    def _observation(self, page: Page, state: str, counted: Strength | None, since: datetime | None) -> Observation:
        health = _STATES.get(state, Health.UNKNOWN)
        return Observation(
            source=self.id,
            kind=Kind.CROWD,
            origin="downdetector",
            key=self._country.lower(),
            service=ServiceId("teams"),
            health=health,
            strength=counted,
            seen_at=page.fetched_at,
            until=shapes.believed_until(page.fetched_at, self.period),
            since=since if health in {Health.DEGRADED, Health.DOWN} else None,
            region=self._region,
            text="" if health is not Health.UNKNOWN else shapes.plain(state, 60),
            link=f"{SITE}/status/{quote(self._slug, safe='')}/",
        )

    def _renew_credential(self) -> None:
        if (found := self._credential()) != self._secret:
            self._secret, self._token_until = found, None
            self._token = "" if ":" in found else found

    async def _headers(self, fetcher: Fetcher, now: datetime) -> dict[str, str]:
        """The bearer header; the token is asked for when the old one nears its end."""
        kept = self._token_until is not None and now < self._token_until - RENEW_BEFORE
        if ":" in self._secret and not kept:
            packed = base64.b64encode(self._secret.encode()).decode("ascii")
            page = await fetcher.post(
                "token",
                f"{self._base}/v2/tokens?grant_type=client_credentials",
                headers={"Authorization": f"Basic {packed}"},
                body=b"",
            )
            issued = shapes.decode(page, _Token)
            self._token = issued.access_token
            self._token_until = now + timedelta(seconds=min(max(issued.expires_in, 0), 86_400))
        return {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}

    async def _company_id(self, fetcher: Fetcher, headers: Mapping[str, str], now: datetime) -> int:
        """The id of this slug in this country: kept for a day, since only the id of a search answer is fresh."""
        if self._company is not None and self._company_until is not None and now < self._company_until:
            return self._company
        asked = {"slug": self._slug, "country": self._country, "fields": "id,slug"}
        page = await fetcher.get("search", f"{self._base}/v2/companies/search", params=asked, headers=headers)
        found = [company for company in shapes.decode(page, list[_Company]) if company.slug in ("", self._slug)]
        if not found:
            raise SourceError(f"no company {shapes.plain(self._slug, 40)!r} in {shapes.plain(self._country, 10)}")
        self._company, self._company_until = found[0].id, now + ID_HOLDS
        return found[0].id


async def _if_there(fetcher: Fetcher, name: str, url: str, headers: Mapping[str, str]) -> list[Page]:
    """What only adds to the state: without it the state stands alone."""
    try:
        return [await fetcher.get(name, url, headers=headers)]
    except FetchError:
        return []


def _state(page: Page) -> str:
    """The state's word: a bare JSON string by most clients' account, an object by one."""
    match shapes.decode(page, object):
        case str(word) | {"status": str(word)}:
            return word
    raise SourceError("status: shape changed", http_status=page.status)


def _count(page: Page | None) -> float | None:
    """A bare number, or an object around it; None when it was not to be had, which is not zero."""
    try:
        said = None if page is None else shapes.decode(page, object)
    except SourceError:
        return None
    match said:
        case {"count": int(number) | float(number)} | {"baseline": int(number) | float(number)}:
            said = number
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return float(said) if 0 <= said < MOST_REPORTS else None


def _problems(page: Page | None) -> dict[str, int]:
    """What people say is broken, by the button that they pressed, the most pressed first; nothing when not told."""
    try:
        told = [] if page is None else shapes.decode(page, list[_Problem])
    except SourceError:
        return {}
    counted: dict[str, int] = {}
    for one in sorted(told[:100], key=lambda problem: -problem.amount):
        name = shapes.plain(one.indicator or one.slug, 60)
        if name and 0 < one.amount < MOST_REPORTS:
            counted[name] = counted.get(name, 0) + one.amount
    return counted


def _began(page: Page | None, now: datetime) -> datetime | None:
    """When the oldest open incident was made."""
    try:
        incidents = [] if page is None else shapes.decode(page, list[_Incident])
    except SourceError:
        return None
    begun = (shapes.moment(incident.created_at) for incident in incidents if incident.is_active)
    return min((at for at in begun if at and at <= now), default=None)
