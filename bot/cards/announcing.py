"""One time of an announcement -> the one card of its whole life, and the short words in its thread.

Holds no sentence.  The author's text is data: shown as it was typed, cut by the rules below, in its own language.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.cards.blocks import Part
from bot.cards.telling import title as trouble
from bot.cards.typed_text import LONGEST_PART, is_cut, paragraphs
from bot.domain.announced import AnnouncementView
from bot.domain.announcement import Kind, Phase
from bot.domain.conversation import Button, Face, Phrase, Reply, Said, Tongue, Wall
from bot.domain.found_work import followed
from bot.domain.incident import Incident, Level
from bot.domain.observation import Feature, ServiceId
from bot.domain.occurring import SILENT_END, Step
from bot.domain.outcome import Outcome

MOST_FOLDED = 3
OVER = (Phase.COMPLETED, Phase.ENDED_EARLY)
CALLED_OFF = (Phase.CANCELLED, Phase.WITHDRAWN)
MOMENT_STEPS = (Step.POSTED, Step.EDITED, Step.COMPLETED, Step.CANCELLED, Step.WITHDRAWN)  # without a window
ROLES = ("announcer", "approver", "helpdesk", "admin")  # that a card may name
RUNNING = (Phase.IN_PROGRESS, Phase.EXTENDED, Phase.OVERRUN)


def announcement_reply(view: AnnouncementView) -> Reply:
    """The card at this moment of its life."""
    parts = (
        Said(part=Part.FACTS, lines=tuple(_facts(view))),
        *_folded(view),
        *_typed(view),
        *_defaults(view),
        Said(part=Part.NOTES, lines=tuple(_notes(view))),
        Said(part=Part.FOOT, lines=tuple(foot(view))),
    )
    return _framed(view, Face.ANNOUNCEMENT, headline(view), tuple(each for each in parts if each.lines))


def step_reply(view: AnnouncementView, step: Step) -> Reply:
    """The short word for an important step."""
    occurrence = view.occurrence
    values = {
        "what": _name(view),
        "begins": occurrence.starts_at,
        "ends": occurrence.ends_at or occurrence.starts_at,
        "length": length_of(view),
        "clock": _clock(view),
    }
    key = "step" if view.announcement.has_window or step not in MOMENT_STEPS else "step_moment"
    told = Phrase(key=f"announcement.{key}.{step}", values=values)
    lines = (Phrase(key="announcement.wall", values=values),) if view.announcement.has_window else ()
    notes = (Said(part=Part.NOTES, lines=lines),) if lines and step not in (Step.CANCELLED, Step.WITHDRAWN) else ()
    return _framed(view, Face.STEP, told, (*notes, Said(part=Part.FOOT, lines=tuple(_short_foot(view)))))


def over_question(view: AnnouncementView, row: str) -> Reply:
    """To its author, past the planned end: is it over, or does it take longer?"""
    values = {"what": _name(view), "ends": Wall(at=view.occurrence.ends_at or view.as_of, zone=view.occurrence.zone)}
    at = (view.occurrence.ends_at or view.as_of) + SILENT_END
    return Reply(
        face=Face.CHOICE,
        row=row,
        question=Phrase(key="announcement.over_question", values=values),
        notes=(Phrase(key="announcement.over_silence", values={"at": Wall(at=at, zone=view.occurrence.zone)}),),
        choices=(
            Button(verb="announce.over"),
            Button(verb="announce.extend.1"),
            Button(verb="announce.extend.2"),
            Button(verb="announce.extend.4"),
        ),
        at=view.as_of,
        drill=view.announcement.drill,
        language=view.language,
        zone=view.zone,
    )


def headline(view: AnnouncementView) -> Phrase:
    """Kind, state and subject on one line: what a toast shows."""
    stage = _stage(view)
    key = "announcement.headline" if stage else "announcement.headline_plain"
    kind = Phrase(key=f"announcement.kind.{view.announcement.kind}")
    return Phrase(key=key, values={"kind": kind, "stage": stage or "", "what": _name(view)})


def what(view: AnnouncementView) -> list[Phrase]:
    """Services with the parts that are concerned."""
    plan = view.announcement
    parts = sorted(each for each in plan.features if each is not Feature.ALL)
    names = [service_name(each) for each in sorted(plan.services)]
    if not names:
        names = [Phrase(key="announcement.service_any")]
    if not parts:
        return names
    return [Phrase(key="announcement.parts", values={"service": names, "parts": parts})]


def service_name(service: ServiceId) -> Phrase:
    """In words; a followed status page's by the operator's word for it."""
    name = followed(service)
    return Phrase(key=f"service.{service}" if name is None else "announcement.text", values={"typed": name})


def length_of(view: AnnouncementView) -> timedelta:
    """Of the window, in real time: over a clock change an hour more or less than the clock shows."""
    occurrence = view.occurrence
    return max((occurrence.ends_at or occurrence.starts_at) - occurrence.starts_at, timedelta(0))


def foot(view: AnnouncementView) -> Iterator[Phrase]:
    """Its reference, when it was posted and changed, why this reader gets it and how to stop it."""
    occurrence = view.occurrence
    yield Phrase(key="telling.reference", values={"id": view.announcement.id})
    posted = occurrence.told_at or view.as_of
    changed = max(occurrence.changed_at, view.announcement.changed_at, posted)
    yield Phrase(key="announcement.posted", values={"posted": posted, "changed": min(changed, view.as_of)})
    yield Phrase(key=f"telling.why.{view.why}")
    yield Phrase(key=f"announcement.stop.{view.why}")


def _short_foot(view: AnnouncementView) -> Iterator[Phrase]:
    yield Phrase(key="telling.reference", values={"id": view.announcement.id})
    yield Phrase(key=f"telling.why.{view.why}")
    yield Phrase(key=f"announcement.stop.{view.why}")


def _stage(view: AnnouncementView) -> Phrase | None:
    """How far it has come; what has no course of its own has no stage but its end."""
    plan, phase = view.announcement, view.occurrence.phase
    has_course = plan.has_window or plan.kind is Kind.OUTAGE or phase in CALLED_OFF
    if not has_course:
        return None
    return Phrase(key=f"announcement.stage.{phase}")


def _name(view: AnnouncementView) -> Phrase:
    """Its title, or in another language than its own what it is about."""
    if not view.is_foreign:
        return Phrase(key="announcement.text", values={"typed": view.words.title})
    return Phrase(key="announcement.about", values={"what": what(view)})


def _clock(view: AnnouncementView) -> Phrase:
    """The window on the clock of the zone that it is planned in, with its offsets."""
    occurrence = view.occurrence
    begins = Wall(at=occurrence.starts_at, zone=occurrence.zone)
    if occurrence.ends_at is None:
        return Phrase(key="announcement.clock_moment", values={"begins": begins, "place": occurrence.zone})
    values = {"begins": begins, "ends": Wall(at=occurrence.ends_at, zone=occurrence.zone), "place": occurrence.zone}
    return Phrase(key="announcement.clock", values=values)


def _facts(view: AnnouncementView) -> Iterator[Phrase]:
    plan, phase = view.announcement, view.occurrence.phase
    yield Phrase(key="announcement.what", values={"what": what(view)})
    places = sorted(plan.places)
    yield Phrase(key="announcement.where" if places else "announcement.everywhere", values={"places": places})
    if plan.kind in (Kind.MAINTENANCE, Kind.OUTAGE) and phase not in (*OVER, *CALLED_OFF):
        yield Phrase(key=f"announcement.level.{_level(plan.level)}")
    yield from _when(view)
    role = Phrase(key=f"announcement.by.{plan.author_role}") if plan.author_role in ROLES else None
    if plan.origin:
        yield Phrase(key="announcement.from_source", values={"typed": plan.origin})
    elif plan.owner:
        key = "announcement.owner_role" if role else "announcement.owner"
        yield Phrase(key=key, values={"typed": plan.owner, "role": role or ""})
    elif role:
        yield Phrase(key="announcement.role", values={"role": role})


def _level(level: Level) -> Level:
    return level if level in (Level.ADVISORY, Level.DEGRADED, Level.DOWN) else Level.DEGRADED


def _when(view: AnnouncementView) -> Iterator[Phrase]:
    """The window: in the reader's own time where many read it, and always on the clock of its zone."""
    occurrence, phase = view.occurrence, view.occurrence.phase
    if not view.announcement.has_window:
        yield Phrase(key="announcement.told_at", values={"at": occurrence.starts_at})
        return
    ends = occurrence.ends_at or occurrence.starts_at
    state = "real" if phase in OVER else "off" if phase in CALLED_OFF else "plan"
    values = {"begins": occurrence.starts_at, "ends": ends, "length": length_of(view), "clock": _clock(view)}
    yield Phrase(key=f"announcement.window_{state}", values=values)
    yield Phrase(key="announcement.wall", values=values)
    planned = occurrence.planned_ends_at
    if planned is not None and planned != occurrence.ends_at:
        yield Phrase(key="announcement.planned_end", values={"ends": Wall(at=planned, zone=occurrence.zone)})
    if phase is Phase.OVERRUN:
        yield Phrase(key="announcement.overrun", values={"ends": ends, "next": ends + SILENT_END})
    elif phase in RUNNING:
        yield Phrase(key="announcement.next_word", values={"next": ends})


