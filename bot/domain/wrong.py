"""What somebody was told that turned out to be wrong, as one short word that travels with the delivery.  Pure.

The card itself soon shows the new state, so what it said before has to be noted when it is found to be wrong.
"""

from datetime import datetime

from bot.domain.conversation import Answer
from bot.domain.incident import Incident
from bot.domain.telling import Wrong


def wrong_step(answer: Answer) -> str:
    """Moment, outcome, and in channels the thread of the answer."""
    return " ".join((answer.at.isoformat(), answer.outcome, answer.thread or "")).rstrip()


def wrong_of(step: str | None, incident: Incident) -> tuple[Wrong, str | None] | None:
    """What was said wrong about this incident, and in which thread; None when it can't be read."""
    words = (step or "").split(" ")
    try:
        said_at = datetime.fromisoformat(words[0])
    except ValueError:
        return None
    if len(words) < 2 or said_at.tzinfo is None:  # noqa: PLR2004 - moment and outcome
        return None
    return Wrong(incident=incident, said_at=said_at, said=words[1]), words[2] if len(words) > 2 else None  # noqa: PLR2004
