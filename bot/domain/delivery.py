"""What must be known by whom, and how far each delivery has come.  Types only; `settling.settle` decides.

Level-triggered: a notification says which revision is wanted, a delivery which one was sent.  A card is rendered when
it is sent, from what is true then, so a destination that never got an early revision receives only the newest.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.observation import TenantId

NotificationId = NewType("NotificationId", str)
DeliveryId = NewType("DeliveryId", int)


class Subject(StrEnum):
    """What a notification tells of."""

    INCIDENT = "incident"
    BACK = "back"  # "tell me when it's back"
    CORRECTION = "correction"  # "I was wrong at 09:42"
    SUMMARY = "summary"  # what is still open at the end of quiet hours
    DIGEST = "digest"  # a day's advisories
    BLINDNESS = "blindness"  # a source that we can't read, and its return
    ANNOUNCEMENT = "announcement"
    APPROVAL = "approval"  # whether an announcement may go out


class Priority(StrEnum):
    """Who is served first; `rank` orders them, lower first."""

    HELPDESK = "helpdesk"
    PERSONAL = "personal"
    CHANNEL = "channel"
    BACKGROUND = "background"  # edits of counts only

    @property
    def rank(self) -> int:
        """Lower is sooner."""
        return list(Priority).index(self)


class Part(StrEnum):
    """Which piece of a notification a delivery carries."""

    CARD = "card"  # posted once, then edited
    STEP = "step"  # a short word in the card's thread, or after it where there are no threads


class Progress(StrEnum):
    """How far a delivery has come."""

    OPEN = "open"  # owes something, or will with the next revision
    GONE = "gone"  # the conversation is gone; comes back when the app is installed there again
    FAILED = "failed"  # for good; the error says why
    SUPERSEDED = "superseded"  # a later step overtook it unsent
    HANDED_OVER = "handed_over"  # told by another way, because Teams failed
    DONE = "done"  # its last word was said


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing that must be known."""

    id: NotificationId
    subject: Subject
    about: str  # id of the incident, announcement or source
    tenant: TenantId | None
    revision: int  # the one that is wanted
    made_at: datetime
    weight: int = 0  # bigger trouble first: rank of its level
    drill: bool = False
    final: bool = False  # no revision will follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notification owed to one destination."""

    id: DeliveryId
    notification: NotificationId
    tenant: TenantId | None
    destination: str  # conversation id, or the name of a way beside Teams
    part: Part = Part.CARD
    way: bool = False  # True: `destination` names a way of `FALLBACKS`
    step: str | None = None  # with Part.STEP: the change that is told
    wanted_revision: int = 1  # with Part.STEP: the revision it belongs to; a card's stands in its notification
    priority: Priority = Priority.CHANNEL
    sent_revision: int = 0
    activity: str | None = None  # the platform's id of what was sent
    thread: str | None = None
    due: datetime
    attempts: int = 0  # since the last success
    progress: Progress = Progress.OPEN
    error: str = ""
    maybe_twice: bool = False  # an answer was lost, so the other side may have it twice
    throttled_until: datetime | None = None
    settled_at: datetime | None = None  # last outcome
    first_sent_at: datetime | None = None
