"""What an announced window means for verdicts and incidents while it runs.  Pure.

It explains trouble of the same service and feature until its planned end, and nothing else: a real outage beyond its
scope is told as ever, and past the planned end everything is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.announcement import Announcement, Kind, Occurrence, Phase
from bot.domain.finding import nearness
from bot.domain.incident import Incident, Reach
from bot.domain.observation import Feature, Health, Observation, ServiceId, SourceId
from bot.domain.observation import Kind as Said

OPERATOR = SourceId("operator")
TEAMS = ServiceId("teams")  # what a window without a service is about
_RUNNING = (Phase.IN_PROGRESS, Phase.EXTENDED)
_NEAR = 1.0


class Alerts(StrEnum):
    """What becomes of an incident that an announced window explains."""

    HOLD = "hold"  # it is not told while the window runs
    FOLD = "fold"  # it is told as a line of the announcement's card


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """An announced window that runs."""

    announcement: Announcement
    occurrence: Occurrence

    @property
    def services(self) -> frozenset[ServiceId]:
        """What it is about."""
        return self.announcement.services or frozenset({TEAMS})


def is_running(window: Window, now: datetime) -> bool:
    """Whether it excuses anything: begun, and its planned end has not come."""
    each = window.occurrence
    timely = each.ends_at is not None and each.starts_at <= now < each.ends_at
    return timely and each.phase in _RUNNING and window.announcement.kind in (Kind.MAINTENANCE, Kind.OUTAGE)


def explains(window: Window, incident: Incident, now: datetime) -> bool:
    """Whether this trouble is what was announced.

    Trouble of the whole service is more than a window of one feature; an organisation's own trouble may be the work.
    """
    announced = window.announcement
    if not is_running(window, now) or incident.drill is not announced.drill:
        return False
    if incident.tenant != announced.tenant or incident.service not in window.services:
        return False
    if incident.reach is Reach.SITE and announced.places and (incident.site or "") not in announced.places:
        return False
    parts = announced.features - {Feature.ALL}
    return not parts or (
        incident.feature is not None
        and incident.feature is not Feature.ALL
        and any(nearness(part, incident.feature) >= _NEAR for part in parts)
    )


def explaining(windows: Iterable[Window], incident: Incident, now: datetime) -> Window | None:
    """The window that explains it; of several the one that ends last."""
    found = [each for each in windows if explains(each, incident, now)]
    return max(found, key=lambda each: (each.occurrence.ends_at, each.occurrence.id), default=None)


def observed(windows: Sequence[Window], now: datetime) -> tuple[Observation, ...]:
    """The operator's word for the board: maintenance, until the planned end; one for each service and feature."""
    return tuple(
        _observation(window, service, feature, now)
        for window in windows
        if is_running(window, now) and window.announcement.kind is Kind.MAINTENANCE
        for service in sorted(window.services)
        for feature in _parts(window.announcement)
    )


def _parts(announcement: Announcement) -> Sequence[Feature | None]:
    return sorted(announcement.features - {Feature.ALL}) or (None,)


def _observation(window: Window, service: ServiceId, feature: Feature | None, now: datetime) -> Observation:
    announced, each = window.announcement, window.occurrence
    words = announced.words[announced.language]
    return Observation(
        source=OPERATOR,
        kind=Said.OPERATOR,
        origin="operator",
        key=f"{each.id}/{service}/{feature or ''}",
        service=service,
        health=Health.MAINTENANCE,
        seen_at=min(now, each.changed_at),
        until=each.ends_at or now,
        said_at=announced.made_at,
        since=each.starts_at,
        ends_at=each.ends_at,
        tenant=announced.tenant,
        feature=feature,
        text=words.title,
        link=announced.link,
        drill=announced.drill,
    )
