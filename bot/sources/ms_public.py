"""Microsoft's public status page: the endpoints that it reads itself (shape of September 2026), its RSS as a fallback.

`mac` speaks of Microsoft 365 as a whole and names Teams only when a trouble is broad; `azure` speaks of causes.  Calm
means "nothing announced", never "Teams works"; a word that is not in the table is unknown.  A new id or a new
`LastUpdatedTime` is no new incident: both change while nothing happens.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from bot.domain.observation import Feature, Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.http import Fetcher, FetchError, Page
from bot.sources import microsoft_text, shapes
from bot.sources.feed import Item, read_feed
from bot.sources.source import About, SourceError, SourceSetup

BASE = "https://status.cloud.microsoft"
AZURE_FEED_BASE = "https://rssfeed.azure.status.microsoft"
LINK = "https://status.cloud.microsoft/"
AZURE_LINK = "https://azure.status.microsoft/"
AZURE_PERIOD = timedelta(minutes=5)
FEED_AFTER = 2  # the JSON failed so often in a row: then the feed of the same page is asked too
FROZEN_AFTER = timedelta(minutes=30)  # the page renews itself about every 10 minutes
AHEAD_AT_MOST = timedelta(hours=1)  # clocks differ, but not more

ABOUT = About(
    kind=Kind.OFFICIAL_PUBLIC,
    on_by_default=True,
    period=timedelta(seconds=60),
    reads="the public posts of Microsoft 365 every minute and of Azure every five; their RSS when the posts fail",
    law="a public page without documented terms for programs: we say who we are, ask seldom, quote shortly and link",
    hosts=("status.cloud.microsoft", "rssfeed.azure.status.microsoft"),
)

TEAMS, M365, SIGNIN = ServiceId("teams"), ServiceId("m365"), ServiceId("signin")

_WORDS: Mapping[str, Health] = {
    **dict.fromkeys(("available", "operational", "servicerestored", "restored", "normal"), Health.FINE),
    **dict.fromkeys(("servicedegradation", "degraded", "advisory", "investigation", "investigating"), Health.DEGRADED),
    **dict.fromkeys(("serviceinterruption", "interruption", "outage", "unavailable"), Health.DOWN),
    "maintenance": Health.MAINTENANCE,
}
_RESTORED = frozenset({"servicerestored", "restored"})
_CAUSES: Mapping[ServiceId, re.Pattern[str]] = {
    SIGNIN: re.compile(r"\bentra\b|sign[- ]?in|active directory|\bazure ad\b"),
    M365: re.compile(r"front door|\bdns\b|communication services|wide[- ]area network|global network|backbone"),
}
_PRODUCTS = ("teams", "sharepoint", "onedrive", "exchange", "outlook", "copilot", "microsoft 365 services")


class _Post(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that we read; the names are the wire's."""

    Status: str
    Message: str
    InternalDateTime: str
    Title: str = ""
    AuthoredDateTime: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """A post or a feed's item, whichever could be read."""

    key: str
    status: str
    title: str
    body: str
    written_at: datetime | None  # when the text was
    renewed_at: datetime | None  # when the page was
    seen_at: datetime


