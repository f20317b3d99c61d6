"""`announce` and `announcements`: typed words -> the form, the list, or what is to be done with one announcement."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.cards.announce_forms import Page, form
from bot.cards.announce_preview import Listed, list_reply
from bot.commands import announce_deeds as deeds
from bot.commands.announce_drafts import ROW, fresh, is_for, keep, offer_of, own_draft, row_of, times_of
from bot.commands.announce_report import report
from bot.commands.announce_tags import TYPED, change_tag
from bot.commands.audited import audited
from bot.commands.desk import Turn
from bot.commands.notices import SHARED, notice
from bot.domain.announcement import Announcement, Draft
from bot.domain.approving import Conflict
from bot.domain.conversation import Phrase, Reply, Role
from bot.store import announcements

ANNOUNCERS = frozenset({Role.ANNOUNCER})  # and administrators
LIVE = (Draft.DRAFT, Draft.WAITING, Draft.PLANNED, Draft.ENDED)
MOST_LISTED = 30
MOST_TITLE = 120
_DEED = re.compile(r"(?P<deed>[^\W\d_]+)\s+(?P<id>[0-9A-Za-z]{8})(?:\s+(?P<rest>.+))?")
_LENGTH = re.compile(r"(\d{1,3}) ?(m|min|h|d)", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

Deed = Callable[[Turn, Announcement, str], Awaitable[Reply]]


async def announce(turn: Turn) -> Reply:
    """The form; or with "cancel", "recall", "extend", "over", "edit", "show", "report" and a reference, that.

    With "tag" and "untag" and a name, which conversations that name stands for.
    """
    words = turn.intent.argument
    if (tagging := TYPED.fullmatch(words)) is not None:
        return await change_tag(turn, tagging["deed"].lower(), tagging["name"])
    typed = _DEED.fullmatch(words)
    if typed is None:
        return await open_form(turn, words[:MOST_TITLE])
    said = typed["deed"].casefold()
    deed = DEEDS.get(IN_GERMAN.get(said, said))
    async with turn.desk.store.reading() as db:
        plan = await announcements.get(db, typed["id"], turn.tenant)
    is_known = plan is not None and is_for(turn, plan)
    if deed is None and not is_known:
        return await open_form(turn, words[:MOST_TITLE])
    if plan is None or not is_known:
        return notice(turn, "announce.unknown", {"id": typed["id"].upper()})
    if deed is None:
        unclear = Phrase(key="announce.unknown_deed", values={"typed": said[:40], "id": plan.id})
        return await deeds.show(turn, plan, unclear)
    return await deed(turn, plan, (typed["rest"] or "").strip())


async def open_form(turn: Turn, title: str = "", *, anew: bool = False) -> Reply:
    """This person's newest draft, else a new one; `anew` or with a title: another one, and no text is lost."""
    kept_one: Phrase | None = None
    async with audited(turn, what="announce draft") as change:
        draft = await own_draft(change.db, turn)
        if draft is not None and (anew or title):
            if _has_text(draft):
                kept_one = Phrase(key="announce.draft_kept", values={"id": draft.id})
            else:
                await keep(change.db, deeds.put_away(draft), draft, turn.now)
            draft = None
        if draft is None:
            kept = await keep(change.db, fresh(turn, title), None, turn.now)
            assert not isinstance(kept, Conflict)  # noqa: S101 - nothing can be in the way of a new one
            draft = kept
        change.after = draft.id
    changed = Phrase(key="announce.draft_found") if _has_text(draft) and not title else kept_one
    return form(Page.WORDS, draft, offer_of(turn, row_of(draft)), changed=changed)


def _has_text(draft: Announcement) -> bool:
    return any(words.title or words.hit for words in draft.words.values())


async def show_list(turn: Turn) -> Reply:
    """What is planned, waits or was told lately, and this person's drafts."""
    turn.ledger.written = True  # nothing is changed by looking
    if turn.message.destination.scope in SHARED:
        return notice(turn, "announce.alone")
    async with turn.desk.store.reading() as db:
        found = await announcements.recent(db, turn.tenant, drafts=LIVE, limit=MOST_LISTED)
    shown = [each for each in found if is_for(turn, each)]
    listed = []
    for each in shown:
        next_times = times_of(each, turn.now) if each.draft in (Draft.PLANNED, Draft.WAITING) else ()
        listed.append(Listed(plan=each, next_at=next_times[0] if next_times else None))
    return list_reply(listed, offer_of(turn, f"{ROW}list-0"))


async def _cancel(turn: Turn, plan: Announcement, _: str) -> Reply:
    return await deeds.cancel(turn, plan)


async def _recall(turn: Turn, plan: Announcement, rest: str) -> Reply:
    return await deeds.recall(turn, plan, delete=rest.casefold() in ("delete", "löschen"))


async def _extend(turn: Turn, plan: Announcement, rest: str) -> Reply:
    length = _LENGTH.fullmatch(rest.casefold())
    if length is None:
        return await deeds.ask_end(turn, plan)
    return await deeds.extend(turn, plan, by=int(length[1]) * _UNITS[length[2]])


async def _over(turn: Turn, plan: Announcement, _: str) -> Reply:
    return await deeds.over(turn, plan)


async def _edit(turn: Turn, plan: Announcement, _: str) -> Reply:
    return await deeds.edit(turn, plan)


async def _show(turn: Turn, plan: Announcement, _: str) -> Reply:
    return await deeds.show(turn, plan)


async def _report(turn: Turn, plan: Announcement, rest: str) -> Reply:
    return await report(turn, plan, rest)


DEEDS: dict[str, Deed] = {
    "cancel": _cancel,
    "recall": _recall,
    "extend": _extend,
    "over": _over,
    "edit": _edit,
    "show": _show,
    "report": _report,
}
IN_GERMAN = {
    "absagen": "cancel",
    "zurückziehen": "recall",
    "verlängern": "extend",
    "vorbei": "over",
    "beenden": "over",
    "bearbeiten": "edit",
    "ändern": "edit",
    "zeigen": "show",
    "bericht": "report",
}
