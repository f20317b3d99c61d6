"""What is wrong with an announcement as it is written, and what its author should know before saving it.  Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from bot.domain.announcement import Announcement, Reader, Words
from bot.domain.found_work import followed
from bot.domain.observation import ServiceId
from bot.domain.schedule import RuleError, is_doubled, is_skipped, moment, upcoming, zone_of

LATE = timedelta(minutes=1)  # a start that young counts as "now": filling in a form takes its time
LOOK = 5  # next times that are looked at for clock changes
_WHOLE_DAY = timedelta(hours=23)  # the shortest: that of a clock change
_MARKS = ("](", "<", "@", "://", "**", "```")  # what a chat might take for markup, a mention or a link


class Fault(StrEnum):
    """Why an announcement can't be saved as it stands."""

    END_BEFORE_START = "end_before_start"
    NO_END = "no_end"  # a window must have one
    WINDOW_TOO_LONG = "window_too_long"
    STARTS_IN_PAST = "starts_in_past"
    POSTED_AFTER_START = "posted_after_start"
    BAD_EXPIRY = "bad_expiry"
    NO_SUCH_ZONE = "no_such_zone"
    BROKEN_RULE = "broken_rule"
    NO_NEXT_TIME = "no_next_time"
    TOO_OFTEN = "too_often"
    WINDOWS_OVERLAP = "windows_overlap"  # the next one begins before this one ends
    EMPTY_AUDIENCE = "empty_audience"
    TOO_MANY_READERS = "too_many_readers"
    NO_TITLE = "no_title"
    TOO_LONG = "too_long"
    UNPRINTABLE = "unprintable"
    UNKNOWN_LANGUAGE = "unknown_language"
    MAIN_LANGUAGE_MISSING = "main_language_missing"
    UNKNOWN_SERVICE = "unknown_service"
    LINK_NOT_HTTPS = "link_not_https"


class Notice(StrEnum):
    """What an author should know; saving is still possible."""

    CLOCK_CHANGE = "clock_change"  # the window begins and ends at different offsets
    SKIPPED = "skipped"  # the clock never shows that time: it begins at the first moment after
    DOUBLED = "doubled"  # the clock shows that time twice: the first one counts
    LANGUAGE_MISSING = "language_missing"  # its readers see the main language, framed in theirs
    SHOWN_AS_TYPED = "shown_as_typed"  # markup, mentions and links of a text are shown as they were typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an announcement may be."""

    languages: frozenset[str]  # that the product speaks
    services: frozenset[ServiceId] = frozenset()  # empty: any
    title: int = 120  # characters, of each language; the rest likewise
    text: int = 2000
    owner: int = 80
    link: int = 500
    readers: int = 500  # names of a list
    longest: timedelta = timedelta(days=14)  # of a window
    closest: timedelta = timedelta(hours=1)  # between two times of a recurring one
    a_day: int = 24  # times


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that must be changed."""

    fault: Fault
    field: str  # a field of Announcement, or `words.<language>.<field>`
    limit: int | timedelta | None = None  # what is allowed, where that is a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One thing that its author should know."""

    notice: Notice
    field: str
    at: datetime | None = None  # aware UTC: the start concerned
    offsets: tuple[timedelta, ...] = ()  # of the zone, at the begin and at the end
    languages: tuple[str, ...] = ()


def problems(
    announcement: Announcement, now: datetime, limits: Limits, *, running: bool = False
) -> tuple[Problem, ...]:
    """Everything that is wrong, at once; empty: it may be saved.  `running`: it was told already."""
    found = [*_wrong_words(announcement, limits), *_wrong_scope(announcement, limits)]
    found += _wrong_window(announcement, limits)
    found += _wrong_times(announcement, now, limits, running=running)
    return tuple(found)


def warnings(announcement: Announcement, now: datetime, languages: frozenset[str] = frozenset()) -> tuple[Warned, ...]:
    """What is worth knowing of one without problems.  `languages`: those that its readers speak."""
    found = [Warned(notice=Notice.SHOWN_AS_TYPED, field=name) for name in _marked(announcement.words)]
    missing = tuple(sorted(languages - set(announcement.words)))
    if missing:
        found.append(Warned(notice=Notice.LANGUAGE_MISSING, field="words", languages=missing))
    for wall in walls(announcement, now, LOOK):
        found += _around(wall, announcement)
    return tuple(found)


def walls(announcement: Announcement, now: datetime, count: int) -> tuple[datetime, ...]:
    """The next starts as the rule writes them: naive, also where the zone's clock skips them."""
    begins = now.astimezone(zone_of(announcement.zone)).replace(tzinfo=UTC, fold=0)
    found = upcoming(announcement.rule, "UTC", begins, count)
    return tuple(each.replace(tzinfo=None) for each in found)


def _wrong_words(announcement: Announcement, limits: Limits) -> Iterator[Problem]:
    if announcement.language not in announcement.words:
        yield Problem(fault=Fault.MAIN_LANGUAGE_MISSING, field="language")
    for language, words in sorted(announcement.words.items()):
        if language not in limits.languages:
            yield Problem(fault=Fault.UNKNOWN_LANGUAGE, field=f"words.{language}")
        if not words.title.strip():
            yield Problem(fault=Fault.NO_TITLE, field=f"words.{language}.title")
    for name, text in _texts(announcement.words):
        allowed = limits.title if name.endswith(".title") else limits.text
        yield from _unfit(name, text, allowed, lines=not name.endswith(".title"))


