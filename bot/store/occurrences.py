"""Each time that an announcement takes place, its steps, and the moments that are still to come.

A step is kept over the revision that it was made from, together with what must be known of it; a moment is done once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, TextClause, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.announcement import Announcement, AnnouncementId, Draft, Due, Moment, Occurrence, OccurrenceId, Phase
from bot.domain.announcing import Plan
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.observation import TenantId
from bot.domain.occurring import Step, Taken, Why
from bot.store import asking, notifications
from bot.store.columns import NOBODY, insert_into
from bot.store.ids import new_row_id
from bot.store.incidents import ANY, Whose
from bot.store.tables import announcements, dues, occurrence_runs, occurrence_steps, occurrences

CHUNK = 500
_CHANGING = (
    "local",
    "starts_at",
    "ends_at",
    "planned_ends_at",
    "phase",
    "revision",
    "changed_at",
    "told_at",
)
UNREADY = (Draft.DRAFT, Draft.WAITING)
OPEN = tuple(phase for phase in Phase if phase.is_open)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """One line of an occurrence's time line."""

    revision: int
    step: Step
    why: Why
    at: datetime
    due: datetime | None  # when it should have been; None: by somebody's word
    text_revision: int  # of the announcement


async def add(db: AsyncConnection, plans: Sequence[Plan], zones_version: str) -> int:
    """Write down new ones with their moments; one that is known by place and time stays as it is.  How many are new."""
    named = [(new_row_id(), plan) for plan in plans]
    count = 0
    for start in range(0, len(named), CHUNK):
        some = named[start : start + CHUNK]
        rows = [{**_row(plan.occurrence), "id": each, "zones_version": zones_version} for each, plan in some]
        insert = insert_into(db, occurrences).values(rows).on_conflict_do_nothing().returning(occurrences.c.id)
        new = set((await db.execute(insert)).scalars())
        count += len(new)
        await set_dues(db, [(each, due) for each, plan in some if each in new for due in plan.dues])
    return count


async def move(db: AsyncConnection, plan: Plan, zones_version: str) -> None:
    """One that nobody has heard of takes place at another time."""
    after = plan.occurrence
    times = {name: value for name, value in _row(after).items() if name in ("local", "starts_at", "ends_at")}
    untold = (occurrences.c.id == after.id, occurrences.c.told_at.is_(None))
    changed = update(occurrences).where(*untold).values(**times, zones_version=zones_version)
    if (await db.execute(changed)).rowcount:
        await db.execute(delete(dues).where(dues.c.occurrence == after.id, dues.c.done_at.is_(None)))
        await set_dues(db, [(after.id, due) for due in plan.dues])


async def drop(db: AsyncConnection, several: Collection[Occurrence]) -> None:
    """Those that nobody has heard of and nobody will."""
    ids = sorted(each.id for each in several)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        await db.execute(delete(dues).where(dues.c.occurrence.in_(some)))
        await db.execute(delete(occurrences).where(occurrences.c.id.in_(some), occurrences.c.told_at.is_(None)))


async def set_dues(db: AsyncConnection, several: Sequence[tuple[str, Due]]) -> None:
    """These moments are still to come; one that was done, or was to come at another time, is set anew."""
    insert = insert_into(db, dues)
    again = insert.on_conflict_do_update(
        index_elements=["occurrence", "moment"], set_={"at": insert.excluded.at, "done_at": None}
    )
    rows = [{"occurrence": each, "moment": due.moment, "at": due.at, "done_at": None} for each, due in several]
    for start in range(0, len(rows), CHUNK):
        await db.execute(again, rows[start : start + CHUNK])


async def take(
    db: AsyncConnection,
    announcement: Announcement,
    steps_taken: Sequence[Taken],
    now: datetime,
    *,
    due: Mapping[str, datetime] | None = None,
) -> tuple[Taken, ...]:
    """Keep these steps and want them told.  Those that were overtaken by somebody else's are left out.

    `due`: by occurrence, when each should have been.
    """
    return await take_all(db, [(announcement, taken) for taken in steps_taken], now, due=due or {})


async def take_all(
    db: AsyncConnection, many: Sequence[tuple[Announcement, Taken]], now: datetime, *, due: Mapping[str, datetime]
) -> tuple[Taken, ...]:
    """As `take`, of several announcements: a few statements, however many there are."""
    free = await _free(db, [taken for _, taken in many])
    kept = [(whose, taken) for whose, taken in many if taken.occurrence.id in free]
    if not kept:
        return ()
    changing = update(occurrences).where(occurrences.c.id == bindparam("which"))
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGING}
    await db.execute(changing.values(**columns), [_changed(taken.occurrence) for _, taken in kept])
    lines = [_line(taken, whose, now, due.get(taken.occurrence.id)) for whose, taken in kept]
    await db.execute(insert_into(db, occurrence_steps).on_conflict_do_nothing(), lines)
    await set_dues(db, [(taken.occurrence.id, each) for _, taken in kept for each in taken.dues])
    await _nothing_more(db, [taken.occurrence.id for _, taken in kept if taken.final], now)
    told = [(_notification(whose, taken, now), _step_of(taken)) for whose, taken in kept if taken.is_told]
    await notifications.want_many(db, told, now)
    await asking.follow(db, kept, now)
    return tuple(taken for _, taken in kept)


def _notification(announcement: Announcement, taken: Taken, now: datetime) -> Notification:
    occurrence = taken.occurrence
    return Notification(
        id=NotificationId(""),
        subject=Subject.ANNOUNCEMENT,
        about=occurrence.id,
        tenant=announcement.tenant,
        revision=occurrence.revision,
        made_at=now,
        weight=announcement.level.rank,
        drill=announcement.drill,
        final=taken.final,
    )


