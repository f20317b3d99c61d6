"""What is said openly in a conversation after somebody pressed a button there: everybody may know what was changed.

A press is answered to the person who pressed; the word for all follows from here, spoken by a job.
"""

import asyncio

import structlog

from bot.domain.aloud import Word
from bot.domain.conversation import Destination, Reply

log = structlog.get_logger(__name__)

MOST_WAITING = 1_000


class Aloud:
    """Words that wait to be spoken, oldest first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: asyncio.Queue[Word] = asyncio.Queue(MOST_WAITING)

    def say(self, where: Destination, reply: Reply) -> None:
        """Soon; the audit has it anyway."""
        self.again(Word(where=where, reply=reply))

    def again(self, word: Word) -> None:
        """Behind the others."""
        try:
            self._waiting.put_nowait(word)
        except asyncio.QueueFull:
            log.warning("open word given up", waiting=MOST_WAITING)

    async def next(self) -> Word:
        """The next word to speak; waits for one."""
        return await self._waiting.get()
