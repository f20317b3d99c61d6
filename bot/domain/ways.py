"""Ways to reach people beside Teams, by name.  Their addresses are secrets, so they stay in the settings.  Pure."""

from dataclasses import dataclass

from bot.domain.audience import STARTS, Silence
from bot.domain.incident import Incident, Level, Reach
from bot.domain.subscription import QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way: what it is called and what it may be used for."""

    name: str  # what rows, reports and logs call it
    level: Level = Level.DEGRADED  # from this one on
    quiet: QuietHours | None = None
    drills: bool = False
    microsofts: bool = False  # it fails when Microsoft does
    brief: bool = False  # a text message: room for a line or two
    helpdesk: bool = False  # one of the help desk's destinations: told also while Teams works


def suits(way: Way, incident: Incident) -> Silence | None:
    """Why this way does not tell that this incident began; None: it does."""
    if incident.drill and not way.drills:
        return Silence.NOT_DRILLS
    is_theirs = way.helpdesk and incident.reach is not Reach.EVERYONE  # what the help desk is to look into first
    if incident.level.rank < way.level.rank and not is_theirs:
        return Silence.BELOW_LEVEL
    if incident.stage not in STARTS:
        return Silence.NEVER_HEARD
    if incident.reach is not Reach.EVERYONE and incident.acknowledged is None and not is_theirs:
        return Silence.NOT_ACKNOWLEDGED_YET
    return Silence.SPOKEN_FOR if incident.merged_into is not None else None
