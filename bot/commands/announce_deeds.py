"""What is done with a saved announcement: shown, edited, cancelled, recalled, extended, ended.

Whoever saves says no more than what it should be; the job `announce` lets it take place.  What its occurrences become
by somebody's word is kept here, in one transaction with the note of it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.cards.announce_forms import Page, extend_form, form
from bot.cards.announce_preview import approval_reply, one_reply
from bot.commands.announce_drafts import change_of, edits, is_mine, keep, offer_of, own_draft, preview_of, row_of
from bot.commands.audited import audited
from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.domain.announcement import Announcement, Draft, Occurrence, Phase
from bot.domain.approving import Conflict, digest
from bot.domain.conversation import Button, Face, Phrase, Reply, Role
from bot.domain.occurring import Taken, ended, extended
from bot.store import announcements, occurrences, stepping
from bot.store.running_windows import resume

RUNNING = (Phase.IN_PROGRESS, Phase.EXTENDED, Phase.OVERRUN)
DIGEST = 10  # characters of it in the row behind a button: the whole is compared when it is pressed
TO_LOOK = ("announce.report", "announce.list")  # what whoever may not announce can press
CALLED_OFF = (Draft.CANCELLED, Draft.RECALLED)

TakeStep = Callable[[Occurrence], Taken | None]


async def show(turn: Turn, plan: Announcement, changed: Phrase | None = None) -> Reply:
    """As it stands, with what may be done with it."""
    turn.ledger.written = True  # nothing is changed by looking
    async with turn.desk.store.reading() as db:
        seen = await preview_of(turn, db, plan)
        times = await occurrences.of_announcement(db, plan.id)
    if plan.draft is Draft.WAITING and not is_mine(turn, plan):
        row = row_of(plan, digest(plan)[:DIGEST])
        return approval_reply(replace(seen, needs_approval=False), offer_of(turn, row), plan.author_role)
    running = [each for each in times if each.phase in RUNNING]
    mark = f"{plan.revision}_{max((each.revision for each in running), default=0)}"
    asked = replace(seen, needs_approval=plan.draft is Draft.WAITING)
    offer = offer_of(turn, row_of(plan, mark))
    verbs = _verbs(plan, times)
    if not turn.message.person.roles & {Role.ANNOUNCER, Role.ADMIN}:
        verbs = [each for each in verbs if each in TO_LOOK]
    return one_reply(asked, verbs, offer, changed, running=running)


async def edit(turn: Turn, plan: Announcement) -> Reply:
    """The form, filled with it: a draft of this person's own, so that two may edit and neither loses a word."""
    if plan.draft is Draft.DRAFT:
        plan = plan if is_mine(turn, plan) else await _taken_over(turn, plan)
        return form(Page.WORDS, plan, offer_of(turn, row_of(plan)))
    if plan.draft in CALLED_OFF:
        return notice(turn, "announce.called_off", {"id": plan.id})
    changed, _ = edits(plan) or (plan.id, 0)
    async with audited(turn, what="announce edit") as change:
        draft = await own_draft(change.db, turn, changing=changed)
        if draft is None:
            kept = await keep(change.db, change_of(turn, plan), None, turn.now)
            assert not isinstance(kept, Conflict)  # noqa: S101 - nothing can be in the way of a new one
            draft = kept
        change.before, change.after = plan.id, draft.id
    return form(Page.WORDS, draft, offer_of(turn, row_of(draft)))


async def ask_cancel(turn: Turn, plan: Announcement) -> Reply:
    """Asked once more."""
    return _question(turn, plan, "announce.cancel_question", ("announce.cancel.yes", "announce.show"))


async def ask_recall(turn: Turn, plan: Announcement) -> Reply:
    """What shall become of the cards?"""
    verbs = ("announce.recall.edit", "announce.recall.delete", "announce.show")
    return _question(turn, plan, "announce.recall_question", verbs)


async def ask_end(turn: Turn, plan: Announcement) -> Reply:
    """Until when does it take longer?"""
    turn.ledger.written = True  # nothing is changed by asking
    running = await _running(turn, plan)
    if not running:
        return notice(turn, "announce.not_running", {"id": plan.id})
    last = max(running, key=lambda each: each.ends_at or each.starts_at)
    mark = f"{plan.revision}_{last.revision}"
    return extend_form(plan, last.ends_at or turn.now, last.zone, offer_of(turn, row_of(plan, mark)))


async def cancel(turn: Turn, plan: Announcement) -> Reply:
    """It does not take place: who heard of it hears that too."""
    return await _call_off(turn, plan, replace(plan, draft=Draft.CANCELLED), "cancel")


async def recall(turn: Turn, plan: Announcement, *, delete: bool) -> Reply:
    """What was told is taken back: its cards say "withdrawn", or are deleted."""
    return await _call_off(turn, plan, replace(plan, draft=Draft.RECALLED, delete_on_recall=delete), "recall")