class MsPublicSource:
    """Microsoft's public word."""

    id = SourceId("ms_public")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """Needs no credentials; `setup.url` stands for the host of the posts and of both feeds."""
        self.period = setup.period or ABOUT.period
        self._base = (setup.url or BASE).rstrip("/")
        self._azure_feed_base = (setup.url or AZURE_FEED_BASE).rstrip("/")
        self._failures = {"mac": 0, "azure": 0}
        self._azure: tuple[Page, ...] = ()
        self._azure_due: datetime | None = None

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """The post of Microsoft 365, and that of Azure when it is due, else the one that we have."""
        mac, error = await self._read(fetcher, "mac", f"{self._base}/api/feed/mac")
        if self._azure_due is None or now >= self._azure_due:
            feed = f"{self._azure_feed_base}/en-us/status/feed/"
            self._azure = (await self._read(fetcher, "azure", feed))[0]
            self._azure_due = now + max(AZURE_PERIOD, self.period)
        if not mac and error is not None:
            raise error
        return (*mac, *self._azure)

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """What Microsoft says of Microsoft 365 and of Teams, and which causes Azure admits."""
        mac = _first_readable([page for page in pages if page.name in {"mac", "mac_feed"}], now)
        if mac is None:
            raise SourceError("no page")
        until = shapes.believed_until(mac.seen_at, self.period)
        observations = _of_mac(mac, until, now)
        try:
            azure = _first_readable([page for page in pages if page.name in {"azure", "azure_feed"}], now)
        except SourceError:
            return observations  # only the causes are missing
        if azure is not None:
            until = shapes.believed_until(azure.seen_at, max(AZURE_PERIOD, self.period))
            observations += _of_azure(azure, until, now)
        return observations

    async def _read(self, fetcher: Fetcher, name: str, feed: str) -> tuple[tuple[Page, ...], FetchError | None]:
        """The post; after it failed twice in a row its feed as well."""
        pages: list[Page] = []
        failed: FetchError | None = None
        try:
            pages.append(await fetcher.get(name, f"{self._base}/api/posts/{name}", keep=True))
        except FetchError as error:
            failed = error
        good = bool(pages) and pages[0].status == 200 and shapes.is_json(pages[0])  # noqa: PLR2004 HTTP's own number
        self._failures[name] = 0 if good else self._failures[name] + 1
        if self._failures[name] >= FEED_AFTER:
            try:
                pages.append(await fetcher.get(f"{name}_feed", feed, keep=True))
            except FetchError as error:
                failed = failed or error
        return tuple(pages), failed


def _first_readable(pages: Sequence[Page], now: datetime) -> _Word | None:
    """The word of the first page that can be read; raises what the first one raised when none can."""
    refused: SourceError | None = None
    for page in pages:
        try:
            return _from_feed(page, now) if page.name.endswith("_feed") else _from_post(page, now)
        except SourceError as error:
            refused = refused or error
    if refused is not None:
        raise refused
    return None


def _from_post(page: Page, now: datetime) -> _Word:
    post = shapes.decode(page, _Post)
    word = _Word(
        key=page.name,
        status=post.Status,
        title=post.Title,
        body=post.Message,
        written_at=_past(shapes.moment(post.AuthoredDateTime), now),
        renewed_at=shapes.moment(post.InternalDateTime),
        seen_at=page.fetched_at,
    )
    if word.renewed_at is None:
        raise SourceError(f"{page.name}: InternalDateTime is no time", http_status=page.status)
    _refuse_frozen(word, page)
    return word


def _from_feed(page: Page, now: datetime) -> _Word:
    feed = read_feed(page)
    item = feed.items[0] if feed.items else Item(title="", body="", status="", written_at=None)
    azure = page.name == "azure_feed"  # states no status: an item is trouble, none is calm
    if not azure and not feed.items:
        raise SourceError(f"{page.name}: no item", http_status=page.status)
    status = item.status or ("investigating" if feed.items else "available")
    word = _Word(
        key=page.name.removesuffix("_feed"),
        status=status if azure else item.status,
        title=item.title if azure else "",  # mac's is the page's own name
        body=item.body,
        written_at=_past(item.written_at, now) if azure else None,  # mac's moves on with every poll
        renewed_at=feed.built_at,
        seen_at=page.fetched_at,
    )
    _refuse_frozen(word, page)
    return word


def _refuse_frozen(word: _Word, page: Page) -> None:
    """An old calm page is no news; old trouble is still worth its own date."""
    renewed = word.renewed_at
    fresh = renewed is not None and word.seen_at - FROZEN_AFTER <= renewed <= word.seen_at + AHEAD_AT_MOST
    if not fresh and _health(word) is Health.FINE:
        since = f" since {word.renewed_at:%Y-%m-%d %H:%M} UTC" if word.renewed_at else ""
        raise SourceError(f"{page.name}: frozen{since}", http_status=page.status)


