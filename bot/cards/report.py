"""An incident -> its report as Markdown: the time line, and what we observed against the official record."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.cards.evidence import LONGEST_QUOTE
from bot.cards.plain import escaped, quoted
from bot.cards.telling import acknowledged_lines, framed, length_of, named, state_lines, title
from bot.cards.voice import Voice, dated, voice_for
from bot.content.texts import Texts
from bot.domain.conversation import Face, Phrase
from bot.domain.telling import IncidentView, Moment


def incident_report(view: IncidentView, steps: Sequence[Moment], texts: Texts, language: str, zone: str) -> str:
    """The report, ending in a line feed.  It is read on other days, so every moment carries its date."""
    voice = dated(voice_for(framed(view, Face.STEP, title(view.incident), ()), texts, language, zone))
    return "\n".join(_lines(view, steps, voice)) + "\n"


def _lines(view: IncidentView, steps: Sequence[Moment], voice: Voice) -> Iterator[str]:
    incident, values = view.incident, named(view.incident)
    yield f"# {_said(voice, 'report.title', id=incident.id, title=title(incident))}"
    yield ""
    if voice.drill:
        yield from (f"**{voice.say('drill.mark')}**", "")
    for key in ("service", "feature", "scope"):
        yield f"- {_said(voice, f'report.{key}', **values)}"
    yield f"- {_said(voice, 'report.length', length=length_of(view))}"
    for phrase in (*acknowledged_lines(view), *(state_lines(view) if incident.stage.is_open else ())):
        yield f"- {_said(voice, phrase)}"
    yield f"- {_said(voice, 'report.zone', zone=voice.zone)}"
    yield from ("", f"## {voice.say('report.timeline')}", "", *_time_line(view, voice))
    yield from ("", f"## {voice.say('report.official')}", "", *_official(view, voice))
    if steps:
        yield from ("", f"## {voice.say('report.steps')}", "")
        for step in steps:
            yield f"- {_said(voice, 'report.entry', at=step.at, step=voice.say(f'report.step.{step.change}'))}"


def _time_line(view: IncidentView, voice: Voice) -> Iterator[str]:
    """One row a moment that is known, what we observed apart from what was published."""
    one = view.incident
    published = one.official.since if one.official else None
    rows: list[tuple[str, datetime | None, bool]] = [
        ("first_evidence", one.first_evidence_at, False),
        ("began", one.since, False),
        ("alert", one.alert_at, False),
        ("official_since", published, True),
        ("official_first", one.official_at, True),
        ("confirmed", one.confirmed_at, False),
        ("recovery", one.recovering_at, False),
        ("end", one.closed_at, False),
    ]
    known = sorted((row for row in rows if row[1]), key=lambda row: row[1] or view.as_of)
    missing = [row for row in rows if row[1] is None and row[0] != "official_since"]
    heads = ("head_moment", "observed", "official")
    yield "| " + " | ".join(voice.say(f"report.{head}") for head in heads) + " |"
    yield "|---|---|---|"
    for name, at, official in (*known, *missing):
        told = _said(voice, "sheet.moment", at=at) if at else voice.say("report.unknown")
        yield f"| {voice.say(f'report.{name}')} | {'' if official else told} | {told if official else ''} |"


def _official(view: IncidentView, voice: Voice) -> Iterator[str]:
    one = view.incident
    if one.official:
        yield _said(voice, "telling.official", key=one.official.key)
        if one.official.text:
            yield from ("", f"> {escaped(quoted(one.official.text, LONGEST_QUOTE))}")
        yield ""
    if one.official_at is None:
        yield voice.say("report.no_official")
    elif one.alert_at:
        ahead = one.alert_at <= one.official_at
        yield _said(voice, "report.ahead" if ahead else "report.behind", length=abs(one.official_at - one.alert_at))


def _said(voice: Voice, text: str | Phrase, **values: object) -> str:
    return escaped(voice.say(text, **values)).replace("|", "\\|")
