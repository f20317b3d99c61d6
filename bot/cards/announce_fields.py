"""The questions of the form in which an announcement is written.  Holds no sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.cards.announcing import service_name
from bot.cards.rule_words import CLOCK, DAYS, NTHS
from bot.domain.announcement import Announcement, Clockwork, Kind, Moment, Reader, Words
from bot.domain.conversation import Entry, Field, Option, Phrase, Tongue
from bot.domain.found_work import followed
from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId
from bot.domain.schedule import Missed, moment, zone_of

TEXTS = ("title", "hit", "works", "todo")
LONGEST = {"title": 120, "hit": 2000, "works": 2000, "todo": 2000, "owner": 80, "link": 500, "zone": 64}
LONGEST_LIST = 2000  # characters of places, dates and names
LEVELS = (Level.ADVISORY, Level.DEGRADED, Level.DOWN)
REMINDERS = (Moment.DAY_BEFORE, Moment.HOUR_BEFORE, Moment.START, Moment.END)
EXPIRIES = {"never": None, "1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
DAY = "%Y-%m-%d"


class Repeat(StrEnum):
    """How an announcement comes again, as the form offers it."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY_NTH = "monthly_nth"
    MONTHLY_DAY = "monthly_day"
    MONTHLY_LAST = "monthly_last"
    KEPT = "kept"  # a rule that the form can't make: it stays as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the form offers, and to whom."""

    row: str
    services: tuple[ServiceId, ...]
    languages: tuple[str, ...]
    now: datetime
    language: str = "en"
    zone: str = "UTC"


def words_page(plan: Announcement, offer: Offer, _: str) -> list[Field]:
    """What is told: the first page."""
    words = plan.words.get(plan.language) or Words(title="")
    features = [each for each in Feature if each is not Feature.ALL]
    services = (*offer.services, *sorted(each for each in plan.services if followed(each) is not None))
    return [
        _choice("kind", plan.kind, ((each, Phrase(key=f"announcement.kind.{each}")) for each in Kind)),
        *_text_fields(words, required=True),
        _choices("services", plan.services, ((each, service_name(each)) for each in services)),
        _choices("features", plan.features, ((each, Phrase(key=f"feature.{each}")) for each in features)),
        field("places", Entry.TEXT, ", ".join(sorted(plan.places)), most=LONGEST_LIST),
        _choice("level", plan.level, ((each, Phrase(key=f"announcement.level.{each}")) for each in LEVELS)),
        field("owner", Entry.TEXT, plan.owner, most=LONGEST["owner"]),
        field("link", Entry.TEXT, plan.link or "", most=LONGEST["link"]),
        _choice("language", plan.language, ((each, tongue_name(each)) for each in offer.languages)),
    ]


def times_page(plan: Announcement, _: Offer, __: str) -> list[Field]:
    """When it is told, and to whom: the second page."""
    begins = plan.rule.at or plan.rule.start
    ends = _local_end(plan, begins)
    post = plan.post_at.astimezone(zone_of(plan.zone)) if plan.post_at else None
    repeat, said = repeat_of(plan)
    repeats = [each for each in Repeat if each is not Repeat.KEPT or repeat is Repeat.KEPT]
    expiry = next((name for name, after in EXPIRIES.items() if after == plan.expires_after), "kept")
    expiries = [*EXPIRIES, *(["kept"] if expiry == "kept" else [])]
    days = ((each, Phrase(key=f"announce.day.{each}")) for each in DAYS)
    off = ", ".join(f"{each:{DAY}}" for each in sorted(plan.rule.except_on))
    return [
        field("from_date", Entry.DATE, _day(begins)),
        field("from_time", Entry.TIME, _clock(begins)),
        field("to_date", Entry.DATE, _day(ends)),
        field("to_time", Entry.TIME, _clock(ends)),
        field("zone", Entry.TEXT, plan.zone, most=LONGEST["zone"]),
        _choice("clockwork", plan.clockwork, ((each, Phrase(key=f"announce.clockwork.{each}")) for each in Clockwork)),
        field("post_date", Entry.DATE, _day(post)),
        field("post_time", Entry.TIME, _clock(post)),
        _choice("repeat", repeat, ((each, Phrase(key=f"announce.repeat.{each}")) for each in repeats)),
        field("every", Entry.TEXT, said.get("every", "1"), most=3),
        _choices("days", said.get("days", "").split(","), days),
        _choice("nth", said.get("nth", "1"), ((each, Phrase(key=f"announce.nth.{_nth(each)}")) for each in NTHS)),
        field("until", Entry.DATE, _day(plan.rule.until)),
        field("except", Entry.TEXT, off, most=LONGEST_LIST),
        _choices("reminders", plan.reminders, ((each, Phrase(key=f"announce.moment.{each}")) for each in REMINDERS)),
        _choice("expires", expiry, ((each, Phrase(key=f"announce.expires.{each}")) for each in expiries)),
        _choice("missed", plan.missed, ((each, Phrase(key=f"announce.missed.{each}")) for each in Missed)),
        _choice("reader", plan.audience.reader, ((each, Phrase(key=f"announce.reader.{each}")) for each in Reader)),
        field("names", Entry.TEXT, "\n".join(sorted(plan.audience.names)), most=LONGEST_LIST, lines=True),
    ]


