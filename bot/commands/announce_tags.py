"""`announce tag NAME` and `announce untag NAME`: which conversations an audience by tag means."""

import re

from bot.commands.audited import audited
from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.commands.status import CHAT_SCOPES
from bot.domain.conversation import Reply
from bot.store import readers

TYPED = re.compile(r"(?P<deed>tag|untag)\s+(?P<name>[\w-]{1,40})", re.IGNORECASE)


async def change_tag(turn: Turn, deed: str, name: str) -> Reply:
    """This conversation carries the tag from now on, or no longer.  Raises StoreError."""
    place, name = turn.message.destination, name.lower()
    if place.scope not in CHAT_SCOPES:
        return notice(turn, "announce.tag_where")
    await turn.desk.places.flush()  # a conversation that was never spoken to is known before it is named
    async with audited(turn, what=f"announce {deed}") as change:
        change.before = ", ".join(await readers.tags_of(change.db, turn.tenant, place.id)) or None
        act = readers.tag if deed == "tag" else readers.untag
        await act(change.db, turn.tenant, name, (place.id,))
        carried = await readers.tags_of(change.db, turn.tenant, place.id)
        change.after = ", ".join(carried) or None
    return notice(turn, "announce.tags_here", {"tags": ", ".join(carried) or "-"})
