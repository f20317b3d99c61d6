"""The country or part of the world that a text names.  Cities and offices are not its business."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from bot.understand.text import READ_AT_MOST, plain


def region_of(text: str) -> str | None:
    """The first region named: two capital letters for a country, small letters for a larger part ("europe")."""
    match = _pattern().search(_normal(text))
    return _regions()[match[0]] if match else None


def region_named(text: str) -> str | None:
    """The region that this is the whole name of."""
    return _regions().get(_normal(text))


@cache
def _regions() -> dict[str, str]:
    lists = tomllib.loads(files(__package__).joinpath("words/regions.toml").read_text("utf-8"))["regions"]
    return {plain(name).lower(): region for region, names in lists.items() for name in names}


@cache
def _pattern() -> re.Pattern[str]:
    """One of the names; Japanese and Chinese ones may stand inside a longer run of letters."""
    names = sorted(_regions(), key=len, reverse=True)
    spaced = "|".join(re.escape(name) for name in names if name[0] < "\u3000")
    unspaced = "|".join(re.escape(name) for name in names if name[0] >= "\u3000")
    return re.compile(rf"(?<![^\W_])(?:{spaced})(?![^\W_])|(?:{unspaced})")


def _normal(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", plain(text[:READ_AT_MOST]).lower()).split())
