"""What is told of an incident, free of language.  Types only; `cards.telling` and `cards.words` say it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.advice import Advice
from bot.domain.incident import Change, Incident, Stage
from bot.domain.observation import Observation

QUARTERS = 4  # of an hour: `me_too` counts the people of one
ACTING = frozenset({Stage.SIGNS, Stage.CONFIRMED})  # it goes on


class Why(StrEnum):
    """Why this reader gets it."""

    CHANNEL = "channel"  # the channel subscribed
    PERSONAL = "personal"  # this person asked to be told
    HELPDESK = "helpdesk"  # a destination of the help desk
    ORGANISATION = "organisation"  # the organisation's settings say so
    ASKED = "asked"  # asked here in the last two hours
    WAITED = "waited"  # asked to be told when it's back


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """One incident as one reader is told of it."""

    incident: Incident
    why: Why
    as_of: datetime  # aware UTC
    row: str = ""  # what the buttons refer to
    advice: Advice | None = None  # steps, do not, work-around; of the playbooks
    evidence: tuple[Observation, ...] = ()
    me_too: int = 0
    shared: bool = True  # several people read it, in several zones
    handed_to: tuple[str, ...] = ()  # names of the ways that told it while Teams failed
    contact: str | None = None  # how to reach the tenant's IT
    page_url: str | None = None
    sites: tuple[tuple[str, int], ...] = ()  # reports by place; only the help desk sees them
    language: str = "en"
    zone: str = "UTC"

    @property
    def length_end(self) -> datetime | None:
        """The moment up to which its length is counted, once it is over."""
        done = self.incident.stage in (Stage.OVER, Stage.WITHDRAWN)
        return (self.incident.recovering_at or self.incident.closed_at or self.incident.changed_at) if done else None

    @property
    def expected_calls(self) -> int:
        """Calls to expect within the next hour, for the help desk: as if everybody who reports here also called.

        No more than a rule of thumb, which the card says with it: the pace of the last quarter of an hour goes on.
        """
        return QUARTERS * self.me_too if self.incident.stage in ACTING else 0

    @property
    def overdue(self) -> bool:
        """Whether the promised moment has passed without a word."""
        promised = self.incident.next_word_at
        return self.incident.stage.is_open and promised is not None and promised < self.as_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One entry of an incident's time line."""

    at: datetime
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """One open incident in a list, with the address of its card where there is one."""

    incident: Incident
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What we said to somebody, and what turned out."""

    incident: Incident
    said_at: datetime
    said: str  # Outcome as the card said it
