"""Planned work that others announce becomes an announcement: a draft, or one that goes out by itself.

Read from the board, so no source is asked twice.  Each is known by its origin: said again it is the same, changed it is
edited, and gone from a source that can be read it was withdrawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.board import Board
from bot.clock import Clock
from bot.domain.announcement import Announcement, Draft
from bot.domain.found_work import ORIGINS, as_announcement, is_gone, origin_of, revision_of
from bot.domain.observation import Observation, SourceId, TenantId
from bot.domain.source_health import SourceState
from bot.jobs.leases import AlwaysHeld, Holding
from bot.store import announcements
from bot.store.engine import Db, Store

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=30)
ZONE = "UTC"  # sources tell their times in it, and no hour of it comes twice
MOST = 50  # of one tenant: more is a mistake of the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """What importing needs from the settings."""

    mode_of: Callable[[TenantId | None], str]  # off, draft or send


class Import:
    """Keeps what others announce in step with what they say now."""

    def __init__(
        self, store: Store, board: Board, clock: Clock, setup: Importing, *, holding: Holding | None = None
    ) -> None:
        """`holding`: the right to write, where several replicas share a database."""
        self._store, self._board, self._clock, self._setup = store, board, clock, setup
        self._holding = holding or AlwaysHeld()
        self.tenants: Sequence[TenantId | None] = (None,)
        self._known: tuple[int, frozenset[TenantId | None]] | None = None

    async def tick(self) -> None:
        """One look at the board.  Raises StoreError, LostLease."""
        changes = self._board.changes
        if self._known is not None and self._known[0] == changes:
            return
        for tenant in dict.fromkeys(self.tenants):
            mode = self._setup.mode_of(tenant)
            if mode != "off":
                await self._look(tenant, sends=mode == "send")
        self._known = (changes, frozenset(self.tenants))

    async def _look(self, tenant: TenantId | None, *, sends: bool) -> None:
        now = self._clock.now()
        said = {origin_of(one): one for one in self._board.look(tenant, now) if one.source in self._read(tenant)}
        found = {origin: one for origin, one in list(said.items())[:MOST] if origin is not None}
        async with self._store.reading() as db:
            known = {one.origin: one for one in await announcements.from_origins(db, tenant)}
            older = {each: await announcements.of_origin(db, tenant, each) for each in found if each not in known}
        new = [each for each in found if older.get(each, known.get(each)) is None]
        changed = [
            known[each] for each in found if each in known and revision_of(found[each]) != known[each].origin_revision
        ]
        readable = self._read(tenant)
        gone = [one for one in known.values() if one.origin not in found and is_gone(one, readable, now)]
        back = [
            one
            for one in older.values()
            if one is not None and one.draft is Draft.CANCELLED and not one.origin_revision
        ]
        if not new and not changed and not gone and not back:
            return
        async with self._store.transaction() as db:
            await self._holding.guard(db)
            for origin in new:
                await self._add(db, found[origin], tenant, now, sends=sends)
            for one in changed:
                await self._edit(db, one, found[one.origin], now)
            for one in back:
                draft = Draft.PLANNED if sends else Draft.DRAFT
                await self._edit(db, replace(one, draft=draft), found[one.origin], now)
            for one in gone:  # without a revision: called off by its source, which may say it again
                after = replace(one, draft=Draft.CANCELLED, origin_revision="", changed_at=now)
                await announcements.save(db, after, one.revision)
                log.info("planned work withdrawn", announcement=one.id, origin=one.origin, tenant=tenant)

    async def _add(self, db: Db, said: Observation, tenant: TenantId | None, now: datetime, *, sends: bool) -> None:
        made = as_announcement(said, tenant, ZONE, now)
        draft = Draft.PLANNED if sends else Draft.DRAFT
        kept = await announcements.save(db, replace(made, draft=draft))
        if isinstance(kept, Announcement):
            log.info("planned work found", announcement=kept.id, origin=kept.origin, tenant=tenant, draft=draft)

    async def _edit(self, db: Db, one: Announcement, said: Observation, now: datetime) -> None:
        """What the source says of times and words; what our people chose beside that stays."""
        fresh = as_announcement(said, one.tenant, one.zone, now)
        after = replace(
            one,
            words={**one.words, **fresh.words} if set(one.words) == set(fresh.words) else one.words,
            rule=fresh.rule,
            lasts=fresh.lasts,
            origin_revision=fresh.origin_revision,
            changed_at=now,
        )
        await announcements.save(db, after, one.revision)
        log.info("planned work changed", announcement=one.id, origin=one.origin, tenant=one.tenant)

    def _read(self, tenant: TenantId | None) -> frozenset[SourceId]:
        """Sources of planned work that can be read now: silence of the others says nothing."""
        return frozenset(
            health.source
            for health in self._board.healths()
            if health.state is SourceState.OK
            and health.tenant in (None, tenant)
            and health.source.startswith(ORIGINS)
            and health.last_success is not None
        )
