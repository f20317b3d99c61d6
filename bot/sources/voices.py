"""Posts -> how many people say so, against the usual.  Pure; keeps no author and no text.

Copies are one voice: an author once an hour, the same words within a quarter of an hour once.  What a listing did not
reach is not zero: the count then says "at least".
"""

import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from bot.domain.crowds import usual as usual_or_guess
from bot.domain.observation import Feature, Health, Strength
from bot.domain.spike import MEMORY, PRESENT, WINDOW, Count, State, assess, grade

SAME_AUTHOR = timedelta(hours=1)
SHORTEST_COPY = 12  # characters: "teams down" is said twice by chance
LEAST_HISTORY = timedelta(hours=6)  # less tells nothing of what is usual
AHEAD = timedelta(minutes=2)  # a post from further in the future is a lie
FEW_AUTHORS = 3  # fewer are no spike, however much they write

HEALTH = {State.QUIET: Health.FINE, State.RISING: Health.DEGRADED, State.SPIKE: Health.DOWN}

_KEY = secrets.token_bytes(16)  # gone with the process: a code leads back to nobody
_NOT_WORDS = re.compile(r"https?://\S+|@\S+|[^\w\s]", re.UNICODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One post in which somebody says that it fails for them."""

    at: datetime
    author: str  # a code; lives only while one listing is counted
    words: str
    feature: Feature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The last window against its past."""

    strength: Strength
    health: Health
    since: datetime | None  # when the present rise began


def code_of(author: str) -> str:
    """A code that tells one author from another, and nothing else."""
    return blake2b(author.encode("utf-8", "replace"), key=_KEY, digest_size=12).hexdigest()


def distinct(voices: Iterable[Voice]) -> list[Voice]:
    """One voice per author and hour and per wording and quarter of an hour, oldest first."""
    kept: list[Voice] = []
    by_author: dict[str, datetime] = {}
    by_words: dict[str, datetime] = {}
    for voice in sorted(voices, key=lambda voice: voice.at):
        words = normal(voice.words)
        repeats = _within(by_author.get(voice.author), voice.at, SAME_AUTHOR)
        copies = len(words) >= SHORTEST_COPY and _within(by_words.get(words), voice.at, WINDOW)
        if repeats or copies:
            continue
        by_author[voice.author] = by_words[words] = voice.at
        kept.append(voice)
    return kept


def weigh(voices: Sequence[Voice], now: datetime, *, listed_since: datetime) -> Weighed:
    """How many distinct voices there were in the last window, against what such a window usually holds.

    `listed_since`: the listing is whole from there on.
    """
    recent = [voice for voice in voices if now - WINDOW < voice.at <= now + AHEAD]
    each = [Count(at=min(voice.at, now), value=1.0) for voice in voices]
    counts = _per_window(each, now, max(listed_since, now - MEMORY))
    strength = Strength(
        reports=len(recent),
        authors=len({voice.author for voice in recent}),
        usual=usual(counts, now, WINDOW),
        window=WINDOW,
        at_least=listed_since > now - WINDOW,
    )
    return Weighed(strength=strength, health=health(strength), since=risen_since(each, strength, now))


def health(counted: Strength) -> Health:
    """What such a count says of the service: nothing unusual, more than usual, or a spike."""
    state = grade(counted.reports, usual_or_guess(counted))
    few = counted.authors is not None and counted.authors < FEW_AUTHORS
    return HEALTH[State.RISING if state is State.SPIKE and few else state]


def usual(counts: Sequence[Count], now: datetime, window: timedelta) -> float | None:
    """What a window held before the last hour; None when too little of that time is known to tell."""
    before = [count for count in counts if count.at <= now - PRESENT]
    if not before or now - PRESENT - min(count.at for count in before) < LEAST_HISTORY:
        return None
    return round(assess(before, now, window=window).usual, 2)  # finer than a hundredth it is no knowledge


def risen_since(counts: Sequence[Count], counted: Strength, now: datetime) -> datetime | None:
    """Since when windows have held more than usual without a break; None while the last one does not."""
    mean = usual_or_guess(counted)
    since = None
    at = now
    while any(count.at <= at for count in counts):
        within = [count for count in counts if at - counted.window < count.at <= at and count.value]
        if grade(sum(count.value for count in within), mean) is State.QUIET:
            break
        since = min(count.at for count in within)
        at -= counted.window
    return since


def named_feature(voices: Sequence[Voice], now: datetime) -> Feature | None:
    """The part of the service that most of the last window's voices name."""
    recent = [voice.feature for voice in voices if now - WINDOW < voice.at <= now + AHEAD]
    named = Counter(feature for feature in recent if feature is not None)
    if not named:
        return None
    feature, times = named.most_common(1)[0]
    return feature if times * 2 > len(recent) else None


def normal(words: str) -> str:
    """The form in which two wordings are compared: no case, links, names or signs."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    return " ".join(_NOT_WORDS.sub(" ", folded).split())


def _per_window(voices: Sequence[Count], now: datetime, since: datetime) -> list[Count]:
    """The voices that a listing holds whole, and a zero for each window of it that held none."""
    empty = (now - WINDOW * place for place in range(int((now - since) / WINDOW)))
    return [*(voice for voice in voices if voice.at >= since), *(Count(at=at, value=0.0) for at in empty)]


def _within(before: datetime | None, at: datetime, span: timedelta) -> bool:
    return before is not None and at - before < span
