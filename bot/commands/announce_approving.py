"""Saving an announcement, and a second person's yes: bound to exactly what was shown, and never its author's own."""

from dataclasses import replace

from bot.cards.announce_preview import approval_reply, conflict_reply
from bot.commands import announce_deeds as deeds
from bot.commands.announce_drafts import edits, keep, named_in, offer_of, preview_of, row_of
from bot.commands.audited import audited
from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.domain import approving
from bot.domain.announcement import Announcement, Approval, Draft
from bot.domain.approving import Conflict, Refused, may_edit
from bot.domain.conversation import Phrase, Press, Reply, Role
from bot.domain.observation import TenantId
from bot.store import announcements, conversations, readers
from bot.store.audit import Db

APPROVERS = frozenset({Role.APPROVER})  # and administrators
MOST_ASKED = 50  # conversations


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
    return await _plan(turn, given, "announce approve")


async def decline(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """No: it goes back to its author, who may change it."""
    named = named_in(press.row)
    if plan.draft is not Draft.WAITING or named is None or not approving.digest(plan).startswith(named.mark):
        return notice(turn, "announce.refused.not_waiting", {"id": plan.id})
    async with audited(turn, what="announce decline") as change:
        change.before, change.after = f"{plan.id} {plan.draft}", f"{plan.id} {Draft.DRAFT}"
        await announcements.save(change.db, replace(plan, draft=Draft.DRAFT, changed_at=turn.now), plan.revision)
        author = await readers.personal_chat(change.db, plan.tenant, plan.author)
    if author is not None:
        await _say(turn, (author,), notice(turn, "announce.declined_to_author", {"id": plan.id}))
    return notice(turn, "announce.declined", {"id": plan.id})


async def _ask(turn: Turn, plan: Announcement) -> Reply:
    """It waits for a yes; those who may give one are asked."""
    async with audited(turn, what="announce save") as change:
        change.before, waiting = f"{plan.id} {plan.draft}", replace(plan, draft=Draft.WAITING)
        kept = await keep(change.db, waiting, plan, turn.now)
        change.after = f"{plan.id} {Draft.WAITING}"
        places = await _approvers(turn, change.db)
    if isinstance(kept, Conflict):
        return notice(turn, "announce.changed_meanwhile")
    async with turn.desk.store.reading() as db:
        seen = replace(await preview_of(turn, db, kept), needs_approval=False)
    row = row_of(kept, approving.digest(kept)[: deeds.DIGEST])
    await _say(turn, places, approval_reply(seen, offer_of(turn, row), kept.author_role))
    said = Phrase(key="announce.asked", values={"n": len(places)})
    return notice(turn, "announce.waits", {"id": kept.id}, said if places else Phrase(key="announce.asked_nobody"))


async def _plan(turn: Turn, plan: Announcement, what: str) -> Reply:
    """It will be told at its time: a new one, or the change of a saved one."""
    changed = edits(plan)
    if changed is not None:
        return await _apply(turn, plan, changed, what)
    async with audited(turn, what=what) as change:
        kept = await announcements.save(change.db, replace(plan, changed_at=turn.now), plan.revision)
        change.after = f"{plan.id} {plan.draft}"
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
            return notice(turn, "announce.called_off", {"id": which})
        conflict: Conflict | None = may_edit(current, revision)
        if conflict is None:
            after = replace(
                approving.edited(current, plan, turn.now),
                author=plan.author,  # whoever wrote what is shown now: a second person is another than that
                author_role=plan.author_role,
                origin_revision=current.origin_revision,
                approval=plan.approval,
                draft=Draft.PLANNED,
            )
            kept = await announcements.save(change.db, after, current.revision)
            conflict = kept if isinstance(kept, Conflict) else None
        change.before = f"{which} revision {revision}"
        if conflict is None:
            await keep(change.db, deeds.put_away(plan), await announcements.get(change.db, plan.id), turn.now)
            change.after = f"{which} revision {current.revision + 1}"
        else:
            change.after = f"{which} unchanged: somebody else was first"
    if conflict is not None:
        return conflict_reply(plan, conflict.theirs, offer_of(turn, row_of(plan)))
    await turn.desk.news.tell(turn.tenant)
    return await _shown(turn, which)


async def _shown(turn: Turn, which: str) -> Reply:
    async with turn.desk.store.reading() as db:
        saved = await announcements.get(db, which, turn.tenant)
    assert saved is not None  # noqa: S101 - it was just saved
    return await deeds.show(turn, saved, Phrase(key="announce.saved", values={"id": which}))


async def _approvers(turn: Turn, db: Db) -> tuple[str, ...]:
    """The help desk's destinations, and personal chats of those who may approve, the author's own left out."""
    may = APPROVERS | {Role.ADMIN}
    people = [who for who, roles in turn.house.roles.items() if roles & may and who != turn.message.person.lasting_id]
    places = list(await readers.helpdesk(db, turn.tenant))
    for who in sorted(people)[:MOST_ASKED]:
        chat = await readers.personal_chat(db, turn.tenant, who)
        places += [chat] if chat is not None and chat not in places else []
    return tuple(places[:MOST_ASKED])


async def _say(turn: Turn, places: tuple[str, ...], reply: Reply) -> None:
    tenant: TenantId | None = turn.tenant
    async with turn.desk.store.reading() as db:
        found = [await conversations.get(db, tenant, place) for place in places]
    for each in found:
        if each is not None and each.gone_at is None:
            language, _ = turn.desk.texts.choose(each.language, turn.house.language)
            zone = each.zone or turn.house.zone
            turn.desk.aloud.say(each.destination, replace(reply, language=language, zone=zone))
