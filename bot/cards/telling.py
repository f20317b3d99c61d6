"""An incident -> the one card of its whole life.  Holds no sentence; `cards.words` says the short ones.

Every text that nobody asked for ends with why it comes and how to mute, change or stop it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.cards.blocks import Part
from bot.cards.evidence import INCIDENT_ID, LONGEST_QUOTE
from bot.cards.plain import quoted
from bot.content.values import confidence_key
from bot.domain.advice import Advice
from bot.domain.conversation import Button, Face, Phrase, Reply, Said
from bot.domain.incident import Incident, Level, Reach, Stage
from bot.domain.observation import Feature, Kind, Observation, ServiceId
from bot.domain.outcome import Outcome
from bot.domain.telling import IncidentView, Why

CLOSED = (Stage.OVER, Stage.WITHDRAWN, Stage.UNSEEN)
TOLD_BY_WORKS = frozenset({"workaround.down.all"})
TONES = {
    Stage.SIGNS: Outcome.DEGRADED,
    Stage.RECOVERING: Outcome.MAINTENANCE,
    Stage.OVER: Outcome.FINE,
    Stage.WITHDRAWN: Outcome.FINE,
}


def incident_reply(view: IncidentView) -> Reply:
    """The card at this moment of the incident's life."""
    incident = view.incident
    parts = (
        (Part.FACTS, [*who_lines(incident), *when_lines(view), *certainty(view, cited=False), *state_lines(view)]),
        (Part.OFFICIAL, list(_official(view))),
        (Part.WHY, list(_works(incident))),
        (Part.STEPS, list(nothing_to_do(view))),
        (Part.NOTES, [*helpdesk_lines(view), *_tickets(view)]),
        (Part.FOOT, foot(view)),
    )
    return framed(
        view,
        Face.INCIDENT,
        title(incident),
        tuple(Said(part=part, lines=tuple(lines)) for part, lines in parts if lines),
    )


def title(incident: Incident) -> Phrase:
    """Service, part, state and scope on one line: what a toast shows.  Whom it hits matters while it is open."""
    key = "telling.title" if incident.stage.is_open else "telling.closed"
    whole = incident.feature in (None, Feature.ALL)
    return Phrase(key=f"{key}_all" if whole else key, values=named(incident))


def foot(view: IncidentView) -> list[Phrase]:
    """Its reference, why this reader gets it, how to mute, change or stop it."""
    return [
        Phrase(key="telling.reference", values={"id": view.incident.id}),
        Phrase(key=f"telling.why.{view.why}"),
        Phrase(key=f"telling.stop.{view.why}"),
    ]


def service(name: ServiceId) -> Phrase:
    """A service in words."""
    return Phrase(key=f"service.{name}")


def stage_word(incident: Incident) -> Phrase:
    """How far it has come."""
    down = "down" if incident.level is Level.DOWN else "degraded"
    return Phrase(key=f"telling.stage.{down if incident.stage is Stage.CONFIRMED else incident.stage}")


def where(incident: Incident) -> Phrase:
    """Who has it; "everyone" only where that holds."""
    if incident.reach is Reach.SITE:
        return Phrase(key="telling.where.site", values={"site": incident.site or "?"})
    if incident.reach is Reach.ORGANISATION:
        return Phrase(key="telling.where.organisation")
    if incident.region:
        return Phrase(key="telling.where.region", values={"region": incident.region})
    sure = incident.level is Level.DOWN and incident.stage is not Stage.SIGNS
    return Phrase(key="telling.where.everyone" if sure else "telling.where.some")


def named(incident: Incident) -> dict[str, object]:
    """What sentences about it are filled with."""
    return {
        "service": service(incident.service),
        "feature": incident.feature or Feature.ALL,
        "stage": stage_word(incident),
        "where": where(incident),
        "id": incident.id,
    }


def length_of(view: IncidentView) -> timedelta:
    """How long it has lasted."""
    begun = view.incident.since or view.incident.opened_at
    return max(view.length_end or view.as_of, begun) - begun


