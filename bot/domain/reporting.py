"""Which time of an announcement a report is about: by its place among those that were told, or by its day.  Pure.

One time on the clock is one, in however many zones it took place.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.announcement import Occurrence
from bot.domain.schedule import zone_of

_NUMBER = re.compile(r"[1-9]\d{0,3}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ Tt]\d\d:\d\d", re.ASCII)
_MARK = "%Y%m%d%H%M"  # of a time behind a button, such as 202603072200
_MARKED = re.compile(r"\d{12}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A time that somebody heard of."""

    local: datetime  # naive: its start on the clock of its zone
    occurrences: tuple[Occurrence, ...]  # one for each zone

    @property
    def mark(self) -> str:
        """Stands for it behind a button."""
        return f"{self.local:{_MARK}}"


def tellings(occurrences: Iterable[Occurrence]) -> tuple[Telling, ...]:
    """The times that somebody heard of, newest first."""
    found: dict[datetime, list[Occurrence]] = {}
    for each in occurrences:
        if each.told_at is not None:
            local = each.starts_at.astimezone(zone_of(each.zone)).replace(tzinfo=None, fold=0)
            found.setdefault(local, []).append(each)
    return tuple(Telling(local=local, occurrences=tuple(found[local])) for local in sorted(found, reverse=True))


def chosen(several: Sequence[Telling], typed: str) -> int | None:
    """Which of them is meant: nothing or 1 the newest, 2 the one before; a day, or a day and time of day.

    None: none of them.
    """
    wanted = typed.strip()
    if not wanted or _NUMBER.fullmatch(wanted):
        place = int(wanted or 1) - 1
        return place if place < len(several) else None
    return next((place for place, each in enumerate(several) if _is_meant(each.local, wanted)), None)


def _is_meant(local: datetime, wanted: str) -> bool:
    try:
        if _DAY.fullmatch(wanted):
            return local.date() == date.fromisoformat(wanted)
        if _MOMENT.fullmatch(wanted):
            return local.replace(second=0) == datetime.fromisoformat(wanted.upper())
        return _MARKED.fullmatch(wanted) is not None and f"{local:{_MARK}}" == wanted
    except ValueError:  # such as the 30th of February
        return False
