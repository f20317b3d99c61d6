"""Speaks what everybody in a conversation may know after one of them pressed a button there.

A word that is throttled waits for its moment while others pass it; what can't be sent is in the audit all the same.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.domain.aloud import Word
from bot.jobs.runner import guarded
from bot.transports.outgoing import Outcome, Sent, Throttled

log = structlog.get_logger(__name__)

PAUSE = timedelta(seconds=1)  # before a word that must wait is looked at again
MOST_TRIES = 5

Next = Callable[[], Awaitable[Word]]
Again = Callable[[Word], None]
Speak = Callable[[Word], Awaitable[Outcome]]


async def speak_aloud(clock: Clock, following: Next, again: Again, speak: Speak) -> None:
    """Run until cancelled.  `again`: puts a word behind the others."""

    async def once() -> None:
        word = await following()
        if word.not_before is not None and clock.now() < word.not_before:
            await clock.sleep(min(PAUSE, word.not_before - clock.now()))
            again(word)
            return
        outcome = await speak(word)
        if isinstance(outcome, Throttled) and word.tries < MOST_TRIES:
            again(replace(word, tries=word.tries + 1, not_before=outcome.until))
        elif not isinstance(outcome, Sent):
            log.info("open word not sent", conversation=word.where.id, outcome=type(outcome).__name__)

    while True:
        await guarded("aloud", once)
