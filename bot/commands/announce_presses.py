"""The cards of announcements, pressed: pages of the form, preview, save, and what may be done with a saved one.

The row names an announcement of this tenant and the revision that was shown.  A form is its author's alone; an older
one, a repeated or forged press has no effect, gets the state as it is now, and stands in the audit.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.cards.announce_forms import Page, form
from bot.commands import announce_deeds as deeds
from bot.commands.announce_approving import APPROVERS, approve, decline
from bot.commands.announce_drafts import is_for, is_mine, named_in, offer_of, row_of
from bot.commands.announce_pages import ON_DRAFT, refused
from bot.commands.announce_reading import Typed, read_end
from bot.commands.announce_report import report
from bot.commands.announce_text import LISTERS, show_text
from bot.commands.announcements import ANNOUNCERS, open_form, show_list
from bot.commands.audited import guarded
from bot.commands.desk import Desk, Turn
from bot.commands.turning import turn_of
from bot.domain.announcement import Announcement, Draft
from bot.domain.conversation import Phrase, Press, Reply
from bot.store import announcements, occurrences

VERBS = "announce."  # how the verbs of our buttons begin
CARD_VERSION = 1
MOST_DIGITS = 3  # of the number of a page
MOST_HOURS = 168  # by which one press extends

Act = Callable[[Turn, Announcement, Press, str], Awaitable[Reply]]


async def pressed_on_announcement(desk: Desk, press: Press, now: datetime) -> Reply:
    """What the person who pressed sees instead of the card.  Raises StoreError."""
    turn = await turn_of(desk, press, now, command="announce")
    verb, _, argument = press.verb.removeprefix(VERBS).partition(".")
    wanted = APPROVERS if verb in ("approve", "decline") else LISTERS if verb in LISTING else ANNOUNCERS
    if verb == "text" and press.version == CARD_VERSION:  # who may read it is decided there
        return await _text(turn, press, argument)

    async def run(acting: Turn) -> Reply:
        acting.ledger.written = True  # what changes something notes it where it does
        if press.version != CARD_VERSION:
            return await refused(acting, press, "announce.old_card")
        if verb == "new":
            return await open_form(acting, anew=True)
        if verb == "list":
            return await show_list(acting)
        return await _on_one(acting, press, verb, argument)

    return await guarded(turn, wanted, run, what=f"announce {verb}")


async def _text(turn: Turn, press: Press, argument: str) -> Reply:
    """One page of a text: its number and the reference stand in the verb."""
    page, _, which = argument.partition(".")
    if not (page.isdecimal() and page.isascii() and len(page) <= MOST_DIGITS) or not which:
        return await refused(turn, press, "announce.unknown_card")
    return await show_text(turn, which, int(page))


async def _on_one(turn: Turn, press: Press, verb: str, argument: str) -> Reply:
    named = named_in(press.row)
    which = argument if verb == "open" else named.id if named else ""
    async with turn.desk.store.reading() as db:
        plan = await announcements.get(db, which, turn.tenant) if which else None
    if plan is None or named is None:
        return await refused(turn, press, "announce.unknown_card")
    if verb in ON_DRAFT:
        return await _on_draft(turn, plan, press, verb, argument)
    act = ON_SAVED.get(verb)
    if act is None or not is_for(turn, plan):
        return await refused(turn, press, "announce.unknown_card")
    return await act(turn, plan, press, argument)


async def _on_draft(turn: Turn, plan: Announcement, press: Press, verb: str, argument: str) -> Reply:
    named = named_in(press.row)
    if not is_mine(turn, plan):
        return await refused(turn, press, "announce.not_yours")
    if plan.draft is not Draft.DRAFT:
        return await refused(turn, press, "announce.already_saved")
    if named is None or named.mark != str(plan.revision):
        await refused(turn, press, "announce.old_form")
        return form(Page.WORDS, plan, offer_of(turn, row_of(plan)), changed=Phrase(key="announce.old_form"))
    return await ON_DRAFT[verb](turn, plan, press, argument)


async def _show(turn: Turn, plan: Announcement, _: Press, __: str) -> Reply:
    return await deeds.show(turn, plan)


async def _edit(turn: Turn, plan: Announcement, _: Press, __: str) -> Reply:
    return await deeds.edit(turn, plan)


async def _cancel(turn: Turn, plan: Announcement, _: Press, argument: str) -> Reply:
    return await (deeds.cancel(turn, plan) if argument == "yes" else deeds.ask_cancel(turn, plan))


async def _recall(turn: Turn, plan: Announcement, _: Press, argument: str) -> Reply:
    if argument in ("edit", "delete"):
        return await deeds.recall(turn, plan, delete=argument == "delete")
    return await deeds.ask_recall(turn, plan)


async def _extend(turn: Turn, plan: Announcement, press: Press, argument: str) -> Reply:
    if argument.isdecimal() and 0 < int(argument) <= MOST_HOURS:
        return await deeds.extend(turn, plan, by=timedelta(hours=int(argument)), seen=_seen(press))
    return await deeds.ask_end(turn, plan)


async def _extend_to(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    typed, zone = Typed(inputs=press.inputs), plan.zone
    async with turn.desk.store.reading() as db:
        running = [each for each in await occurrences.of_announcement(db, plan.id) if each.phase in deeds.RUNNING]
    if running:
        zone = running[-1].zone
    until = read_end(typed, zone)
    if until is None or typed.wrong:
        reply = await deeds.ask_end(turn, plan)
        return replace(reply, notes=tuple(typed.wrong))
    return await deeds.extend(turn, plan, until=until, seen=_seen(press))


async def _over(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    return await deeds.over(turn, plan, seen=_seen(press))


async def _report(turn: Turn, plan: Announcement, _: Press, argument: str) -> Reply:
    return await report(turn, plan, argument)


def _seen(press: Press) -> int | None:
    """The newest revision of its occurrences that the card showed."""
    named = named_in(press.row)
    shown = named.mark.partition("_")[2] if named else ""
    return int(shown) if shown.isdecimal() else None


ON_SAVED: dict[str, Act] = {
    "open": _show,
    "show": _show,
    "edit": _edit,
    "cancel": _cancel,
    "recall": _recall,
    "extend": _extend,
    "extend_to": _extend_to,
    "over": _over,
    "report": _report,
    "approve": approve,
    "decline": decline,
}
LISTING = frozenset({"list", "open", "show", "report"})
