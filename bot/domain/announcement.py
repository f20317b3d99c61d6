"""What an operator plans to tell: words in several languages, a window, an audience, and when.

Types only; `announcing` decides.  An announcement is written once; each time that it takes place is an occurrence with
one card per destination through its whole life.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.schedule import Missed, Rule

AnnouncementId = NewType("AnnouncementId", str)  # short, made by the store: the reference that people quote
OccurrenceId = NewType("OccurrenceId", str)


class Kind(StrEnum):
    """What is announced."""

    MAINTENANCE = "maintenance"  # planned work, with a window
    OUTAGE = "outage"  # known trouble, told by us
    ALL_CLEAR = "all_clear"
    NOTICE = "notice"


class Draft(StrEnum):
    """How far the text itself has come."""

    DRAFT = "draft"  # being written
    WAITING = "waiting"  # for a second person's approval
    PLANNED = "planned"  # will be told at its time
    ENDED = "ended"  # nothing of it is still to come
    CANCELLED = "cancelled"
    RECALLED = "recalled"  # taken back after it was told


class Phase(StrEnum):
    """How far one occurrence has come; what its card says."""

    SCHEDULED = "scheduled"
    REMINDED = "reminded"
    IN_PROGRESS = "in_progress"
    EXTENDED = "extended"
    OVERRUN = "overrun"  # past its planned end, and its author has not said anything yet
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    MISSED = "missed"  # nobody was awake, and its policy says not to tell it late

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to come."""
        return self in (Phase.SCHEDULED, Phase.REMINDED, Phase.IN_PROGRESS, Phase.EXTENDED, Phase.OVERRUN)


class Clockwork(StrEnum):
    """In whose zone the times of an announcement are meant."""

    AUTHOR = "author"  # that of whoever wrote it
    FIXED = "fixed"
    CHANNEL = "channel"  # each destination's own


class Moment(StrEnum):
    """Something that happens to an occurrence at a planned time."""

    POST = "post"
    DAY_BEFORE = "day_before"
    HOUR_BEFORE = "hour_before"
    START = "start"
    END = "end"
    EXPIRE = "expire"  # the card is finished, and nothing is told of it any more


class Reader(StrEnum):
    """Who is told."""

    ALL = "all"  # everybody who subscribed to planned work
    LIST = "list"  # conversations by id
    TEAM = "team"
    TAG = "tag"  # conversations that carry a tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Which destinations."""

    reader: Reader = Reader.ALL
    names: frozenset[str] = frozenset()  # conversations, teams or tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The text in one language, as its author wrote it: data, never mark-up of ours."""

    title: str
    hit: str = ""  # what is hit
    works: str = ""  # what still works
    todo: str = ""  # what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A second person's yes, to exactly this revision."""

    digest: str  # of the revision that was shown
    by: str  # directory object id
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One announcement as it stands now."""

    id: AnnouncementId
    tenant: TenantId | None
    kind: Kind
    words: dict[str, Words]  # by language
    language: str  # the author's main one
    rule: Rule  # of a maintenance: when its window starts; else when it is told
    zone: str  # IANA name; with Clockwork.CHANNEL only of the preview
    clockwork: Clockwork = Clockwork.AUTHOR
    lasts: timedelta | None = None  # of the window; None: it has none
    post_at: datetime | None = None  # aware UTC: first word of a single window; None: at once
    reminders: frozenset[Moment] = frozenset({Moment.DAY_BEFORE, Moment.HOUR_BEFORE, Moment.START, Moment.END})
    expires_after: timedelta | None = None  # counted from the end, or from the telling
    services: frozenset[ServiceId] = frozenset()
    features: frozenset[Feature] = frozenset()
    places: frozenset[str] = frozenset()
    level: Level = Level.DEGRADED
    owner: str = ""  # a team, never a person
    link: str | None = None
    audience: Audience = field(default_factory=Audience)
    missed: Missed = Missed.WITHIN_GRACE
    draft: Draft = Draft.DRAFT
    author: str = ""  # directory object id; never shown
    author_role: str = ""
    approval: Approval | None = None
    origin: str = ""  # "" when written by a person; else where it was found, such as graph:MC123456
    origin_revision: str = ""  # what the source last said of its own version
    revision: int = 1  # grows with every saved change: an edit of an older one is a conflict
    made_at: datetime
    changed_at: datetime
    drill: bool = False
    delete_on_recall: bool = False  # recalled cards are deleted rather than edited

    @property
    def has_window(self) -> bool:
        """Whether it tells of a stretch of time rather than of a moment."""
        return self.kind is Kind.MAINTENANCE or (self.kind is Kind.OUTAGE and self.lasts is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time that an announcement takes place, in one zone."""

    id: OccurrenceId
    announcement: AnnouncementId
    zone: str
    starts_at: datetime  # aware UTC
    ends_at: datetime | None
    phase: Phase = Phase.SCHEDULED
    revision: int = 1
    changed_at: datetime
    planned_ends_at: datetime | None = None  # before it was extended
    tenant: TenantId | None = None
    local: datetime | None = None  # naive: its start on the zone's clock, which stays when a zone's rules change
    zones_version: str = ""  # release of the zone database that `starts_at` was reckoned with
    told_at: datetime | None = None  # when its first card was wanted; None: nobody has heard of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A planned moment of an occurrence, done once."""

    occurrence: OccurrenceId
    moment: Moment
    at: datetime  # aware UTC