def tongue_page(plan: Announcement, _: Offer, tongue: str) -> list[Field]:
    """Its text in a further language."""
    words = plan.words.get(tongue) or Words(title="")
    said = _choice("tongue", tongue, [(tongue, tongue_name(tongue))])
    return [said, *_text_fields(words, required=False)]


def repeat_of(plan: Announcement) -> tuple[Repeat, dict[str, str]]:
    """How it comes again in the form's terms."""
    rule = plan.rule
    if not rule.recurs or (rule.cron is None and rule.rrule is None):
        return Repeat.NEVER, {}
    parts = dict(part.partition("=")[::2] for part in (rule.rrule or "").upper().split(";"))
    pace, every, days = parts.pop("FREQ", ""), parts.pop("INTERVAL", "1"), parts.pop("BYDAY", "")
    date = parts.pop("BYMONTHDAY", "")
    found = None
    if not parts and rule.count is None and every.isdecimal():
        found = _repeat(pace, days, date, rule.start)
    return (found[0], {"every": every, **found[1]}) if found else (Repeat.KEPT, {})


def _repeat(pace: str, days: str, date: str, start: datetime | None) -> tuple[Repeat, dict[str, str]] | None:
    known: dict[tuple[str, str, str], tuple[Repeat, dict[str, str]]] = {
        ("DAILY", "", ""): (Repeat.DAILY, {}),
        ("MONTHLY", "", "-1"): (Repeat.MONTHLY_LAST, {}),
        ("MONTHLY", "", str(start.day) if start else "-"): (Repeat.MONTHLY_DAY, {}),
    }
    if not days or date:
        return known.get((pace, days, date))
    if pace == "WEEKLY" and set(days.split(",")) <= set(DAYS):
        return Repeat.WEEKLY, {"days": days}
    if pace == "MONTHLY" and days[:-2] in NTHS and days[-2:] in DAYS:
        return Repeat.MONTHLY_NTH, {"days": days[-2:], "nth": days[:-2]}
    return None


def _text_fields(words: Words, *, required: bool) -> list[Field]:
    fields = [field("title", Entry.TEXT, words.title, most=LONGEST["title"], required=required)]
    return fields + [
        field(name, Entry.TEXT, getattr(words, name), most=LONGEST[name], lines=True) for name in TEXTS[1:]
    ]


def _local_end(plan: Announcement, begins: datetime | None) -> datetime | None:
    if begins is None or plan.lasts is None:
        return None
    return (moment(begins, plan.zone) + plan.lasts).astimezone(zone_of(plan.zone))


def tongue_name(tag: str) -> Phrase:
    """A language in words."""
    return Phrase(key="announce.tongue_name", values={"tongue": Tongue(tag)})


def _nth(name: str) -> str:
    return "last" if name == "-1" else name


def _day(at: datetime | None) -> str:
    return f"{at:{DAY}}" if at else ""


def _clock(at: datetime | None) -> str:
    return f"{at:{CLOCK}}" if at else ""


def _choice(name: str, value: str, offered: Iterable[tuple[str, Phrase]]) -> Field:
    options = tuple(Option(value=str(each), label=label) for each, label in offered)
    label = Phrase(key=f"announce.field.{name}")
    return Field(id=name, entry=Entry.CHOICE, label=label, options=options, value=str(value), required=True)


def _choices(name: str, chosen: Iterable[str], offered: Iterable[tuple[str, Phrase]]) -> Field:
    options = tuple(Option(value=str(each), label=label) for each, label in offered)
    known = {str(each) for each in chosen}
    value = ",".join(option.value for option in options if option.value in known)
    return Field(id=name, entry=Entry.CHOICES, label=Phrase(key=f"announce.field.{name}"), options=options, value=value)


def field(  # noqa: PLR0913 - what one field is
    name: str, entry: Entry, value: str, *, most: int = 200, required: bool = False, lines: bool = False
) -> Field:
    """One question with what stands there."""
    label = Phrase(key=f"announce.field.{name}")
    return Field(id=name, entry=entry, label=label, value=value, most=most, required=required, lines=lines)
