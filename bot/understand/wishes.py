"""What follows "subscribe" -> which news is wanted: services, parts, places, how bad, which kinds, quiet hours.

Pure and total: what is not understood is given back as such, so that whoever asked can be told.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from functools import cache
from importlib.resources import files

from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId
from bot.domain.subscription import Matter
from bot.understand.region import region_named
from bot.understand.text import plain

LONGEST_PHRASE = 4  # words
MOST_PLACES, LONGEST_PLACE = 10, 60  # characters
_HOURS = re.compile(
    r"\b(\d{1,2})(?:[:.](\d{2}))?\s*(?:h|uhr)?\s*(?:-|–|to|until|bis)\s*(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:h|uhr)\b)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\s,;]+")

Span = tuple[time, time]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was said; None and empty where nothing was."""

    everything: bool = False
    everywhere: bool = False
    services: frozenset[ServiceId] = frozenset()
    features: frozenset[Feature] = frozenset()
    places: frozenset[str] = frozenset()
    level: Level | None = None
    more: frozenset[Matter] = frozenset()
    less: frozenset[Matter] = frozenset()
    quiet: Span | None = None
    unknown: tuple[str, ...] = ()  # as written


@dataclass(slots=True)
class _Reading:
    sites: dict[str, str]
    words: list[str]  # as written
    normal: list[str]
    apart: list[bool]  # from the word before: by a comma
    services: set[ServiceId] = field(default_factory=set)
    features: set[Feature] = field(default_factory=set)
    places: list[str] = field(default_factory=list)
    goes_on: bool = False  # the last place has a name of several words, perhaps
    level: Level | None = None
    more: set[Matter] = field(default_factory=set)
    less: set[Matter] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)


def wanted_of(text: str, sites: Sequence[str] = ()) -> Wanted:
    """What `text` wants; `sites`: places that the organisation has named, known without an "in"."""
    quiet, rest = _quiet(text)
    found = list(_WORD.finditer(rest))
    words = [each[0] for each in found]
    ends = [0, *(each.end() for each in found)]
    reading = _Reading(
        sites={_normal(site): site for site in sites},
        words=words,
        normal=[_normal(word) for word in words],
        apart=[bool(rest[end : each.start()].strip()) for end, each in zip(ends, found, strict=False)],
    )
    at, negated, placing = 0, False, False
    while at < len(words):
        length, family, value = _phrase(reading, at)
        reading.goes_on = reading.goes_on and family is None and not reading.apart[at]
        if family == "said" and value in ("without", "place"):
            negated, placing = value == "without", value == "place"
        elif family is None and placing:
            _place(reading, reading.words[at].strip(".!:\"'"))
        elif family is None:
            reading.unknown.append(reading.words[at].strip(".!:\"'"))
        else:
            placing = placing and (family == "site" or value == "filler")
            _take(reading, family, value, negated=negated)
            negated = negated and value == "filler"
        at += length
    return Wanted(
        everything="all" in reading.said,
        everywhere="everywhere" in reading.said,
        services=frozenset(reading.services),
        features=frozenset(reading.features),
        places=frozenset(reading.places),
        level=reading.level,
        more=frozenset(reading.more),
        less=frozenset(reading.less),
        quiet=quiet,
        unknown=tuple(word for word in reading.unknown if word),
    )


def places_of(text: str, sites: Sequence[str] = ()) -> frozenset[str]:
    """Places as people list them, separated by commas; there may be more than `MOST_PLACES`.

    A country or continent as sources name it, one of the organisation's `sites` as it is spelled there, else as typed.
    """
    known = {_normal(site): site for site in sites}
    named = [" ".join(part.split())[:LONGEST_PLACE] for part in re.split(r"[,;\n]", text)]
    return frozenset(known.get(_normal(place)) or region_named(place) or place for place in named if place)


def _quiet(text: str) -> tuple[Span | None, str]:
    found = _HOURS.search(text)
    span = _span(found) if found else None
    if found is None or span is None:
        return None, text
    return span, f"{text[: found.start()]} {text[found.end() :]}"


def _span(found: re.Match[str]) -> Span | None:
    hours = [int(found[1]) % 24 if found[1] != "24" else 0, int(found[3]) % 24 if found[3] != "24" else 0]
    minutes = [int(found[2] or 0), int(found[4] or 0)]
    if max(int(found[1]), int(found[3])) > 24 or max(minutes) > 59:  # noqa: PLR2004 - of a clock
        return None
    return time(hours[0], minutes[0]), time(hours[1], minutes[1])


def _phrase(reading: _Reading, at: int) -> tuple[int, str | None, str]:
    """The longest known phrase from here: its length in words, its family and what it means."""
    for length in range(min(LONGEST_PHRASE, len(reading.words) - at), 0, -1):
        joined = " ".join(reading.normal[at : at + length])
        if joined in reading.sites:
            return length, "site", reading.sites[joined]
        if joined in _phrases():
            return length, *_phrases()[joined]
        if (region := region_named(joined)) is not None:
            return length, "site", region
    return 1, None, ""


def _take(reading: _Reading, family: str, value: str, *, negated: bool) -> None:
    match family:
        case "service":
            reading.services.add(ServiceId(value))
        case "feature":
            reading.features.add(Feature(value))
        case "level":
            reading.level = Level(value)
        case "matter":
            (reading.less if negated else reading.more).add(Matter(value))
        case "site":
            reading.places.append(value)
        case _:
            reading.said.add(value)


def _place(reading: _Reading, word: str) -> None:
    """A place of which nobody has told us; the words up to the next comma are its name."""
    if reading.goes_on:
        reading.places[-1] = f"{reading.places[-1]} {word}"[:LONGEST_PLACE]
    elif len(reading.places) < MOST_PLACES:
        reading.places.append(word[:LONGEST_PLACE])
        reading.goes_on = True


def _normal(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", plain(text)).lower().split())


@cache
def _phrases() -> dict[str, tuple[str, str]]:
    lists = tomllib.loads(files(__package__).joinpath("words/wishes.toml").read_text("utf-8"))
    return {
        _normal(phrase): (family, value)
        for family, table in lists.items()
        for value, listed in table.items()
        for phrase in listed
    }
