"""An open incident in a few lines, for a page that anybody may read: state, since, next word, reference."""

from datetime import datetime

from bot.cards.telling import framed, state_lines, title
from bot.cards.voice import voice_for
from bot.content.texts import Texts
from bot.domain.conversation import Face, Phrase
from bot.domain.incident import Incident
from bot.domain.telling import IncidentView, Why


def open_lines(incident: Incident, texts: Texts, language: str, zone: str, *, now: datetime) -> tuple[str, ...]:
    """What it is first, then the rest.  Raises TextError for a missing text."""
    view = IncidentView(incident=incident, why=Why.ASKED, as_of=now, shared=True)
    voice = voice_for(framed(view, Face.STEP, title(incident), ()), texts, language, zone)
    told = (
        Phrase(key="telling.since", values={"since": incident.since or incident.opened_at}),
        *state_lines(view),
        Phrase(key="telling.reference", values={"id": incident.id}),
    )
    return (voice.marked(voice.say(title(incident))), *map(voice.say, told))