def _wrong_scope(announcement: Announcement, limits: Limits) -> Iterator[Problem]:
    audience = announcement.audience
    if audience.reader is not Reader.ALL and not any(name.strip() for name in audience.names):
        yield Problem(fault=Fault.EMPTY_AUDIENCE, field="audience")
    if len(audience.names) > limits.readers:
        yield Problem(fault=Fault.TOO_MANY_READERS, field="audience", limit=limits.readers)
    if limits.services and not {each for each in announcement.services if followed(each) is None} <= limits.services:
        yield Problem(fault=Fault.UNKNOWN_SERVICE, field="services")
    yield from _unfit("owner", announcement.owner, limits.owner, lines=False)
    if announcement.link is not None:
        yield from _unfit("link", announcement.link, limits.link, lines=False)
        if (
            not announcement.link.startswith("https://")
            or not announcement.link[8:].strip("/")
            or " " in announcement.link
        ):
            yield Problem(fault=Fault.LINK_NOT_HTTPS, field="link")


def _unfit(name: str, text: str, allowed: int, *, lines: bool) -> Iterator[Problem]:
    if len(text) > allowed:
        yield Problem(fault=Fault.TOO_LONG, field=name, limit=allowed)
    readable = text.replace("\n", " ") if lines else text
    if not readable.isprintable():
        yield Problem(fault=Fault.UNPRINTABLE, field=name)


def _wrong_window(announcement: Announcement, limits: Limits) -> Iterator[Problem]:
    lasts = announcement.lasts
    if lasts is None:
        if announcement.has_window:
            yield Problem(fault=Fault.NO_END, field="lasts")
    elif lasts <= timedelta(0):
        yield Problem(fault=Fault.END_BEFORE_START, field="lasts")
    elif lasts > limits.longest:
        yield Problem(fault=Fault.WINDOW_TOO_LONG, field="lasts", limit=limits.longest)
    if announcement.expires_after is not None and not timedelta(0) <= announcement.expires_after <= timedelta(days=366):
        yield Problem(fault=Fault.BAD_EXPIRY, field="expires_after")


def _wrong_times(announcement: Announcement, now: datetime, limits: Limits, *, running: bool) -> Iterator[Problem]:
    rule, zone = announcement.rule, announcement.zone
    try:
        zone_of(zone)
    except RuleError:
        yield Problem(fault=Fault.NO_SUCH_ZONE, field="zone")
        return
    if sum(each is not None for each in (rule.at, rule.cron, rule.rrule)) != 1 or (rule.rrule and rule.start is None):
        yield Problem(fault=Fault.BROKEN_RULE, field="rule")
    elif rule.at is not None:
        starts = moment(rule.at, zone)
        if starts < now - LATE and not running:
            yield Problem(fault=Fault.STARTS_IN_PAST, field="rule")
        if announcement.post_at is not None and announcement.has_window and announcement.post_at > starts:
            yield Problem(fault=Fault.POSTED_AFTER_START, field="post_at")
    else:
        yield from _wrong_recurrence(announcement, now, limits)


def _wrong_recurrence(announcement: Announcement, now: datetime, limits: Limits) -> Iterator[Problem]:
    times = upcoming(announcement.rule, announcement.zone, now, 100)
    if not times:
        yield Problem(fault=Fault.NO_NEXT_TIME, field="rule")
    gap = min((later - earlier for earlier, later in pairwise(times)), default=None)
    if gap is None:
        return
    crowded = any(late - early < _WHOLE_DAY for early, late in zip(times, times[limits.a_day :], strict=False))
    if gap < limits.closest or crowded:
        yield Problem(fault=Fault.TOO_OFTEN, field="rule", limit=limits.closest)
    if announcement.lasts is not None and announcement.lasts > gap:
        yield Problem(fault=Fault.WINDOWS_OVERLAP, field="lasts", limit=gap)


def _texts(words: Mapping[str, Words]) -> Iterator[tuple[str, str]]:
    for language, each in sorted(words.items()):
        for name in ("title", "hit", "works", "todo"):
            yield f"words.{language}.{name}", getattr(each, name)


def _marked(words: Mapping[str, Words]) -> Iterator[str]:
    return (name for name, text in _texts(words) if any(mark in text for mark in _MARKS))


def _around(wall: datetime, announcement: Announcement) -> Iterator[Warned]:
    """What the zone's clock does at this start and during its window."""
    zone, starts = announcement.zone, moment(wall, announcement.zone)
    checks: tuple[tuple[Notice, Callable[[datetime, str], bool]], ...] = (
        (Notice.SKIPPED, is_skipped),
        (Notice.DOUBLED, is_doubled),
    )
    for notice, is_so in checks:
        if is_so(wall, zone):
            yield Warned(notice=notice, field="rule", at=starts)
    offsets = tuple(
        at.astimezone(zone_of(zone)).utcoffset() or timedelta(0)
        for at in (starts, starts + (announcement.lasts or timedelta(0)))
    )
    if offsets[0] != offsets[1]:
        yield Warned(notice=Notice.CLOCK_CHANGE, field="lasts", at=starts, offsets=offsets)
