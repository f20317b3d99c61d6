"""An unbroken stretch of trouble with one service, as one tenant sees it: what is known of it and how far it has come.

Types only; `lifecycle.advance` decides.  Whoever belongs to a tenant hears of that tenant's incident, never of the
public one beside it, so that one outage is one card.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.outcome import Outcome, Reason

IncidentId = NewType("IncidentId", str)  # short, made by the store: the reference that people quote


class Stage(StrEnum):
    """How far an incident has come."""

    SIGNS = "signs"  # early signs, not yet confirmed
    CONFIRMED = "confirmed"
    RECOVERING = "recovering"  # it works again and is being watched
    OVER = "over"
    WITHDRAWN = "withdrawn"  # it was none: a false alarm, openly taken back
    UNSEEN = "unseen"  # we were blind for so long that we can't say how it ended

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for its end."""
        return self in (Stage.SIGNS, Stage.CONFIRMED, Stage.RECOVERING)


class Reach(StrEnum):
    """Whose trouble it is."""

    EVERYONE = "everyone"  # the service's own
    ORGANISATION = "organisation"
    SITE = "site"  # one place of the organisation


class Level(StrEnum):
    """How bad, as subscribers choose it; `rank` orders them."""

    ADVISORY = "advisory"  # rests on a vendor's narrow advisory alone
    SIGNS = "signs"  # early signs of anything
    DEGRADED = "degraded"  # confirmed: works badly for many
    DOWN = "down"  # confirmed: down

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


class Change(StrEnum):
    """What one step did to an incident."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    WIDER = "wider"  # more features or places, or from degraded to down
    EASED = "eased"  # fewer, or from down to degraded
    FACTS = "facts"  # the same state, other facts: an official post, another kind of evidence
    WORD_DUE = "word_due"  # nothing new, but a promised moment came
    ACKNOWLEDGED = "acknowledged"
    RECOVERING = "recovering"
    RELAPSED = "relapsed"  # recovering, and bad again
    OVER = "over"
    WITHDRAWN = "withdrawn"
    UNSEEN = "unseen"
    REOPENED = "reopened"  # bad again soon after its end: the same incident goes on
    MERGED = "merged"  # explained by another service's incident, which goes on alone

    @property
    def is_important(self) -> bool:
        """Whether people must notice it: such a step is also said in the thread, others are silent edits."""
        return self in (
            Change.CONFIRMED, Change.WIDER, Change.RELAPSED, Change.OVER, Change.WITHDRAWN, Change.UNSEEN,
            Change.REOPENED, Change.MERGED,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """The vendor's own record of it."""

    key: str  # its id, such as TM1234567; a source that renumbers changes this, not the incident
    text: str = ""
    link: str | None = None
    said_at: datetime | None = None
    next_word_at: datetime | None = None  # when the vendor promised to speak again
    taken_at: datetime | None = None  # when we took its last words over
    since: datetime | None = None  # when the trouble began, as it tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Our IT knows."""

    by_role: str  # never a name
    at: datetime
    next_word_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A state that verdicts ask for and that has not held long enough yet."""

    stage: Stage
    level: Level
    since: datetime
    count: int = 1  # verdicts in a row
    seen_at: datetime | None = None  # the last of them: the same verdict again counts once
    easing: bool = False  # asks for a milder state or another scope, not for a worse one


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident at one moment.  Frozen: `lifecycle.advance` gives the next one."""

    id: IncidentId
    service: ServiceId
    stage: Stage
    level: Level
    opened_at: datetime  # our first word of it
    changed_at: datetime  # last step
    tenant: TenantId | None = None
    drill: bool = False
    reach: Reach = Reach.EVERYONE
    site: str | None = None  # with Reach.SITE
    since: datetime | None = None  # when the trouble began, as far as it is known
    feature: Feature | None = None
    region: str | None = None
    cause: ServiceId | None = None  # the other service whose trouble this is
    outcome: Outcome = Outcome.UNKNOWN  # of the verdict it rests on
    reason: Reason = Reason.NOTHING_SEEN
    confidence: float = 0.0
    kinds: frozenset[str] = frozenset()  # independent kinds of evidence: official, probes, people, colleagues
    official: Official | None = None
    acknowledged: Acknowledged | None = None
    confirmed_at: datetime | None = None
    recovering_at: datetime | None = None
    closed_at: datetime | None = None
    alert_at: datetime | None = None  # when the first subscriber's card was owed
    official_at: datetime | None = None  # the vendor's first post about it
    first_evidence_at: datetime | None = None
    next_word_at: datetime | None = None  # what the card promises; a promise is kept even without news
    worst: Level = Level.SIGNS  # the worst it came to
    pending: Pending | None = None
    blind_since: datetime | None = None  # unbroken stretch in which nothing could be seen
    merged_into: IncidentId | None = None  # tells of the same trouble: who hears that one needs no word of this one
    revision: int = 1  # grows with every step that people may see


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of an incident, with its reason."""

    change: Change
    incident: Incident  # after it
    before: Incident | None  # None: it has just begun
    at: datetime
    reason: Reason  # the rule of judging behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleagues:
    """How many of a tenant report the same trouble now, by place."""

    reports: int = 0
    sites: dict[str, int] = field(default_factory=dict)
    since: datetime | None = None
