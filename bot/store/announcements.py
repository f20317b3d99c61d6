"""What operators plan to tell: each announcement as it stands now, and every text that it had.

It is saved over the very revision that it was edited from, so that of two editors one is told, with both texts at hand.
Whoever saves does no more than that: the job `announce` plans what a new revision means (`to_plan`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, bindparam, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.announcement import Announcement, AnnouncementId, Approval, Draft, Words
from bot.domain.approving import Conflict
from bot.domain.observation import TenantId
from bot.store.columns import NOBODY, insert_into
from bot.store.forget import FORGOTTEN
from bot.store.ids import new_incident_id
from bot.store.incidents import ANY, Whose
from bot.store.tables import announcement_texts, announcements, occurrences

CHUNK = 500
OPEN = (Draft.DRAFT, Draft.WAITING, Draft.PLANNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPlan:
    """An announcement whose occurrences are not planned from its newest revision, or not far enough ahead."""

    announcement: Announcement
    planned: int  # revision; 0: never
    planned_until: datetime | None


def new_id() -> AnnouncementId:
    """The reference that people quote."""
    return AnnouncementId(new_incident_id())


async def save(db: AsyncConnection, announcement: Announcement, expected: int | None = None) -> Announcement | Conflict:
    """Keep it: new, or in place of revision `expected`, which it was edited from.  Gives it as it is kept.

    A new one without an id gets one.  A new one of an origin that is known already is a conflict with that one.
    """
    if expected is None:
        named = announcement if announcement.id else replace(announcement, id=new_id())
        kept = replace(named, revision=1)
        insert = insert_into(db, announcements).values(**_row(kept), planned=0).on_conflict_do_nothing()
        done = (await db.execute(insert.returning(announcements.c.id))).first()
    else:
        kept = replace(announcement, revision=expected + 1)
        mine = (announcements.c.id == kept.id, announcements.c.revision == expected)
        row = {name: value for name, value in _row(kept).items() if name not in ("id", "tenant", "made_at")}
        changed = update(announcements).where(*mine).values(**row, ended_at=None)
        done = (await db.execute(changed.returning(announcements.c.id))).first()
    if done is None:
        theirs = await get(db, kept.id) or await of_origin(db, kept.tenant, kept.origin)
        assert theirs is not None  # noqa: S101 - something was in the way
        return Conflict(theirs=theirs, expected_revision=expected or 0)
    text = {
        "announcement": kept.id,
        "revision": kept.revision,
        "at": kept.changed_at,
        "language": kept.language,
        "words": msgspec.json.encode(kept.words).decode(),
    }
    await db.execute(insert_into(db, announcement_texts).values(**text).on_conflict_do_nothing())
    return kept


async def get(db: AsyncConnection, announcement: str, whose: Whose = ANY) -> Announcement | None:
    """This one, if it is of that tenant; as people type it: small letters, O and I for 0 and 1."""
    typed = announcement.strip().upper().translate(str.maketrans("OIL", "011"))
    found = await _all(db, announcements.c.id == typed, *_of(whose))
    return found[0] if found else None


async def of_origin(db: AsyncConnection, tenant: TenantId | None, origin: str) -> Announcement | None:
    """The one that was made from what that source announced."""
    found = await _all(db, announcements.c.origin == origin, *_of(tenant)) if origin else ()
    return found[0] if found else None


async def from_origins(db: AsyncConnection, tenant: TenantId | None) -> tuple[Announcement, ...]:
    """Those that others announced and that are not over."""
    return await _all(db, announcements.c.origin != "", announcements.c.draft.in_(OPEN), *_of(tenant))


async def recent(
    db: AsyncConnection, whose: Whose, *, drafts: Sequence[Draft] = tuple(Draft), limit: int = 100
) -> tuple[Announcement, ...]:
    """The newest first."""
    which = and_(announcements.c.draft.in_(list(drafts)), *_of(whose))
    newest = select(announcements).where(which).order_by(announcements.c.changed_at.desc(), announcements.c.id)
    return tuple(_announcement(row) for row in await db.execute(newest.limit(limit)))


async def several(db: AsyncConnection, ids: Sequence[str]) -> dict[str, Announcement]:
    """Those with these ids."""
    return {one.id: one for one in await _all(db, announcements.c.id.in_(sorted(set(ids))))}


async def to_be_planned(db: AsyncConnection, limit: int) -> tuple[AnnouncementId, ...]:
    """Some that were saved since their occurrences were planned.  Cheap where there are none."""
    saved = select(announcements.c.id).where(announcements.c.planned < announcements.c.revision)
    found = (await db.execute(saved.order_by(announcements.c.id).limit(limit))).scalars()
    return tuple(AnnouncementId(each) for each in found)


async def to_plan(db: AsyncConnection, among: Sequence[AnnouncementId]) -> tuple[ToPlan, ...]:
    """Those of these that were saved since their occurrences were planned."""
    saved = and_(announcements.c.planned < announcements.c.revision, announcements.c.id.in_(sorted(among)))
    return await _to_plan(db, saved, len(among))


async def to_extend(db: AsyncConnection, until: datetime, limit: int) -> tuple[ToPlan, ...]:
    """Recurring ones that are planned not even up to `until`."""
    short = and_(announcements.c.draft == Draft.PLANNED, announcements.c.planned_until < until)
    return await _to_plan(db, short, limit)


async def planned(db: AsyncConnection, several_planned: Sequence[tuple[Announcement, datetime | None]]) -> None:
    """Their occurrences are planned from these revisions, each so far; None: there are no more.

    One that was saved anew meanwhile is still to be planned.
    """
    if not several_planned:
        return
    same = and_(announcements.c.id == bindparam("which"), announcements.c.revision == bindparam("from_revision"))
    done = update(announcements).where(same)
    rows = [{"which": one.id, "from_revision": one.revision, "until": until} for one, until in several_planned]
    await db.execute(done.values(planned=bindparam("from_revision"), planned_until=bindparam("until")), rows)


async def close_ended(db: AsyncConnection, ids: Sequence[str], open_phases: Sequence[str], now: datetime) -> None:
    """Of these, those of which nothing is still to come are over."""
    mine, among = announcements.c, sorted(set(ids))
    still = exists().where(occurrences.c.announcement == mine.id, occurrences.c.phase.in_(open_phases))
    ended = case((mine.draft == Draft.PLANNED, Draft.ENDED), else_=mine.draft)
    for start in range(0, len(among), CHUNK):
        over = (
            mine.id.in_(among[start : start + CHUNK]),
            mine.planned == mine.revision,
            mine.planned_until.is_(None),
            or_(mine.ended_at.is_(None), mine.draft == Draft.PLANNED),
            ~still,
        )
        closed = update(announcements).where(*over)
        await db.execute(closed.values(ended_at=func.coalesce(mine.ended_at, now), draft=ended))


async def texts(db: AsyncConnection, announcement: str) -> dict[int, tuple[datetime, dict[str, Words]]]:
    """Every text that it had, by revision."""
    mine = select(announcement_texts).where(announcement_texts.c.announcement == announcement)
    rows = await db.execute(mine.order_by(announcement_texts.c.revision))
    return {row.revision: (row.at, msgspec.json.decode(row.words, type=dict[str, Words])) for row in rows}


_COLUMNS = frozenset(
    {"id", "tenant", "draft", "author", "approval", "origin", "origin_revision", "revision", "made_at", "changed_at"}
)
_BODY = tuple(each.name for each in fields(Announcement) if each.name not in _COLUMNS)


def _row(one: Announcement) -> dict[str, Any]:
    approval = one.approval
    return {
        "id": one.id,
        "tenant": one.tenant or NOBODY,
        "draft": one.draft,
        "body": msgspec.json.encode({name: getattr(one, name) for name in _BODY}).decode(),
        "author": one.author,
        "approved_by": approval.by if approval else None,
        "approved_at": approval.at if approval else None,
        "approved_digest": approval.digest if approval else None,
        "origin": one.origin,
        "origin_revision": one.origin_revision,
        "revision": one.revision,
        "made_at": one.made_at,
        "changed_at": one.changed_at,
    }


def _announcement(row: Row[Any]) -> Announcement:
    approval = (
        {"digest": row.approved_digest, "by": row.approved_by or FORGOTTEN, "at": row.approved_at}
        if row.approved_digest and row.approved_at
        else None
    )
    known = {
        "id": row.id,
        "tenant": row.tenant or None,
        "draft": row.draft,
        "author": row.author,
        "approval": Approval(**approval) if approval else None,
        "origin": row.origin,
        "origin_revision": row.origin_revision,
        "revision": row.revision,
        "made_at": row.made_at,
        "changed_at": row.changed_at,
    }
    return msgspec.convert(msgspec.json.decode(row.body) | known, type=Announcement)


def _of(whose: Whose) -> tuple[ColumnElement[bool], ...]:
    return () if whose is ANY else (announcements.c.tenant == (whose or NOBODY),)


async def _all(db: AsyncConnection, *which: ColumnElement[bool]) -> tuple[Announcement, ...]:
    aged = select(announcements).where(*which).order_by(announcements.c.made_at, announcements.c.id)
    return tuple(_announcement(row) for row in await db.execute(aged))


async def _to_plan(db: AsyncConnection, which: ColumnElement[bool], limit: int) -> tuple[ToPlan, ...]:
    rows = await db.execute(select(announcements).where(which).order_by(announcements.c.id).limit(limit))
    return tuple(
        ToPlan(announcement=_announcement(row), planned=row.planned, planned_until=row.planned_until) for row in rows
    )
