"""One dated statement by one source: the only form in which anything that we know gets in.

Knows no wire shape and decides nothing; `verdict.judge` weighs observations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

SourceId = NewType("SourceId", str)  # "graph", "ms_public", "x", ... (CONTRACTS: words on the wire)
ServiceId = NewType("ServiceId", str)  # file name in content/services: "teams", "signin", "exchange", ...
TenantId = NewType("TenantId", str)  # directory id of a customer


class Feature(StrEnum):
    """A part of a service that people ask about; `ALL` is the service as a whole."""

    SIGNIN = "signin"
    CHAT = "chat"
    MEETINGS = "meetings"
    CALLING = "calling"
    CALENDAR = "calendar"
    PRESENCE = "presence"
    FILES = "files"
    NOTIFICATIONS = "notifications"
    SEARCH = "search"
    APPS = "apps"
    LIVE_EVENTS = "live_events"
    CLIENT_START = "client_start"
    ADMIN = "admin"
    ALL = "all"


class Client(StrEnum):
    """The program in which somebody meets the service."""

    WINDOWS = "windows"
    MAC = "mac"
    WEB = "web"
    IOS = "ios"
    ANDROID = "android"
    LINUX = "linux"
    VDI = "vdi"


class Kind(StrEnum):
    """What sort of witness speaks; independence is judged by kind."""

    OFFICIAL_TENANT = "official_tenant"
    OFFICIAL_PUBLIC = "official_public"
    CROWD = "crowd"
    POSTS = "posts"
    PROBE = "probe"
    NEUTRAL = "neutral"
    COLLEAGUES = "colleagues"
    ASKER = "asker"
    OPERATOR = "operator"


class Health(StrEnum):
    """What is said of the thing observed.

    `UNREACHABLE` is said of the *source*: it could not be read, so it is no evidence.  A probe or a neutral check that
    finds its target dead says `DOWN` of that target.  `UNKNOWN` is a word that we do not understand: never `FINE`.
    """

    FINE = "fine"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


NOWHERE = "-"  # the place of colleagues whose place is not known
COUNTRY = "country:"  # begins the place of colleagues of whom only the country is known: no site, no one network


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How many say so, over what time, and how much that is against the usual."""

    reports: int = 0
    authors: int | None = None  # distinct voices; None when the source does not tell
    usual: float | None = None  # reports that such a window holds on a quiet day; None while unknown
    window: timedelta = timedelta(minutes=15)
    at_least: bool = False  # the list was cut short: there may be more
    shares: Mapping[str, int] = field(default_factory=dict)  # colleagues: site -> people; crowds: problem -> reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One statement by one source, believed until a moment."""

    source: SourceId
    kind: Kind
    origin: str  # who really said it: equal origins count once ("microsoft", "x-users", "our place", ...)
    key: str  # what within the source this is about: an issue's id, a probe's target, a country; newest per key counts
    service: ServiceId
    health: Health
    seen_at: datetime  # aware UTC: when we read it
    until: datetime  # aware UTC: not believed any more from here on
    said_at: datetime | None = None  # aware UTC: when its author said it, where that is known
    since: datetime | None = None  # aware UTC: when the trouble began, as told
    ends_at: datetime | None = None  # aware UTC: end of a maintenance window or of an ended issue, as told
    next_update_at: datetime | None = None  # aware UTC: when its author promised the next word
    tenant: TenantId | None = None  # None is public
    feature: Feature | None = None
    region: str | None = None
    client: Client | None = None
    advisory: bool = False  # narrow official statement: not an outage
    strength: Strength | None = None
    text: str = ""  # plain text, shortened; hostile until rendered
    link: str | None = None
    vantage: str = "server"  # "server", "site:NAME" or "asker": from where it was seen
    drill: bool = False

    def is_believed(self, now: datetime) -> bool:
        """Whether this statement still counts at `now`."""
        return self.seen_at <= now < self.until
