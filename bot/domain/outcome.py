"""What a verdict is made of: its outcome, reason, terms and thresholds.  Decides nothing; `verdict.judge` does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.observation import Feature, Observation, ServiceId, SourceId, TenantId


class Outcome(StrEnum):
    """Our answer now (CONTRACTS: verdict)."""

    DOWN = "down"
    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"
    FINE = "fine"
    YOUR_ORG = "your_org"
    YOUR_NETWORK = "your_network"
    JUST_YOU = "just_you"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """The rule that decided; shown on the card, counted, asserted in tests."""

    NOTHING_SEEN = "nothing_seen"
    OPERATOR_SAYS = "operator_says"
    WINDOW_ANNOUNCED = "window_announced"
    TWO_KINDS_AGREE = "two_kinds_agree"
    ONE_KIND_SAYS = "one_kind_says"
    OFFICIAL_SAYS = "official_says"
    ADVISORY_OPEN = "advisory_open"
    ALL_QUIET = "all_quiet"
    TOO_LITTLE_SEEN = "too_little_seen"
    WE_ARE_CUT_OFF = "we_are_cut_off"
    NO_WAY_OUT = "no_way_out"
    TLS_INSPECTED = "tls_inspected"
    COLLEAGUES_ONLY = "colleagues_only"
    ONE_SITE_ONLY = "one_site_only"
    OTHERS_FINE = "others_fine"
    OWN_TEST = "own_test"
    NOBODY_ELSE_YET = "nobody_else_yet"
    SERVICE_EXPLAINS = "service_explains"
    CAUSE_ELSEWHERE = "cause_elsewhere"
    CODE_SAYS = "code_says"


class Which(StrEnum):
    """With just_you: what of yours it is, or the comparison that would tell."""

    ACCOUNT = "account"
    APP = "app"
    DEVICE = "device"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of the weighing: an observation (or several of one origin) and how far it moved the verdict."""

    observation: Observation
    weight: float  # log odds towards the outcome that was chosen; negative speaks against it
    why: str  # name of the row in the table of likelihoods


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A source that could not be read."""

    source: SourceId
    reason: str  # "403 challenge", "timed out", ...: short plain words of the wire, not translated
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Our answer at one moment, with everything needed to defend it."""

    outcome: Outcome
    confidence: float  # calibrated probability, 0 to 1, that the outcome is true; 0 with unknown
    reason: Reason
    service: ServiceId
    at: datetime
    probs: Mapping[Outcome, float] = field(default_factory=dict)  # fine is counted in just_you; sums to 1
    feature: Feature | None = None
    region: str | None = None
    tenant: TenantId | None = None
    since: datetime | None = None
    ends_at: datetime | None = None  # planned end, with maintenance
    which: Which | None = None
    cause: ServiceId | None = None  # another service that explains it: sign-in, Front Door, Exchange
    official: Observation | None = None  # the newest, most specific official statement of trouble
    evidence: tuple[Observation, ...] = ()  # what decided, strongest first
    terms: tuple[Term, ...] = ()
    unreachable: tuple[Blind, ...] = ()
    operator: bool = False  # an operator's word: shown without a percent
    drill: bool = False
    positive: bool = False  # somebody or something shows that it works for others
    others_ill: bool = False  # sites that have nothing to do with this service fail as well, as seen from our server


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Thresholds that an operator may change; app fills them from the settings."""

    sure_from: float = 0.8  # below: no step that ends a session or loses drafts
    certain_cap: float = 0.9  # a single kind of evidence never lifts down and degraded together above this
    name_from: float = 0.5  # below: unknown
    colleagues_for_org: int = 5  # people within 15 minutes
    official_green_weak: timedelta = timedelta(hours=1)
    related: Mapping[ServiceId, tuple[ServiceId, ...]] = field(default_factory=dict)  # service -> what it leans on
