"""Removes rows whose time is over, a bounded number at a time, so that nobody waits long for the writer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, and_, delete, exists, false, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.kept import Keep, every
from bot.store.keys import destroyed_before, unlink
from bot.store.tables import (
    announcement_texts,
    announcements,
    answers,
    audit,
    conversations,
    day_keys,
    deliveries,
    dues,
    incident_steps,
    incidents,
    leases,
    metadata,
    mutes,
    notifications,
    observations,
    occurrence_steps,
    occurrences,
    offers,
    own_tests,
    reports,
    waiting,
)

CHUNK = 1000  # rows per table and call
FORSAKEN = timedelta(days=1)  # a lease that nobody renewed for so long; those of replicas have names that never return


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long rows are kept, by what they hold."""

    observations: timedelta  # once they are no longer believed
    answers: timedelta
    reports: timedelta  # also own tests and offered steps
    conversations: timedelta  # once the bot was removed
    audit: timedelta
    incidents: timedelta  # once they are over
    deliveries: timedelta  # since the last news
    announcements: timedelta = timedelta(days=365)  # once nothing of them is still to come

    def of(self, keep: Keep) -> timedelta | None:
        """How long rows of this kind are kept; None where no setting says."""
        found = getattr(self, keep.value, None)
        return found if isinstance(found, timedelta) else None


async def prune(db: AsyncConnection, now: datetime, retention: Retention) -> Mapping[str, int]:
    """Remove what is over.  Gives the number of rows by table; a full chunk means that there may be more."""
    removed = await _with_their_conversation(db, now - retention.conversations)
    all_followed = max(removed.values(), default=0) < CHUNK
    await unlink(db, now, limit=CHUNK)
    over: tuple[tuple[Table, ColumnElement[bool]], ...] = (
        (observations, observations.c.until <= now - retention.observations),
        (answers, answers.c.at <= now - retention.answers),
        (reports, reports.c.at <= now - retention.reports),
        (own_tests, own_tests.c.at <= now - retention.reports),
        (offers, offers.c.at <= now - retention.reports),
        (
            conversations,
            and_(true() if all_followed else false(), conversations.c.gone_at <= now - retention.conversations),
        ),
        (audit, audit.c.at <= now - retention.audit),
        (day_keys, day_keys.c.day < destroyed_before(now)),
        (leases, leases.c.until <= now - FORSAKEN),
        (waiting, waiting.c.asked_at <= now - retention.answers),
        *_news(now - retention.deliveries),
        *_incidents(now - retention.incidents),
        *_announcements(now - retention.announcements),
    )
    for table, which in over:
        removed[table.name] = removed.get(table.name, 0) + await _remove(db, table, which)
    return removed


def _news(before: datetime) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    """What was told, then what it was: a notification stays until nothing refers to it."""
    over = notifications.c.changed_at <= before
    owed = deliveries.c.notification.in_(select(notifications.c.id).where(over))
    left = exists().where(deliveries.c.notification == notifications.c.id)
    return (deliveries, owed), (notifications, and_(over, ~left))


def _incidents(before: datetime) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    """The time line first.  One that is still open stays, however old."""
    over = incidents.c.closed_at <= before
    ended = select(incidents.c.id).where(over)
    left = exists().where(incident_steps.c.incident == incidents.c.id)
    return (
        (incident_steps, incident_steps.c.incident.in_(ended)),
        (mutes, mutes.c.incident.in_(ended)),
        (incidents, and_(over, ~left)),
    )


def _announcements(before: datetime) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    """What refers to one first."""
    over = announcements.c.ended_at <= before
    ended = select(announcements.c.id).where(over)
    theirs = select(occurrences.c.id).where(occurrences.c.announcement.in_(ended))
    left_of_each = (exists().where(table.c.occurrence == occurrences.c.id) for table in (dues, occurrence_steps))
    left = (exists().where(table.c.announcement == announcements.c.id) for table in (occurrences, announcement_texts))
    return (
        (dues, dues.c.occurrence.in_(theirs)),
        (occurrence_steps, occurrence_steps.c.occurrence.in_(theirs)),
        (occurrences, and_(occurrences.c.announcement.in_(ended), *(~each for each in left_of_each))),
        (announcement_texts, announcement_texts.c.announcement.in_(ended)),
        (announcements, and_(over, *(~each for each in left))),
    )


async def _with_their_conversation(db: AsyncConnection, before: datetime) -> dict[str, int]:
    """Rows that refer to a conversation whose time is over: they go first, so that nothing points at nobody."""
    over = conversations.c.gone_at <= before
    if (await db.execute(select(conversations.c.id).where(over).limit(1))).first() is None:
        return {}
    removed: dict[str, int] = {}
    for table, kept in every(metadata):
        if kept.conversation is None or table is conversations:
            continue
        place = [name for name in ("tenant", kept.conversation) if name in table.c]
        gone = select(*(conversations.c["id" if name == kept.conversation else name] for name in place)).where(over)
        removed[table.name] = await _remove(db, table, tuple_(*(table.c[name] for name in place)).in_(gone))
    return removed


async def _remove(db: AsyncConnection, table: Table, which: ColumnElement[bool]) -> int:
    key = tuple_(*table.primary_key)
    some = select(*table.primary_key).where(which).limit(CHUNK)
    return (await db.execute(delete(table).where(key.in_(some)))).rowcount