def certain_line(incident: Incident, *, cited: bool = True) -> Phrase:
    """Who says so: Microsoft, our IT, colleagues or reports from anywhere; `cited`: with the id of its record."""
    if incident.official:
        named = "microsoft" if cited and INCIDENT_ID.search(incident.official.key) else "microsoft_no_id"
        return Phrase(key=f"telling.certain.{named}", values={"key": quoted(incident.official.key, 40)})
    if incident.acknowledged:
        return Phrase(key="telling.certain.it")
    return Phrase(key="telling.certain.reports" if incident.reach is Reach.EVERYONE else "telling.certain.colleagues")


def who_lines(incident: Incident) -> Iterator[Phrase]:
    """Who has it, and what they notice."""
    yield Phrase(key="telling.scope", values=named(incident))
    if incident.stage in (Stage.RECOVERING, Stage.OVER):
        yield Phrase(
            key="telling.was", values={"said": Phrase(key=f"telling.notice.{incident.feature or Feature.ALL}")}
        )
    elif incident.stage is not Stage.WITHDRAWN:
        yield Phrase(key=f"telling.notice.{incident.feature or Feature.ALL}", values=named(incident))


def when_lines(view: IncidentView) -> Iterator[Phrase]:
    """Since when, until when, how long it is watched."""
    incident = view.incident
    yield Phrase(key="telling.since", values={"since": incident.since or incident.opened_at})
    if view.length_end:
        yield Phrase(key="telling.ended", values={"ended": view.length_end, "length": length_of(view)})
    if incident.stage is Stage.RECOVERING:
        watched = incident.next_word_at
        by_others = {each.next_word_at for each in (incident.official, incident.acknowledged) if each is not None}
        key = "telling.watched" if watched is None or watched in by_others else "telling.watched_until"
        yield Phrase(key=key, values={"until": watched})


def certainty(view: IncidentView, *, cited: bool = True) -> Iterator[Phrase]:
    """How sure it is, by whose word, and why it is so; `cited`: no block of Microsoft's own words names its id."""
    incident = view.incident
    if incident.stage is Stage.WITHDRAWN:
        yield Phrase(key="telling.false_alarm")
        return
    yield certain_line(incident, cited=cited)
    lasts = incident.stage in (Stage.SIGNS, Stage.CONFIRMED)
    if lasts and incident.reach is Reach.EVERYONE:  # of our own trouble the number of reports tells
        words = Phrase(key=confidence_key(incident.confidence))
        yield Phrase(key="confidence.line", values={"words": words, "confidence": incident.confidence})
    if incident.cause:
        yield Phrase(key="telling.cause", values={"cause": service(incident.cause), **named(incident)})
    elif incident.stage is Stage.OVER:
        yield Phrase(key="telling.cause_unknown")
    yield from acknowledged_lines(view)
    if view.handed_to:
        yield Phrase(key="telling.handed_over", values={"ways": list(view.handed_to)})


def acknowledged_lines(view: IncidentView) -> Iterator[Phrase]:
    """That our IT knows, and when it speaks again."""
    known = view.incident.acknowledged
    if known is None:
        return
    promised = known.next_word_at if view.incident.stage.is_open else None
    late = "_overdue" if promised and promised < view.as_of else "_next"
    key = f"telling.acknowledged{late if promised else ''}"
    role = Phrase(key=f"telling.role.{known.by_role}")
    yield Phrase(key=key, values={"role": role, "at": known.at, "next": known.next_word_at})


def state_lines(view: IncidentView) -> Iterator[Phrase]:
    """As of when, and the next promised word; a promise that passed is admitted."""
    promised = view.incident.next_word_at
    if not view.incident.stage.is_open:
        yield Phrase(key="telling.last_word", values={"at": view.as_of})
    elif promised is None:
        yield Phrase(key="telling.state", values={"at": view.as_of})
    else:
        key = "telling.state_overdue" if view.overdue else "telling.state_next"
        yield Phrase(key=key, values={"at": view.as_of, "next": promised})


def _official(view: IncidentView) -> Iterator[Phrase]:
    official = view.incident.official
    if official is None:
        return
    named = {"key": quoted(official.key, 40)}
    yield Phrase(key="telling.official" if INCIDENT_ID.search(official.key) else "telling.official_no_id", values=named)
    if said := official.text.removeprefix(official.key).lstrip(" :-–"):
        values = {"text": quoted(said, LONGEST_QUOTE), "at": official.said_at}
        yield Phrase(key="telling.quote_at" if official.said_at else "telling.quote", values=values)
    if official.next_word_at and view.incident.stage.is_open:
        late = official.next_word_at < view.as_of
        key = "telling.official_overdue" if late else "telling.official_next"
        yield Phrase(key=key, values={"next": official.next_word_at})


