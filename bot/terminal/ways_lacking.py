"""Whether somebody waits to be told and could not be, were Teams to fail: from the settings and the database."""

from collections.abc import Sequence

from bot.lacking import Lacking
from bot.settings import Settings
from bot.store import subscriptions
from bot.store.engine import StoreError
from bot.terminal.recorded import looked_at
from bot.way_troubles import way_troubles


async def lacking(settings: Settings) -> Sequence[Lacking]:
    """What is wrong with the ways beside Teams.  Without a database nobody waits yet."""
    try:
        async with looked_at(settings) as store, store.reading() as db:
            subscribed = await subscriptions.tenants(db)
    except StoreError:
        subscribed = ()
    return way_troubles(settings, subscribed)
