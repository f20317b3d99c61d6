"""Whether an organisation still has a way out when Teams, or all of Microsoft, fails.  Pure."""

from collections.abc import Sequence
from enum import StrEnum

from bot.domain.ways import Way


class Lack(StrEnum):
    """What is wrong with the ways beside Teams."""

    NONE = "none"  # there is none, and somebody waits to be told
    MICROSOFTS = "microsofts"  # there are some, and each may fail together with Teams


def lack(ways: Sequence[Way], *, awaited: bool) -> Lack | None:
    """None: there is a way out, or nobody needs one.

    `awaited`: some conversation wants to be told.
    """
    if not ways:
        return Lack.NONE if awaited else None
    return Lack.MICROSOFTS if all(way.microsofts for way in ways) else None
