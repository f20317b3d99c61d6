"""Answers of the last minutes, in memory first and written together: a question costs a twentieth of a transaction.

A crash loses at most what was not flushed; a card whose answer is lost says so when pressed and offers a new question.
While the database can't be written, buttons of recent cards go on working from here.
"""

import asyncio
from collections import OrderedDict
from dataclasses import replace

from bot.domain.conversation import Answer
from bot.domain.observation import TenantId
from bot.store import answers
from bot.store.engine import Store, StoreError
from bot.store.ids import new_answer_id

LONGEST_MEMORY = 5_000  # answers; about 5 MB
MOST_UNWRITTEN = 20_000  # while the database can't be written; then the oldest are forgotten


class RecentAnswers:
    """Takes answers at once and writes them when `flush` is called: by a job, some ten times a second, and at stop."""

    def __init__(self, store: Store) -> None:
        """Remembers nothing at first."""
        self._store = store
        self._recent: OrderedDict[str, Answer] = OrderedDict()
        self._new: dict[str, Answer] = {}
        self._sent: dict[str, answers.Sent] = {}
        self._said: dict[str, str] = {}
        self._waiting = asyncio.Event()

    def add(self, answer: Answer) -> Answer:
        """Keep this answer.  One without an id is given one."""
        named = answer if answer.id else replace(answer, id=new_answer_id())
        self._remember(named)
        self._new[named.id] = named
        self._waiting.set()
        if len(self._new) > MOST_UNWRITTEN:
            del self._new[next(iter(self._new))]
        return named

    def sent(self, answer: str, activity: str, thread: str | None) -> None:
        """The platform took the card and calls it `activity`."""
        if answer in self._recent:
            self._recent[answer] = replace(self._recent[answer], activity=activity, thread=thread)
        if answer in self._new:
            self._new[answer] = replace(self._new[answer], activity=activity, thread=thread)
        else:
            self._sent[answer] = answers.Sent(answer=answer, activity=activity, thread=thread)
        self._waiting.set()

    def said(self, answer: str, outcome: str) -> None:
        """What the card says now, after it was shown anew."""
        if answer in self._recent:
            self._recent[answer] = replace(self._recent[answer], outcome=outcome)
        if answer in self._new:
            self._new[answer] = replace(self._new[answer], outcome=outcome)
        else:
            self._said[answer] = outcome
        self._waiting.set()

    async def until_new(self) -> None:
        """Return when something waits to be written."""
        await self._waiting.wait()

    async def get(self, answer: str, tenant: TenantId | None, conversation: str) -> Answer | None:
        """The answer with this id, if it was given to this tenant in this conversation; else None.

        It is written before it is given, so that rows can refer to it.  Raises StoreError when it is not in memory
        and the database can't be read.
        """
        found = self._recent.get(answer)
        if found is None:
            async with self._store.reading() as db:
                return await answers.get(db, answer, tenant, conversation)
        if found.tenant != tenant or found.conversation != conversation:
            return None
        if answer in self._new:
            try:
                await self.flush()
            except StoreError:
                return found  # those who write next will be told the same
        return found

    async def flush(self) -> None:
        """Write what was not written yet.  Raises StoreError; then all of it stays for the next time."""
        new, sent, said = self._new, self._sent, self._said
        self._waiting.clear()
        if not new and not sent and not said:
            return
        self._new, self._sent, self._said = {}, {}, {}
        try:
            async with self._store.transaction() as db:
                await answers.add_all(db, tuple(new.values()))
                await answers.sent_all(db, tuple(sent.values()))
                for answer, outcome in said.items():
                    await answers.said(db, answer, outcome)
        except BaseException:
            self._new, self._sent, self._said = new | self._new, sent | self._sent, said | self._said
            self._waiting.set()
            raise

    def _remember(self, answer: Answer) -> None:
        self._recent[answer.id] = answer
        if len(self._recent) > LONGEST_MEMORY:
            self._recent.popitem(last=False)
