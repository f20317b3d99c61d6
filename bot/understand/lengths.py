"""How long a pause is to last ("2h", "90 Minuten", "half an hour"), in whichever language it was typed.  Pure.

What speaks of a length that nobody can take, such as "forever", is known as such, so that the answer can name those
that can be; "mute doesn't work" is a sentence about something else.
"""

import re
import tomllib
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from importlib.resources import files

from bot.understand.since_words import UNITS, table
from bot.understand.text import plain

_NUMBER = r"\d{1,4}(?:[.,]\d{1,2})?"
_PART = re.compile(r"\d+|[^\W\d]+")


def length_of(said: str, usual: timedelta) -> timedelta | None:
    """The length that is named: a number alone means hours, nothing the usual one.  None: it is none that we take."""
    words = [word for word in _plain(said).split() if word not in _own("filler")]
    text = " ".join(words)
    if not text:
        return usual
    if re.fullmatch(_NUMBER, text):
        return _times(text, UNITS["hour"]) or None
    total, at = timedelta(), 0
    while at < len(text):
        if (found := _span().match(text, at)) is None:
            return None
        total += _of(found)
        at = found.end()
    return total or None


def speaks_of_length(said: str) -> bool:
    """Whether what follows "mute" is a length, or at least nothing else."""
    return length_of(said, timedelta(1)) is not None or all(
        word.isdecimal() or word in _known() for word in _PART.findall(_plain(said))
    )


def _of(found: re.Match[str]) -> timedelta:
    if found["alone"]:
        return timedelta(minutes=float(table("alone")[found["alone"]]))
    return _times(found["number"] or "1", UNITS[_units()[found["unit"]]])


def _times(number: str, unit: timedelta) -> timedelta:
    return float(table("numbers").get(number) or number.replace(",", ".")) * unit


@cache
def _span() -> re.Pattern[str]:
    """One number with its unit, and what joins it to the next."""
    numbers, units, alone = (_any(words) for words in (table("numbers"), _units(), table("alone")))
    joins = _any(_own("joins"))
    return re.compile(
        rf"(?:(?:(?P<number>{_NUMBER}|{numbers})[ ]*)?(?P<unit>{units})|(?P<alone>{alone}))(?![^\W\d])"
        rf"[ ,]*(?:{joins}[ ]+)?"
    )


@cache
def _units() -> dict[str, str]:
    return table("units") | {word: kind for kind, words in _lists()["units"].items() for word in map(_plain, words)}


@cache
def _known() -> frozenset[str]:
    """Every word that a length, or talk of one, is made of."""
    named = ("units", "numbers", "alone", "moments", "weekdays", "clock")
    phrases = [phrase for name in named for phrase in table(name)]
    own = [*_units(), *_own("filler"), *_own("joins"), *_own("unclear")]
    return frozenset(word for phrase in (*phrases, *own) for word in _PART.findall(phrase))


@cache
def _own(name: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in _lists()[name]["any"])


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("words/lengths.toml").read_text("utf-8"))


def _any(words: Iterable[str]) -> str:
    """One of these; the longest first, so that "hours" goes before "hour"."""
    return "(?:" + "|".join(map(re.escape, sorted(words, key=len, reverse=True))) + ")"


def _plain(text: str) -> str:
    return " ".join(plain(text[:200]).lower().replace("!", " ").split()).strip(" .!:;\"'")
