"""What must be known: one row for each thing, which says up to which revision.

A new revision touches this one row; what each destination lacks shows when both are joined (`deliveries.due`).  Who
must hear of it is written down piece by piece (`spreading`), so that nobody waits for a hundred thousand rows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.incident import Transition
from bot.domain.observation import TenantId
from bot.store.columns import NOBODY, insert_into
from bot.store.ids import new_row_id
from bot.store.tables import notifications

_FROM_THE_FIRST = ""  # cursor before every conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A notification whose deliveries have not all been written down yet."""

    notification: Notification
    told: int  # revision of what it is about; of the step too, if there is one
    step: str | None  # the change that is also said in threads
    after: str  # subscribers behind this conversation are still to come


async def want(
    db: AsyncConnection,
    notification: Notification,
    *,
    now: datetime,
    step: str | None = None,
    spread: bool = False,
) -> Notification:
    """This must be known, up to `revision` of what it is about.  An older or equal revision changes nothing.

    `step`: the change is also said in threads; `spread`: subscribers are to be asked whether they are told.  Gives it
    as it is kept: with its id, and with a revision that counts edits of counts too.
    """
    insert = insert_into(db, notifications).values(**_row(notification, now, step=step, spread=spread))
    told, mine = insert.excluded, notifications.c
    next_one = case((told.told > mine.revision, told.told), else_=mine.revision + 1)
    changes: dict[str, Any] = {
        "revision": next_one,
        "loud": next_one,
        "told": told.told,
        "changed_at": told.changed_at,
        "weight": told.weight,
        "final": told.final,
    }
    changes |= {"step": told.step, "stepped": told.stepped} if step else {}
    changes |= {"cursor": told.cursor} if spread else {}
    await db.execute(
        insert.on_conflict_do_update(
            index_elements=["tenant", "subject", "about"], set_=changes, where=told.told > mine.told
        )
    )
    return (await _all(db, _is(notification.tenant, notification.subject, notification.about)))[0]


async def want_step(db: AsyncConnection, transition: Transition, now: datetime) -> Notification:
    """This step of an incident must be known; who hears of it is decided destination by destination."""
    incident = transition.incident
    return await want(
        db,
        Notification(
            id=NotificationId(""),
            subject=Subject.INCIDENT,
            about=incident.id,
            tenant=incident.tenant,
            revision=incident.revision,
            made_at=now,
            weight=incident.level.rank,
            drill=incident.drill,
            final=not incident.stage.is_open,
        ),
        now=now,
        step=transition.change if transition.change.is_important else None,
        spread=True,
    )


async def want_many(db: AsyncConnection, several: Sequence[tuple[Notification, str | None]], now: datetime) -> None:
    """As `want`, for many at once, each with the change that is also said in threads; subscribers are to be asked."""
    for stepping in (True, False):
        some = [(each, step) for each, step in several if (step is not None) is stepping]
        if not some:
            continue
        insert = insert_into(db, notifications)
        told, mine = insert.excluded, notifications.c
        next_one = case((told.told > mine.revision, told.told), else_=mine.revision + 1)
        taken_over = ("told", "changed_at", "weight", "final", "cursor", *(("step", "stepped") if stepping else ()))
        changes = {"revision": next_one, "loud": next_one} | {name: told[name] for name in taken_over}
        newer = insert.on_conflict_do_update(
            index_elements=["tenant", "subject", "about"], set_=changes, where=told.told > mine.told
        )
        await db.execute(newer, [_row(each, now, step=step, spread=True) for each, step in some])


async def count_anew(
    db: AsyncConnection, tenant: TenantId | None, subject: Subject, about: str, *, unchanged_since: datetime
) -> bool:
    """Cards may show other counts now: an edit that comes after everything else.  False: it was changed since then.

    A card that still lacks a change of state is not told to wait: it will show the new counts with it.
    """
    rested = notifications.c.changed_at <= unchanged_since
    edit = update(notifications).where(_is(tenant, subject, about), rested, notifications.c.final.is_(False))
    return (await db.execute(edit.values(revision=notifications.c.revision + 1))).rowcount > 0


async def get(db: AsyncConnection, notification: str) -> Notification | None:
    """The one with this id."""
    found = await _all(db, notifications.c.id == notification)
    return found[0] if found else None


