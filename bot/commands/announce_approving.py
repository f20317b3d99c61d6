"""Saving an announcement, and a second person's yes: bound to exactly what was shown, and never its author's own."""

from dataclasses import replace
from datetime import datetime

from bot.cards.announce_preview import conflict_reply
from bot.commands import announce_deeds as deeds
from bot.commands.announce_drafts import edits, is_mine, keep, named_in, offer_of, preview_of, row_of
from bot.commands.audited import Change, audited
from bot.commands.desk import Turn
from bot.commands.houses import House
from bot.commands.notices import notice
from bot.domain import approving
from bot.domain.announcement import Announcement, Approval, Draft
from bot.domain.approving import Conflict, Refused, is_past, may_edit
from bot.domain.conversation import Phrase, Press, Reply, Role
from bot.store import announcements, approvals

APPROVERS = frozenset({Role.APPROVER})  # and administrators
FIRST = "unchanged: somebody else was first"  # in the audit


def approvers_in(house: House) -> frozenset[str]:
    """Who may say yes there, by directory object id."""
    may = APPROVERS | {Role.ADMIN}
    return frozenset(who for who, roles in house.roles.items() if roles & may)


async def confirm(turn: Turn, plan: Announcement) -> Reply:
    """It is saved: planned at once, or waiting for a second person."""
    async with turn.desk.store.reading() as db:
        seen = await preview_of(turn, db, plan)
    if seen.needs_approval:
        return await _ask(turn, plan)
    return await _plan(turn, replace(plan, draft=Draft.PLANNED), "announce save")


async def approve(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """Yes, to exactly the revision that the card showed."""
    named, whole = named_in(press.row), approving.digest(plan)
    shown = whole if named and whole.startswith(named.mark) and len(named.mark) >= deeds.DIGEST else ""
    given = approving.approve(plan, Approval(digest=shown, by=turn.message.person.lasting_id, at=turn.now))
    if isinstance(given, Refused):
        async with audited(replace(turn, acts_as=None), what="refused: announce approve") as change:
            change.after = f"{plan.id} {given}"
        return notice(turn, f"announce.refused.{given}", {"id": plan.id})
    if edits(given) is None and is_past(given, turn.now):
        return await _decline(turn, plan, "approve too late", told="announce.approved_too_late")
    return await _plan(turn, given, "announce approve")


async def decline(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """No: it goes back to its author, who may change it."""
    named = named_in(press.row)
    if plan.draft is not Draft.WAITING or named is None or not approving.digest(plan).startswith(named.mark):
        return notice(turn, "announce.refused.not_waiting", {"id": plan.id})
    return await _decline(turn, plan, "decline", told="announce.declined")


async def _decline(turn: Turn, plan: Announcement, what: str, *, told: str) -> Reply:
    """Its author has it as a draft again, and hears that from the job `announce`; unless somebody was first."""
    async with audited(turn, what=f"announce {what}") as change:
        change.before, change.after = f"{plan.id} {plan.draft}", f"{plan.id} {Draft.DRAFT}"
        after = replace(plan, draft=Draft.DRAFT, changed_at=turn.now)
        kept = await announcements.save(change.db, after, plan.revision)
        if isinstance(kept, Conflict):
            change.after = f"{plan.id} {FIRST}"
    if isinstance(kept, Conflict):
        return notice(turn, "announce.changed_meanwhile")
    return notice(turn, told, {"id": plan.id})


async def _ask(turn: Turn, plan: Announcement) -> Reply:
    """It waits for a yes; the job `announce` asks those who may give one."""
    async with audited(turn, what="announce save") as change:
        change.before, waiting = f"{plan.id} {plan.draft}", replace(plan, draft=Draft.WAITING)
        kept = await keep(change.db, waiting, plan, turn.now)
        change.after = f"{plan.id} {FIRST if isinstance(kept, Conflict) else Draft.WAITING}"
        places = await approvals.whom(change.db, waiting, approvers_in(turn.house))
    if isinstance(kept, Conflict):
        return notice(turn, "announce.changed_meanwhile")
    said = Phrase(key="announce.asked", values={"n": len(places)})
    return notice(turn, "announce.waits", {"id": kept.id}, said if places else Phrase(key="announce.asked_nobody"))


async def _plan(turn: Turn, plan: Announcement, what: str) -> Reply:
    """It will be told at its time: a new one, or the change of a saved one."""
    changed = edits(plan)
    if changed is not None:
        return await _apply(turn, plan, changed, what)
    async with audited(turn, what=what) as change:
        kept = await announcements.save(change.db, replace(plan, changed_at=turn.now), plan.revision)
        change.after = f"{plan.id} {FIRST if isinstance(kept, Conflict) else plan.draft}"
    if isinstance(kept, Conflict):
        return notice(turn, "announce.changed_meanwhile")
    await turn.desk.news.tell(turn.tenant)
    return await deeds.show(turn, kept, Phrase(key="announce.saved", values={"id": kept.id}))


async def _apply(turn: Turn, plan: Announcement, changed: tuple[str, int], what: str) -> Reply:
    """The draft takes the place of what it was made from, unless somebody else was first."""
    which, revision = changed
    async with audited(turn, what=what) as change:
        current = await announcements.get(change.db, which, turn.tenant)
        if current is None or current.draft in deeds.CALLED_OFF:
            change.after = f"{which} unchanged: called off"
            await _end_waiting(change, plan.id, turn.now)
            return notice(turn, "announce.called_off", {"id": which})
        conflict, change.before = may_edit(current, revision), f"{which} revision {revision}"
        if conflict is None:
            away = replace(deeds.put_away(plan), changed_at=turn.now)
            if isinstance(await announcements.save(change.db, away, plan.revision), Conflict):  # such as by a no
                change.after = f"{which} {FIRST}"
                return notice(turn, "announce.changed_meanwhile")
            kept = await announcements.save(change.db, approving.applied(current, plan, turn.now), current.revision)
            conflict = kept if isinstance(kept, Conflict) else None
        if conflict is None:
            change.after = f"{which} revision {current.revision + 1}"
        else:
            change.after = f"{which} {FIRST}"
            await _back_to_author(change, plan.id, turn.now)
    if conflict is not None and not is_mine(turn, plan):
        return notice(turn, "announce.approved_in_vain", {"id": which})
    if conflict is not None:
        return conflict_reply(plan, conflict.theirs, offer_of(turn, row_of(plan)))
    await turn.desk.news.tell(turn.tenant)
    return await _shown(turn, which)


async def _end_waiting(change: Change, which: str, now: datetime) -> None:
    """A change that can't be made any more waits for nobody's yes."""
    stored = await announcements.get(change.db, which)
    if stored is not None and stored.draft is Draft.WAITING:
        after = replace(stored, draft=Draft.CANCELLED, changed_at=now)
        await announcements.save(change.db, after, stored.revision)


async def _back_to_author(change: Change, which: str, now: datetime) -> None:
    """Somebody else's change was made instead of this one, whose text is a draft again."""
    stored = await announcements.get(change.db, which)
    if stored is not None and stored.draft is not Draft.DRAFT:
        after = replace(stored, draft=Draft.DRAFT, approval=None, changed_at=now)
        await announcements.save(change.db, after, stored.revision)


async def _shown(turn: Turn, which: str) -> Reply:
    async with turn.desk.store.reading() as db:
        saved = await announcements.get(db, which, turn.tenant)
    assert saved is not None  # noqa: S101 - it was just saved
    return await deeds.show(turn, saved, Phrase(key="announce.saved", values={"id": which}))
