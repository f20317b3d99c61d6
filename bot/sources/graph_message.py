"""Planned work among the messages that Microsoft sends a tenant, as observations.  Pure.

A message's own dates say when it is shown, not when work is done, and most messages announce changes that stop nothing.
So only a message that speaks of an interruption and writes out a window, with begin and end, becomes maintenance.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from bot.domain.observation import Feature, Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.sources import microsoft_text, shapes
from bot.sources.graph_issue import service_of

CATEGORIES = frozenset({"planforchange", "preventorfixissue"})
LONGEST = timedelta(days=2)  # a longer one is a roll-out: nothing stops working for so long
AHEAD = timedelta(days=30)  # windows further ahead are not told
_LINK = "https://admin.microsoft.com/Adminportal/Home#/MessageCenter/:/messages/"

_STOPS = re.compile(
    r"\bmaintenance\b|\bdowntime\b|\bunavailab|\binterrupt|\bwill be offline\b|\bnot (?:be )?(?:available|possible)\b"
    r"|\bread-only\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:no|without|without any) (?:[a-z]+ )?(?:downtime|interruption|outage|impact)\b", re.IGNORECASE
)
_CALLED_OFF = re.compile(r"\b(?:cancell?ed|called off|postponed|rescheduled|completed)\b", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = (
    r"(?:(?P<{0}month>[A-Z][a-z]{{2,8}})\.? (?P<{0}day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<{0}year>\d{{4}})"
    r"|(?P<{0}iso>\d{{4}}-\d{{2}}-\d{{2}}))"
)
_HOUR = r"(?P<{0}hour>\d{{1,2}}):(?P<{0}minute>\d{{2}})(?::00)?(?: ?(?P<{0}half>[AaPp])\.?[Mm]\.?)?"
_ZONE = r"(?: ?\(?(?:UTC|GMT|Z)\)?)"
_WINDOW = re.compile(
    _DAY.format("a")
    + r"(?:,? (?:at|from|between) |T|,? )"
    + _HOUR.format("a")
    + _ZONE
    + r"? ?(?:-|–|—|to|until|and|through)? ?(?:end(?:ing|s)? ?(?:time)?:? ?)?"
    + r"(?:(?:[A-Z][a-z]+day,? )?"
    + _DAY.format("b")
    + r"(?:,? at |T|,? ))?"
    + _HOUR.format("b")
    + _ZONE
)  # one that names no zone of its end is not guessed


class _Body(msgspec.Struct, frozen=True):
    content: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that we read; the names are the wire's."""

    id: str
    title: str
    category: str
    services: list[str] = []
    lastModifiedDateTime: str | None = None
    body: _Body | None = None


def planned(message: Message, now: datetime, until: datetime, tenant: TenantId | None) -> list[Observation]:
    """The windows that a message announces, for each service of it that we follow; most announce none."""
    text = (message.body.content if message.body else None) or ""
    lines = shapes.lines(text.replace("\u2011", "-"))
    stops = [line for line in (message.title, *lines) if _STOPS.search(line)]
    off = _CALLED_OFF.search(message.title) or any(_HARMLESS.search(line) for line in lines)
    if message.category.lower() not in CATEGORIES or not stops or off:
        return []
    services = {service for name in message.services if (service := service_of(name))}
    coming = [window for window in windows(lines) if now < window[1] and window[0] <= now + AHEAD]
    named = (microsoft_text.feature_of(line) for line in stops)
    part = next((feature for feature in named if feature is not None), None)
    return [
        _observation(message, service, window, now, until=until, tenant=tenant, part=part)
        for service in sorted(services)
        for window in coming[:1]
    ]


def windows(lines: Sequence[str]) -> list[tuple[datetime, datetime]]:
    """The windows that are written out, in their order; times are UTC, and only those that say so count."""
    return sorted({window for text in _stretches(lines) for window in _written(text)})


def _stretches(lines: Sequence[str]) -> Iterator[str]:
    """Each line, and each line with the next one: begin and end are often lines of their own."""
    yield from lines
    for first, second in pairwise(lines):
        if first.lower().startswith(("start", "begin", "from")) and second.lower().startswith(("end", "to", "until")):
            yield f"{_unlabelled(first)} - {_unlabelled(second)}"


def _unlabelled(line: str) -> str:
    return re.sub(r"^[A-Za-z ]{1,20}:\s*", "", line)


def _written(text: str) -> Iterator[tuple[datetime, datetime]]:
    for match in _WINDOW.finditer(text[:2000]):
        begin, end = _moment(match, "a", "a"), _moment(match, "b", "b" if _names_day(match, "b") else "a")
        if begin is not None and end is not None and timedelta(0) < end - begin <= LONGEST:
            yield begin, end


def _names_day(match: re.Match[str], which: str) -> bool:
    return bool(match[f"{which}month"] or match[f"{which}iso"])


def _moment(match: re.Match[str], clock: str, day: str) -> datetime | None:
    """One of the two moments; the end may share the begin's day, and the begin the end's half of the day."""
    half = (match[f"{clock}half"] or (match["bhalf"] if clock == "a" else "") or "").lower()
    hour = int(match[f"{clock}hour"])
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - hours on a clock's face
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    try:
        if match[f"{day}iso"]:
            at = datetime.fromisoformat(match[f"{day}iso"])
        else:
            month = _MONTHS.index(match[f"{day}month"][:3].lower()) + 1
            at = datetime(int(match[f"{day}year"]), month, int(match[f"{day}day"]), tzinfo=UTC)
        return at.replace(hour=hour, minute=int(match[f"{clock}minute"]), tzinfo=UTC)
    except ValueError:
        return None


def _observation(  # noqa: PLR0913 - a message in the light of its poll
    message: Message,
    service: ServiceId,
    window: tuple[datetime, datetime],
    now: datetime,
    *,
    until: datetime,
    tenant: TenantId | None,
    part: Feature | None,
) -> Observation:
    modified = shapes.moment(message.lastModifiedDateTime)
    known = message.id.isascii() and message.id.isalnum()
    return Observation(
        source=SourceId("graph"),
        kind=Kind.OFFICIAL_TENANT,
        origin="microsoft",
        key=f"{shapes.plain(message.id, 40)}/{service}",
        service=service,
        health=Health.MAINTENANCE,
        seen_at=now,
        until=until,
        said_at=min(modified, now) if modified else None,
        since=window[0],
        ends_at=window[1],
        tenant=tenant,
        feature=part,
        text=shapes.plain(f"{shapes.plain(message.id, 40)}: {message.title}"),
        link=_LINK + message.id if known else None,
    )
