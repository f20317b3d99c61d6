"""A word that everybody in a conversation may hear.  Types only."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversation import Destination, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is to be said, and where."""

    where: Destination
    reply: Reply
    tries: int = 0
    not_before: datetime | None = None
