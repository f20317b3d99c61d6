"""What a conversation wants to be told, and when it must not be disturbed.  Types only; `audience` decides."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import NewType

from bot.domain.conversation import Scope
from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId, TenantId

SubscriptionId = NewType("SubscriptionId", str)


class Matter(StrEnum):
    """A kind of news that can be subscribed to."""

    OUTAGES = "outages"
    MAINTENANCE = "maintenance"
    ALL_CLEAR = "all_clear"
    DRILLS = "drills"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Every day from `starts` to `ends`, wall clock of `zone`; over midnight when it ends before it starts."""

    starts: time
    ends: time
    zone: str  # IANA name


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which news."""

    services: frozenset[ServiceId] = frozenset()  # empty: every service
    features: frozenset[Feature] = frozenset()  # empty: every part
    places: frozenset[str] = frozenset()  # regions or sites; empty: everywhere
    level: Level = Level.DEGRADED  # from this one on
    matters: frozenset[Matter] = frozenset({Matter.OUTAGES, Matter.MAINTENANCE, Matter.ALL_CLEAR})
    quiet: QuietHours | None = None
    loud_when_down: bool = True  # "down" is told in quiet hours too


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One conversation's wish.  A conversation has at most one, so that nothing is told twice."""

    id: SubscriptionId
    tenant: TenantId | None
    conversation: str
    scope: Scope
    wish: Wish
    made_at: datetime
    made_by: str = ""  # directory object id, or the platform's id where there is none
    language: str | None = None  # None: the conversation's own, else the organisation's
    zone: str | None = None
    mention: str | None = None  # platform id of a person to be mentioned
    muted_until: datetime | None = None
    helpdesk: bool = False  # a destination of the help desk: told first, and of early signs