def _typed(view: AnnouncementView) -> Iterator[Said]:
    """The author's own text, each part under a heading in the reader's language, the lines marked with theirs."""
    if view.occurrence.phase in (*OVER, *CALLED_OFF):
        return
    lang = view.tongue if view.is_foreign else None
    if view.is_foreign:
        frame = Phrase(key="announcement.foreign", values={"tongue": Tongue(view.tongue)})
        yield Said(part=Part.OFFICIAL, lines=(_text(view.words.title),), heading=frame, lang=lang)
    for name, part in (("hit", Part.WHY), ("works", Part.WORKAROUND), ("todo", Part.STEPS)):
        lines = tuple(_text(line) for line in paragraphs(getattr(view.words, name), LONGEST_PART[name]))
        if lines:
            yield Said(part=part, lines=lines, heading=Phrase(key=f"announcement.heading.{name}"), lang=lang)


def _folded(view: AnnouncementView) -> Iterator[Said]:
    """Trouble that counts as part of it, so that nobody looks for an alert of its own."""
    if not view.folded:
        return
    lines = [
        Phrase(key="announcement.folded", values={"trouble": trouble(each), "since": _since(each), "id": each.id})
        for each in view.folded[:MOST_FOLDED]
    ]
    if len(view.folded) > MOST_FOLDED:
        lines.append(Phrase(key="sheet.more", values={"n": len(view.folded) - MOST_FOLDED}))
    yield Said(part=Part.OFFICIAL, lines=tuple(lines), heading=Phrase(key="announcement.heading.folded"))


