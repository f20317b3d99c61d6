"""Edits cards of answers, when what their readers may know has changed: how many have it too, or the verdict's class.

A press is answered to the person who pressed; a card that many read follows here, at most once per pause per card
(`answers.EDIT_PAUSE`), so that a crowd pressing at once costs a handful of edits.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.domain.conversation import Answer, Destination
from bot.jobs.runner import guarded
from bot.store import answers, conversations
from bot.store.answers import Edit
from bot.store.conversations import Conversation
from bot.store.engine import Store
from bot.transports.outgoing import Gone, Outcome, Outgoing, Sent

log = structlog.get_logger(__name__)

TICK = timedelta(seconds=5)
WATCHED = timedelta(minutes=2)  # after the last press: longer than an edit's pause and one more try

Draw = Callable[[Answer, Conversation], Awaitable[Outgoing | None]]
Change = Callable[[Destination, str, Outgoing], Awaitable[Outcome]]


async def keep_shared_cards(store: Store, clock: Clock, marked: asyncio.Event, draw: Draw, change: Change) -> None:
    """Run until cancelled.

    `marked` is set when a card waits; `draw`: what it should say now, None: what it says is still so; `change`: puts
    that in the place of the old one.
    """
    is_more = False

    async def once() -> None:
        nonlocal is_more
        async with store.reading() as db:
            waiting = await answers.dirty(db, clock.now())
        is_more = bool(waiting)
        for edit in waiting:  # each on its own: one that can't be drawn keeps no other waiting
            if await guarded("shared card", partial(_edit, store, clock, edit, draw, change)) is not None:
                async with store.transaction() as db:
                    await answers.edit_failed(db, edit.answer.id, clock.now())

    while True:
        await marked.wait()
        marked.clear()
        until = clock.now() + WATCHED
        while (is_more or clock.now() < until) and not marked.is_set():
            await clock.sleep(TICK)
            await guarded("shared cards", once)


async def _edit(store: Store, clock: Clock, edit: Edit, draw: Draw, change: Change) -> None:
    answer = edit.answer
    async with store.reading() as db:
        place = await conversations.get(db, answer.tenant, answer.conversation)
    outcome: Outcome | None = None
    if place is not None and place.gone_at is None and answer.activity is not None:
        where = replace(place.destination, thread=answer.thread)
        drawn = await draw(answer, replace(place, destination=where))
        outcome = None if drawn is None else await change(where, answer.activity, drawn)
    async with store.transaction() as db:
        if outcome is None or isinstance(outcome, Sent | Gone):
            await answers.edited(db, answer.id, edit.revision, clock.now())
        else:
            await answers.edit_failed(db, answer.id, clock.now())
