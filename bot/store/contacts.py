"""When the bot service last reached each app registration, and what became of the last send: for `check teams`.

Noted in memory and written soon after, at most once a minute for each registration, unless a send fares otherwise than
the one before.  Holds no person, no conversation and no word of a message.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import insert_into
from bot.store.engine import Store
from bot.store.tables import contacts

NOTED_EVERY = timedelta(minutes=1)
LONGEST_ERROR = 200
SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One registration's last exchanges; None where there was none."""

    app_id: str  # "" without one
    received_at: datetime | None = None  # an activity that was believed
    sent_at: datetime | None = None
    send_result: str | None = None  # sent, throttled, gone or failed
    send_error: str | None = None


async def save(db: AsyncConnection, noted: Sequence[Contact]) -> None:
    """Bring the rows up to date; a part that is None leaves what was known."""
    if not noted:
        return
    insert = insert_into(db, contacts)
    told = insert.excluded
    changed: dict[str, Any] = {
        name: func.coalesce(told[name], contacts.c[name]) for name in ("received_at", "sent_at", "send_result")
    }
    # An error goes with the send that it belongs to: a good one clears it.
    changed["send_error"] = func.nullif(func.coalesce(told.send_error, contacts.c.send_error), "")
    rows = [
        {
            "app_id": one.app_id,
            "received_at": one.received_at,
            "sent_at": one.sent_at,
            "send_result": one.send_result,
            "send_error": one.send_error,
        }
        for one in noted
    ]
    await db.execute(insert.on_conflict_do_update(index_elements=["app_id"], set_=changed), rows)


async def get(db: AsyncConnection, app_id: str) -> Contact:
    """What is known of this registration; nothing of one that was never reached."""
    row = (await db.execute(select(contacts).where(contacts.c.app_id == app_id))).one_or_none()
    if row is None:
        return Contact(app_id=app_id)
    return Contact(
        app_id=row.app_id,
        received_at=row.received_at,
        sent_at=row.sent_at,
        send_result=row.send_result,
        send_error=row.send_error or None,
    )


class RecentContacts:
    """Takes notes at once and writes them when `flush` is called, by a job and at stop."""

    def __init__(self, store: Store) -> None:
        """Remembers nothing at first."""
        self._store = store
        self._noted: dict[str, Contact] = {}  # what was last noted, by app
        self._new: dict[str, Contact] = {}
        self._waiting = asyncio.Event()

    def received(self, app_id: str, now: datetime) -> None:
        """The bot service brought something, and was believed."""
        last = self._noted.get(app_id, Contact(app_id=app_id))
        if last.received_at is None or now - last.received_at >= NOTED_EVERY:
            self._note(replace(last, received_at=now), Contact(app_id=app_id, received_at=now))

    def sent(self, app_id: str, now: datetime, *, result: str, error: str = "") -> None:
        """A send was tried.  `error`: for an operator, when it failed."""
        last = self._noted.get(app_id, Contact(app_id=app_id))
        if last.send_result == result and last.sent_at is not None and now - last.sent_at < NOTED_EVERY:
            return
        new = Contact(app_id=app_id, sent_at=now, send_result=result, send_error=error[:LONGEST_ERROR])
        self._note(replace(last, sent_at=now, send_result=result), new)

    async def until_new(self) -> None:
        """Return when something waits to be written."""
        await self._waiting.wait()

    async def flush(self) -> None:
        """Write what waits.  Raises StoreError; then it stays for the next time."""
        new, self._new = self._new, {}
        self._waiting.clear()
        if not new:
            return
        try:
            async with self._store.transaction() as db:
                await save(db, tuple(new.values()))
        except BaseException:
            self._new = {app: _joined(contact, self._new.get(app)) for app, contact in new.items()} | {
                app: contact for app, contact in self._new.items() if app not in new
            }
            self._waiting.set()
            raise

    def _note(self, known: Contact, new: Contact) -> None:
        self._noted[known.app_id] = known
        waiting = self._new.get(new.app_id)
        self._new[new.app_id] = new if waiting is None else _joined(waiting, new)
        self._waiting.set()


def _joined(older: Contact, newer: Contact | None) -> Contact:
    """Both notes as one; what the newer one does not say is as the older one has it."""
    if newer is None:
        return older
    sent = newer if newer.sent_at is not None else older
    return replace(sent, received_at=newer.received_at or older.received_at)
