"""Answers that were given, so that the buttons on their cards can be obeyed.  No message text.

Recent ones are kept in memory, bounded; all are in the store for the next start.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.commands.desk import Turn
from bot.domain.advice import StepId
from bot.domain.conversation import Answer
from bot.domain.observation import TenantId
from bot.domain.verdict import Verdict
from bot.store import answers as rows
from bot.store import offers
from bot.store.engine import Store, StoreError
from bot.store.ids import new_answer_id
from bot.store.offers import Result

log = structlog.get_logger(__name__)

MOST_RECENT = 10_000  # answers in memory, about a kilobyte each


class Answers:
    """The book of answers."""

    def __init__(self, store: Store) -> None:
        """Begin with nothing in memory."""
        self._store = store
        self._recent: OrderedDict[str, Answer] = OrderedDict()

    async def open(self, turn: Turn, verdict: Verdict, *, shared: bool) -> Answer:
        """Begin a new answer.  A store that fails costs its buttons after a restart, not the answer."""
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
        await self._keep(answer)
        return answer

    async def update(self, answer: Answer, verdict: Verdict) -> Answer:
        """The same answer, whose card says something new."""
        after = replace(answer, outcome=verdict.outcome)
        if after != answer:
            self._remember(after)
            try:
                async with self._store.transaction() as db:
                    await rows.said(db, answer.id, after.outcome)
            except StoreError as error:
                log.warning("answer not stored", error=str(error))
        return after

    async def find(self, row: str, tenant: TenantId | None, conversation: str) -> Answer | None:
        """The answer with this id, if it belongs to this tenant and conversation."""
        answer = self._recent.get(row)
        if answer is None:
            async with self._store.reading() as db:
                answer = await rows.get(db, row, tenant, conversation)
        if answer is None or answer.tenant != tenant or answer.conversation != conversation:
            return None
        return answer

    async def sent(self, row: str, activity: str, thread: str | None) -> None:
        """The card of this answer has been sent: remember the platform's id of it, which an edit needs."""
        answer = self._recent.get(row)
        if answer is not None:
            self._remember(replace(answer, activity=activity, thread=thread))
        try:
            async with self._store.transaction() as db:
                await rows.sent(db, row, activity, thread)
        except StoreError as error:
            log.warning("sent card not stored", error=str(error))

    async def mark(self, answer: Answer) -> None:
        """What everybody reads on this card has changed: it is edited soon.  Raises StoreError."""
        if answer.shared:
            async with self._store.transaction() as db:
                await rows.mark_dirty(db, answer.id)

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

    async def _keep(self, answer: Answer) -> None:
        self._remember(answer)
        try:
            async with self._store.transaction() as db:
                await rows.add(db, answer)
        except StoreError as error:
            log.warning("answer not stored", error=str(error))

    def _remember(self, answer: Answer) -> None:
        self._recent[answer.id] = answer
        self._recent.move_to_end(answer.id)
        while len(self._recent) > MOST_RECENT:
            self._recent.popitem(last=False)
