"""Keeps an incident: a step with everything that it causes, or quietly what is waited for."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.delivery import Subject
from bot.domain.incident import Incident, Transition
from bot.jobs.consequences import BETTER, Consequence
from bot.jobs.incidents_known import Known, Shown, is_same
from bot.jobs.leases import Holding
from bot.store import incidents, notifications
from bot.store.engine import Db, Store

Holds = Callable[[Db, Transition, datetime], Awaitable[bool]]

COUNTS_EVERY = timedelta(minutes=1)  # at most one edit of a card for counts only
SEEN_EVERY = timedelta(minutes=2)  # how often it is written down that something still holds


async def keep_step(  # noqa: PLR0913 - a step and everything that it causes
    store: Store,
    holding: Holding,
    transition: Transition,
    now: datetime,
    consequences: Sequence[Consequence],
    *,
    holds: Holds | None = None,
) -> Incident:
    """In one transaction: the step, what must be known, and what else it causes.  Raises StoreError, LostLease.

    `holds`: whether nobody is told of it now, because it was announced.
    """
    before, after = transition.before, transition.incident
    async with store.transaction() as db:
        await holding.guard(db)
        is_held = holds is not None and await holds(db, transition, now)
        await incidents.save(db, after, before if before is not None and before.id == after.id else None)
        await incidents.add_step(db, transition)
        if not is_held:
            await notifications.want_step(db, transition, now)
        if not is_held or transition.change in BETTER:  # announced work makes nobody's answer wrong
            for consequence in consequences:
                await consequence(db, transition)
    return after


async def keep_quietly(store: Store, holding: Holding, known: Known, before: Incident | None, after: Incident) -> None:
    """What is waited for, and since when: not written at every look.  Raises StoreError, LostLease."""
    if not _is_worth_keeping(known.stored(after), after):
        known.remember(after)
        return
    async with store.transaction() as db:
        await holding.guard(db)
        await incidents.save(db, after, before)
    known.wrote(after)


async def told_counts(store: Store, known: Known, incident: Incident, reports: int, now: datetime) -> bool:
    """Whether cards are to show another number of reports: with every step anyway, else at most once a minute.

    Raises StoreError.
    """
    shown = known.shows(incident, reports, now)
    if shown.reports == reports or now - shown.at < COUNTS_EVERY:
        return False
    async with store.transaction() as db:
        rested = now - COUNTS_EVERY
        edited = await notifications.count_anew(
            db, incident.tenant, Subject.INCIDENT, incident.id, unchanged_since=rested
        )
    known.counted[incident.id] = Shown(reports=reports if edited else shown.reports, at=now)
    return edited


def _is_worth_keeping(stored: Incident | None, after: Incident) -> bool:
    """Whether a restart would miss it: what is waited for, since when, and that it was still so lately."""
    if stored is None or replace(after, pending=stored.pending) != stored or not is_same(stored.pending, after.pending):
        return True
    seen, written = _seen_at(after), _seen_at(stored)
    return seen is not None and written is not None and seen - written >= SEEN_EVERY


def _seen_at(incident: Incident) -> datetime | None:
    waits = incident.pending
    return None if waits is None else waits.seen_at or waits.since
