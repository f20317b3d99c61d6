"""What is known of the conversations in which people ask: language, zone, site.  Kept in memory, bounded."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.domain.conversation import ConversationEvent, Life, Message, Scope
from bot.store import conversations
from bot.store.engine import Store, StoreError

log = structlog.get_logger(__name__)

MOST_PLACES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One conversation's own choices; None where none was made."""

    language: str | None = None
    zone: str | None = None
    site: str | None = None


class Places:
    """Conversations as answers need them, read from the store once each."""

    def __init__(self, store: Store) -> None:
        """Begin with nothing in memory."""
        self._store = store
        self._known: OrderedDict[tuple[str | None, str], Place] = OrderedDict()

    async def find(self, message: Message, now: datetime) -> Place:
        """The place of this message.  A store that fails gives a place without choices."""
        destination = message.destination
        if destination.scope in (Scope.PAGE, Scope.TERMINAL):
            return Place()
        key = (destination.tenant, destination.id)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        try:
            async with self._store.reading() as db:
                row = await conversations.get(db, destination.tenant, destination.id)
            if row is None or row.gone_at is not None:
                await self._begin(message, now)
        except StoreError as error:
            log.warning("conversation not read", error=str(error))
            return Place()
        place = Place(language=row.language, zone=row.zone, site=row.site) if row else Place()
        self.remember(key, place)
        return place

    async def _begin(self, message: Message, now: datetime) -> None:
        """First word from a conversation whose install we did not hear of: keep the way to speak there."""
        seen = ConversationEvent(life=Life.SEEN, destination=message.destination)
        async with self._store.transaction() as db:
            await conversations.record(db, seen, now)

    def remember(self, key: tuple[str | None, str], place: Place) -> None:
        """Take in a choice that was just made, or a row that was just read."""
        self._known[key] = place
        self._known.move_to_end(key)
        while len(self._known) > MOST_PLACES:
            self._known.popitem(last=False)
