"""Answers that were given, so that the buttons on their cards can be obeyed.  No message text.

New ones are kept in memory first and written together (`store.recent`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.commands.desk import Turn
from bot.domain.advice import StepId
from bot.domain.conversation import Answer
from bot.domain.observation import TenantId
from bot.domain.verdict import Verdict
from bot.store import answers as rows
from bot.store import offers
from bot.store.engine import Store
from bot.store.ids import new_answer_id
from bot.store.offers import Result
from bot.store.recent import RecentAnswers


class Answers:
    """The book of answers."""

    def __init__(self, store: Store) -> None:
        """Begin with nothing in memory; `recent` is written by a job."""
        self._store = store
        self.recent = RecentAnswers(store)
        self.marked = asyncio.Event()  # a shared card waits to be edited
        self.marked.set()  # one may be left from before the start

    async def open(self, turn: Turn, verdict: Verdict, *, shared: bool) -> Answer:
        """Begin a new answer; it is written soon, together with others."""
        intent, destination = turn.intent, turn.message.destination
        answer = Answer(
            id=new_answer_id(),
            tenant=turn.tenant,
            conversation=destination.id,
            at=turn.now,
            shared=shared,
            intent=intent.name,
            service=intent.service,
            feature=intent.feature,
            client=intent.client,
            codes=intent.codes,
            symptom=intent.symptom,
            since=intent.since,
            language=turn.language,
            zone=turn.zone,
            outcome=verdict.outcome,
            thread=destination.thread,
            drill=verdict.drill,
        )
        return self.recent.add(answer)

    async def update(self, answer: Answer, verdict: Verdict) -> Answer:
        """The same answer, whose card says something new."""
        if answer.outcome != verdict.outcome:
            self.recent.said(answer.id, verdict.outcome)
        return replace(answer, outcome=verdict.outcome)

    async def find(self, row: str, tenant: TenantId | None, conversation: str) -> Answer | None:
        """The answer with this id, if it belongs to this tenant and conversation.  Raises StoreError."""
        return await self.recent.get(row, tenant, conversation)

    async def sent(self, row: str, activity: str, thread: str | None) -> None:
        """The card of this answer has been sent: remember the platform's id of it, which an edit needs."""
        self.recent.sent(row, activity, thread)

    async def mark(self, answer: Answer) -> None:
        """What everybody reads on this card has changed: it is edited soon.  Raises StoreError."""
        if answer.shared:
            async with self._store.transaction() as db:
                await rows.mark_dirty(db, answer.id)
            self.marked.set()

    async def offer(self, answer: Answer, person: str, steps: Sequence[StepId], now: datetime) -> None:
        """These steps were shown to this person.  Raises StoreError."""
        async with self._store.transaction() as db:
            await offers.offer(db, answer.id, person, steps, now)

    async def offered(self, answer: Answer, person: str) -> tuple[StepId, ...]:
        """Steps that this person was shown one by one, oldest first.  Raises StoreError."""
        async with self._store.reading() as db:
            return tuple(offer.step for offer in await offers.shown(db, answer.id, person))

    async def settle(self, answer: Answer, person: str, now: datetime, *, worked: bool) -> None:
        """The steps shown so far helped, or did not.  Raises StoreError."""
        async with self._store.transaction() as db:
            await offers.settle(db, answer.id, person, Result.FIXED if worked else Result.STILL_BROKEN, now)
