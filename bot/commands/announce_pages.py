"""The form's pages, pressed: what was typed is kept in its author's draft, then the next page, the preview, or saved.

Whatever is wrong leads back to the page where it can be put right, with all that was typed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.cards.announce_fields import LONGEST
from bot.cards.announce_forms import Page, choose_tongue, form
from bot.cards.announce_preview import look_reply, preview_reply, sample_of, save_question
from bot.commands import announce_deeds as deeds
from bot.commands.announce_approving import confirm
from bot.commands.announce_drafts import (
    change_note,
    edits,
    here,
    keep,
    offer_of,
    preview_of,
    problems_of,
    row_of,
    times_of,
)
from bot.commands.announce_reading import Typed, page_of, read_times, read_tongue, read_words, timed, told
from bot.commands.audited import audited
from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.domain.announced import AnnouncementView
from bot.domain.announcement import Announcement, Reader
from bot.domain.approving import Conflict
from bot.domain.conversation import Phrase, Press, Reply
from bot.domain.telling import Why
from bot.store import announcements

Act = Callable[[Turn, Announcement, Press, str], Awaitable[Reply]]


async def to_words(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """The first page; what was typed on another one is kept."""
    after, typed = await _kept(turn, plan, press)
    return _stays(turn, after, typed, press) or form(Page.WORDS, after, offer_of(turn, row_of(after)))


async def to_times(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """The second page."""
    after, typed = await _kept(turn, plan, press)
    return _stays(turn, after, typed, press) or form(Page.TIMES, after, offer_of(turn, row_of(after)))


async def which_tongue(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """In which further language?"""
    after, typed = await _kept(turn, plan, press)
    return _stays(turn, after, typed, press) or choose_tongue(after, offer_of(turn, row_of(after)))


async def to_tongue(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """The page of one further language."""
    tongue = press.inputs.get("tongue", "")
    if tongue not in turn.house.languages:
        return choose_tongue(plan, offer_of(turn, row_of(plan)))
    return form(Page.TONGUE, plan, offer_of(turn, row_of(plan)), tongue=tongue)


async def drop_tongue(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """The text of one further language is left out."""
    tongue = press.inputs.get("tongue", "")
    words = {tag: said for tag, said in plan.words.items() if tag != tongue or tag == plan.language}
    after = await _save(turn, plan, replace(plan, words=words))
    return await _preview(turn, after)


async def to_preview(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """What saving would do; or what must be put right before, on the page where that is."""
    after, typed = await _kept(turn, plan, press)
    return _stays(turn, after, typed, press) or await _preview(turn, after)


async def look(turn: Turn, plan: Announcement, _: Press, argument: str) -> Reply:
    """The exact card in one language."""
    tongue = next((tag for tag in plan.words if tag.lower() == argument), plan.language)
    ready = timed(plan, turn.now)
    view = AnnouncementView(
        announcement=ready,
        occurrence=sample_of(ready, times_of(ready, turn.now), turn.now),
        why=Why.CHANNEL if plan.audience.reader is Reader.ALL else Why.ORGANISATION,
        as_of=turn.now,
        shared=False,
        contact=turn.house.it_contact,
        page_url=turn.house.page_url,
        language=tongue,
        zone=turn.zone,
    )
    return look_reply(view, offer_of(turn, row_of(plan)))


async def save(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """Asked once more."""
    ready = timed(plan, turn.now)
    wrong = await _wrong(turn, ready)
    if wrong is not None:
        return wrong
    async with turn.desk.store.reading() as db:
        seen = await preview_of(turn, db, ready)
    return save_question(seen, offer_of(turn, press.row))


async def confirmed(turn: Turn, plan: Announcement, _: Press, __: str) -> Reply:
    """Yes, save it."""
    ready = timed(plan, turn.now)
    return await _wrong(turn, ready) or await confirm(turn, ready)


async def mine(turn: Turn, plan: Announcement, press: Press, _: str) -> Reply:
    """Their text was seen; this one is to take its place."""
    changed = edits(plan)
    if changed is None:
        return await _preview(turn, plan)
    async with turn.desk.store.reading() as db:
        theirs = await announcements.get(db, changed[0], turn.tenant)
    if theirs is None:
        return await refused(turn, press, "announce.unknown_card")
    base = replace(plan, origin_revision=change_note(theirs))
    return await _preview(turn, await _save(turn, plan, base))


async def discard(turn: Turn, plan: Announcement, _: Press, __: str) -> Reply:
    """Put away."""
    async with audited(turn, what="announce discard") as change:
        change.before = plan.id
        await keep(change.db, deeds.put_away(plan), plan, turn.now)
    return notice(turn, "announce.discarded", {"id": plan.id})


async def _kept(turn: Turn, plan: Announcement, press: Press) -> tuple[Announcement, Typed]:
    """The draft with what was typed on the page that was pressed, kept also where it can't be used yet."""
    typed, after = Typed(inputs=press.inputs), plan
    if "kind" in press.inputs:
        after = read_words(typed, plan, turn.house.languages)
    elif "tongue" in press.inputs and "title" in press.inputs:
        after = read_tongue(typed, plan, turn.house.languages)
    elif "reader" in press.inputs:
        after = read_times(typed, plan)
        meant = after.audience
        after = replace(after, audience=replace(meant, names=here(turn, meant.names, team=meant.reader is Reader.TEAM)))
    return await _save(turn, plan, after), typed


