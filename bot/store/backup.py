"""A copy of the database as it stood at one moment, in one SQLite file, while others go on writing.

SQLite is copied page by page through its own backup API; PostgreSQL row by row within one snapshot, so that the copy
can be restored into either.  The file gets its name only when it is whole, sound and on the disk.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.store.copying import copy_rows
from bot.store.engine import PATIENCE, Store
from bot.store.errors import StoreError, told_plainly
from bot.store.peek import SQLITE, require_tables, revision_in
from bot.store.schema import HEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A finished copy."""

    place: str
    revision: str
    size_bytes: int


async def back_up(url: str, file: Path, clock: Clock, *, force: bool = False) -> Copied:
    """Copy the database at `url` into `file`.  `force`: in place of a file that is there.

    Raises StoreError; then nothing is left behind, and an older file is as it was.
    """
    _refuse_place(url, file)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        _touch(part, file, force=force)
        if url.startswith(SQLITE):
            await asyncio.to_thread(_copy_pages, Path(url.removeprefix(SQLITE)), part)
        else:
            await _copy_from_server(url, part, clock)
        return await asyncio.to_thread(_finish, part, file)
    except OSError as error:
        raise StoreError(
            f"{file}: the backup can't be written ({error.strerror}): check its folder and space"
        ) from error
    finally:
        for left in ("", "-journal", "-wal", "-shm", ".lock"):
            with suppress(OSError):
                part.with_name(part.name + left).unlink(missing_ok=True)


def _refuse_place(url: str, file: Path) -> None:
    """Where a copy must not go, whatever is asked: to no name, over a device, over the very database."""
    if not file.name or (file.exists() and not file.is_file()):
        raise StoreError(f"{file}: the backup can't be written there: name a file")
    source = Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None
    for end in ("", "-wal", "-shm", "-journal", ".lock"):
        if source is not None and file.absolute() == source.with_name(source.name + end).absolute():
            raise StoreError(f"{file}: belongs to the database itself: name another file")
    if source is not None and source.exists() and file.exists() and file.samefile(source):
        raise StoreError(f"{file}: is the database itself: name another file")


def _touch(part: Path, file: Path, *, force: bool) -> None:
    """An empty file for this user only: rows hold ids of persons."""
    if file.exists() and not force:
        raise StoreError(f"{file}: is there already: name another file, or say --force to replace it")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _copy_pages(source: Path, part: Path) -> None:
    """All pages in one step, within one snapshot: in several steps, each write by others would begin it anew."""
    with told_plainly(str(source)):
        require_tables(source)
        address = f"{source.absolute().as_uri()}?mode=ro"
        opened = sqlite3.connect(address, uri=True, timeout=PATIENCE.total_seconds())
        with closing(opened) as origin, told_plainly(str(part)), closing(sqlite3.connect(part)) as target:
            origin.backup(target, pages=-1)


async def _copy_from_server(url: str, part: Path, clock: Clock) -> None:
    from bot.store.postgres import snapshot  # noqa: PLC0415 - loaded only where it is used

    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(snapshot(url))
        target = await Store.open(f"{SQLITE}{part}", clock)
        stack.push_async_callback(target.close)
        async with target.transaction() as db:
            await copy_rows(source, db)


def _finish(part: Path, file: Path) -> Copied:
    """One file without companions, found sound, on the disk; only then it gets its name."""
    with told_plainly(str(file)):
        with closing(sqlite3.connect(part, isolation_level=None)) as made:
            made.execute("PRAGMA journal_mode = DELETE")
            found = made.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise StoreError(f"{file}: the copy is damaged ({found}): the database may be, too; look at the disk")
        revision = revision_in(part) or HEAD
    _on_the_disk(part, os.O_RDWR)
    part.replace(file)
    if os.name == "posix":  # elsewhere folders can't be opened
        _on_the_disk(file.absolute().parent, os.O_RDONLY)
    return Copied(place=str(file), revision=revision, size_bytes=file.stat().st_size)


def _on_the_disk(place: Path, flags: int, sync: Callable[[int], None] = os.fsync) -> None:
    opened = os.open(place, flags)
    try:
        sync(opened)
    finally:
        os.close(opened)
