"""`migrate`: bring the database to this release."""

from bot.clock import MachineClock
from bot.settings import Settings
from bot.store.engine import Store, StoreError
from bot.terminal.output import Output

OURS = 1


async def migrate(out: Output, settings: Settings) -> int:
    """Opening a database brings it to this release; say where it is."""
    try:
        store = await Store.open(settings.database_url, MachineClock(), exclusive=True)
    except StoreError as error:
        out.complain("The database can't be used.", [str(error)])
        return OURS
    place = store.place
    await store.close()
    if out.form == "json":
        out.json({"database": place, "migrated": True})
    else:
        out.line(f"{place} is ready for this release.")
    return 0
