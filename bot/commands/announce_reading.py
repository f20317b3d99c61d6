"""What was typed into the form -> the announcement as it now stands, and what is wrong with it, field by field.

Pure.  A field that can't be read stays as it was; whatever was typed as text is kept, however long.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from bot.cards.announce_fields import EXPIRIES, LEVELS, REMINDERS, TEXTS, Repeat, repeat_of
from bot.cards.announce_forms import Page
from bot.cards.rule_words import DAYS, NTHS
from bot.domain.announcement import Announcement, Audience, Clockwork, Kind, Moment, Reader, Words
from bot.domain.conversation import Phrase
from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId
from bot.domain.proofreading import Problem
from bot.domain.schedule import Missed, Rule, RuleError, moment, read_rule, zone_of

_LISTED = re.compile(r"[,;\n]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"\d{1,2}:\d\d")
MOST_EVERY = 999
_ON_WORDS = ("words", "services", "owner", "link", "language")


@dataclass(slots=True)
class Typed:
    """The answers of one page, read one by one; every mistake is noted."""

    inputs: Mapping[str, str]
    wrong: list[Phrase] = field(default_factory=list)

    def text(self, name: str, before: str) -> str:
        """A text as it was typed, without what surrounds it."""
        typed = self.inputs.get(name)
        return before if typed is None else typed.strip()

    def one(self, name: str, allowed: tuple[str, ...], before: str) -> str:
        """One of several."""
        typed = self.inputs.get(name, before)
        if typed in allowed:
            return typed
        self.refuse(name, "choose")
        return before

    def several(self, name: str, allowed: tuple[str, ...], before: frozenset[str]) -> frozenset[str]:
        """Any of several; what we do not know is left out."""
        typed = self.inputs.get(name)
        return before if typed is None else frozenset(each for each in typed.split(",") if each in allowed)

    def day(self, name: str, before: date | None) -> date | None:
        """A day; empty: none."""
        typed = self.inputs.get(name)
        if typed is None:
            return before
        if not typed.strip():
            return None
        try:
            if not _DAY.fullmatch(typed.strip()):
                raise ValueError
            return date.fromisoformat(typed.strip())
        except ValueError:
            self.refuse(name, "day")
            return None

    def clock(self, name: str, before: time | None) -> time | None:
        """A time of day; empty: none."""
        typed = self.inputs.get(name)
        if typed is None:
            return before
        if not typed.strip():
            return None
        try:
            if not _CLOCK.fullmatch(typed.strip()):
                raise ValueError
            return time.fromisoformat(typed.strip().zfill(5))
        except ValueError:
            self.refuse(name, "clock")
            return None

    def refuse(self, name: str, why: str) -> None:
        """This field can't be used as it is."""
        values = {"field": Phrase(key=f"announce.field.{name}"), "why": Phrase(key=f"announce.wrong.{why}")}
        self.wrong.append(Phrase(key="announce.correct", values=values))


def read_words(typed: Typed, before: Announcement, languages: tuple[str, ...]) -> Announcement:
    """The first page."""
    language = typed.one("language", languages, before.language)
    is_other = language != before.language and language not in before.words
    said = _words(typed, before.words.get(before.language) or Words(title=""))
    others = {tag: words for tag, words in before.words.items() if tag != before.language}
    link = typed.text("link", before.link or "")
    return replace(
        before,
        kind=Kind(typed.one("kind", tuple(Kind), before.kind)),
        words={**others, (language if is_other else before.language): said},
        language=language,
        services=_services(typed, before),
        features=frozenset(Feature(e) for e in typed.several("features", tuple(Feature), frozenset(before.features))),
        places=_list(typed, "places", before.places),
        level=Level(typed.one("level", LEVELS, before.level if before.level in LEVELS else Level.DEGRADED)),
        owner=typed.text("owner", before.owner),
        link=link or None,
    )


