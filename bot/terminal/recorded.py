"""What commands about incidents share: the database, only looked at, and the incident that an id means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from bot.clock import MachineClock
from bot.domain.incident import Incident
from bot.settings import Settings
from bot.store import incidents
from bot.store.engine import Store
from bot.store.peek import open_to_look
from bot.terminal.output import Output

LAST = 5  # ids that are named when one is not known


@asynccontextmanager
async def looked_at(settings: Settings) -> AsyncIterator[Store]:
    """The database, also while a server keeps it.  Raises StoreError."""
    store = await open_to_look(settings.database_url, MachineClock())
    try:
        yield store
    finally:
        await store.close()


async def meant(out: Output, store: Store, typed: str) -> Incident | None:
    """The incident with this id; where there is none, that is said, with the ids of the last ones."""
    async with store.reading() as db:
        found = await incidents.get(db, typed)
        last = () if found else await incidents.recent(db, incidents.ANY, limit=LAST)
    if found is None:
        known = ", ".join(f"{one.id} ({one.service}, {iso(one.opened_at)})" for one in last)
        out.complain(f"There is no incident {typed!r}.", [f"The last ones: {known}." if known else "There was none."])
    return found


def iso(moment: datetime | None) -> str | None:
    """UTC, to the second."""
    return moment.isoformat(timespec="seconds") if moment else None