def _works(incident: Incident) -> Iterator[Phrase]:
    if incident.stage in (Stage.SIGNS, Stage.CONFIRMED, Stage.UNSEEN):
        yield Phrase(key=f"telling.works.{incident.feature or Feature.ALL}")


def nothing_to_do(view: IncidentView) -> Iterator[Phrase]:
    """What to do where there are no steps."""
    stage = view.incident.stage
    if stage in CLOSED or stage is Stage.RECOVERING:
        yield Phrase(key=f"telling.do.{stage}")
    elif view.advice is None or not view.advice.steps:
        yield Phrase(key="telling.do.wait")


def helpdesk_lines(view: IncidentView) -> Iterator[Phrase]:
    """What only the help desk is told."""
    if view.why is not Why.HELPDESK:
        return
    for site, count in view.sites:
        yield Phrase(key="telling.site", values={"site": site, "n": count})
    if _counts_calls(view):
        yield Phrase(key="telling.calls", values={"n": view.expected_calls, "reports": view.me_too})


def _counts_calls(view: IncidentView) -> bool:
    """Whether a line for the help desk tells how many have it, and what that means."""
    return view.why is Why.HELPDESK and view.expected_calls > 0


def _tickets(view: IncidentView) -> Iterator[Phrase]:
    stage = view.incident.stage
    if view.why is Why.HELPDESK:  # it is the IT team
        return
    if stage.is_open:
        if stage is not Stage.SIGNS:  # not before it is known that there is something
            yield Phrase(key="ticket.not_needed", values=named(view.incident))
    elif stage is not Stage.WITHDRAWN:
        yield Phrase(key="telling.still_failing")
    if view.contact and stage is not Stage.WITHDRAWN:
        yield Phrase(key="ticket.contact", values={"contact": view.contact})


def _buttons(view: IncidentView) -> Iterator[Button]:
    if view.incident.stage.is_open:
        count = {"n": view.me_too}
        yield Button(verb="me_too", label=Phrase(key="telling.me_too", values=count) if view.me_too else None)
        yield Button(verb="tell_back")
        if view.why is Why.HELPDESK:
            again = Phrase(key="telling.ack_again") if view.incident.acknowledged else None
            yield Button(verb="ack", label=again)
        yield Button(verb="mute")
    yield Button(verb="subscribe")


def framed(view: IncidentView, face: Face, headline: Phrase, said: tuple[Said, ...]) -> Reply:
    """A reply about this incident with all that no sentence of it tells."""
    incident = view.incident
    acting = incident.stage in (Stage.SIGNS, Stage.CONFIRMED)
    whole = face is Face.INCIDENT
    return Reply(
        face=face,
        row=view.row or incident.id,
        title=headline,
        said=said,
        seen=_witnesses(view) if whole and incident.stage is not Stage.WITHDRAWN else (),
        advice=_advice(view) if whole and acting else None,
        feature=incident.feature,
        service=incident.service,
        tone=_tone(incident),
        me_too=view.me_too if whole and incident.stage.is_open and not _counts_calls(view) else 0,
        buttons=tuple(_buttons(view)) if whole else (),
        personal=not view.shared,
        clocks=view.shared,
        page_url=view.page_url,
        drill=incident.drill,
        at=view.as_of,
        language=view.language,
        zone=view.zone,
    )


def _witnesses(view: IncidentView) -> tuple[Observation, ...]:
    """The evidence without the official words that stand in a block of their own."""
    official = view.incident.official
    seen = [one for one in view.evidence if one.kind is not Kind.COLLEAGUES or not view.me_too]  # counted beside it
    if official is None:
        return tuple(seen)
    return tuple(one for one in seen if official.key != one.key and (official.text or None) != one.text)


def _advice(view: IncidentView) -> Advice | None:
    """Without the way around it that "what still works" names already."""
    advice = view.advice
    return replace(advice, workaround=None) if advice and advice.workaround in TOLD_BY_WORKS else advice


def _tone(incident: Incident) -> Outcome | None:
    if incident.stage is Stage.CONFIRMED:
        return Outcome.DOWN if incident.level is Level.DOWN else Outcome.DEGRADED
    return TONES.get(incident.stage)
