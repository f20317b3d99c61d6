"""What was saved becomes occurrences with moments: those that its newest text and rule want, and no others.

Many announcements are planned in a few statements; whoever is to hear of a change of plan is given back as steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.announcement import Announcement, AnnouncementId, Audience, Clockwork, Draft, Occurrence
from bot.domain.announcing import AHEAD, BEHIND, Reconciled, planned, reconcile
from bot.domain.observation import TenantId
from bot.domain.occurring import AWAKE, Step, Taken
from bot.store import announcements, approvals, occurrences, readers
from bot.store.announcements import ToPlan
from bot.store.approvals import PeopleOf
from bot.store.engine import Db

UNWRITTEN = (Draft.DRAFT, Draft.WAITING)
_PLANNED = (Draft.PLANNED, Draft.ENDED)

Steps = list[tuple[Announcement, Taken]]
ZoneOf = Callable[[TenantId | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What planning has led to."""

    steps: Steps  # that people are to hear of
    asked: frozenset[TenantId | None]  # where somebody is asked for a yes, or hears what became of it


class Planner:
    """Plans within somebody's transaction."""

    def __init__(self, zone_of: ZoneOf, zones_version: str, approvers_of: PeopleOf) -> None:
        """`zone_of`: the zone of conversations that have none of their own; `approvers_of`: who is asked for a yes."""
        self._zone_of, self._version, self._approvers_of = zone_of, zones_version, approvers_of

    async def plan(self, db: Db, which: Sequence[AnnouncementId], now: datetime) -> Planned:
        """Those of these that were saved since they were planned."""
        saved = await announcements.to_plan(db, which)
        known = await occurrences.of_announcements(db, [one.announcement.id for one in saved])
        zones = _Zones(db, self._zone_of)
        changes: list[tuple[Announcement, Reconciled]] = []
        done: list[tuple[Announcement, datetime | None]] = []
        for one in saved:
            announcement = one.announcement
            if announcement.draft in UNWRITTEN:
                done.append((announcement, one.planned_until))
                continue
            called_off = announcement.draft not in _PLANNED
            plans = () if called_off else planned(announcement, await zones.of(announcement), now - AWAKE, now + AHEAD)
            changes.append((announcement, reconcile(announcement, _kept(announcement, known), plans, now)))
            ends = called_off or announcement.rule.at is not None
            done.append((announcement, None if ends else now + AHEAD))
        await self._keep(db, [change for _, change in changes])
        await announcements.planned(db, done)
        asked = await approvals.follow(db, [one.announcement for one in saved], self._approvers_of, now)
        steps = [(announcement, taken) for announcement, change in changes for taken in change.taken]
        return Planned(steps=steps, asked=asked)

    async def extend(self, db: Db, several: Sequence[ToPlan], now: datetime) -> None:
        """Later times of recurring ones; also those that passed while nobody was awake."""
        until, zones = now + AHEAD, _Zones(db, self._zone_of)
        added: list[Reconciled] = []
        done: list[tuple[Announcement, datetime | None]] = []
        for one in several:
            announcement = one.announcement
            since = max(one.planned_until or now, now - BEHIND)
            plans = planned(announcement, await zones.of(announcement), since, until)
            is_over = not plans and not planned(announcement, (announcement.zone,), until, until + 45 * AHEAD)
            added.append(Reconciled(added=plans))
            done.append((announcement, None if is_over else until))
        await self._keep(db, added)
        await announcements.planned(db, done)

    async def replan(self, db: Db, which: str, now: datetime) -> Steps:
        """The same wall times by other zone rules; what is not moved stays as it is."""
        announcement = await announcements.get(db, which)
        moved: Steps = []
        if announcement is not None and announcement.draft is Draft.PLANNED:
            kept = [each for each in await occurrences.of_announcement(db, which) if each.phase.is_open]
            zones = await _Zones(db, self._zone_of).of(announcement)
            change = reconcile(announcement, kept, planned(announcement, zones, now - AWAKE, now + AHEAD), now)
            await occurrences.move(db, change.moved, self._version)
            before = {each.id: (each.starts_at, each.ends_at) for each in kept}
            moved = [
                (announcement, taken)
                for taken in change.taken
                if taken.step is Step.EDITED
                and before[taken.occurrence.id] != (taken.occurrence.starts_at, taken.occurrence.ends_at)
            ]
        await occurrences.reckoned(db, which, self._version)
        return moved

    async def _keep(self, db: Db, changes: Sequence[Reconciled]) -> None:
        await occurrences.add(db, [plan for each in changes for plan in each.added], self._version)
        await occurrences.move(db, [plan for each in changes for plan in each.moved], self._version)
        await occurrences.drop(db, [one for each in changes for one in each.dropped])


class _Zones:
    """The zones of an announcement's readers; those of one audience are asked for once."""

    def __init__(self, db: Db, zone_of: ZoneOf) -> None:
        self._db, self._zone_of = db, zone_of
        self._known: dict[tuple[TenantId | None, Audience], frozenset[str]] = {}

    async def of(self, announcement: Announcement) -> frozenset[str]:
        """Only with the clockwork of channels there are several."""
        if announcement.clockwork is not Clockwork.CHANNEL:
            return frozenset({announcement.zone})
        whose = (announcement.tenant, announcement.audience)
        if whose not in self._known:
            zone = self._zone_of(announcement.tenant)
            self._known[whose] = await readers.zones(self._db, announcement, zone=zone)
        return self._known[whose]


def _kept(announcement: Announcement, known: dict[str, list[Occurrence]]) -> list[Occurrence]:
    """Those that a new plan is compared with: open ones, and what was told of a single or of a called off one."""
    called_off = announcement.draft not in _PLANNED
    told_too = announcement.rule.at is not None or called_off
    return [
        each
        for each in known[announcement.id]
        if each.phase.is_open or (told_too and (each.told_at is not None or not called_off))
    ]
