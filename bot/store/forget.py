"""Erases what stands under a person's or a conversation's id.

What a table declares (`kept`) decides: rows of that person or conversation, and rows under a code of theirs, are
removed; where somebody is only named in passing, the name is overwritten.  One short transaction a table, so that a
running server waits for none of them, and all of it may be repeated.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Table, and_, delete, false, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.conversation import Scope
from bot.domain.observation import TenantId
from bot.store.kept import Kept, every
from bot.store.keys import code
from bot.store.tables import answers, conversations, day_keys, metadata, offers

FORGOTTEN = "(forgotten)"
_DIRECTORY = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_PLATFORM = re.compile(r"(?:29|8):\S+")
_CONVERSATION = re.compile(r"(?:a|19):\S+|\S+@(?:thread\.\S+|unq\.gbl\.spaces)")

Open = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Whom an id stands for, in one tenant or in all."""

    tenant: TenantId | None = None  # None: every tenant
    persons: frozenset[str] = frozenset()
    conversations: frozenset[tuple[str, str]] = frozenset()  # tenant, id
    codes: frozenset[str] = frozenset()
    days: tuple[date, ...] = field(default=())  # whose keys are still there: codes of older days can't be found


def is_known_kind(person: str) -> bool:
    """Whether this can be an id that anything stands under."""
    return any(kind.fullmatch(person) for kind in (_DIRECTORY, _PLATFORM, _CONVERSATION))


async def meant_by(db: AsyncConnection, person: str, tenant: TenantId | None) -> Meant:
    """Whom this id stands for: their ids, their own chats, and their codes of the days whose keys are still there."""
    person = person.lower() if _DIRECTORY.fullmatch(person) else person
    named = or_(conversations.c.id == person, conversations.c.person == person)
    found = (await db.execute(select(conversations).where(named, _of(conversations, tenant)))).all()
    persons = {person} | {row.person for row in found if row.person and row.scope == Scope.PERSONAL}
    theirs = (
        await db.execute(select(conversations).where(conversations.c.person.in_(persons), _of(conversations, tenant)))
    ).all()
    places = {(row.tenant, row.id) for row in (*found, *theirs)}
    if _CONVERSATION.fullmatch(person):
        persons.discard(person)
        left = select(answers.c.tenant).where(answers.c.conversation == person, _of(answers, tenant)).distinct()
        places |= {(row.tenant, person) for row in await db.execute(left)}  # its own row may be gone
    keys = (await db.execute(select(day_keys).where(_of(day_keys, tenant)))).all()
    codes = {code(row.key, one) for row in keys for one in persons}
    own_chats = {(row.tenant, row.id) for row in (*found, *theirs) if row.scope == Scope.PERSONAL}
    return Meant(
        tenant=tenant,
        persons=frozenset(persons),
        conversations=frozenset(places),
        codes=frozenset(codes | await _used_in(db, own_chats)),
        days=tuple(sorted({row.day for row in keys})),
    )


async def forget(transaction: Open, meant: Meant) -> Mapping[str, int]:
    """Erase it.  Gives how many rows of each table were removed or overwritten.  Raises StoreError."""
    erased: dict[str, int] = {}
    tables = sorted(every(metadata), key=lambda pair: pair[0] is conversations)  # last: it tells what belongs together
    for table, kept in tables:
        if not kept.columns:
            continue
        async with transaction() as db:
            erased[table.name] = await _erase(db, table, kept, meant)
    return erased


async def _erase(db: AsyncConnection, table: Table, kept: Kept, meant: Meant) -> int:
    theirs = or_(
        false(),
        *(table.c[name].in_(meant.codes) for name in kept.codes),
        *([table.c[kept.owner].in_(meant.persons)] if kept.owner else []),
        *([_in_conversations(table, kept.conversation, meant)] if kept.conversation else []),
    )
    inside = _of(table, meant.tenant)
    rows: int = (await db.execute(delete(table).where(theirs, inside))).rowcount
    for name in kept.names:
        named = and_(table.c[name].in_(meant.persons), inside)
        instead = None if table.c[name].nullable else FORGOTTEN
        rows += (await db.execute(update(table).where(named).values({name: instead}))).rowcount
    for name in kept.texts:
        for an_id in sorted(meant.persons | {place for _, place in meant.conversations}):
            words = table.c[name]
            told = update(table).where(words.contains(an_id, autoescape=True), inside)
            rows += (await db.execute(told.values({name: func.replace(words, an_id, FORGOTTEN)}))).rowcount
    return rows


def _in_conversations(table: Table, column: str, meant: Meant) -> ColumnElement[bool]:
    if "tenant" in table.c:
        return tuple_(table.c.tenant, table.c[column]).in_(sorted(meant.conversations))
    return table.c[column].in_(sorted(place for _, place in meant.conversations))


def _of(table: Table, tenant: TenantId | None) -> ColumnElement[bool]:
    """Rows of this tenant; of all where none is asked for, or where the table has none."""
    return table.c.tenant == tenant if tenant is not None and "tenant" in table.c else ~false()


async def _used_in(db: AsyncConnection, chats: Iterable[tuple[str, str]]) -> set[str]:
    """Codes that were used in somebody's own chat: theirs, also of days whose key is gone."""
    inside = select(answers.c.id).where(tuple_(answers.c.tenant, answers.c.conversation).in_(sorted(chats)))
    return set((await db.execute(select(offers.c.person).where(offers.c.answer.in_(inside)))).scalars())
