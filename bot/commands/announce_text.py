"""`announce text ID`: the whole text of an announcement, for whoever may read it and has only seen its beginning.

What was told may be read by everybody of its tenant who knows its reference, which stands on its cards; what was not
told yet, or is told no more, by those who may see the list of announcements, and alone.
"""

from bot.cards.announce_text import text_reply
from bot.commands.announce_drafts import is_for, offer_of, row_of
from bot.commands.desk import Turn
from bot.commands.notices import SHARED, notice
from bot.commands.roles import permit
from bot.domain.announcement import Draft
from bot.domain.conversation import Reply, Role, Scope
from bot.store import announcements, occurrences

LISTERS = frozenset({Role.ANNOUNCER, Role.APPROVER, Role.HELPDESK})
TOLD_NO_MORE = (Draft.CANCELLED, Draft.RECALLED)


async def read_text(turn: Turn) -> Reply:
    """As it was typed: a reference, and perhaps the number of a page."""
    which, _, page = turn.intent.argument.partition(" ")
    return await show_text(turn, which, int(page or 1))


async def show_text(turn: Turn, which: str, page: int) -> Reply:
    """One page of it."""
    turn.ledger.written = True  # nothing is changed by looking
    async with turn.desk.store.reading() as db:
        plan = await announcements.get(db, which, turn.tenant)
        times = await occurrences.of_announcement(db, plan.id) if plan is not None else ()
    is_told = any(each.told_at is not None for each in times)
    if plan is None or turn.message.destination.scope is Scope.PAGE:
        return _unknown(turn, which)
    if not is_told or plan.draft in TOLD_NO_MORE:
        may = is_for(turn, plan) and (await permit(turn, LISTERS)).role is not None
        if not may:
            return _unknown(turn, which)
        if turn.message.destination.scope in SHARED:
            return notice(turn, "announce.alone")
    return text_reply(plan, page, offer_of(turn, row_of(plan)))


def _unknown(turn: Turn, which: str) -> Reply:
    return notice(turn, "announce.unknown_text", {"id": which.upper()})
