"""The moments of each occurrence: when something is to be done with it, and whether it was.

A moment is claimed in the transaction that does its work, so that it is dealt with once, however many look for it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.announcement import Draft, Due, Moment, OccurrenceId
from bot.store.columns import SOME, insert_into
from bot.store.tables import announcements, dues, occurrences

CHUNK = 500
UNREADY = (Draft.DRAFT, Draft.WAITING)


async def set_all(db: AsyncConnection, several: Sequence[tuple[str, Due]]) -> None:
    """These moments are still to come; one that was done, or was to come at another time, is set anew."""
    if not several:
        return
    insert = insert_into(db, dues)
    again = insert.on_conflict_do_update(
        index_elements=["occurrence", "moment"], set_={"at": insert.excluded.at, "done_at": None}
    )
    rows = [{"occurrence": each, "moment": due.moment, "at": due.at, "done_at": None} for each, due in several]
    await db.execute(again, rows)


async def next_at(db: AsyncConnection) -> datetime | None:
    """When there is something to do, if nobody changes anything; None: nothing is planned."""
    first = select(func.min(dues.c.at).label("first")).where(dues.c.done_at.is_(None))
    found: datetime | None = (await db.execute(first)).scalar_one()
    return found


async def come(db: AsyncConnection, now: datetime, limit: int) -> tuple[str, ...]:
    """Occurrences with moments that have come, the oldest first.  Of a text that is being written or waits for a yes
    they wait too.
    """
    waiting = (
        select(dues.c.occurrence)
        .join(occurrences, occurrences.c.id == dues.c.occurrence)
        .join(announcements, announcements.c.id == occurrences.c.announcement)
        .where(dues.c.done_at.is_(None), dues.c.at <= now, announcements.c.draft.not_in(UNREADY))
        .order_by(dues.c.at, dues.c.occurrence)
    )
    return tuple(dict.fromkeys((await db.execute(waiting.limit(limit))).scalars()))


async def claim(db: AsyncConnection, ids: Collection[str], now: datetime) -> dict[str, list[Due]]:
    """Of these occurrences the moments that have come and that nobody has dealt with; they are dealt with now."""
    found: dict[str, list[Due]] = {}
    wanted = sorted(ids)
    mine = (dues.c.occurrence.in_(SOME), dues.c.done_at.is_(None), dues.c.at <= now)
    taken = update(dues).where(*mine).values(done_at=now).returning(dues.c.occurrence, dues.c.moment, dues.c.at)
    for start in range(0, len(wanted), CHUNK):
        for row in await db.execute(taken, {SOME.key: wanted[start : start + CHUNK]}):
            found.setdefault(row.occurrence, []).append(_due(row))
    for each in found.values():
        each.sort(key=lambda due: due.at)
    return found


async def nothing_more(db: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
    """Nothing is still to come of these."""
    for start in range(0, len(ids), CHUNK):
        mine = dues.c.occurrence.in_(ids[start : start + CHUNK])
        await db.execute(update(dues).where(mine, dues.c.done_at.is_(None)).values(done_at=now))


async def drop(db: AsyncConnection, ids: Sequence[str], *, only_to_come: bool = False) -> None:
    """These occurrences have no moments any more; `only_to_come`: those that were dealt with stay."""
    left = (dues.c.done_at.is_(None),) if only_to_come else ()
    for start in range(0, len(ids), CHUNK):
        await db.execute(delete(dues).where(dues.c.occurrence.in_(ids[start : start + CHUNK]), *left))


async def of(db: AsyncConnection, occurrence: str) -> tuple[tuple[Due, datetime | None], ...]:
    """Its moments, and when each was done."""
    mine = select(dues).where(dues.c.occurrence == occurrence).order_by(dues.c.at)
    return tuple((_due(row), row.done_at) for row in await db.execute(mine))


def _due(row: Row[Any]) -> Due:
    return Due(occurrence=OccurrenceId(row.occurrence), moment=Moment(row.moment), at=row.at)
