"""A backup back into an empty database, of either kind: all of its rows or none."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from bot.clock import Clock
from bot.store.copying import copy_rows, keep_others_out, tables_with_rows
from bot.store.engine import Store
from bot.store.errors import StoreError, told_plainly
from bot.store.peek import SQLITE, revision_in
from bot.store.schema import HEAD, is_known


async def restore(url: str, file: Path, clock: Clock) -> dict[str, int]:
    """Put the rows of the backup `file` into the database at `url`; how many in each table.

    A backup by an older release is brought to this one on the way, in a copy.  Raises StoreError when the backup is not
    sound or of a newer release, when the database holds rows, or when a server runs on it.
    """
    with tempfile.TemporaryDirectory(prefix="notjustyou-restore-") as folder:
        copy = Path(folder, "backup.db")
        try:
            await asyncio.to_thread(_copy_sound, file, copy)
        except OSError as error:
            raise StoreError(f"{file}: can't be read ({error.strerror})") from error
        backup = await Store.open(f"{SQLITE}{copy}", clock)
        try:
            return await _into(url, backup, clock)
        finally:
            await backup.close()


async def _into(url: str, backup: Store, clock: Clock) -> dict[str, int]:
    target = await Store.open(url, clock, exclusive=True)
    try:
        if target.brought is None or target.brought.after != HEAD:
            raise StoreError(f"{target.place}: its tables are of a newer release: restore with that one")
        await target.refuse_company()
        async with backup.reading() as rows, target.transaction() as db:
            await keep_others_out(db)
            if full := await tables_with_rows(db):
                raise StoreError(
                    f"{target.place}: holds rows already ({', '.join(full)}): restore into an empty database,"
                    " and stop the server before"
                )
            return await copy_rows(rows, db)
    finally:
        await target.close()


def _copy_sound(file: Path, copy: Path) -> None:
    """Our own copy, so that the backup itself stays as it is."""
    if not file.is_file():
        raise StoreError(f"{file}: there is no such file")
    with told_plainly(str(file)):
        opened = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        with closing(opened) as origin, closing(sqlite3.connect(copy)) as target:
            origin.backup(target)
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise StoreError(f"{file}: is damaged ({found}): take another backup")
        revision = revision_in(copy)
    if revision is None:
        raise StoreError(f"{file}: is no backup of this program")
    if not is_known(revision):
        raise StoreError(f"{file}: is of a newer release (revision {revision}): restore it with that one")
