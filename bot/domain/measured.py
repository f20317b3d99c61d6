"""The time line of an incident: what was first, and what we saw against what its owner recorded.  Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.incident import Change, Incident, Transition

BACK = (Change.RECOVERING, Change.OVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The facts of a report.  None: it never happened, or is not known."""

    first_evidence_at: datetime | None
    alert_at: datetime
    confirmed_at: datetime | None
    official_at: datetime | None  # its owner's first post
    official_since: datetime | None  # when it began, as its owner records it
    recovered_at: datetime | None  # when it last began to work again
    ended_at: datetime | None
    lasted: timedelta | None  # as we saw it, from the first evidence to the recovery
    alert_took: timedelta | None  # from the first evidence to our alert
    ahead: timedelta | None  # our alert before its owner's first post; negative when that came first
    relapses: int


def measured(incident: Incident, steps: Sequence[Transition]) -> Measured:
    """What can be told of how long everything took; `steps` in the order in which they came."""
    first = incident.first_evidence_at
    alert = incident.alert_at or incident.opened_at
    backs = [each.at for each in steps if each.change in BACK and each.incident.id == incident.id]
    recovered = incident.recovering_at or min(backs, default=None)
    ended = None if incident.stage.is_open else incident.closed_at
    until = recovered or ended
    official = incident.official
    return Measured(
        first_evidence_at=first,
        alert_at=alert,
        confirmed_at=incident.confirmed_at,
        official_at=incident.official_at,
        official_since=official.since if official is not None else None,
        recovered_at=recovered,
        ended_at=ended,
        lasted=until - (first or incident.opened_at) if until is not None and ended is not None else None,
        alert_took=alert - first if first is not None else None,
        ahead=incident.official_at - alert if incident.official_at is not None else None,
        relapses=sum(each.change in (Change.RELAPSED, Change.REOPENED) for each in steps),
    )
