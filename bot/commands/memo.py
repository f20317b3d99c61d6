"""What is the same for everybody who asks the same thing in the same second: worked out once.

A storm is thousands of people with the same handful of questions.  Texts are held as hashes only.
"""

import hashlib
import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.conversation import Intent, Reply

MOST_TEXTS = 4096
MOST_REPLIES = 512
SINCE_HOLDS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A text as we understand it."""

    intent: Intent
    symptom: str | None  # what the words copied from a screen name (`Catalogue.symptom`)
    unclear: tuple[str, ...] = ()  # what looks like a code that lost a digit
    at: datetime  # when it was read


class Memo:
    """Readings of texts, and replies of this very second."""

    def __init__(self) -> None:
        """Remember nothing at first."""
        self._texts: dict[bytes, Read] = {}
        self._replies: dict[Hashable, Reply] = {}
        self._state: tuple[int, int] = (0, 0)
        self._numbers = itertools.count(1)

    def read(self, text: str, *, locale: str | None, zone: str, now: datetime, how: Callable[[], Read]) -> Read:
        """The reading of `text`; anew after a while where it names a time: "for an hour" moves on."""
        key = hashlib.blake2b(f"{locale}\0{zone}\0{text}".encode(errors="replace"), digest_size=16).digest()
        known = self._texts.get(key)
        if known is not None and (known.intent.since is None or now - known.at < SINCE_HOLDS):
            return known
        if len(self._texts) >= MOST_TEXTS:
            self._texts.clear()
        self._texts[key] = how()
        return self._texts[key]

    def reply(self, like: Hashable, changes: int, now: datetime, how: Callable[[], Reply]) -> Reply:
        """The reply to those who ask `like` this; anew when the board has changed or a second has passed."""
        state = (changes, int(now.timestamp()))
        if state != self._state or len(self._replies) >= MOST_REPLIES:
            self._replies.clear()
            self._state = state
        known = self._replies.get(like)
        if known is None:
            known = replace(how(), like=next(self._numbers))
            self._replies[like] = known
        return known