async def _save(turn: Turn, before: Announcement, after: Announcement) -> Announcement:
    if after == before:
        return before
    async with audited(turn, what="announce draft") as change:
        kept = await keep(change.db, after, before, turn.now)
        change.after = before.id
    return kept.theirs if isinstance(kept, Conflict) else kept


def _stays(turn: Turn, plan: Announcement, typed: Typed, press: Press) -> Reply | None:
    """The page that was pressed, with what is wrong on it; None: it can be left."""
    page = Page.WORDS if "kind" in press.inputs else Page.TONGUE if "title" in press.inputs else Page.TIMES
    is_too_long = any(len(press.inputs.get(name, "")) > most for name, most in LONGEST.items())
    if not typed.wrong and not is_too_long:
        return None
    tongue = press.inputs.get("tongue") if page is Page.TONGUE else None
    offer = offer_of(turn, row_of(plan))
    return form(page, plan, offer, tongue=tongue, wrong=typed.wrong, typed=press.inputs)


async def _preview(turn: Turn, plan: Announcement) -> Reply:
    ready = timed(plan, turn.now)
    wrong = await _wrong(turn, ready)
    if wrong is not None:
        return wrong
    async with turn.desk.store.reading() as db:
        seen = await preview_of(turn, db, ready)
    return preview_reply(seen, offer_of(turn, row_of(plan)))


async def _wrong(turn: Turn, plan: Announcement) -> Reply | None:
    """The page with the first mistake and all that are on it; None: there is none."""
    found = await problems_of(turn, plan)
    offer = offer_of(turn, row_of(plan))
    if found:
        page, tongue = page_of(found[0], plan)
        wrong = [told(each) for each in found if page_of(each, plan) == (page, tongue)]
        return form(page, plan, offer, tongue=tongue, wrong=wrong)
    async with turn.desk.store.reading() as db:
        seen = await preview_of(turn, db, plan)
    if seen.readers == 0:
        return form(Page.TIMES, plan, offer, wrong=[Phrase(key="announce.no_readers")])
    if not seen.times and edits(plan) is None:
        return form(Page.TIMES, plan, offer, wrong=[Phrase(key="announce.no_time")])
    return None


async def refused(turn: Turn, press: Press, key: str) -> Reply:
    """No effect, said kindly, and noted."""
    async with audited(replace(turn, acts_as=None), what=f"refused: {press.verb}"):
        pass
    return notice(turn, key)


ON_DRAFT: dict[str, Act] = {
    "words": to_words,
    "times": to_times,
    "tongues": which_tongue,
    "tongue": to_tongue,
    "drop_tongue": drop_tongue,
    "preview": to_preview,
    "look": look,
    "save": save,
    "confirm": confirmed,
    "mine": mine,
    "discard": discard,
}
