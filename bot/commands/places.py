"""What is known of the conversations in which people ask: language, zone, site.

Kept in memory, bounded; new ones are written together, soon after.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.domain.conversation import ConversationEvent, Destination, Life, Message, Scope
from bot.domain.observation import COUNTRY, TenantId
from bot.store import conversations
from bot.store.engine import Store, StoreError

log = structlog.get_logger(__name__)

MOST_PLACES = 20_000
MOST_UNWRITTEN = 20_000  # while the database can't be written

Key = tuple[TenantId | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One conversation's own choices; None where none was made."""

    language: str | None = None
    zone: str | None = None
    site: str | None = None
    person: str | None = None  # whose personal chat it is, once that is written down


def site_of(place: Place, message: Message) -> str | None:
    """Where the person is: what the conversation says of itself, else the country that their program tells."""
    return place.site or (f"{COUNTRY}{message.country}" if message.country else None)


def owner(message: Message) -> str | None:
    """Whose chat it is: nobody's where several people are."""
    return (message.person.lasting_id or None) if message.destination.scope is Scope.PERSONAL else None


class Places:
    """Conversations as answers need them."""

    def __init__(self, store: Store, *, alone: bool = False) -> None:
        """`alone`: no other process writes conversations, so that `restore` may know them all."""
        self._store = store
        self._alone = alone
        self._knows_all = False
        self._known: OrderedDict[Key, Place] = OrderedDict()
        self._to_read: set[Key] = set()  # changed since they were read
        self._new: dict[Key, tuple[ConversationEvent, datetime]] = {}
        self._waiting = asyncio.Event()
        self.became_known: Callable[[Collection[str]], Awaitable[None]] | None = None  # told once they are written

    async def restore(self) -> None:
        """Read back the conversations in which we may speak.  Raises StoreError."""
        async with self._store.reading() as db:
            rows = await conversations.all_reachable(db, limit=MOST_PLACES)
        for row in rows:
            self.remember((row.destination.tenant, row.destination.id), _place(row))
        self._knows_all = self._alone and len(rows) < MOST_PLACES

    async def find(self, message: Message, now: datetime) -> Place:
        """The place of this message.  A store that fails gives a place without choices."""
        destination = message.destination
        if destination.scope in (Scope.PAGE, Scope.TERMINAL):
            return Place()
        key = (destination.tenant, destination.id)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known_by(message, self._known[key], now)
        try:
            row = None if self._knows_all and key not in self._to_read else await self._read(key)
        except StoreError as error:
            log.debug("conversation not read", error=str(error))
            return Place()
        if row is None or row.gone_at is not None:
            self._begin(message, now)
        place = _place(row) if row else Place(person=owner(message))
        self.remember(key, place)
        return self._known_by(message, place, now)

    def remember(self, key: Key, place: Place) -> None:
        """Take in a choice that was just made, or a row that was just read."""
        self._to_read.discard(key)
        self._known[key] = place
        self._known.move_to_end(key)
        while len(self._known) > MOST_PLACES:
            self._known.popitem(last=False)
            self._knows_all = False

    def forget(self, destination: Destination) -> None:
        """Something happened to this conversation: read it anew.  One that was removed may be where it began again."""
        key = (destination.tenant, destination.id)
        self._known.pop(key, None)
        self._to_read.add(key)
        if len(self._to_read) > MOST_PLACES:
            self._to_read.clear()
            self._knows_all = False

    def follow(self) -> None:
        """Another replica may have changed any of them: read each anew when it is asked for."""
        if not self._alone:
            self._known.clear()

    def begin_anew(self) -> None:
        """Somebody was forgotten elsewhere, and nobody may say who: know nobody until their row was read."""
        self._known.clear()
        self._to_read.clear()
        self._knows_all = False

    async def until_new(self) -> None:
        """Return when a conversation waits to be written."""
        await self._waiting.wait()

    async def flush(self) -> None:
        """Write the new ones.  Raises StoreError; then they stay for the next time."""
        new, self._new = self._new, {}
        self._waiting.clear()
        if not new:
            return
        try:
            async with self._store.transaction() as db:
                await conversations.record_seen(db, tuple(new.values()))
        except BaseException:
            self._new = new | self._new
            self._waiting.set()
            raise
        if self.became_known is not None:
            await self.became_known([conversation for _, conversation in new])

    def _begin(self, message: Message, now: datetime) -> None:
        """First word from a conversation whose install we did not hear of: keep the way to speak there."""
        if len(self._new) < MOST_UNWRITTEN:
            destination = message.destination
            event = ConversationEvent(life=Life.SEEN, destination=destination, person=owner(message))
            self._new[(destination.tenant, destination.id)] = (event, now)
            self._waiting.set()

    def _known_by(self, message: Message, place: Place, now: datetime) -> Place:
        """A release before this one did not note whose chat it is: what can't be found can't be forgotten."""
        person = owner(message)
        if person is None or place.person is not None:
            return place
        self._begin(message, now)
        noted = replace(place, person=person)
        self.remember((message.destination.tenant, message.destination.id), noted)
        return noted

    async def _read(self, key: Key) -> conversations.Conversation | None:
        async with self._store.reading() as db:
            return await conversations.get(db, *key)


def _place(row: conversations.Conversation) -> Place:
    return Place(language=row.language, zone=row.zone, site=row.site, person=row.person)
