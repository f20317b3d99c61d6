"""What a caller must know when rows can't be read or written: one error, in words for an operator."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SAYINGS = (  # part of the driver's text -> what it means and what to do
    ("disk is full", "the disk or its quota is full: free some space; writing goes on by itself then"),
    ("database is locked", "another program holds the database locked: close it, or wait until it is done"),
    ("readonly", "the database can't be written: give this user write access to the file and its folder"),
    ("read-only transaction", "this reading tried to write: an error in this program"),
    ("unable to open", "the database file can't be opened: check that its folder exists and this user may write in it"),
    ("not a database", "the file is no SQLite database: name another file, or restore a backup"),
    ("malformed", "the database file is damaged: stop, keep a copy of it and restore a backup"),
    ("disk I/O", "the disk reports errors: look at the machine's log"),
)


class StoreError(Exception):
    """Rows could not be read or written; nothing of the transaction was kept.  The text holds no secret."""


class NothingKept(StoreError):
    """There is no database at this place yet."""

    def __init__(self, place: str) -> None:
        """`place`: where it would be."""
        super().__init__(f"{place}: there is no database yet")


@contextmanager
def told_plainly(place: str) -> Iterator[None]:
    """Turn the database library's errors within into StoreError.  `place`: the database, without password."""
    try:
        yield
    except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
        raise explained(error, place) from error


def explained(error: SQLAlchemyError | sqlite3.Error, place: str) -> StoreError:
    """What this error means for an operator.  Only the driver's own first line is quoted: it holds no values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
    meaning = next((meaning for part, meaning in _SAYINGS if part in said), "the database did not take it")
    return StoreError(f"{place}: {meaning} ({said or type(error).__name__})")
