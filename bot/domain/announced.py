"""One time of an announcement as one reader is told of it.  Types only; `cards.announcing` says it."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.announcement import Announcement, Occurrence, Words
from bot.domain.incident import Incident
from bot.domain.telling import Why


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementView:
    """What is known when it is told, and for whom."""

    announcement: Announcement
    occurrence: Occurrence
    why: Why
    as_of: datetime  # aware UTC
    row: str = ""
    shared: bool = True  # several people read it, in several zones
    folded: tuple[Incident, ...] = ()  # open trouble that counts as part of it and is told nowhere else
    contact: str | None = None  # how to reach the tenant's IT
    page_url: str | None = None
    language: str = "en"
    zone: str = "UTC"

    @property
    def is_foreign(self) -> bool:
        """Whether there is no text in the reader's language, so that the main one is framed."""
        return self.language not in self.announcement.words

    @property
    def tongue(self) -> str:
        """The language of the text that is shown."""
        return self.announcement.language if self.is_foreign else self.language

    @property
    def words(self) -> Words:
        """The text that is shown."""
        return self.announcement.words.get(self.tongue) or Words(title=self.announcement.id)
