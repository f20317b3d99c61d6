"""Removes rows whose time is over, a bounded number at a time, so that nobody waits long for the writer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.kept import Keep
from bot.store.keys import destroyed_before
from bot.store.tables import answers, audit, conversations, day_keys, observations, offers, own_tests, reports

CHUNK = 1000  # rows per table and call


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long rows are kept, by what they hold."""

    observations: timedelta  # once they are no longer believed
    answers: timedelta
    reports: timedelta  # also own tests and offered steps
    conversations: timedelta  # once the bot was removed
    audit: timedelta

    def of(self, keep: Keep) -> timedelta | None:
        """How long rows of this kind are kept; None where no setting says."""
        found = getattr(self, keep.value, None)
        return found if isinstance(found, timedelta) else None


async def prune(db: AsyncConnection, now: datetime, retention: Retention) -> Mapping[str, int]:
    """Remove what is over.  Gives the number of rows by table; a full chunk means that there may be more."""
    over: tuple[tuple[Table, ColumnElement[bool]], ...] = (
        (observations, observations.c.until <= now - retention.observations),
        (answers, answers.c.at <= now - retention.answers),
        (reports, reports.c.at <= now - retention.reports),
        (own_tests, own_tests.c.at <= now - retention.reports),
        (offers, offers.c.at <= now - retention.reports),
        (conversations, conversations.c.gone_at <= now - retention.conversations),
        (audit, audit.c.at <= now - retention.audit),
        (day_keys, day_keys.c.day < destroyed_before(now)),
    )
    return {table.name: await _remove(db, table, which) for table, which in over}


async def _remove(db: AsyncConnection, table: Table, which: ColumnElement[bool]) -> int:
    key = tuple_(*table.primary_key)
    some = select(*table.primary_key).where(which).limit(CHUNK)
    return (await db.execute(delete(table).where(key.in_(some)))).rowcount
