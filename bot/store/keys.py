"""Codes that stand for persons: an HMAC of the person's id with the key of a tenant's day.

A code counts a person without naming one.  When its key has been destroyed (48 hours after the day, `prune`), nobody
can tell any more whose code it was, nor tie one day's codes to another's.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Table, Update, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.observation import TenantId
from bot.store.columns import NOBODY, insert_into
from bot.store.engine import Store
from bot.store.tables import day_keys, offers, own_tests, reports

KEPT_AFTER_ITS_DAY = timedelta(hours=48)
SAME_SITTING = timedelta(hours=1)  # at midnight UTC many people are in the middle of their day
_KEY_BYTES = 32
_CODE_DIGITS = 32  # 128 bits
_MOST_TENANTS = 1024
_UNLINKED = "-"  # how a code begins that stands for nobody any more


async def person_key(db: AsyncConnection, tenant: TenantId | None, person: str, now: datetime) -> str:
    """The code that counts this person now.

    Needs a writing transaction: the day's first asker makes its key, and what a person said shortly before midnight
    goes on under the new code, so that nobody counts twice.
    """
    today, yesterday = await _day_keys(db, tenant, now)
    if yesterday is not None and _since_midnight(now) < SAME_SITTING:
        await _carry_over(db, code(yesterday, person), code(today, person), now)
    return code(today, person)


class PersonKeys:
    """`person_key` without a transaction for each asker: the keys of the running day are remembered."""

    def __init__(self, store: Store) -> None:
        """Remembers nothing at first."""
        self._store = store
        self._day: date | None = None
        self._today: dict[TenantId | None, bytes] = {}

    async def of(self, tenant: TenantId | None, person: str, now: datetime) -> str:
        """The code that counts this person now.  Raises StoreError."""
        day = now.astimezone(UTC).date()
        if day != self._day:
            self._day, self._today = day, {}
        if tenant in self._today and _since_midnight(now) >= SAME_SITTING:
            return code(self._today[tenant], person)
        async with self._store.transaction() as db:
            found = await person_key(db, tenant, person, now)
            key, _ = await _day_keys(db, tenant, now)
        if self._day == day and len(self._today) < _MOST_TENANTS:
            self._today[tenant] = key
        return found


def destroyed_before(now: datetime) -> date:
    """Keys of days before this one are over."""
    return (now.astimezone(UTC) - KEPT_AFTER_ITS_DAY).date()


async def unlink(db: AsyncConnection, now: datetime, *, limit: int) -> None:
    """Codes without a key under an answer become chance: in a personal chat the answer would tell whose they were."""
    over = datetime.combine(destroyed_before(now), time(), UTC)
    wanted = (
        select(offers.c.answer, offers.c.person)
        .where(offers.c.at < over, ~offers.c.person.startswith(_UNLINKED))
        .distinct()
        .limit(limit)
    )
    for row in (await db.execute(wanted)).all():
        theirs = (offers.c.answer == row.answer, offers.c.person == row.person)
        await db.execute(update(offers).where(*theirs).values(person=_UNLINKED + secrets.token_hex(8)))


async def _day_keys(db: AsyncConnection, tenant: TenantId | None, now: datetime) -> tuple[bytes, bytes | None]:
    """The key of today, made if need be, and yesterday's where there is one."""
    today = now.astimezone(UTC).date()
    days = (today, today - timedelta(days=1))
    wanted = select(day_keys.c.day, day_keys.c.key).where(
        day_keys.c.tenant == (tenant or NOBODY), day_keys.c.day.in_(days)
    )
    found = {row.day: row.key for row in await db.execute(wanted)}
    if today not in found:
        row = {"tenant": tenant or NOBODY, "day": today, "key": secrets.token_bytes(_KEY_BYTES)}
        await db.execute(insert_into(db, day_keys).values(**row).on_conflict_do_nothing())
        found = {row.day: row.key for row in await db.execute(wanted)}  # another replica may have been first
    return found[today], found.get(days[1])


async def _carry_over(db: AsyncConnection, old: str, new: str, now: datetime) -> None:
    """What was said within the last sitting under the old code is said under the new one."""
    await db.execute(_renamed(reports, old, new, now))
    await db.execute(_renamed(own_tests, old, new, now))
    await db.execute(_renamed(offers, old, new, now))


def _renamed(table: Table, old: str, new: str, now: datetime) -> Update:
    return update(table).where(table.c.person == old, table.c.at > now - SAME_SITTING).values(person=new)


def _since_midnight(now: datetime) -> timedelta:
    moment = now.astimezone(UTC)
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)


def code(key: bytes, person: str) -> str:
    """The code of this person under this key."""
    return hmac.new(key, person.encode(), hashlib.sha256).hexdigest()[:_CODE_DIGITS]
