"""The lists of words/since.toml as patterns.  Knows how moments are put into words, not which moment is meant."""

import itertools
import re
import tomllib
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from importlib.resources import files

from bot.understand.text import plain

UNITS = {  # by the keys of the list of units
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "hour_or_clock": timedelta(hours=1),
    "clock_or_hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_REACH = 16  # letters around an opener
_PLACES = 6  # openers that are looked at


@cache
def table(name: str) -> dict[str, str]:
    """Word in normal form -> the key under which it stands."""
    lists = tomllib.loads(files(__package__).joinpath("words/since.toml").read_text("utf-8"))[name]
    return {_normal(word): key for key, words in lists.items() for word in words}


@cache
def patterns() -> tuple[re.Pattern[str], ...]:
    """What to look for, in this order, in languages that put spaces between words."""
    fill = f"(?:{_any(_of('filler', 'any'))}[.]?[ ]+){{0,3}}"
    span = (
        rf"(?:(?P<number>{_number()})[ ]*(?P<unit>{_any(table('units'))})|(?P<alone>{_any(table('alone'))}))(?![\w-])"
    )
    day = _day()
    half = rf"(?P<morning>{_any(_of('clock', 'morning'))})|(?P<afternoon>{_any(_of('clock', 'afternoon'))})"
    clock = (
        rf"(?:(?P<half_to>{_any(_of('clock', 'half_to'))})[ ])?(?P<hour>\d{{1,2}})"
        r"(?:(?:[:.]|[ ]?h|[ ]?uhr[ ]?)(?P<minute>\d\d))?(?![\d:%/]|[.,]\d)"
        rf"(?:[ ]?{_any(_of('clock', 'clock'))}(?!\w))?(?:[ ]?(?:{half})(?!\w))?"
    )
    begins = rf"(?={day}|\d|{_any(_of('clock', 'half_to'))})"
    first, last = rf"(?:(?P<day>{day})(?!\w),?[ ]*)?", rf"(?:,?[ ]*{fill}(?P<day2>{day})(?!\w))?"
    moment = rf"{begins}{first}{fill}(?:{clock}(?!\w))?{last}"
    since, only_span = _any(_of("openers", "any")), _any(_of("openers", "span"))
    spaced = (
        rf"(?<!\w)(?P<since>{since})[ ]+{fill}(?:{span}|{moment})",
        rf"(?<!\w)(?:{only_span})[ ]+{fill}{span}",
        rf"(?<![\w,.]){span}[ ](?:{_any(_of('ago', 'behind'))})(?!\w)",
    )
    return tuple(map(re.compile, spaced))


@cache
def unspaced_patterns() -> tuple[re.Pattern[str], ...]:
    """Japanese and Chinese put "since" behind the moment, or before it, and no spaces between."""
    day, number = _day(), _number()
    late, early = _any(_of("clock", "unspaced_afternoon")), _any(_of("clock", "unspaced_morning"))
    half = rf"(?P<afternoon>{late})|(?P<morning>{early})"
    clock = r"(?P<hour>\d{1,2})[ ]?[時时点點:](?:(?P<minute>\d\d)分?|(?P<half>半))?"
    moment = rf"(?:(?P<day>{day})の?[ ]?)?(?:(?:{half})?[ ]?{clock})?"
    behind, before = _any(_of("openers", "unspaced")), _any(_of("openers", "unspaced_before"))
    span = rf"(?:(?P<number>{number})[ ]?(?P<unit>{_any(table('units'))})|(?P<alone>{_any(table('alone'))}))"
    looked_for = (
        rf"{span}(?:{_any(_of('ago', 'unspaced'))})",
        rf"(?={day}|\d|{late}|{early}){moment}[頃ごろくらい]{{0,3}}(?:{behind})",
        rf"(?:{before})[ ]?{moment}",
    )
    return tuple(map(re.compile, looked_for))


def around_openers(said: str) -> str:
    """What stands near Japanese or Chinese words for "since" and "ago", one place per line; the rest need no search."""
    found = itertools.islice(_openers().finditer(said), _PLACES)
    return "\n".join(said[max(0, match.start() - _REACH) : match.end() + _REACH] for match in found)


@cache
def _openers() -> re.Pattern[str]:
    words = (_of("ago", "unspaced"), _of("openers", "unspaced"), _of("openers", "unspaced_before"))
    return re.compile(_any(itertools.chain(*words)))


def _day() -> str:
    return _any((*table("moments"), *table("weekdays")))


def _number() -> str:
    return rf"\d{{1,3}}(?:[.,]\d)?|{_any(table('numbers'))}"


def _of(name: str, key: str) -> list[str]:
    return [word for word, under in table(name).items() if under == key]


def _any(words: Iterable[str]) -> str:
    """One of these words; the longest first, so that "hours" goes before "hour"."""
    return "(?:" + "|".join(map(re.escape, sorted(set(words), key=len, reverse=True))) + ")"


def _normal(word: str) -> str:
    return " ".join(plain(word).lower().split())
