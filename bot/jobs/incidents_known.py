"""The incidents that may go on or be reopened, in memory: read once, and again when the store knows others.

A store that took a step although it could not say so, a colleague who acknowledged, another replica: whatever differs
is read anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.incident import Incident, IncidentId, Pending, Transition
from bot.domain.observation import ServiceId, TenantId
from bot.domain.stepping import end_drill
from bot.store import incidents
from bot.store.engine import Store

Key = tuple[TenantId | None, ServiceId]

GOES_BACK = timedelta(days=1)  # one that ended earlier is not reopened, nor told to be over after all


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How many reports the cards of an incident show."""

    reports: int
    at: datetime


@dataclass(slots=True)
class Known:
    """The newest incident of each tenant and service."""

    drill: bool
    counted: dict[IncidentId, Shown] = field(default_factory=dict)
    _newest: dict[Key, Incident] = field(default_factory=dict)
    _stored: dict[Key, Incident] = field(default_factory=dict)
    _is_loaded: bool = False

    async def refresh(self, store: Store, now: datetime) -> list[Transition]:
        """Read what differs.  Gives the last steps of drills that nobody plays any more.  Raises StoreError."""
        async with store.reading() as db:
            if self._is_loaded:
                ours = {one.id: one.revision for one in self._newest.values() if one.stage.is_open}
                if await incidents.open_revisions(db, drill=self.drill) == ours:
                    return []
            found = await incidents.current(db, now - GOES_BACK, drill=self.drill)
            left = () if self.drill or self._is_loaded else await incidents.current(db, now, drill=True)
        self._newest = {_key(one): self._watched(one) for one in found}
        self._stored = {_key(one): one for one in found}
        self.counted = {one.id: self.counted[one.id] for one in found if one.id in self.counted}
        self._is_loaded = True
        return [end_drill(one, now) for one in left if one.stage.is_open]

    def forget(self) -> None:
        """Read all of them again."""
        self._is_loaded = False

    def newest(self, tenant: TenantId | None, service: ServiceId) -> Incident | None:
        """The one that may go on or be reopened."""
        return self._newest.get((tenant, service))

    def stored(self, incident: Incident) -> Incident | None:
        """The same one as the store has it."""
        kept = self._stored.get(_key(incident))
        return kept if kept is not None and kept.id == incident.id else None

    def remember(self, incident: Incident) -> None:
        """This is how it stands now."""
        self._newest[_key(incident)] = incident

    def wrote(self, incident: Incident) -> None:
        """This is how it stands now, also in the store."""
        if incident.drill is self.drill:
            self._newest[_key(incident)] = self._stored[_key(incident)] = incident

    def shows(self, incident: Incident, reports: int, now: datetime) -> Shown:
        """How many reports its cards show: after a step those of now."""
        shown = self.counted.get(incident.id)
        if shown is None or incident.changed_at > shown.at or not incident.stage.is_open:
            shown = self.counted[incident.id] = Shown(reports=reports, at=max(now, incident.changed_at))
        return shown

    def of(self, tenant: TenantId | None) -> list[Incident]:
        """Those of this tenant."""
        return [one for (whose, _), one in self._newest.items() if whose == tenant]

    def tenants(self) -> Iterable[TenantId | None]:
        """Whoever has one that is open, whether or not anybody there is still to be told."""
        return [whose for (whose, _), one in self._newest.items() if one.stage.is_open]

    def promised(self) -> datetime | None:
        """When the next word is due."""
        words = (one.next_word_at for one in self._newest.values() if one.stage.is_open)
        return min((word for word in words if word is not None), default=None)

    def _watched(self, stored: Incident) -> Incident:
        """With what is waited for as we have seen it since: not every look is stored."""
        ours = self._newest.get(_key(stored))
        if ours is None or ours.id != stored.id or not is_same(ours.pending, stored.pending):
            return stored
        return replace(stored, pending=ours.pending)


def is_same(one: Pending | None, other: Pending | None) -> bool:
    """Whether the same is waited for, since the same moment."""
    if one is None or other is None:
        return one is other
    return (one.stage, one.level, one.since, one.easing) == (other.stage, other.level, other.since, other.easing)


def _key(incident: Incident) -> Key:
    return (incident.tenant, incident.service)