def _of_mac(word: _Word, until: datetime, now: datetime) -> list[Observation]:
    """Of Microsoft 365 always; of Teams when it is named, or when nothing at all is announced."""
    health = _health(word)
    text = microsoft_text.told(word.body, now)
    teams = microsoft_text.naming_teams((word.title, *text.lines))
    admin_only = _admin_only(word.title, text.lines)
    quiet = health in {Health.FINE, Health.UNKNOWN} and _key(word.status) not in _RESTORED
    about = _Subject(service=M365, feature=Feature.ADMIN if admin_only else None, advisory=admin_only)
    said = [_observation(word, health, about, until, now)]
    if quiet or teams:
        named = () if quiet else tuple(microsoft_text.unlabelled(line) for line in teams)
        about = _Subject(service=TEAMS, feature=microsoft_text.feature_of(" ".join(named)), named=named)
        said.insert(0, _observation(word, health, about, until, now))
    return said


def _of_azure(word: _Word, until: datetime, now: datetime) -> list[Observation]:
    """The causes that a text names; nothing else of Azure concerns us."""
    health = _health(word)
    lines = (word.title, *microsoft_text.told(word.body, now).lines)
    text = " ".join(lines).lower()
    if health is Health.FINE and _key(word.status) not in _RESTORED:
        return [_observation(word, health, _Subject(service=SIGNIN), until, now)]
    named = [service for service, words in _CAUSES.items() if words.search(text)]
    if microsoft_text.naming_teams(lines):
        named.append(TEAMS)
    return [_observation(word, health, _Subject(service=service), until, now) for service in named]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    service: ServiceId
    feature: Feature | None = None
    advisory: bool = False
    named: tuple[str, ...] = ()  # the lines that name it


def _observation(word: _Word, health: Health, about: _Subject, until: datetime, now: datetime) -> Observation:
    text = microsoft_text.told(word.body, now)
    ill = health is not Health.FINE
    title = shapes.plain(word.title, 120)
    summary = " ".join((*(line for line in about.named if line not in f"{title} {text.summary}"), text.summary))
    said = f"{title}: {summary}" if title and title not in summary else summary
    return Observation(
        source=MsPublicSource.id,
        kind=Kind.OFFICIAL_PUBLIC,
        origin="microsoft",
        key=f"{word.key}/{about.service}",
        service=about.service,
        health=health,
        seen_at=word.seen_at,
        until=until,
        said_at=word.written_at if ill or _key(word.status) in _RESTORED else _past(word.renewed_at, now),
        since=text.start_at if ill else None,
        ends_at=text.end_at,
        next_update_at=text.next_update_at if ill else None,
        feature=about.feature if ill else None,
        region=microsoft_text.region_of(" ".join((word.title, *text.lines))) if ill else None,
        advisory=about.advisory and ill,
        text=shapes.plain(said) if ill or _key(word.status) in _RESTORED else "",
        link=AZURE_LINK if word.key == "azure" else LINK,
    )


def _admin_only(title: str, lines: Iterable[str]) -> bool:
    """Whether a text speaks of the admin center and of no product that people use."""
    text = " ".join((title, *lines)).lower()
    admin = "admin center" in text or "admin centre" in text
    return admin and not any(product in text.replace("teams admin", "") for product in _PRODUCTS)


def _health(word: _Word) -> Health:
    return _WORDS.get(_key(word.status), Health.UNKNOWN)


def _key(status: str) -> str:
    return "".join(status.lower().split())


def _past(at: datetime | None, now: datetime) -> datetime | None:
    """A stamp from outside, never later than now: clocks differ."""
    return min(at, now) if at else None
