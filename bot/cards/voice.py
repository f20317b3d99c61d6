"""How one reader is spoken to: their language, their zone, the moment, and whether others read along."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.cards.plain import calmed, quoted
from bot.content.texts import Texts
from bot.content.values import READERS
from bot.domain.conversation import Face, Phrase, Reply
from bot.domain.observation import Observation

KEPT = (Face.INCIDENT, Face.STEP)  # cards that come by themselves
LONGEST_VALUE = 600  # characters of one value inside a sentence; what may be long is cut before, by its own rule
ADDRESSES = frozenset({"url", "contact", "typed"})  # values that may hold addresses: of the settings, of announcements


class Told(str):
    """A sentence that was said already, and so is safe: made so again, what the chat client fills in would break."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Everything that turns a key and its values into words for one reader."""

    texts: Texts
    language: str
    zone: str
    now: datetime  # aware UTC: the moment that the words are true for
    personal: bool  # False: several people read it, at other moments: no ages
    drill: bool

    def say(self, phrase: Phrase | str, **values: object) -> str:
        """The phrase in the reader's words.  Raises TextError for a missing key or value."""
        asked = phrase if isinstance(phrase, Phrase) else Phrase(key=phrase)
        place = Phrase(key="sheet.your_zone") if self.zone == READERS else self.zone
        safe = Phrase(key=asked.key, values=_safe({"zone": place, **asked.values, **values}))
        return self.texts.say(safe, self.language, zone=self.zone, now=self.now)

    def marked(self, text: str) -> str:
        """`text`, which in a drill says so itself: for lines that people meet alone, such as a toast."""
        return self.say("drill.headline", headline=text) if self.drill else text

    def when(self, at: datetime) -> Phrase:
        """A moment, with its age where one person reads it now."""
        if self.personal and at <= self.now:
            return Phrase(key="sheet.ago", values={"at": at, "age": self.now - at})
        return Phrase(key="sheet.moment", values={"at": at})

    def moment_of(self, seen: Observation) -> Phrase:
        """When it was said, or else when we read it."""
        return self.when(seen.said_at or seen.seen_at)

    def source(self, source: str) -> Phrase:
        """A source as people know it; one of many status pages goes by its own name."""
        family, _, name = source.partition(":")
        return Phrase(key=f"source.{family}", values={"name": name})


def voice_for(reply: Reply, texts: Texts, language: str, zone: str) -> Voice:
    """The voice in which `reply` is given."""
    verdict = reply.verdict
    at = reply.at or (verdict.at if verdict else datetime(1970, 1, 1, tzinfo=UTC))
    drill = reply.drill or bool(verdict and verdict.drill)
    read_now = reply.personal and reply.face not in KEPT  # what stays to be read later tells moments, no ages
    return Voice(texts=texts, language=language, zone=zone, now=at, personal=read_now, drill=drill)


def dated(voice: Voice) -> Voice:
    """The voice for what is kept and read on other days: every moment with its date."""
    return replace(voice, now=datetime(1970, 1, 1, tzinfo=UTC), personal=False)


def _safe(values: Mapping[str, object]) -> dict[str, object]:
    """The values with every text made harmless; words of ours (enumerations) stay as they are."""
    return {name: _safe_value(name, value) for name, value in values.items()}


def _safe_value(name: str, value: object) -> object:
    if isinstance(value, Phrase):
        return Phrase(key=value.key, values=_safe(value.values))
    if isinstance(value, list | tuple):
        return [_safe_value(name, each) for each in value]
    if type(value) is not str:  # not isinstance: our enumerations are strings too
        return value
    return calmed(value, LONGEST_VALUE) if name in ADDRESSES else quoted(value, LONGEST_VALUE)
