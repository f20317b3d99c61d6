"""What was answered, so that the buttons on a card can be obeyed and a shared card can be brought up to date.

A shared card has two revisions: the one that it should show and the one that it shows.  Whatever happens in between,
the difference stays until an edit succeeded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.conversation import Answer
from bot.domain.observation import Client, Feature, ServiceId, TenantId
from bot.store.columns import NOBODY, insert_into
from bot.store.ids import new_answer_id
from bot.store.tables import answers

EDIT_PAUSE = timedelta(seconds=30)  # between two edits of one card
EDIT_FOR = timedelta(hours=24)  # an older card has scrolled out of sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A card that shows less than is known."""

    answer: Answer
    revision: int  # what the edit brings it to


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform took the card of an answer."""

    answer: str
    activity: str  # the platform's id of the card
    thread: str | None  # id of its root message, in channels


async def add(db: AsyncConnection, answer: Answer) -> Answer:
    """Keep this answer.  One without an id is given one."""
    named = answer if answer.id else replace(answer, id=new_answer_id())
    await add_all(db, (named,))
    return named


async def add_all(db: AsyncConnection, several: Sequence[Answer]) -> None:
    """Keep several answers that have their ids already, in one statement.  Those that are kept already stay so."""
    if several:
        kept_once = insert_into(db, answers).on_conflict_do_nothing()
        await db.execute(kept_once, [_row(answer) for answer in several])


async def get(db: AsyncConnection, answer: str, tenant: TenantId | None, conversation: str) -> Answer | None:
    """The answer with this id, if it was given to this tenant in this conversation; else None."""
    mine = (answers.c.id == answer, answers.c.tenant == (tenant or NOBODY), answers.c.conversation == conversation)
    row = (await db.execute(select(answers).where(*mine))).one_or_none()
    return None if row is None else _answer(row)


async def sent(db: AsyncConnection, answer: str, activity: str, thread: str | None) -> None:
    """The platform took the card and calls it `activity`."""
    await sent_all(db, (Sent(answer=answer, activity=activity, thread=thread),))


async def sent_all(db: AsyncConnection, several: Sequence[Sent]) -> None:
    """The platform took these cards; one statement."""
    if several:
        named = update(answers).where(answers.c.id == bindparam("answer"))
        await db.execute(
            named.values(activity=bindparam("card"), thread=bindparam("root")),
            [{"answer": one.answer, "card": one.activity, "root": one.thread} for one in several],
        )


async def said(db: AsyncConnection, answer: str, outcome: str) -> None:
    """What the card says now, after it was shown anew."""
    await db.execute(update(answers).where(answers.c.id == answer).values(outcome=outcome))


async def mark_dirty(db: AsyncConnection, answer: str) -> None:
    """Something that everybody reads on this card has changed."""
    await db.execute(
        update(answers).where(answers.c.id == answer, answers.c.shared).values(wanted=answers.c.wanted + 1)
    )


async def mark_since(
    db: AsyncConnection, tenant: TenantId | None, service: ServiceId, since: datetime, *, drill: bool
) -> None:
    """Cards about this service that were sent since then, personal ones too, may say something else now."""
    mine = (answers.c.tenant == (tenant or NOBODY), answers.c.service == service, answers.c.at >= since)
    sent = (answers.c.activity.is_not(None), answers.c.drill == drill)
    await db.execute(update(answers).where(*mine, *sent).values(wanted=answers.c.wanted + 1))


async def dirty(db: AsyncConnection, now: datetime, *, limit: int = 100) -> tuple[Edit, ...]:
    """Cards to edit now: those that waited longest first, each at most once per pause."""
    rested = or_(answers.c.edited_at.is_(None), answers.c.edited_at <= now - EDIT_PAUSE)
    wanted = (
        select(answers)
        .where(answers.c.wanted > answers.c.shown, rested, answers.c.activity.is_not(None))
        .where(answers.c.at > now - EDIT_FOR)
        .order_by(answers.c.edited_at.is_not(None), answers.c.edited_at, answers.c.at)
        .limit(limit)
    )
    return tuple(Edit(answer=_answer(row), revision=row.wanted) for row in await db.execute(wanted))


async def given_since(
    db: AsyncConnection, tenant: TenantId | None, service: ServiceId, since: datetime, *, limit: int = 1000
) -> tuple[Answer, ...]:
    """Cards that were sent about this service, personal ones too, newest first: those that may have to be corrected."""
    mine = (answers.c.tenant == (tenant or NOBODY), answers.c.service == service, answers.c.at >= since)
    sent = select(answers).where(*mine, answers.c.activity.is_not(None))
    newest = sent.order_by(answers.c.at.desc(), answers.c.id).limit(limit)
    return tuple(_answer(row) for row in await db.execute(newest))


async def edited(db: AsyncConnection, answer: str, revision: int, now: datetime) -> None:
    """The card shows this revision."""
    await db.execute(update(answers).where(answers.c.id == answer).values(shown=revision, edited_at=now))


async def edit_failed(db: AsyncConnection, answer: str, now: datetime) -> None:
    """It still shows the old one; it is tried again after the pause."""
    await db.execute(update(answers).where(answers.c.id == answer).values(edited_at=now))


def _row(answer: Answer) -> dict[str, Any]:
    row = {field.name: getattr(answer, field.name) for field in fields(Answer)}
    return row | {"tenant": answer.tenant or NOBODY, "codes": msgspec.json.encode(answer.codes).decode()}


def _answer(row: Row[Any]) -> Answer:
    return Answer(
        id=row.id,
        tenant=TenantId(row.tenant) if row.tenant else None,
        conversation=row.conversation,
        at=row.at,
        shared=row.shared,
        intent=row.intent,
        service=ServiceId(row.service),
        feature=Feature(row.feature) if row.feature else None,
        client=Client(row.client) if row.client else None,
        codes=msgspec.json.decode(row.codes, type=tuple[str, ...]),
        symptom=row.symptom,
        since=row.since,
        language=row.language,
        zone=row.zone,
        outcome=row.outcome,
        activity=row.activity,
        thread=row.thread,
        drill=row.drill,
    )
