"""What each person reported themselves lately: for them that is no colleague's word.

In memory, and read from the store where this process may not have heard it: right after a start, or when several
replicas answer.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime

import structlog

from bot.board import OWN_REPORTS
from bot.domain.conversation import Person
from bot.domain.observation import NOWHERE, Observation, TenantId
from bot.store import reports
from bot.store.engine import Store, StoreError
from bot.store.reports import WINDOW, Report

log = structlog.get_logger(__name__)

MOST_KNOWN = 10_000

Code = Callable[[Person, datetime], Awaitable[str]]  # what counts a person today; raises StoreError


class OwnWords:
    """The last word of each person, within the window."""

    def __init__(self, store: Store, code: Code, started_at: datetime, *, alone: bool) -> None:
        """`alone`: no other replica is told anything."""
        self._store, self._code, self._alone = store, code, alone
        self._hears_all_from = started_at + WINDOW
        self._known: OrderedDict[tuple[TenantId | None, str], Report] = OrderedDict()

    async def of(self, person: Person, now: datetime) -> Report | None:
        """What this person reported within the window, as far as it is known."""
        word = self._known.get((person.tenant, person.lasting_id))
        if word is None and (not self._alone or now < self._hears_all_from):
            word = await self._read(person, now)
        return word if word is not None and now < word.at + WINDOW else None

    def remember(self, person: Person, word: Report) -> None:
        """It was just kept."""
        self._known[(person.tenant, person.lasting_id)] = word
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    async def _read(self, person: Person, now: datetime) -> Report | None:
        try:
            code = await self._code(person, now)
            async with self._store.reading() as db:
                return await reports.word_of(db, person.tenant, code, now)
        except StoreError as error:
            log.debug("own word not read", error=str(error))
            return None


def without(seen: Iterable[Observation], word: Report | None) -> tuple[Observation, ...]:
    """What is seen, with one person's own word taken out of the colleagues' count: nobody is their own witness."""
    if word is None:
        return tuple(seen)
    kept = (_less(each, word) if each.source == OWN_REPORTS and each.key == word.said else each for each in seen)
    return tuple(each for each in kept if each is not None)


def _less(seen: Observation, word: Report) -> Observation | None:
    strength = seen.strength
    if strength is None or seen.service != word.service or seen.tenant != word.tenant:
        return seen
    place = word.site or NOWHERE
    shares = {site: people - (site == place) for site, people in strength.shares.items() if people - (site == place)}
    others = replace(strength, reports=strength.reports - 1, authors=strength.reports - 1, shares=shares)
    return replace(seen, strength=others) if others.reports > 0 else None
