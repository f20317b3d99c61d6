"""The short words about incidents: steps that people must notice, "it's back", corrections, summaries, lists."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.cards.blocks import Part
from bot.cards.telling import (
    certain_line,
    certainty,
    foot,
    framed,
    length_of,
    named,
    nothing_to_do,
    service,
    state_lines,
    title,
    when_lines,
    who_lines,
)
from bot.domain.conversation import Button, Face, Phrase, Reply, Said
from bot.domain.incident import Change, Incident, Stage
from bot.domain.observation import Feature
from bot.domain.outcome import Outcome
from bot.domain.telling import IncidentView, OpenLine, Wrong

MOST_OPEN = 10  # incidents in a list; the rest is counted


def step_reply(view: IncidentView, change: Change, *, into: Incident | None = None) -> Reply:
    """The short word for an important step.  `into`: the incident that goes on, with `Change.MERGED`."""
    incident = view.incident
    values = {**_named(incident), "length": length_of(view), "certain": certain_line(incident)}
    if into is not None:
        values |= {"cause": service(into.service), "id": into.id}
    elif change is Change.MERGED:
        values |= {"cause": service(incident.cause or incident.service), "id": incident.merged_into or incident.id}
    lines = [*state_lines(view)] if incident.stage.is_open else []
    return _short(view, Phrase(key=f"telling.step.{change}", values=values), lines)


def back_reply(view: IncidentView) -> Reply:
    """ "It's back", to whoever asked to be told; or that there was nothing."""
    values = {**_named(view.incident), "length": length_of(view)}
    if view.incident.stage is Stage.WITHDRAWN:
        return _short(view, Phrase(key=f"telling.step.{Change.WITHDRAWN}", values=values), [])
    return _short(view, Phrase(key="telling.back", values=values), [Phrase(key="telling.do.over")])


def correction_reply(view: IncidentView, wrong: Wrong) -> Reply:
    """ "I was wrong at 09:42", to whoever was told something else while it was in trouble."""
    values = {**_named(view.incident), "at": wrong.said_at, "said": Outcome(wrong.said), "length": length_of(view)}
    lines = [*who_lines(view.incident), *when_lines(view), *certainty(view), *state_lines(view), *nothing_to_do(view)]
    key = "telling.wrong_over" if view.incident.stage is Stage.OVER else "telling.wrong"
    return _short(view, Phrase(key=key, values=values), lines)


def channel_reply(view: IncidentView, link: str | None, steps: Sequence[Phrase] = ()) -> Reply:
    """Two lines for a question where an open card stands already, then the personal steps; the full card on request."""
    line = Phrase(key="telling.known_link" if link else "telling.known", values=named(view.incident))
    buttons = (Button(verb="open_card", link=link),) if link else ()
    reply = _short(view, title(view.incident), [line, *steps])
    return replace(reply, buttons=(*buttons, Button(verb="full_card"), Button(verb="me_too")), said=reply.said[:1])


def summary_reply(view: IncidentView, lines: Sequence[OpenLine]) -> Reply:
    """What is still open at the end of quiet hours.  `view` tells the reader, and any one of the incidents."""
    still_open = sum(each.incident.stage.is_open for each in lines)
    title = Phrase(key="telling.summary", values={"n": still_open}) if still_open else Phrase(key="gathered.over")
    return _listing(view, title, lines)


def digest_reply(view: IncidentView, lines: Sequence[OpenLine]) -> Reply:
    """The advisories of a day."""
    return _listing(view, Phrase(key="telling.digest", values={"n": len(lines)}), lines)


def incidents_reply(lines: Sequence[OpenLine], now: datetime, *, language: str = "en", zone: str = "UTC") -> Reply:
    """The list for whoever asks which incidents there are."""
    told = tuple(one_line(each.incident) for each in lines[:MOST_OPEN]) or (Phrase(key="telling.none"),)
    return Reply(
        face=Face.LINES,
        title=Phrase(key="telling.incidents"),
        said=(Said(part=Part.NOTES, lines=told),),
        at=now,
        language=language,
        zone=zone,
    )


def blind_reply(  # noqa: PLR0913 - which source, since when, whether it is back, for whom
    source: str, since: datetime, now: datetime, *, back: bool, language: str = "en", zone: str = "UTC"
) -> Reply:
    """To the help desk: a source that we can't read, or its return."""
    family, _, name = source.partition(":")
    values = {"source": Phrase(key=f"source.{family}", values={"name": name}), "since": since, "length": now - since}
    lines = (Phrase(key="telling.why.helpdesk"), Phrase(key="telling.stop.helpdesk"))
    return Reply(
        face=Face.STEP,
        title=Phrase(key="telling.seeing" if back else "telling.blind", values=values),
        said=(Said(part=Part.FOOT, lines=lines),),
        personal=False,
        at=now,
        language=language,
        zone=zone,
    )


def one_line(incident: Incident) -> Phrase:
    """The incident in a list; of one that has ended from when until when."""
    ended = None if incident.stage.is_open else incident.recovering_at or incident.closed_at
    since = incident.since or incident.opened_at
    return Phrase(
        key="telling.line" if ended is None else "telling.line_ended",
        values={"title": title(incident), "since": since, "ended": ended, "id": incident.id},
    )


def _named(incident: Incident) -> dict[str, object]:
    """As on the card, and with the part that it is about: "Teams is down" is not said of its chat."""
    values = named(incident)
    if incident.feature in (None, Feature.ALL):
        return values
    return values | {"service": Phrase(key="telling.subject", values=values)}


def _short(view: IncidentView, headline: Phrase, lines: Sequence[Phrase]) -> Reply:
    notes = (Said(part=Part.NOTES, lines=tuple(lines)),) if lines else ()
    return framed(view, Face.STEP, headline, (*notes, Said(part=Part.FOOT, lines=tuple(foot(view)))))


def _listing(view: IncidentView, headline: Phrase, lines: Sequence[OpenLine]) -> Reply:
    told = [one_line(each.incident) for each in lines[:MOST_OPEN]]
    if len(lines) > MOST_OPEN:
        told.append(Phrase(key="sheet.more", values={"n": len(lines) - MOST_OPEN}))
    ends = Said(part=Part.FOOT, lines=tuple(foot(view)[1:]))
    reply = framed(view, Face.LINES, headline, (Said(part=Part.NOTES, lines=tuple(told)), ends))
    links = [Button(verb="open_card", link=each.link) for each in lines if each.link][:1]
    return replace(reply, buttons=(*links, Button(verb="subscribe")), tone=None)