def read_tongue(typed: Typed, before: Announcement, languages: tuple[str, ...]) -> Announcement:
    """The text in a further language; an empty one is none."""
    tongue = typed.one("tongue", languages, before.language)
    said = _words(typed, before.words.get(tongue) or Words(title=""))
    others = {tag: words for tag, words in before.words.items() if tag != tongue}
    is_empty = not any(getattr(said, name) for name in TEXTS)
    return replace(before, words=others if is_empty and tongue != before.language else {**others, tongue: said})


def read_times(typed: Typed, before: Announcement) -> Announcement:
    """The second page.  A window's length is counted in real time between its two ends on the clock."""
    zone = _zone(typed, before)
    begins = _local(typed, "from", before.rule.at or before.rule.start)
    ends = _local(typed, "to", _ends(before))
    post = _local(typed, "post", before.post_at.astimezone(zone_of(before.zone)) if before.post_at else None)
    rule = _rule(typed, before, begins, zone)
    lasts = moment(ends, zone) - moment(begins, zone) if begins is not None and ends is not None else None
    if rule is before.rule and rule.recurs and begins is None:
        lasts = before.lasts
    return replace(
        before,
        rule=rule,
        zone=zone,
        lasts=lasts,
        clockwork=Clockwork(typed.one("clockwork", tuple(Clockwork), before.clockwork)),
        post_at=moment(post, zone) if post is not None else None,
        reminders=frozenset(
            Moment(each) for each in typed.several("reminders", REMINDERS, frozenset(map(str, before.reminders)))
        ),
        expires_after=_expiry(typed, before),
        missed=Missed(typed.one("missed", tuple(Missed), before.missed)),
        audience=Audience(
            reader=Reader(typed.one("reader", tuple(Reader), before.audience.reader)),
            names=_list(typed, "names", before.audience.names),
        ),
    )


def timed(plan: Announcement, now: datetime) -> Announcement:
    """The announcement with "at once" as the present moment, where it is told at a moment and none was named."""
    rule, is_moment = plan.rule, plan.kind is not Kind.MAINTENANCE and plan.lasts is None
    if not is_moment or rule.at is not None or rule.cron is not None or rule.rrule is not None:
        return plan
    at = now.astimezone(zone_of(plan.zone)).replace(tzinfo=None, fold=0, microsecond=0)
    return replace(plan, rule=replace(rule, at=at))


def read_end(typed: Typed, zone: str) -> datetime | None:
    """Until when it takes longer: aware UTC."""
    local = _local(typed, "to", None)
    if local is None and not typed.wrong:
        typed.refuse("to_date", "day")
    return moment(local, zone).astimezone(UTC) if local is not None else None


def page_of(problem: Problem, plan: Announcement) -> tuple[Page, str | None]:
    """The page on which this can be put right, and the language where it is one of several."""
    name, _, rest = problem.field.partition(".")
    tongue = rest.partition(".")[0]
    if name == "words" and tongue and tongue != plan.language:
        return Page.TONGUE, tongue
    return (Page.WORDS if name in _ON_WORDS else Page.TIMES), None


def told(problem: Problem) -> Phrase:
    """What must be put right, in words."""
    name = problem.field.rpartition(".")[2]
    is_language = problem.field.startswith("words.") and problem.field.count(".") == 1
    label = "tongue" if is_language else _LABELS.get(problem.field, name)
    limit = problem.limit if problem.limit is not None else Phrase(key="announce.nothing")
    key = f"announce.fault.{problem.fault}"
    return Phrase(key=key, values={"field": Phrase(key=f"announce.field.{label}"), "limit": limit})


_LABELS = {
    "rule": "from_date", "lasts": "to_date", "post_at": "post_date", "expires_after": "expires", "audience": "names",
    "words": "title",
}  # fmt: skip


def _words(typed: Typed, before: Words) -> Words:
    return Words(**{name: typed.text(name, getattr(before, name)) for name in TEXTS})


def _services(typed: Typed, before: Announcement) -> frozenset[ServiceId]:
    chosen = typed.inputs.get("services")
    return before.services if chosen is None else frozenset(ServiceId(each) for each in chosen.split(",") if each)


def _list(typed: Typed, name: str, before: frozenset[str]) -> frozenset[str]:
    written = typed.inputs.get(name)
    if written is None:
        return before
    return frozenset(each.strip() for each in _LISTED.split(written) if each.strip())


