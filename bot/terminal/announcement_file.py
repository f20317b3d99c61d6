"""A file in TOML or JSON -> an announcement, or every mistake in it at once.  Saves nothing.

kind = "maintenance"
from = "2026-12-05T22:00"        # on the zone's clock
to = "2026-12-06T02:00"          # or: lasts = "4h"
rule = "FREQ=WEEKLY;BYDAY=SA"    # or five fields (cron); `from` is then its start
zone = "Europe/Berlin"
services = ["teams"]
features = ["calling"]

[words.en]
title = "Telephony stops"
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.announcement import (
    Announcement,
    AnnouncementId,
    Audience,
    Clockwork,
    Draft,
    Kind,
    Moment,
    Reader,
    Words,
)
from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.schedule import Missed, Rule, RuleError, moment, read_rule, zone_of

LARGEST = 100_000  # bytes: a text in every language fits ten times over
EARLIEST, LATEST = 2000, 2200
_LENGTH = re.compile(r"(?:(\d{1,4})d)?\s*(?:(\d{1,4})h)?\s*(?:(\d{1,5})m(?:in)?)?")
_BARE_MOMENT = re.compile(r"^\s*\w+\s*=\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d\s*(?:#|$)", re.MULTILINE)
WITH_SECONDS = 'put quotes around a time: "2026-12-05T22:00"'  # without them TOML wants its seconds
_WORDS = ("title", "hit", "works", "todo")
KEYS = (
    "kind", "from", "to", "lasts", "rule", "except", "zone", "clock", "post_at", "reminders", "expires_after",
    "services", "features", "places", "level", "owner", "link", "audience", "missed", "language", "words", "tenant",
    "delete_on_recall",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """What a file need not say."""

    who: str
    role: str
    language: str
    zone: str
    tenant: TenantId | None
    now: datetime


@dataclass(slots=True)
class _Reading:
    """A file, key by key; every mistake is noted."""

    said: Mapping[str, Any]
    mistakes: list[str] = field(default_factory=list)

    def wrong(self, key: str, wanted: str) -> None:
        found = self.said.get(key)
        shown = "" if found is None else f", not {str(found)[:60]!r}"
        self.mistakes.append(f"{key}: wanted {wanted}{shown}")

    def text(self, key: str, absent: str = "") -> str:
        found = self.said.get(key, absent)
        if isinstance(found, str):
            return found.strip()
        self.wrong(key, "a text")
        return absent

    def names(self, key: str) -> frozenset[str]:
        found = self.said.get(key, [])
        if isinstance(found, list) and all(isinstance(each, str) for each in found):
            return frozenset(each.strip() for each in found)
        self.wrong(key, "a list of texts")
        return frozenset()

    def one(self, key: str, kind: type[StrEnum], absent: StrEnum) -> Any:  # noqa: ANN401 - one of the enum's
        found = self.said.get(key, absent.value)
        try:
            return kind(found)
        except ValueError:
            self.wrong(key, " or ".join(each.value for each in kind))
            return absent

    def several(self, key: str, kind: type[StrEnum]) -> frozenset[Any]:
        found = self.names(key)
        unknown = found - {each.value for each in kind}
        if unknown:
            self.wrong(key, f"some of {', '.join(each.value for each in kind)}")
        return frozenset(kind(each) for each in found - unknown)

    def wall(self, key: str, zone: str) -> datetime | None:
        """A moment on the zone's clock, naive; one with an offset is put on that clock."""
        found = self.said.get(key)
        if found is None:
            return None
        try:
            at = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
        except ValueError:
            self.wrong(key, "a time such as 2026-12-05T22:00, on the clock of `zone`")
            return None
        if not EARLIEST <= at.year <= LATEST:
            self.wrong(key, f"a year from {EARLIEST} to {LATEST}")
            return None
        return at.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0) if at.tzinfo else at

    def length(self, key: str) -> timedelta | None:
        found = self.said.get(key)
        if found is None:
            return None
        length = length_of(str(found))
        if length is None:
            self.wrong(key, "a length such as 4h, 90m or 1d 12h")
        return length


