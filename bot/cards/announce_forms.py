"""The form in which an announcement is written: what is told, when and to whom, and its text in another language.

Two pages and one for each further language.  Holds no sentence.  What is too long for a card is left out of it, and
kept as it is.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.cards.announcing import service_name
from bot.cards.blocks import Part
from bot.cards.rule_words import CLOCK, DAYS, NTHS
from bot.domain.announcement import Announcement, Clockwork, Kind, Moment, Reader, Words
from bot.domain.conversation import Button, Entry, Face, Field, Form, Option, Phrase, Reply, Said, Tongue
from bot.domain.found_work import followed
from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId
from bot.domain.schedule import Missed, moment, zone_of

TEXTS = ("title", "hit", "works", "todo")
LONGEST = {"title": 120, "hit": 2000, "works": 2000, "todo": 2000, "owner": 80, "link": 500, "zone": 64}
LONGEST_LIST = 2000  # characters of places, dates and names
MOST_VALUES = 11_000  # bytes of the values on one page, so that it stays under 20 KB
LEVELS = (Level.ADVISORY, Level.DEGRADED, Level.DOWN)
REMINDERS = (Moment.DAY_BEFORE, Moment.HOUR_BEFORE, Moment.START, Moment.END)
EXPIRIES = {"never": None, "1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
DAY = "%Y-%m-%d"


class Page(StrEnum):
    """A page of the form, and the verb that opens it."""

    WORDS = "announce.words"
    TIMES = "announce.times"
    TONGUE = "announce.tongue"


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


def form(  # noqa: PLR0913 - what stands there, and what came of it
    page: Page,
    plan: Announcement,
    offer: Offer,
    *,
    tongue: str | None = None,
    wrong: Sequence[Phrase] = (),
    typed: Mapping[str, str] | None = None,
    changed: Phrase | None = None,
) -> Reply:
    """One page, filled with the draft, or with what was typed and is wrong."""
    language = tongue or plan.language
    fields = {Page.WORDS: _words_page, Page.TIMES: _times_page, Page.TONGUE: _tongue_page}[page](plan, offer, language)
    filled = [replace(each, value=typed[each.id]) if typed and each.id in typed else each for each in fields]
    kept, left_out = _fitting([replace(each, value=each.value[: each.most]) for each in filled])
    notes = [*wrong, *_cut(plan, filled)]
    notes += [Phrase(key="announce.left_out", values={"field": each.label}) for each in left_out]
    return Reply(
        face=Face.FORM,
        row=offer.row,
        title=Phrase(key=f"{page}_title", values={"tongue": Tongue(language)}),
        changed=changed,
        notes=tuple(notes),
        said=(Said(part=Part.FOOT, lines=(Phrase(key="announce.form_foot", values={"id": plan.id}),)),),
        form=Form(fields=tuple(kept), verb=Page.TIMES if page is Page.WORDS else "announce.preview"),
        buttons=_buttons(page),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def choose_tongue(plan: Announcement, offer: Offer) -> Reply:
    """In which further language shall it be written?"""
    options = tuple(Option(value=each, label=_named(each)) for each in offer.languages if each != plan.language)
    missing = next((each.value for each in options if each.value not in plan.words), plan.language)
    fields = (
        Field(
            id="tongue",
            entry=Entry.CHOICE,
            label=Phrase(key="announce.field.tongue"),
            options=options,
            value=missing,
            required=True,
        ),
    )
    return Reply(
        face=Face.FORM,
        row=offer.row,
        title=Phrase(key="announce.tongue_which"),
        said=(Said(part=Part.FOOT, lines=(Phrase(key="announce.form_foot", values={"id": plan.id}),)),),
        form=Form(fields=fields, verb=Page.TONGUE),
        buttons=(Button(verb="announce.preview"),),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def extend_form(plan: Announcement, ends_at: datetime, zone: str, offer: Offer, wrong: Sequence[Phrase] = ()) -> Reply:
    """Until when it takes longer."""
    local = ends_at.astimezone(zone_of(zone))
    return Reply(
        face=Face.FORM,
        row=offer.row,
        title=Phrase(key="announce.extend_title", values={"typed": _title(plan), "place": zone}),
        notes=tuple(wrong),
        form=Form(
            fields=(
                _field("to_date", Entry.DATE, f"{local:{DAY}}", required=True),
                _field("to_time", Entry.TIME, f"{local:{CLOCK}}", required=True),
            ),
            verb="announce.extend_to",
        ),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


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


def _words_page(plan: Announcement, offer: Offer, _: str) -> list[Field]:
    words = plan.words.get(plan.language) or Words(title="")
    features = [each for each in Feature if each is not Feature.ALL]
    services = (*offer.services, *sorted(each for each in plan.services if followed(each) is not None))
    return [
        _choice("kind", plan.kind, ((each, Phrase(key=f"announcement.kind.{each}")) for each in Kind)),
        *_text_fields(words, required=True),
        _choices("services", plan.services, ((each, service_name(each)) for each in services)),
        _choices("features", plan.features, ((each, Phrase(key=f"feature.{each}")) for each in features)),
        _field("places", Entry.TEXT, ", ".join(sorted(plan.places)), most=LONGEST_LIST),
        _choice("level", plan.level, ((each, Phrase(key=f"announcement.level.{each}")) for each in LEVELS)),
        _field("owner", Entry.TEXT, plan.owner, most=LONGEST["owner"]),
        _field("link", Entry.TEXT, plan.link or "", most=LONGEST["link"]),
        _choice("language", plan.language, ((each, _named(each)) for each in offer.languages)),
    ]


def _tongue_page(plan: Announcement, _: Offer, tongue: str) -> list[Field]:
    words = plan.words.get(tongue) or Words(title="")
    said = _choice("tongue", tongue, [(tongue, _named(tongue))])
    return [said, *_text_fields(words, required=False)]


def _times_page(plan: Announcement, _: Offer, __: str) -> list[Field]:
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
        _field("from_date", Entry.DATE, _day(begins)),
        _field("from_time", Entry.TIME, _clock(begins)),
        _field("to_date", Entry.DATE, _day(ends)),
        _field("to_time", Entry.TIME, _clock(ends)),
        _field("zone", Entry.TEXT, plan.zone, most=LONGEST["zone"]),
        _choice("clockwork", plan.clockwork, ((each, Phrase(key=f"announce.clockwork.{each}")) for each in Clockwork)),
        _field("post_date", Entry.DATE, _day(post)),
        _field("post_time", Entry.TIME, _clock(post)),
        _choice("repeat", repeat, ((each, Phrase(key=f"announce.repeat.{each}")) for each in repeats)),
        _field("every", Entry.TEXT, said.get("every", "1"), most=3),
        _choices("days", said.get("days", "").split(","), days),
        _choice("nth", said.get("nth", "1"), ((each, Phrase(key=f"announce.nth.{_nth(each)}")) for each in NTHS)),
        _field("until", Entry.DATE, _day(plan.rule.until)),
        _field("except", Entry.TEXT, off, most=LONGEST_LIST),
        _choices("reminders", plan.reminders, ((each, Phrase(key=f"announce.moment.{each}")) for each in REMINDERS)),
        _choice("expires", expiry, ((each, Phrase(key=f"announce.expires.{each}")) for each in expiries)),
        _choice("missed", plan.missed, ((each, Phrase(key=f"announce.missed.{each}")) for each in Missed)),
        _choice("reader", plan.audience.reader, ((each, Phrase(key=f"announce.reader.{each}")) for each in Reader)),
        _field("names", Entry.TEXT, "\n".join(sorted(plan.audience.names)), most=LONGEST_LIST, lines=True),
    ]


def _text_fields(words: Words, *, required: bool) -> list[Field]:
    fields = [_field("title", Entry.TEXT, words.title, most=LONGEST["title"], required=required)]
    return fields + [
        _field(name, Entry.TEXT, getattr(words, name), most=LONGEST[name], lines=True) for name in TEXTS[1:]
    ]


def _fitting(fields: Sequence[Field]) -> tuple[list[Field], list[Field]]:
    """The fields whose values fit on a card together, and those that don't: the longest first."""
    kept = list(fields)
    left: list[Field] = []
    while sum(len(json.dumps(each.value)) for each in kept) > MOST_VALUES:
        longest = max(kept, key=lambda each: len(json.dumps(each.value)))
        kept.remove(longest)
        left.append(longest)
    return kept, left


