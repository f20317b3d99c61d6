"""Which incidents are open now, and which have just ended: held in memory, so that no question costs a read.

Read anew whenever an incident took a step (`refresh`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.conversation import TEAMS
from bot.domain.finding import nearness
from bot.domain.incident import Incident, Stage
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.store import incidents
from bot.store.engine import Store

REMEMBERED = timedelta(hours=2)  # so long a card says that there was something

Key = tuple[TenantId | None, ServiceId]


class OpenIncidents:
    """The newest incident of each tenant and service, while people may ask about it."""

    def __init__(self) -> None:
        """Know of none; `refresh` reads them."""
        self._newest: Mapping[Key, Incident] = {}

    async def refresh(self, store: Store, now: datetime, *, drill: bool) -> None:
        """Read them anew.  Raises StoreError."""
        async with store.reading() as db:
            found = await incidents.current(db, now - REMEMBERED, drill=drill)
        self._newest = {(one.tenant, one.service): one for one in found}

    def of(self, tenant: TenantId | None, service: ServiceId, feature: Feature | None = None) -> Incident | None:
        """The open one that a question about this part of the service is about."""
        found = self._newest.get((tenant, service))
        if found is None or not found.stage.is_open:
            return None
        return found if feature is None or nearness(found.feature, feature) >= 1.0 else None

    def all_of(self, tenant: TenantId | None) -> tuple[Incident, ...]:
        """All that are open, the worst first; of equally bad ones the one of Teams."""
        found = [one for (whose, _), one in self._newest.items() if whose == tenant and one.stage.is_open]
        return tuple(sorted(found, key=lambda one: (-one.level.rank, one.service != TEAMS, one.opened_at)))

    def lately(self, tenant: TenantId | None, service: ServiceId, now: datetime) -> Incident | None:
        """The one that ended within the last two hours, if none is open."""
        found = self._newest.get((tenant, service))
        if found is None or found.stage is not Stage.OVER or found.closed_at is None:
            return None
        return found if now - found.closed_at < REMEMBERED else None
