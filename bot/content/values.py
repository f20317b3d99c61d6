"""A value -> the words for it, as people of one language and zone write them.

Moments become local wall time, lengths of time and numbers follow the language.  A string is data: it is shown as it
came, and nobody here looks into it for placeholders or mark-up.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

PERCENT = frozenset({"confidence"})  # placeholders whose number is a share of one
HABITS = {"en": "en-GB"}  # whose dates and lists a plain language follows: our English is spelled the British way
MINUTE = timedelta(minutes=1)
PARTS = {  # of the world, by their numbers in UN M49
    "africa": "002", "asia": "142", "europe": "150", "north_america": "003", "oceania": "009", "south_america": "005",
}  # fmt: skip
READERS = "reader"  # in place of a zone: the chat client writes each moment in its reader's zone and language
SAME_DAY = timedelta(hours=12)  # a moment nearer than this needs no date
LONG = timedelta(hours=48)  # from here on days say it better than hours
FEW = 10.0  # below, a number that is not whole keeps one digit after its point


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """The rules of one language for plurals, numbers and dates."""
    return Locale.parse(HABITS.get(language, language), sep="-")


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """The IANA zone; UTC when the platform sent a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a name that is a folder, or too long for a file
        return UTC


def moment(at: datetime, language: str, zone: str, now: datetime | None) -> str:
    """ "09:40", with weekday and date unless it is the same local day as `now`."""
    if zone == READERS:
        return _by_client(at, now)
    local = at.astimezone(zone_of(zone))
    locale = locale_of(language)
    clock = format_time(local, "HH:mm", locale=locale)
    if now is not None and local.date() == now.astimezone(zone_of(zone)).date():
        return clock
    day: str = format_skeleton("MMMEd", local, locale=locale)
    return f"{day}, {clock}"


def wall(at: datetime, language: str, zone: str) -> str:
    """ "Sat, 28 Mar 2026, 22:00 (UTC+1)": the clock of one zone, for plans."""
    local = at.astimezone(zone_of(zone))
    locale = locale_of(language)
    day: str = format_skeleton("yMMMEd", local, locale=locale)
    return f"{day}, {format_time(local, 'HH:mm', locale=locale)} ({offset(at, zone)})"


def offset(at: datetime, zone: str) -> str:
    """ "UTC+5:30": how far a zone's clock is from UTC at this moment."""
    minutes = round((at.astimezone(zone_of(zone)).utcoffset() or timedelta()) / MINUTE)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes >= 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def day(on: date, language: str) -> str:
    """ "Sat, 28 Mar 2026"."""
    written: str = format_skeleton("yMMMEd", on, locale=locale_of(language))
    return written


def tongue(tag: str, language: str) -> str:
    """A language as another one calls it: "German", "Englisch"."""
    return Locale.parse(tag, sep="-").get_display_name(language) or tag


def place(name: str, language: str) -> str:
    """A country or a large part of the world as this language calls it; any other place as it was written."""
    code = PARTS.get(name, name if len(name) == len("DE") and name.isupper() else "")
    known: str = locale_of(language).territories.get(code, name)
    return known


def _by_client(at: datetime, now: datetime | None) -> str:
    """The vendor's macros; with a date where it is not plain, and at the card's own moment: the others lean on it."""
    written = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    plain = now is not None and at != now and abs(at - now) < SAME_DAY
    return f"{{{{TIME({written})}}}}" if plain else f"{{{{DATE({written},SHORT)}}}} {{{{TIME({written})}}}}"


def number(value: float, language: str) -> str:
    """ "1,240" in English, "1.240" in German; at most one digit after the point."""
    if not isinstance(value, int):
        value = round(value, 1) if abs(value) < FEW else round(value)
    return format_decimal(value, locale=locale_of(language))


def percent(share: float) -> str:
    """ "82 %".  Never 0 or 100: we are never that sure."""
    return f"{min(99, max(1, round(share * 100)))} %"


def listed(parts: list[str], language: str) -> str:
    """ "chat, meetings and files"."""
    return format_list(parts, locale=locale_of(language))


def plural_category(count: float, language: str) -> str:
    """The plural form that this count takes: "one", "few", "other", ..."""
    return locale_of(language).plural_form(count)


def length_key(length: timedelta) -> tuple[str, dict[str, int]]:
    """A length of time as a text key with its numbers: seconds, minutes, hours and minutes, or days."""
    if length < MINUTE:
        return "length.seconds", {"n": max(0, round(length / timedelta(seconds=1)))}
    if length >= LONG:
        return "length.days", {"n": round(length / timedelta(days=1))}
    hours, minutes = divmod(round(length / MINUTE), 60)
    if hours == 0:
        return "length.minutes", {"n": minutes}
    if minutes == 0:
        return "length.hours", {"n": hours}
    return "length.hours_minutes", {"hours": hours, "minutes": minutes}


def confidence_key(share: float) -> str:
    """The words for a probability, as a text key.  Bands: below a half "not sure", from 0.95 "almost certain"."""
    bands = ((0.95, "almost_certain"), (0.85, "very_likely"), (0.7, "likely"), (0.5, "perhaps"))
    return "confidence." + next((word for least, word in bands if share >= least), "unsure")