def _since(incident: Incident) -> datetime:
    return incident.since or incident.opened_at


def _defaults(view: AnnouncementView) -> Iterator[Said]:
    """What is said where the author wrote nothing: what people notice of those parts, what works, what to do."""
    plan, phase = view.announcement, view.occurrence.phase
    others = bool(plan.services) and all(followed(each) is not None for each in plan.services)
    if phase in (*OVER, *CALLED_OFF):
        key = str(phase) if phase in CALLED_OFF else "over_elsewhere" if others else "over"
        yield Said(part=Part.STEPS, lines=(Phrase(key=f"announcement.do.{key}"),))
        return
    troubles = plan.kind in (Kind.MAINTENANCE, Kind.OUTAGE) and not others  # of others we don't know what people notice
    parts = sorted(plan.features) or [Feature.ALL]
    if not view.words.hit.strip() and troubles:
        lines = tuple(Phrase(key=f"telling.notice.{each}") for each in parts)
        yield Said(part=Part.WHY, lines=lines, heading=Phrase(key="announcement.heading.hit"))
    if not view.words.works.strip() and troubles and len(parts) == 1:
        yield Said(part=Part.WORKAROUND, lines=(Phrase(key=f"telling.works.{parts[0]}"),))
    if not view.words.todo.strip():
        yield Said(
            part=Part.STEPS,
            lines=(Phrase(key="announcement.do.nothing"),),
            heading=Phrase(key="announcement.heading.todo"),
        )


def _notes(view: AnnouncementView) -> Iterator[Phrase]:
    if is_cut(view.words) and view.occurrence.phase not in (*OVER, *CALLED_OFF):
        yield Phrase(key="announcement.cut", values={"id": view.announcement.id})
    if view.contact:
        yield Phrase(key="announcement.contact", values={"contact": view.contact})


def _text(line: str) -> Phrase:
    return Phrase(key="announcement.text", values={"typed": line})


def _framed(view: AnnouncementView, face: Face, title: Phrase, said: tuple[Said, ...]) -> Reply:
    link = view.announcement.link
    is_safe = link is not None and link.startswith("https://")
    return Reply(
        face=face,
        row=view.row or None,
        title=title,
        said=said,
        tone=_tone(view) if face is Face.ANNOUNCEMENT else None,
        buttons=(Button(verb="announcement.more", link=link),) if is_safe and face is Face.ANNOUNCEMENT else (),
        personal=False,
        clocks=view.shared,
        local=True,
        page_url=view.page_url,
        drill=view.announcement.drill,
        at=view.as_of,
        language=view.language,
        zone=view.zone,
    )


def _tone(view: AnnouncementView) -> Outcome | None:
    plan, phase = view.announcement, view.occurrence.phase
    if phase in CALLED_OFF or plan.kind is Kind.NOTICE:
        return None
    if (phase in OVER and (plan.has_window or plan.kind is Kind.OUTAGE)) or plan.kind is Kind.ALL_CLEAR:
        return Outcome.FINE
    if plan.kind is Kind.OUTAGE:
        return Outcome.DOWN if plan.level is Level.DOWN else Outcome.DEGRADED
    return Outcome.MAINTENANCE