def length_of(text: str) -> timedelta | None:
    """4h, 90m or 1d 12h; None: it is no length."""
    match = _LENGTH.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes = (int(each or 0) for each in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def parsed(raw: bytes) -> dict[str, Any] | str:
    """What stands in the file, or what is wrong with it as a whole."""
    if len(raw) > LARGEST:
        return f"the file has {len(raw)} bytes; {LARGEST} are the most"
    try:
        text = raw.decode("utf-8-sig")
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        hint = f"; {WITH_SECONDS}" if isinstance(error, tomllib.TOMLDecodeError) and _BARE_MOMENT.search(text) else ""
        return f"the file is neither TOML nor JSON in UTF-8: {str(error)[:120]}{hint}"
    return found


def read(said: Mapping[str, Any], author: Author) -> tuple[Announcement | None, list[str]]:
    """The announcement that is written there, and every mistake; with mistakes there is none."""
    reading = _Reading(said)
    for key in sorted(set(said) - set(KEYS)):
        reading.mistakes.append(f"{key[:40]}: no such key; there are {', '.join(KEYS)}")
    zone = _zone(reading, author.zone)
    rule, lasts = _times(reading, zone, author.now)
    expires, post = reading.length("expires_after"), reading.wall("post_at", zone)
    made = Announcement(
        id=AnnouncementId(""),
        tenant=TenantId(reading.text("tenant")) if "tenant" in said else author.tenant,
        kind=reading.one("kind", Kind, Kind.MAINTENANCE),
        words=_words(reading),
        language=reading.text("language", author.language),
        rule=rule,
        zone=zone,
        clockwork=reading.one("clock", Clockwork, Clockwork.AUTHOR),
        lasts=lasts,
        post_at=moment(post, zone) if post is not None else None,
        reminders=reading.several("reminders", Moment) if "reminders" in said else _reminders(),
        expires_after=expires,
        services=frozenset(ServiceId(each) for each in reading.names("services")),
        features=reading.several("features", Feature),
        places=reading.names("places"),
        level=reading.one("level", Level, Level.DEGRADED),
        owner=reading.text("owner"),
        link=reading.text("link") or None,
        audience=_audience(reading),
        missed=reading.one("missed", Missed, Missed.WITHIN_GRACE),
        draft=Draft.PLANNED,
        author=author.who,
        author_role=author.role,
        made_at=author.now,
        changed_at=author.now,
        delete_on_recall=said.get("delete_on_recall") is True,
    )
    return (None if reading.mistakes else made), reading.mistakes


def _reminders() -> frozenset[Moment]:
    return frozenset({Moment.DAY_BEFORE, Moment.HOUR_BEFORE, Moment.START, Moment.END})


def _zone(reading: _Reading, absent: str) -> str:
    zone = reading.text("zone", absent)
    try:
        zone_of(zone)
    except RuleError as error:
        reading.wrong("zone", error.wanted)
        return "UTC"
    return zone


def _times(reading: _Reading, zone: str, now: datetime) -> tuple[Rule, timedelta | None]:
    """When, and for how long."""
    begins, ends, lasts = reading.wall("from", zone), reading.wall("to", zone), reading.length("lasts")
    here = now.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0)
    start = begins or here.replace(second=0, microsecond=0)
    if ends is not None and lasts is not None:
        reading.wrong("lasts", "either `to` or `lasts`")
    if ends is not None:
        lasts = moment(ends, zone) - moment(start, zone)
    written = reading.text("rule")
    if not written:
        return Rule(at=start), lasts
    try:
        rule = read_rule(written, start=start, zone=zone)
    except RuleError as error:
        reading.wrong("rule", error.wanted)
        return Rule(at=start), lasts
    return _without(reading, rule), lasts


def _without(reading: _Reading, rule: Rule) -> Rule:
    found = reading.said.get("except", [])
    try:
        days = frozenset(each if type(each) is date else date.fromisoformat(str(each)) for each in found)
    except (ValueError, TypeError):
        reading.wrong("except", "a list of days such as 2026-12-24")
        return rule
    return Rule(cron=rule.cron, rrule=rule.rrule, start=rule.start, until=rule.until, count=rule.count, except_on=days)


def _words(reading: _Reading) -> dict[str, Words]:
    found = reading.said.get("words")
    if not isinstance(found, dict) or not found:
        reading.wrong("words", "a table for each language, such as [words.en] with title, hit, works and todo")
        return {}
    return {str(language): _in_one(reading, str(language), said) for language, said in found.items()}


def _in_one(reading: _Reading, language: str, said: object) -> Words:
    if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
        reading.mistakes.append(f"words.{language[:20]}: wanted texts named {', '.join(_WORDS)}")
        return Words(title="")
    for key in sorted(set(said) - set(_WORDS)):
        reading.mistakes.append(f"words.{language[:20]}.{key[:40]}: no such key; there are {', '.join(_WORDS)}")
    known = {key: said[key].strip() for key in _WORDS if key in said}
    return Words(**({"title": ""} | known))


def _audience(reading: _Reading) -> Audience:
    found = reading.said.get("audience", {})
    if not isinstance(found, dict) or set(found) - {"reader", "names"}:
        reading.wrong("audience", 'such as { reader = "tag", names = ["berlin"] }')
        return Audience()
    inner = _Reading(found, reading.mistakes)
    return Audience(reader=inner.one("reader", Reader, Reader.ALL), names=inner.names("names"))
