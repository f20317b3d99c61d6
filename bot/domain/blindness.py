"""When operators are told that a source is blind, and what they can do about it.  Pure: knows no words for people.

Told once when it has been blind for long, or at once when waiting can't help, and once when it is back.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.observation import Kind
from bot.domain.source_health import SourceHealth

BLIND_AFTER = timedelta(minutes=30)
CLOCK_MAY_BE_OFF = timedelta(minutes=1)
IMPORTANT = frozenset({Kind.OFFICIAL_TENANT, Kind.OFFICIAL_PUBLIC, Kind.PROBE, Kind.NEUTRAL})


class Remedy(StrEnum):
    """What an operator can do; texts blind.<word>."""

    RENEW_SECRET = "renew_secret"  # noqa: S105 - a word
    CORRECT_SECRET = "correct_secret"  # noqa: S105 - a word
    REGISTER_APP = "register_app"
    CORRECT_TENANT = "correct_tenant"
    ALLOW_APP = "allow_app"
    CONSENT = "consent"
    RENEW_TOKEN = "renew_token"  # noqa: S105 - a word
    PAY = "pay"
    ASK_ACCESS = "ask_access"
    CHALLENGED = "challenged"
    MOVED = "moved"
    SLOW_DOWN = "slow_down"
    BUDGET = "budget"
    TRUST = "trust"
    PROXY = "proxy"
    LINE = "network"
    UPDATE = "update"
    WAIT = "wait"


AT_ONCE = frozenset({Remedy.RENEW_SECRET, Remedy.CORRECT_SECRET})  # waiting can't help
_SIGNIN_CODES: Mapping[str, Remedy] = {  # AADSTS numbers of Microsoft's sign-in
    "7000222": Remedy.RENEW_SECRET,
    "7000215": Remedy.CORRECT_SECRET,
    "700016": Remedy.REGISTER_APP,
    "90002": Remedy.CORRECT_TENANT,
    "50034": Remedy.ALLOW_APP,
    "53003": Remedy.ALLOW_APP,
    "530031": Remedy.ALLOW_APP,
    "65001": Remedy.CONSENT,
}
_CODE = re.compile(r"AADSTS(\d+)")
_SAID: tuple[tuple[str, Remedy], ...] = (  # what a reason says; the first that fits
    ("consent", Remedy.CONSENT),
    ("challenge", Remedy.CHALLENGED),
    ("budget", Remedy.BUDGET),
    ("replaces certificates", Remedy.TRUST),
    ("tls_unknown_issuer", Remedy.TRUST),
    ("proxy", Remedy.PROXY),
    ("shape changed", Remedy.UPDATE),
    ("layout unknown", Remedy.UPDATE),
    ("not JSON", Remedy.UPDATE),
    ("not RSS", Remedy.UPDATE),
    ("instead of data", Remedy.UPDATE),
)
_STATUSES: Mapping[int, Remedy] = {
    401: Remedy.RENEW_TOKEN,
    402: Remedy.PAY,
    403: Remedy.ASK_ACCESS,
    404: Remedy.MOVED,
    410: Remedy.MOVED,
    429: Remedy.SLOW_DOWN,
}
_LINE = ("name not found", "no connection", "timed out", "cut", "dns", "connect", "timeout", "reset", "TLS")


def remedy(health: SourceHealth) -> Remedy:
    """What would make this source readable again."""
    code = _CODE.search(health.reason)
    if code and code[1] in _SIGNIN_CODES:
        return _SIGNIN_CODES[code[1]]
    said = next((what for sign, what in _SAID if sign in health.reason), None)
    if said is not None:
        return said
    if health.http_status is not None and health.http_status in _STATUSES:
        return _STATUSES[health.http_status]
    if health.http_status is None and any(sign in health.reason for sign in _LINE):
        return Remedy.LINE
    return Remedy.WAIT


def about_of(health: SourceHealth) -> str:
    """What names one stretch of blindness: the source, and since when."""
    return f"{health.source} {health.since.isoformat()}"


def source_of(about: str) -> tuple[str, datetime]:
    """The source and the moment in such a name."""
    source, _, since = about.rpartition(" ")
    return source, datetime.fromisoformat(since)


def is_important(kind: Kind, *, set_up: bool) -> bool:
    """Whether operators want to know: what answers rest on, and whatever they took the trouble to set up."""
    return kind in IMPORTANT or set_up


def tell_at(health: SourceHealth, blind_after: timedelta) -> datetime | None:
    """When operators are to be told of this source; None when there is nothing to tell, or they know."""
    if not health.is_unreadable or health.told_at is not None:
        return None
    return health.since + (timedelta(0) if remedy(health) in AT_ONCE else blind_after)
