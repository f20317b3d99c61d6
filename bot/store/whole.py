"""Statements that run to their end, also when whoever asked for them is cancelled.

A statement cut off in its middle leaves its connection in an unknown state: SQLAlchemy drops it, and on SQLite the
dropped one goes on holding the write lock.  So a cancellation is let through between statements only.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


class _Whole:
    """A connection that can't be interrupted in the middle of a statement."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: Any, parameters: Any = None) -> Any:  # noqa: ANN401 - as SQLAlchemy's own
        return await to_its_end(self._connection.execute(statement, parameters))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the connection has
        return getattr(self._connection, name)


def whole(connection: AsyncConnection) -> AsyncConnection:
    """The same connection, whose statements run to their end."""
    return cast(AsyncConnection, _Whole(connection))


async def to_its_end(work: Awaitable[T]) -> T:
    """What `work` gives.  A cancellation waits until it is done, and is then let through."""
    running = asyncio.ensure_future(work)
    interrupted = False
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError:
            interrupted = True
    trouble = None if running.cancelled() else running.exception()
    if interrupted:
        raise asyncio.CancelledError
    if trouble is not None:
        raise trouble
    return running.result()
