"""What the board knows over a restart, and from the replica that polls: read from the store and written to it.

A store that fails costs this memory, never an answer.
"""

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from datetime import datetime

import structlog

from bot.domain.observation import Observation, SourceId, TenantId
from bot.domain.source_health import SourceHealth
from bot.store import observations as rows
from bot.store.engine import Db, Store, StoreError
from bot.store.leases import LostLease

log = structlog.get_logger(__name__)

Place = tuple[SourceId, TenantId | None]
Guard = Callable[[Db], Awaitable[None]]
Seen = Sequence[Observation]


class Memory:
    """What was polled, in the store."""

    def __init__(self, store: Store) -> None:
        """Whoever polls may say so with `guard`."""
        self._store = store
        self.guard: Guard = _unguarded  # raises LostLease when it is not for us any more to say what was polled

    async def all(self, now: datetime) -> tuple[Seen, Sequence[SourceHealth]]:
        """Everything that is still believed, and how well each source could be read.  Raises StoreError."""
        async with self._store.reading() as db:
            return await rows.load(db, now), await rows.load_health(db)

    async def newer(
        self, known: Mapping[Place, SourceHealth], asked: Container[Place], now: datetime
    ) -> tuple[Mapping[Place, SourceHealth], Seen]:
        """What another replica polled since: healths that are newer than `known`, and what those sources say.

        `asked`: the sources that are asked here too.  Raises StoreError.
        """
        async with self._store.reading() as db:
            polled = {(health.source, health.tenant): health for health in await rows.load_health(db)}
            newer = {
                place: health
                for place, health in polled.items()
                if place in asked and _is_newer(known.get(place), health)
            }
            seen = await rows.load(db, now, sources={source for source, _ in newer}) if newer else ()
        return newer, seen

    async def keep(self, source: Place, health: SourceHealth, said: Seen | None) -> None:
        """Store for the next start; `said`: None where it could not be read."""
        try:
            async with self._store.transaction() as db:
                await self.guard(db)
                if said is not None:
                    await rows.save_poll(db, *source, said)
                await rows.save_health(db, health)
        except (StoreError, LostLease) as error:
            log.debug("observation not stored", source=source[0], error=str(error))


def _is_newer(ours: SourceHealth | None, theirs: SourceHealth) -> bool:
    if ours is None or theirs.last_try is None:
        return False
    if ours.last_try is None or theirs.last_try > ours.last_try:
        return True
    return theirs.last_try == ours.last_try and theirs.told_at != ours.told_at


async def _unguarded(_: Db) -> None:
    """Where nobody else writes."""