async def extend(
    turn: Turn,
    plan: Announcement,
    *,
    by: timedelta = timedelta(0),
    until: datetime | None = None,
    seen: int | None = None,
) -> Reply:
    """It takes longer.  `seen`: the newest revision of its occurrences that was shown: an older one changes nothing."""

    def step(each: Occurrence) -> Taken | None:
        ends = max(each.ends_at or turn.now, turn.now if each.phase is Phase.OVERRUN else each.starts_at)
        return extended(each, until or ends + by, turn.now)

    return await _steps(turn, plan, step, "extend", seen)


async def over(turn: Turn, plan: Announcement, *, seen: int | None = None) -> Reply:
    """It is over."""
    return await _steps(turn, plan, lambda each: ended(each, turn.now), "over", seen)


def put_away(draft: Announcement) -> Announcement:
    """A draft that nobody goes on with; its texts are kept as long as others are."""
    return replace(draft, draft=Draft.CANCELLED)


async def _taken_over(turn: Turn, plan: Announcement) -> Announcement:
    """A draft that was made from what others announced is now this person's."""
    mine = replace(plan, author=turn.message.person.lasting_id, author_role=str(turn.acts_as or Role.ANNOUNCER))
    async with audited(turn, what="announce take over") as change:
        kept = await keep(change.db, mine, plan, turn.now)
        change.after = plan.id
    return kept.theirs if isinstance(kept, Conflict) else kept


async def _call_off(turn: Turn, plan: Announcement, after: Announcement, what: str) -> Reply:
    if plan.draft in CALLED_OFF:
        return notice(turn, "announce.called_off", {"id": plan.id})
    if plan.draft is Draft.DRAFT:
        return notice(turn, "announce.not_saved", {"id": plan.id})
    async with audited(turn, what=f"announce {what}") as change:
        change.before, change.after = f"{plan.id} {plan.draft}", f"{plan.id} {after.draft}"
        kept = await announcements.save(change.db, replace(after, changed_at=turn.now), plan.revision)
        if isinstance(kept, Conflict):
            change.after = f"{plan.id} unchanged: somebody else was first"
    await turn.desk.news.tell(turn.tenant)
    if isinstance(kept, Conflict):
        return await show(turn, kept.theirs, Phrase(key="announce.changed_meanwhile"))
    return await show(turn, kept, Phrase(key=f"announce.done_{what}", values={"id": plan.id}))


async def _steps(turn: Turn, plan: Announcement, step: TakeStep, what: str, seen: int | None) -> Reply:
    """One step of everything of it that runs; a press on a card that shows an older state changes nothing."""
    running = await _running(turn, plan)
    if not running:
        return notice(turn, "announce.not_running", {"id": plan.id})
    if seen is not None and seen != max(each.revision for each in running):
        return await show(turn, plan, Phrase(key="announce.changed_meanwhile"))
    steps = [taken for each in running if (taken := step(each)) is not None]
    if not steps:
        return notice(turn, "announce.no_such_end")
    async with audited(turn, what=f"announce {what}") as change:
        change.before = f"{plan.id} until {running[0].ends_at}"
        kept = await stepping.take(change.db, plan, steps, turn.now)
        change.after = f"{plan.id} until {steps[0].occurrence.ends_at}"
        if any(each.final for each in kept):
            await resume(change.db, plan.tenant, turn.now)
    await turn.desk.news.tell(turn.tenant)
    key = f"announce.done_{what}" if kept else "announce.changed_meanwhile"
    return await show(turn, plan, Phrase(key=key, values={"id": plan.id}))


def _question(turn: Turn, plan: Announcement, key: str, verbs: tuple[str, ...]) -> Reply:
    turn.ledger.written = True  # nothing is changed by asking
    words = plan.words.get(plan.language)
    return Reply(
        face=Face.CHOICE,
        row=row_of(plan),
        question=Phrase(key=key, values={"typed": words.title if words else plan.id}),
        choices=tuple(Button(verb=verb) for verb in verbs),
        at=turn.now,
        drill=plan.drill,
        language=turn.language,
        zone=turn.zone,
    )


async def _running(turn: Turn, plan: Announcement) -> list[Occurrence]:
    async with turn.desk.store.reading() as db:
        times = await occurrences.of_announcement(db, plan.id)
    return [each for each in times if each.phase in RUNNING]


def _verbs(plan: Announcement, times: tuple[Occurrence, ...]) -> list[str]:
    """What may be done with it now."""
    if plan.draft is Draft.DRAFT:
        return ["announce.edit", "announce.list"]
    if plan.draft in CALLED_OFF:
        return ["announce.report", "announce.list"]
    running = [each for each in times if each.phase in RUNNING]
    told = any(each.told_at is not None for each in times)
    has_end = any(each.ends_at is not None for each in running)
    verbs = ["announce.edit"]
    verbs += ["announce.over"] if running else []
    verbs += ["announce.extend"] if has_end else []
    verbs += ["announce.cancel"] if plan.draft is not Draft.ENDED else []
    verbs += ["announce.recall", "announce.report"] if told else []
    return [*verbs, "announce.list"][:6]