def _cut(plan: Announcement, fields: Sequence[Field]) -> list[Phrase]:
    """Texts that no card holds: what is shown of them is cut, and the whole is kept."""
    return [
        Phrase(
            key="announce.too_long",
            values={
                "field": each.label,
                "n": len(each.value),
                "most": each.most,
                "id": plan.id,
                "version": plan.revision,
            },
        )
        for each in fields
        if each.entry is Entry.TEXT and len(each.value) > each.most
    ]


def _buttons(page: Page) -> tuple[Button, ...]:
    verbs = {
        Page.WORDS: ("announce.preview", "announce.tongues", "announce.discard"),
        Page.TIMES: (Page.WORDS, "announce.tongues", "announce.discard"),
        Page.TONGUE: (Page.WORDS, Page.TIMES, "announce.drop_tongue"),
    }
    return tuple(Button(verb=verb) for verb in verbs[page])


def _local_end(plan: Announcement, begins: datetime | None) -> datetime | None:
    if begins is None or plan.lasts is None:
        return None
    return (moment(begins, plan.zone) + plan.lasts).astimezone(zone_of(plan.zone))


def _title(plan: Announcement) -> str:
    words = plan.words.get(plan.language)
    return words.title if words else plan.id


def _named(tag: str) -> Phrase:
    return Phrase(key="announce.tongue_name", values={"tongue": Tongue(tag)})


def _nth(name: str) -> str:
    return "last" if name == "-1" else name


def _day(at: datetime | None) -> str:
    return f"{at:{DAY}}" if at else ""


def _clock(at: datetime | None) -> str:
    return f"{at:{CLOCK}}" if at else ""


def _field(  # noqa: PLR0913 - what one field is
    name: str, entry: Entry, value: str, *, most: int = 200, required: bool = False, lines: bool = False
) -> Field:
    label = Phrase(key=f"announce.field.{name}")
    return Field(id=name, entry=entry, label=label, value=value, most=most, required=required, lines=lines)


def _choice(name: str, value: str, offered: Iterable[tuple[str, Phrase]]) -> Field:
    options = tuple(Option(value=str(each), label=label) for each, label in offered)
    label = Phrase(key=f"announce.field.{name}")
    return Field(id=name, entry=Entry.CHOICE, label=label, options=options, value=str(value), required=True)


def _choices(name: str, chosen: Iterable[str], offered: Iterable[tuple[str, Phrase]]) -> Field:
    options = tuple(Option(value=str(each), label=label) for each, label in offered)
    known = {str(each) for each in chosen}
    value = ",".join(option.value for option in options if option.value in known)
    return Field(id=name, entry=Entry.CHOICES, label=Phrase(key=f"announce.field.{name}"), options=options, value=value)
