"""What is said openly in a conversation after somebody pressed a button there: everybody may know what was changed.

A press is answered to the person who pressed; the word for all follows from here, spoken by a job.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.conversation import Destination, Reply

log = structlog.get_logger(__name__)

MOST_WAITING = 1_000

Speak = Callable[[Destination, Reply], Awaitable[None]]


class Aloud:
    """Words that wait to be spoken, oldest first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: asyncio.Queue[tuple[Destination, Reply]] = asyncio.Queue(MOST_WAITING)

    def say(self, destination: Destination, reply: Reply) -> None:
        """Soon; the audit has it anyway."""
        try:
            self._waiting.put_nowait((destination, reply))
        except asyncio.QueueFull:
            log.warning("open word given up", waiting=MOST_WAITING)

    async def next(self) -> tuple[Destination, Reply]:
        """The next word to speak; waits for one."""
        return await self._waiting.get()
