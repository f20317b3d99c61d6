"""Which parts of the world hold one another, for the names that sources and people use.  Pure; knows no languages.

Sources name large parts ("Europe") or a country by its two letters; people name either, or places of their own.
"""

from collections.abc import Mapping

_SAME: Mapping[str, str] = {
    "gb": "united kingdom",
    "uk": "united kingdom",
    "us": "united states",
    "usa": "united states",
    "cn": "china",
    "asia": "asia pacific",
    "apac": "asia pacific",
    "oceania": "asia pacific",
}
_WITHIN: Mapping[str, str] = {
    **dict.fromkeys(
        ["at", "be", "ch", "cz", "de", "dk", "es", "fi", "fr", "ie", "it", "nl", "no", "pl", "pt", "se"], "europe"
    ),
    "united kingdom": "europe",
    **dict.fromkeys(("united states", "ca", "mx"), "north america"),
    **dict.fromkeys(("ar", "br"), "south america"),
    **dict.fromkeys(("au", "china", "in", "jp", "sg"), "asia pacific"),
    "za": "africa",
}
_KNOWN = frozenset({*_WITHIN, *_WITHIN.values(), "middle east"})


def is_region(place: str) -> bool:
    """Whether this is a country or a larger part of the world, rather than a place of somebody's own."""
    return _canonical(place) in _KNOWN


def is_related(one: str, other: str) -> bool:
    """Whether they are the same, or one lies in the other."""
    first, second = _canonical(one), _canonical(other)
    return first == second or _WITHIN.get(first) == second or _WITHIN.get(second) == first


def _canonical(place: str) -> str:
    name = place.casefold().replace("_", " ").strip()
    return _SAME.get(name, name)