async def about(db: AsyncConnection, tenant: TenantId | None, subject: Subject, what: str) -> Notification | None:
    """The one that tells of this."""
    found = await _all(db, _is(tenant, subject, what))
    return found[0] if found else None


async def known_about(
    db: AsyncConnection, tenant: TenantId | None, subject: Subject, what: Collection[str]
) -> frozenset[str]:
    """Of these the ones that something tells of."""
    mine = notifications.c
    asked = (mine.tenant == (tenant or NOBODY), mine.subject == subject, mine.about.in_(sorted(what)))
    return frozenset((await db.execute(select(mine.about).where(*asked))).scalars()) if what else frozenset()


async def open_about(db: AsyncConnection, subject: Subject) -> tuple[Notification, ...]:
    """Those of every tenant that are not over, oldest first."""
    open_ones = (notifications.c.subject == subject, notifications.c.final.is_(False))
    found = await db.execute(select(notifications).where(*open_ones).order_by(notifications.c.made_at))
    return tuple(_notification(row) for row in found)


async def open_of(
    db: AsyncConnection, tenants: Collection[TenantId | None], subject: Subject
) -> tuple[Notification, ...]:
    """Those of these tenants that are not over."""
    mine = notifications.c
    which = and_(mine.tenant.in_(sorted({each or NOBODY for each in tenants})), mine.subject == subject)
    return tuple(await _all(db, and_(which, mine.final.is_(False))))


async def spreading(db: AsyncConnection, tenant: TenantId | None) -> tuple[Spread, ...]:
    """Those whose deliveries have not all been written down yet, bigger trouble first."""
    mine = notifications.c
    wanted = (
        select(notifications)
        .where(mine.tenant == (tenant or NOBODY), mine.cursor.is_not(None))
        .order_by(mine.weight.desc(), mine.made_at, mine.id)
    )
    return tuple(
        Spread(
            notification=_notification(row),
            told=row.told,
            step=row.step if row.stepped == row.told else None,
            after=row.cursor,
        )
        for row in await db.execute(wanted)
    )


async def spread_to(db: AsyncConnection, spread: Spread, last: str | None) -> bool:
    """The deliveries up to the subscriber `last` are written down; None: all of them.

    False: a newer revision came meanwhile, and it begins again from the first.
    """
    mine = notifications.c
    same = and_(mine.id == spread.notification.id, mine.told == spread.told, mine.cursor == spread.after)
    return (await db.execute(update(notifications).where(same).values(cursor=last))).rowcount > 0


def notification_of(row: Row[Any], prefix: str) -> Notification:
    """From a row whose columns of this table have a prefix."""
    return _notification(row, prefix)


def _is(tenant: TenantId | None, subject: Subject, what: str) -> ColumnElement[bool]:
    mine = notifications.c
    return and_(mine.tenant == (tenant or NOBODY), mine.subject == subject, mine.about == what)


async def _all(db: AsyncConnection, which: ColumnElement[bool]) -> Sequence[Notification]:
    return [_notification(row) for row in await db.execute(select(notifications).where(which))]


def _row(notification: Notification, now: datetime, *, step: str | None, spread: bool) -> dict[str, Any]:
    return {
        "id": notification.id or new_row_id(),
        "tenant": notification.tenant or NOBODY,
        "subject": notification.subject,
        "about": notification.about,
        "revision": notification.revision,
        "told": notification.revision,
        "loud": notification.revision,
        "made_at": notification.made_at,
        "changed_at": now,
        "weight": notification.weight,
        "drill": notification.drill,
        "final": notification.final,
        "step": step,
        "stepped": notification.revision if step else 0,
        "cursor": _FROM_THE_FIRST if spread else None,
    }


def _notification(row: Row[Any], prefix: str = "") -> Notification:
    known = {name: row._mapping[prefix + name] for name in _FIELDS}
    known |= {
        "tenant": TenantId(known["tenant"]) if known["tenant"] else None,
        "id": NotificationId(known["id"]),
        "subject": Subject(known["subject"]),
    }
    return Notification(**known)


_FIELDS = ("id", "subject", "about", "tenant", "revision", "made_at", "weight", "drill", "final")
