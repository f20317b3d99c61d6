"""Which fix steps a person was shown under one answer, and what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.advice import StepId
from bot.store.columns import insert_into
from bot.store.tables import offers


class Result(StrEnum):
    """What came of a step."""

    OFFERED = "offered"
    FIXED = "fixed"
    STILL_BROKEN = "still_broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One step that was shown to one person."""

    step: StepId
    place: int  # 1 for what was shown first; steps that were shown together share it
    result: Result
    at: datetime


async def offer(db: AsyncConnection, answer: str, person: str, steps: Sequence[StepId], now: datetime) -> None:
    """These steps are shown now.  One that was shown before keeps its place and result."""
    if not steps:
        return
    last = select(func.coalesce(func.max(offers.c.place), 0)).where(*_of(answer, person))
    place = (await db.execute(last)).scalar_one() + 1
    rows = [
        {"answer": answer, "person": person, "step": step, "place": place, "result": Result.OFFERED, "at": now}
        for step in dict.fromkeys(steps)
    ]
    await db.execute(insert_into(db, offers).on_conflict_do_nothing(), rows)


async def settle(db: AsyncConnection, answer: str, person: str, result: Result, now: datetime) -> None:
    """The person says what came of the steps they had been shown and had not spoken about."""
    open_ones = (*_of(answer, person), offers.c.result == Result.OFFERED)
    await db.execute(update(offers).where(*open_ones).values(result=result, at=now))


async def shown(db: AsyncConnection, answer: str, person: str) -> tuple[Offer, ...]:
    """What this person was shown under this answer, oldest first."""
    wanted = select(offers).where(*_of(answer, person)).order_by(offers.c.place, offers.c.step)
    return tuple(
        Offer(step=StepId(row.step), place=row.place, result=Result(row.result), at=row.at)
        for row in await db.execute(wanted)
    )


def _of(answer: str, person: str) -> tuple[ColumnElement[bool], ...]:
    return (offers.c.answer == answer, offers.c.person == person)
