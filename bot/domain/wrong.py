"""What somebody was told that turned out to be wrong, as one short word that travels with the delivery.  Pure.

The card itself soon shows the new state, so what it said before has to be noted when it is found to be wrong.
"""

from datetime import datetime

from bot.domain.conversation import Answer
from bot.domain.incident import Incident
from bot.domain.telling import Wrong


def wrong_step(answer: Answer) -> str:
    """Moment and outcome of that answer."""
    return f"{answer.at.isoformat()} {answer.outcome}"


def wrong_of(step: str | None, incident: Incident) -> Wrong | None:
    """What was said wrong about this incident; None when nothing was noted."""
    moment, _, outcome = (step or "").partition(" ")
    if not outcome:
        return None
    return Wrong(incident=incident, said_at=datetime.fromisoformat(moment), said=outcome)
