"""Each time that an announcement takes place: one row for each zone that it takes place in.

What becomes of it is kept by `stepping`, the moments at which something is to be done with it by `dues`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, TextClause, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.announcement import AnnouncementId, Occurrence, OccurrenceId, Phase
from bot.domain.announcing import Plan
from bot.domain.observation import TenantId
from bot.store import dues
from bot.store.columns import NOBODY, SOME, insert_into
from bot.store.ids import new_row_id
from bot.store.incidents import ANY, Whose
from bot.store.tables import occurrence_runs, occurrences

CHUNK = 500
OPEN = tuple(phase for phase in Phase if phase.is_open)
_TIMES = ("local", "starts_at", "ends_at")


async def add(db: AsyncConnection, plans: Sequence[Plan], zones_version: str) -> int:
    """Write down new ones with their moments; one that is known by place and time stays as it is.  How many are new."""
    named = [(new_row_id(), plan) for plan in plans]
    count = 0
    for start in range(0, len(named), CHUNK):
        some = named[start : start + CHUNK]
        rows = [{**values_of(plan.occurrence), "id": each, "zones_version": zones_version} for each, plan in some]
        insert = insert_into(db, occurrences).values(rows).on_conflict_do_nothing().returning(occurrences.c.id)
        new = set((await db.execute(insert)).scalars())
        count += len(new)
        await dues.set_all(db, [(each, due) for each, plan in some if each in new for due in plan.dues])
    return count


async def move(db: AsyncConnection, plans: Sequence[Plan], zones_version: str) -> None:
    """Those that nobody has heard of take place at other times."""
    by_id: dict[str, Plan] = {plan.occurrence.id: plan for plan in plans}
    untold = await _untold(db, sorted(by_id))
    if not untold:
        return
    moving = update(occurrences).where(occurrences.c.id == bindparam("which"))
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _TIMES}
    rows = []
    for each in untold:
        row = values_of(by_id[each].occurrence)
        rows.append({"which": each} | {f"new_{name}": row[name] for name in _TIMES})
    await db.execute(moving.values(**columns, zones_version=zones_version), rows)
    await dues.drop(db, untold, only_to_come=True)
    await dues.set_all(db, [(each, due) for each in untold for due in by_id[each].dues])


async def drop(db: AsyncConnection, several: Collection[Occurrence]) -> None:
    """Those that nobody has heard of and nobody will."""
    gone = await _untold(db, sorted(each.id for each in several))
    await dues.drop(db, gone)
    for start in range(0, len(gone), CHUNK):
        await db.execute(delete(occurrences).where(occurrences.c.id.in_(gone[start : start + CHUNK])))


async def get(db: AsyncConnection, occurrence: str, whose: Whose = ANY) -> Occurrence | None:
    """This one, if it is of that tenant."""
    found = await _all(db, occurrences.c.id == occurrence, *_of(whose))
    return found[0] if found else None


async def several(db: AsyncConnection, ids: Iterable[str], *, hold: bool = False) -> dict[str, Occurrence]:
    """Those with these ids.  `hold`: nobody else changes them before this transaction ends."""
    wanted = sorted(set(ids))
    found: dict[str, Occurrence] = {}
    asked = select(occurrences).where(occurrences.c.id.in_(SOME))
    if hold:
        asked = asked.with_for_update()
    for start in range(0, len(wanted), CHUNK):
        for row in await db.execute(asked, {SOME.key: wanted[start : start + CHUNK]}):
            found[row.id] = _occurrence(row)
    return found


async def of_announcement(db: AsyncConnection, announcement: str) -> tuple[Occurrence, ...]:
    """Every time that it took and will take place, by start."""
    return await _all(db, occurrences.c.announcement == announcement)


async def of_announcements(db: AsyncConnection, several_of: Sequence[str]) -> dict[str, list[Occurrence]]:
    """The same of several at once."""
    found: dict[str, list[Occurrence]] = {each: [] for each in several_of}
    for start in range(0, len(several_of), CHUNK):
        for one in await _all(db, occurrences.c.announcement.in_(several_of[start : start + CHUNK])):
            found[one.announcement].append(one)
    return found


async def running(db: AsyncConnection, whose: Whose = ANY) -> tuple[Occurrence, ...]:
    """Those that have begun and of whose end nobody has heard."""
    return await _all(db, occurrence_runs, *_of(whose))


async def with_older_zones(db: AsyncConnection, zones_version: str) -> tuple[AnnouncementId, ...]:
    """Announcements with times to come that were reckoned by another release of the zone database."""
    old = (occurrences.c.phase.in_(OPEN), occurrences.c.zones_version != zones_version)
    found = await db.execute(select(occurrences.c.announcement).where(*old).distinct())
    return tuple(AnnouncementId(name) for name in sorted(found.scalars()))


async def reckoned(db: AsyncConnection, announcement: str, zones_version: str) -> None:
    """Its times are those of this release of the zone database."""
    mine = update(occurrences).where(occurrences.c.announcement == announcement)
    await db.execute(mine.values(zones_version=zones_version))


def values_of(one: Occurrence) -> dict[str, Any]:
    """What stands in each column but that of the zone rules."""
    return {
        "id": one.id,
        "announcement": one.announcement,
        "tenant": one.tenant or NOBODY,
        "zone": one.zone,
        "local": one.local.isoformat() if one.local is not None else None,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "planned_ends_at": one.planned_ends_at,
        "phase": one.phase,
        "revision": one.revision,
        "changed_at": one.changed_at,
        "told_at": one.told_at,
    }


async def _untold(db: AsyncConnection, ids: Sequence[str]) -> list[str]:
    """Of which of these nobody has heard; nobody tells of them before we are done."""
    found: list[str] = []
    for start in range(0, len(ids), CHUNK):
        mine = (occurrences.c.id.in_(ids[start : start + CHUNK]), occurrences.c.told_at.is_(None))
        found += (await db.execute(select(occurrences.c.id).where(*mine).with_for_update())).scalars()
    return found


def _of(whose: Whose) -> tuple[ColumnElement[bool], ...]:
    return () if whose is ANY else (occurrences.c.tenant == (whose or NOBODY),)


async def _all(db: AsyncConnection, *which: ColumnElement[bool] | TextClause) -> tuple[Occurrence, ...]:
    ordered = select(occurrences).where(*which).order_by(occurrences.c.starts_at, occurrences.c.zone)
    return tuple(_occurrence(row) for row in await db.execute(ordered))


def _occurrence(row: Row[Any]) -> Occurrence:
    return Occurrence(
        id=OccurrenceId(row.id),
        announcement=AnnouncementId(row.announcement),
        tenant=TenantId(row.tenant) if row.tenant else None,
        zone=row.zone,
        local=datetime.fromisoformat(row.local) if row.local else None,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        planned_ends_at=row.planned_ends_at,
        phase=Phase(row.phase),
        revision=row.revision,
        changed_at=row.changed_at,
        told_at=row.told_at,
        zones_version=row.zones_version,
    )