def _zone(typed: Typed, before: Announcement) -> str:
    name = typed.text("zone", before.zone)
    try:
        zone_of(name)
    except RuleError:
        typed.refuse("zone", "zone")
        return before.zone
    return name


def _local(typed: Typed, name: str, before: datetime | None) -> datetime | None:
    """A day and a time of day on the clock of the zone, naive; both or neither."""
    mistakes = len(typed.wrong)
    day = typed.day(f"{name}_date", before.date() if before else None)
    clock = typed.clock(f"{name}_time", before.time() if before else None)
    if len(typed.wrong) > mistakes:
        return None
    if (day is None) is not (clock is None):
        typed.refuse(f"{name}_date" if day is None else f"{name}_time", "both")
    return datetime.combine(day, clock) if day is not None and clock is not None else None


def _ends(plan: Announcement) -> datetime | None:
    begins = plan.rule.at or plan.rule.start
    if begins is None or plan.lasts is None:
        return None
    return (moment(begins, plan.zone) + plan.lasts).astimezone(zone_of(plan.zone)).replace(tzinfo=None)


def _expiry(typed: Typed, before: Announcement) -> timedelta | None:
    chosen = typed.one("expires", (*EXPIRIES, "kept"), "kept")
    return before.expires_after if chosen == "kept" else EXPIRIES[chosen]


def _rule(typed: Typed, before: Announcement, begins: datetime | None, zone: str) -> Rule:
    """When it takes place; without a start the rule is none, and proofreading says so."""
    earlier, _ = repeat_of(before)
    repeat = Repeat(typed.one("repeat", tuple(Repeat), earlier))
    if repeat is Repeat.KEPT and earlier is Repeat.KEPT:
        return before.rule
    if begins is None or repeat in (Repeat.NEVER, Repeat.KEPT):
        return Rule(at=begins)
    until = typed.day("until", before.rule.until.date() if before.rule.until else None)
    except_on = _days_off(typed, before)
    written = _written(typed, repeat, begins)
    if typed.wrong:
        return before.rule
    ending = f";UNTIL={until:%Y%m%d}T235959" if until else ""
    try:
        return replace(read_rule(written + ending, start=begins, zone=zone), except_on=except_on)
    except RuleError:
        typed.refuse("repeat", "rule")
        return before.rule


def _written(typed: Typed, repeat: Repeat, begins: datetime) -> str:
    """The RRULE that the form's answers stand for."""
    said = typed.inputs
    every = said.get("every", "1").strip() or "1"
    if not (every.isdecimal() and every.isascii() and 0 < int(every) <= MOST_EVERY):
        typed.refuse("every", "every")
        every = "1"
    days = [day for day in DAYS if day in said.get("days", "").split(",")] or [DAYS[begins.weekday()]]
    nth = said.get("nth", "1") if said.get("nth", "1") in NTHS else "1"
    match repeat:
        case Repeat.DAILY:
            return f"FREQ=DAILY;INTERVAL={every}"
        case Repeat.WEEKLY:
            return f"FREQ=WEEKLY;INTERVAL={every};BYDAY={','.join(days)}"
        case Repeat.MONTHLY_NTH:
            if len(days) > 1:
                typed.refuse("days", "one_day")
            return f"FREQ=MONTHLY;INTERVAL={every};BYDAY={nth}{days[0]}"
        case Repeat.MONTHLY_LAST:
            return f"FREQ=MONTHLY;INTERVAL={every};BYMONTHDAY=-1"
    return f"FREQ=MONTHLY;INTERVAL={every};BYMONTHDAY={begins.day}"


def _days_off(typed: Typed, before: Announcement) -> frozenset[date]:
    written = typed.inputs.get("except")
    if written is None:
        return before.rule.except_on
    found = set()
    for each in (part.strip() for part in _LISTED.split(written)):
        if not each:
            continue
        try:
            found.add(date.fromisoformat(each))
        except ValueError:
            typed.refuse("except", "days")
            break
    return frozenset(found)
