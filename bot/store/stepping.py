"""Steps of occurrences: each is kept over the revision that it was made from, with what must be known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.announcement import Announcement
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.occurring import Step, Taken, Why
from bot.store import asking, dues, notifications
from bot.store.columns import SOME, insert_into
from bot.store.occurrences import values_of
from bot.store.tables import occurrence_steps, occurrences

CHUNK = 500
_CHANGING = ("local", "starts_at", "ends_at", "planned_ends_at", "phase", "revision", "changed_at", "told_at")
_AT_ITS_TIMES = (Step.POSTED, Step.REMINDED, Step.STARTED, Step.OVERRUN, Step.MISSED)  # these move nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """One line of an occurrence's time line."""

    revision: int
    step: Step
    why: Why
    at: datetime
    due: datetime | None  # when it should have been; None: by somebody's word
    text_revision: int  # of the announcement


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
    await _change(db, [taken for _, taken in kept])
    lines = [_line(taken, whose, now, due.get(taken.occurrence.id)) for whose, taken in kept]
    await db.execute(insert_into(db, occurrence_steps).on_conflict_do_nothing(), lines)
    await dues.set_all(db, [(taken.occurrence.id, each) for _, taken in kept for each in taken.dues])
    await dues.nothing_more(db, [taken.occurrence.id for _, taken in kept if taken.final], now)
    told = [(_notification(whose, taken, now), _step_of(taken)) for whose, taken in kept if taken.is_told]
    await notifications.want_many(db, told, now)
    await asking.follow(db, kept, now)
    return tuple(taken for _, taken in kept)


async def _change(db: AsyncConnection, several: Sequence[Taken]) -> None:
    """Each occurrence as it is after its step.  Those that their moment changes alike share a statement."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    other: list[dict[str, Any]] = []
    for taken in several:
        one = taken.occurrence
        if taken.step in _AT_ITS_TIMES:
            alike.setdefault((one.phase, one.revision, one.changed_at, one.told_at), []).append(one.id)
        else:
            row = values_of(one)
            other.append({"which": one.id} | {f"new_{name}": row[name] for name in _CHANGING})
    for (phase, revision, changed_at, told_at), ids in alike.items():
        after = {"phase": phase, "revision": revision, "changed_at": changed_at, "told_at": told_at}
        changing = update(occurrences).where(occurrences.c.id.in_(SOME)).values(**after)
        for start in range(0, len(ids), CHUNK):
            await db.execute(changing, {SOME.key: ids[start : start + CHUNK]})
    if other:
        columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGING}
        await db.execute(update(occurrences).where(occurrences.c.id == bindparam("which")).values(**columns), other)


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
    asked = select(occurrences.c.id, occurrences.c.revision).where(occurrences.c.id.in_(SOME)).with_for_update()
    for start in range(0, len(ids), CHUNK):
        rows = await db.execute(asked, {SOME.key: ids[start : start + CHUNK]})
        found |= {row.id for row in rows if row.revision == made_from[row.id]}
    return frozenset(found)


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
