"""Outcomes of many attempts kept in few commits.

Whoever has an outcome waits until it is on the disk; what waits together is written together.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.delivery import Delivery
from bot.domain.observation import TenantId
from bot.store import conversations, deliveries
from bot.store.engine import Db, Store
from bot.store.whole import to_its_end

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
    """One outcome.  `ended` tells True: it is kept; False: write what waits, yourself included."""

    __slots__ = ("ended", "settled")

    def __init__(self, settled: Settled) -> None:
        self.settled = settled
        self.ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def end(self, trouble: BaseException | None) -> None:
        if self.ended.done():
            return  # the writer itself
        if trouble is None:
            self.ended.set_result(True)
        else:
            self.ended.set_exception(trouble)


class Settlements:
    """Keeps outcomes; one commit at a time, by the first of those who wait, for all who came meanwhile."""

    def __init__(self, store: Store, guard: Guard) -> None:
        """`guard`: raises LostLease in a transaction when the work is not ours any more."""
        self._store, self._guard = store, guard
        self._waiting: list[_Waiting] = []
        self._is_writing = False

    async def keep(self, settled: Settled) -> None:
        """Return when it is on the disk.  Raises StoreError, LostLease; then nothing of it was kept.

        A cancellation is let through only when it is known what was kept.
        """
        mine = _Waiting(settled)
        self._waiting.append(mine)
        await to_its_end(self._kept(mine))

    async def _kept(self, mine: _Waiting) -> None:
        """Never cut off: whoever is to write next does so also when it is being cancelled, since others wait for it."""
        if self._is_writing and await mine.ended:
            return
        self._is_writing = True
        await self._write_all()

    async def _write_all(self) -> None:
        together, self._waiting = self._waiting, []
        trouble: BaseException | None = None
        try:
            await self._write([each.settled for each in together])
        except BaseException as error:
            trouble = error
            raise
        finally:
            for each in together[1:]:
                each.end(trouble)
            if self._waiting:
                self._waiting[0].ended.set_result(False)
            else:
                self._is_writing = False

    async def _write(self, together: Sequence[Settled]) -> None:
        async with self._store.transaction() as db:
            await self._guard(db)
            await deliveries.settle_all(db, [each.delivery for each in together])
            for left in dict.fromkeys(each.left for each in together):
                if left is not None:
                    await conversations.gone(db, left.tenant, left.conversation, reason=left.reason, now=left.at)