def _step_of(taken: Taken) -> str | None:
    """What is also said in threads."""
    return taken.step if taken.is_important else None


async def get(db: AsyncConnection, occurrence: str, whose: Whose = ANY) -> Occurrence | None:
    """This one, if it is of that tenant."""
    found = await _all(db, occurrences.c.id == occurrence, *_of(whose))
    return found[0] if found else None


async def several(db: AsyncConnection, ids: Iterable[str]) -> dict[str, Occurrence]:
    """Those with these ids."""
    wanted = sorted(set(ids))
    found: dict[str, Occurrence] = {}
    for start in range(0, len(wanted), CHUNK):
        some = await _all(db, occurrences.c.id.in_(wanted[start : start + CHUNK]))
        found |= {one.id: one for one in some}
    return found


async def of_announcement(db: AsyncConnection, announcement: str) -> tuple[Occurrence, ...]:
    """Every time that it took and will take place, by start."""
    return await _all(db, occurrences.c.announcement == announcement)


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


async def next_due(db: AsyncConnection) -> datetime | None:
    """When there is something to do, if nobody changes anything; None: nothing is planned."""
    found: datetime | None = (
        await db.execute(select(func.min(dues.c.at).label("first")).where(dues.c.done_at.is_(None)))
    ).scalar_one()
    return found


async def due(db: AsyncConnection, now: datetime, limit: int) -> tuple[Due, ...]:
    """Moments that have come, the oldest first.  Those of a text that is being written or waits for a yes wait too."""
    come = (
        select(dues)
        .join(occurrences, occurrences.c.id == dues.c.occurrence)
        .join(announcements, announcements.c.id == occurrences.c.announcement)
        .where(dues.c.done_at.is_(None), dues.c.at <= now, announcements.c.draft.not_in(UNREADY))
    )
    return tuple(_due(row) for row in await db.execute(come.order_by(dues.c.at, dues.c.occurrence).limit(limit)))


async def due_among(db: AsyncConnection, ids: Sequence[str], now: datetime) -> tuple[Due, ...]:
    """Of these occurrences the moments that have come, still not dealt with."""
    found: list[Due] = []
    for start in range(0, len(ids), CHUNK):
        mine = dues.c.occurrence.in_(ids[start : start + CHUNK])
        come = select(dues).where(mine, dues.c.done_at.is_(None), dues.c.at <= now)
        found += [_due(row) for row in await db.execute(come.order_by(dues.c.at))]
    return tuple(found)


async def dues_of(db: AsyncConnection, occurrence: str) -> tuple[tuple[Due, datetime | None], ...]:
    """Its moments, and when each was done."""
    mine = select(dues).where(dues.c.occurrence == occurrence).order_by(dues.c.at)
    return tuple((_due(row), row.done_at) for row in await db.execute(mine))


async def done(db: AsyncConnection, several: Sequence[Due], now: datetime) -> None:
    """These moments were dealt with; one that was set to another time meanwhile is still to come."""
    same = (dues.c.occurrence == bindparam("which"), dues.c.moment == bindparam("what"), dues.c.at <= now)
    finish = update(dues).where(*same, dues.c.done_at.is_(None)).values(done_at=now)
    rows = [{"which": one.occurrence, "what": one.moment} for one in several]
    for start in range(0, len(rows), CHUNK):
        await db.execute(finish, rows[start : start + CHUNK])


async def steps(db: AsyncConnection, occurrence: str) -> tuple[StepDone, ...]:
    """Its time line."""
    mine = select(occurrence_steps).where(occurrence_steps.c.occurrence == occurrence)
    rows = await db.execute(mine.order_by(occurrence_steps.c.revision))
    return tuple(
        StepDone(
            revision=row.revision,
            step=Step(row.step),
            why=Why(row.reason),
            at=row.at,
            due=row.due,
            text_revision=row.text_revision,
        )
        for row in rows
    )


async def _free(db: AsyncConnection, several_taken: Sequence[Taken]) -> frozenset[str]:
    """Which of these still stand at the revision that the step was made from; nobody changes them before we have."""
    made_from = {taken.occurrence.id: taken.before for taken in several_taken}
    ids, found = sorted(made_from), set()
    for start in range(0, len(ids), CHUNK):
        some = occurrences.c.id.in_(ids[start : start + CHUNK])
        rows = await db.execute(select(occurrences.c.id, occurrences.c.revision).where(some).with_for_update())
        found |= {row.id for row in rows if row.revision == made_from[row.id]}
    return frozenset(found)


async def _nothing_more(db: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
    for start in range(0, len(ids), CHUNK):
        some = dues.c.occurrence.in_(ids[start : start + CHUNK])
        await db.execute(update(dues).where(some, dues.c.done_at.is_(None)).values(done_at=now))


def _changed(after: Occurrence) -> dict[str, Any]:
    row = _row(after)
    return {"which": after.id} | {f"new_{name}": row[name] for name in _CHANGING}


def _line(taken: Taken, announcement: Announcement, now: datetime, due_at: datetime | None) -> dict[str, Any]:
    return {
        "occurrence": taken.occurrence.id,
        "revision": taken.occurrence.revision,
        "step": taken.step,
        "reason": taken.why,
        "at": now,
        "due": due_at,
        "text_revision": announcement.revision,
    }


def _row(one: Occurrence) -> dict[str, Any]:
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


def _due(row: Row[Any]) -> Due:
    return Due(occurrence=OccurrenceId(row.occurrence), moment=Moment(row.moment), at=row.at)
