"""Outcomes of many attempts kept in few commits.

Whoever has an outcome waits until it is on the disk; what waits together is written together.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.delivery import Delivery
from bot.domain.observation import TenantId
from bot.store import conversations, deliveries
from bot.store.engine import Db, Store

Guard = Callable[[Db], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A conversation in which we may speak no more."""

    tenant: TenantId | None
    conversation: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How one try ended."""

    delivery: Delivery  # after it
    left: Left | None = None


class _Waiting:
    __slots__ = ("is_kept", "settled", "trouble")

    def __init__(self, settled: Settled) -> None:
        self.settled = settled
        self.is_kept = False
        self.trouble: BaseException | None = None


class Settlements:
    """Keeps outcomes; one commit at a time, for everybody who came while it waited."""

    def __init__(self, store: Store, guard: Guard) -> None:
        """`guard`: raises LostLease in a transaction when the work is not ours any more."""
        self._store, self._guard = store, guard
        self._one_commit = asyncio.Lock()
        self._waiting: list[_Waiting] = []

    async def keep(self, settled: Settled) -> None:
        """Return when it is on the disk.  Raises StoreError, LostLease; then nothing of it was kept.

        To be run to its end: a caller that is cancelled in its middle does not know what was kept.
        """
        mine = _Waiting(settled)
        self._waiting.append(mine)
        async with self._one_commit:
            if not mine.is_kept and mine.trouble is None:
                together, self._waiting = self._waiting, []
                await self._write(together)
        if mine.trouble is not None:
            raise mine.trouble

    async def _write(self, together: list[_Waiting]) -> None:
        try:
            async with self._store.transaction() as db:
                await self._guard(db)
                await deliveries.settle_all(db, [each.settled.delivery for each in together])
                for left in dict.fromkeys(each.settled.left for each in together):
                    if left is not None:
                        await conversations.gone(db, left.tenant, left.conversation, reason=left.reason, now=left.at)
        except BaseException as error:
            for each in together:
                each.trouble = error
            raise
        for each in together:
            each.is_kept = True
