"""Another service's own status page, in the form that Atlassian Statuspage gives many of them (v2, 2026).

An operator adds each page by its address.  What it says is said of that service alone: of Teams only as far as the
catalogue lets Teams lean on it.  The page's one-word state speaks; incidents add the words, single components are
narrow statements.  Vendors write late and by hand: green is weak.  Links in the answer are not followed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.http import Fetcher, Page
from bot.sources import shapes
from bot.sources.source import About, SourceError, SourceSetup

FAMILY = "statuspage"
PATH = "/api/v2/summary.json"
AHEAD = timedelta(days=14)  # windows further ahead are not told
MOST = 20  # incidents, windows and components each

ABOUT = About(
    kind=Kind.OFFICIAL_PUBLIC,
    on_by_default=False,
    period=timedelta(seconds=60),
    reads="state, incidents and planned windows of another service, on its own status page",
    law="public by design; the vendor is named as the source",
    hosts=("the one in SOURCE_STATUSPAGE_<NAME>_URL",),
    needs=("SOURCE_STATUSPAGE_<NAME>_URL",),
    aside=True,
)

# Any other word is unknown, never fine.
_INDICATORS: Mapping[str, Health] = {
    "none": Health.FINE,
    "minor": Health.DEGRADED,
    "major": Health.DEGRADED,
    "critical": Health.DOWN,
    "maintenance": Health.MAINTENANCE,
}
_COMPONENTS: Mapping[str, Health] = {
    "operational": Health.FINE,
    "degraded_performance": Health.DEGRADED,
    "partial_outage": Health.DEGRADED,
    "major_outage": Health.DOWN,
    "under_maintenance": Health.MAINTENANCE,
}
_OVER = frozenset({"resolved", "postmortem", "completed"})
_QUIET = frozenset({Health.FINE, Health.MAINTENANCE})  # of a component: the page and its windows tell it


class _Status(msgspec.Struct, frozen=True):
    indicator: str
    description: str = ""


class _Component(msgspec.Struct, frozen=True):
    id: str
    name: str
    status: str
    group: bool = False
    updated_at: str | None = None


class _Update(msgspec.Struct, frozen=True):
    body: str | None = None
    created_at: str | None = None


class _Incident(msgspec.Struct, frozen=True):
    id: str
    name: str
    status: str
    impact: str = ""
    created_at: str | None = None
    started_at: str | None = None
    updated_at: str | None = None
    scheduled_for: str | None = None
    scheduled_until: str | None = None
    incident_updates: list[_Update] | None = None


class _Summary(msgspec.Struct, frozen=True):
    status: _Status
    components: list[_Component]
    incidents: list[_Incident]
    scheduled_maintenances: list[_Incident] = []


class StatuspageSource:
    """One page of one vendor."""

    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """`setup.url`: the page, with or without its path to the JSON.

        `setup.extra`: name, the operator's word for it; service, where the catalogue knows what the page is about.
        """
        name = setup.extra.get("name")
        self.id = SourceId(f"{FAMILY}:{name}" if name else FAMILY)
        self.period = setup.period or ABOUT.period
        self._service = ServiceId(setup.extra.get("service") or self.id)
        self._page = (setup.url or "").partition("/api/v2")[0].rstrip("/")

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """The summary: state, components, what is open and what is planned."""
        del now
        if not self._page:
            raise SourceError(f"not set up: needs {ABOUT.needs[0]}")
        return [await fetcher.get("summary", f"{self._page}{PATH}", headers={"Accept": "application/json"}, keep=True)]

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """The page's state, each open incident, each window to come, and each component in trouble."""
        if not pages:
            raise SourceError("no page")
        summary = shapes.decode(pages[0], _Summary)
        open_now = [one for one in summary.incidents if one.status not in _OVER and one.impact != "none"]
        told = [
            self._state(summary.status, now),
            *(self._incident(one, now) for one in open_now[:MOST]),
            *(self._component(one, now) for one in _in_trouble(summary.components)[:MOST]),
        ]
        windows = [one for one in summary.scheduled_maintenances if one.status not in _OVER]
        return told + [window for one in windows[:MOST] if (window := self._window(one, now))]

    def _state(self, status: _Status, now: datetime) -> Observation:
        health = _INDICATORS.get(status.indicator, Health.UNKNOWN)
        text = "" if health is Health.FINE else status.description or status.indicator
        return self._observation("page", health, text, now)

    def _incident(self, said: _Incident, now: datetime) -> Observation:
        health = _INDICATORS.get(said.impact, Health.UNKNOWN)
        return self._observation(
            shapes.plain(said.id, 60),
            health if health is not Health.FINE else Health.UNKNOWN,
            _words(said),
            now,
            said_at=_past(said.updated_at or said.created_at, now),
            since=_past(said.started_at or said.created_at, now),
        )

    def _component(self, said: _Component, now: datetime) -> Observation:
        health = _COMPONENTS.get(said.status, Health.UNKNOWN)
        key = f"component/{shapes.plain(said.id, 60)}"
        text = f"{said.name}: {said.status.replace('_', ' ')}"
        changed = _past(said.updated_at, now)
        return self._observation(key, health, text, now, said_at=changed, since=changed, advisory=True)

    def _window(self, said: _Incident, now: datetime) -> Observation | None:
        """A window that is open or begins soon; without both its times it is none."""
        begins, ends = shapes.moment(said.scheduled_for), shapes.moment(said.scheduled_until)
        if begins is None or ends is None or not begins < ends or ends <= now or begins > now + AHEAD:
            return None
        key, said_at = shapes.plain(said.id, 60), _past(said.updated_at, now)
        return self._observation(
            key, Health.MAINTENANCE, _words(said), now, said_at=said_at, since=begins, ends_at=ends
        )

    def _observation(  # noqa: PLR0913 - the fields of an observation
        self,
        key: str,
        health: Health,
        text: str,
        now: datetime,
        *,
        said_at: datetime | None = None,
        since: datetime | None = None,
        ends_at: datetime | None = None,
        advisory: bool = False,
    ) -> Observation:
        return Observation(
            source=self.id,
            kind=Kind.OFFICIAL_PUBLIC,
            origin=self.id,
            key=key,
            service=self._service,
            health=health,
            seen_at=now,
            until=shapes.believed_until(now, self.period),
            said_at=said_at,
            since=since,
            ends_at=ends_at,
            advisory=advisory,
            text=shapes.plain(text),
            link=self._page if urlsplit(self._page).scheme == "https" else None,
        )


def _in_trouble(components: Sequence[_Component]) -> list[_Component]:
    """Components that are not well; rows that only head a group are none."""
    return [one for one in components if not one.group and _COMPONENTS.get(one.status) not in _QUIET]


def _words(said: _Incident) -> str:
    """What it is called, and the newest word on it."""
    dated = [(shapes.moment(each.created_at), each.body) for each in said.incident_updates or () if each.body]
    newest = max((each for each in dated if each[0]), key=lambda each: str(each[0]), default=None)
    latest = newest[1] if newest else (dated[0][1] if dated else "")
    return ". ".join(part for part in (shapes.plain(said.name, 200).rstrip("."), latest) if part)


def _past(text: str | None, now: datetime) -> datetime | None:
    at = shapes.moment(text)
    return min(at, now) if at else None
