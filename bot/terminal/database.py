"""`migrate`, `backup` and `restore`: the database as a whole."""

import argparse
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from bot.clock import MachineClock
from bot.settings import Settings
from bot.store import audit
from bot.store.backup import back_up
from bot.store.engine import Store, StoreError
from bot.store.restore import restore
from bot.store.schema import HEAD
from bot.terminal.local import local_id
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output

_NOT_DONE = {
    "backup": "No backup was made.",
    "restore": "Nothing was restored.",
    "migrate": "The database was not brought to this release.",
}
PATIENCE = timedelta(seconds=15)  # a running server writes in between


async def run(arguments: argparse.Namespace, out: Output, settings: Settings) -> int:
    """Do the one that was asked for.  Gives the exit code."""
    try:
        match arguments.command:
            case "backup":
                await _back_up(out, settings, Path(arguments.file), force=arguments.force)
            case "restore":
                await _restore(out, settings, Path(arguments.file))
            case _:
                await _migrate(out, settings)
    except StoreError as error:
        return unreadable(out, error, _NOT_DONE[arguments.command])
    return 0


async def _migrate(out: Output, settings: Settings) -> None:
    """Opening a database brings it to this release; say from where to where."""
    store = await Store.open(settings.database_url, MachineClock(), exclusive=True)
    place, brought = store.place, store.brought
    await store.close()
    if brought and brought.before not in (None, brought.after):  # a new one has no past to speak of
        await _note(settings, "migrate", f"{brought.before} -> {brought.after}")
    before, after = (brought.before, brought.after) if brought else (HEAD, HEAD)
    came = f"{after}, as before" if before == after else f"{before or 'none'} -> {after}"
    facts = {"database": place, "migrated": True, "from": before, "to": after}
    _tell(out, facts, f"{place} is ready for this release (revision {came}).")


async def _back_up(out: Output, settings: Settings, file: Path, *, force: bool) -> None:
    made = await back_up(settings.database_url, file, MachineClock(), force=force)
    if made.revision == HEAD:  # an older database is copied as it is; opening it for a note would change it
        await _note(settings, "backup", f"{made.size_bytes} bytes")
    facts = {"file": made.place, "revision": made.revision, "bytes": made.size_bytes}
    _tell(out, facts, f"{made.place} is whole and sound (revision {made.revision}, {made.size_bytes} bytes).")


async def _restore(out: Output, settings: Settings, file: Path) -> None:
    rows = await restore(settings.database_url, file, MachineClock())
    await _note(settings, "restore", f"{sum(rows.values())} rows")
    said = f"{sum(rows.values())} rows in {sum(map(bool, rows.values()))} tables are back."
    _tell(out, {"file": str(file), "rows": rows}, said)


async def _note(settings: Settings, what: str, after: str) -> None:
    """In the audit: the operator did this.  The deed stands, whether or not it can be noted."""
    clock = MachineClock()
    deed = audit.Deed(tenant=None, at=clock.now(), who=local_id(), role=audit.OPERATOR, what=what, after=after)
    with suppress(StoreError):
        store = await Store.open(settings.database_url, clock, patience=PATIENCE)
        try:
            async with store.transaction() as db:
                await audit.add(db, deed)
        finally:
            await store.close()


def _tell(out: Output, facts: Mapping[str, object], said: str) -> None:
    """What was done; plain has a line a fact, and one for each table that rows are told of."""
    if out.form == "json":
        out.json(facts)
    elif out.form == "plain":
        for name, fact in facts.items():
            parts = fact if isinstance(fact, Mapping) else {"": fact}
            out.lines(
                f"{name} {part}".rstrip() + f": {'-' if value is None else value}" for part, value in parts.items()
            )
    else:
        out.line(said)
