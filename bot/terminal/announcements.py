"""`announce add`, `list`, `show`, `edit`, `cancel`, `recall`, `approve`: nothing is saved before its reading is shown.

They work on the database alone, also while a server runs on it, which notices within a second or two.
"""

import sys
from dataclasses import replace
from typing import Any

from bot.clock import MachineClock
from bot.commands.announce_drafts import change_note, edits
from bot.domain.announcement import Announcement, AnnouncementId, Approval, Draft
from bot.domain.approving import Conflict, Refused, applied, approve, digest, edited, is_past, may_edit, needs_approval
from bot.settings import Settings
from bot.store import announcements, occurrences, readers, stepping
from bot.store.engine import Store, StoreError
from bot.store.incidents import ANY
from bot.store.peek import open_to_look
from bot.terminal.announcement_desk import USAGE, Desk, named
from bot.terminal.announcement_reading import facts, from_file, print_reading, row_of
from bot.terminal.announcement_steps import extend, over
from bot.terminal.local import local_id
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output
from bot.terminal.recorded import iso

DONE = 0
CALLED_OFF = (Draft.CANCELLED, Draft.RECALLED)
GOES_OUT = (Draft.PLANNED, Draft.ENDED)
NOT_SAVED = "{} was changed or called off meanwhile: nothing was saved."
SAY_YES = "Nothing was saved: add --yes to save it."


async def run(out: Output, settings: Settings, arguments: Any) -> int:  # noqa: ANN401 - what argparse read
    """One deed.  2 when something is wrong with it, and then nothing is saved."""
    try:
        if arguments.deed != "add":  # no database is made in order to find nothing in it
            await (await open_to_look(settings.database_url, MachineClock())).close()
        store = await Store.open(settings.database_url, MachineClock())
        try:
            return await _DEEDS[arguments.deed](Desk(out, settings, store), arguments)
        finally:
            await store.close()
    except StoreError as error:
        return unreadable(out, error, "The database can't be used.")


async def _add(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    made = from_file(desk, arguments.file)
    return USAGE if made is None else await _save(desk, made, None, "add", sure=arguments.yes)


async def _edit(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    before = await named(desk, arguments.id)
    if before is None:
        return USAGE
    if before.draft in CALLED_OFF:
        return desk.refuse(
            f"{before.id} is {before.draft} already.", ["Announce it anew: `notjustyou announce add FILE`."]
        )
    made = from_file(desk, arguments.file, running=True)
    if made is None:
        return USAGE
    after = replace(edited(before, made, desk.now), tenant=before.tenant)
    after = replace(after, author=made.author, author_role=made.author_role)  # a second person is another than that
    return await _save(desk, after, before, "edit", sure=arguments.yes)


async def _save(desk: Desk, made: Announcement, before: Announcement | None, what: str, *, sure: bool) -> int:
    """Print the reading; save it if that is wanted."""
    house = desk.house(made)
    meant = await _meant(desk, made)
    waits = needs_approval(meant.count, house.announce_approval_from or None) and made.approval is None
    made = replace(made, draft=Draft.WAITING if waits else Draft.PLANNED)
    if waits and before is not None and before.draft in GOES_OUT:
        made, before = _as_change(desk, made, before), None
    changed = edits(made)
    if desk.out.form != "json":
        shown = made if before is not None else replace(made, draft=Draft.DRAFT)
        print_reading(desk, shown, meant, waits=waits)
    if not sure and not _is_wanted():
        return desk.refuse(SAY_YES)
    if changed is not None and not waits:
        return await _applied(desk, made, *changed, what=what)
    async with desk.store.transaction() as db:
        kept = await announcements.save(db, made, before.revision if before else None)
        if not isinstance(kept, Conflict):
            await desk.note(db, kept, what, f"revision {before.revision}" if before else None)
    if isinstance(kept, Conflict):
        return desk.refuse(
            f"Somebody saved revision {kept.theirs.revision} meanwhile: nothing of yours was saved.",
            [f"Look at it with `notjustyou announce show {kept.theirs.id}`, then edit again."],
        )
    if desk.out.form == "json":
        desk.out.json(facts(kept, desk.now) | {"readers": meant.count})
    else:
        desk.out.line(f"saved {kept.id}, revision {kept.revision}: {kept.draft}")
        if kept.draft is Draft.WAITING:
            desk.out.line(
                f"Approvers are asked in Teams while `serve` runs; here: `notjustyou announce approve {kept.id}`"
            )
        if changed is not None:
            desk.out.line(f"Until then {changed[0]} stays as it is.")
    return DONE


def _as_change(desk: Desk, made: Announcement, saved: Announcement) -> Announcement:
    """Waits beside `saved`, as a change from the chat does: what was approved before goes on at its times."""
    return replace(
        made, id=AnnouncementId(""), origin="", origin_revision=change_note(saved), made_at=desk.now, approval=None
    )


async def _list(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    async with desk.store.reading() as db:
        found = await announcements.recent(db, ANY, limit=arguments.limit)
    if desk.out.form == "json":
        desk.out.json([facts(one, desk.now) for one in found])
    else:
        heads = ("id", "state", "kind", "next", "title")
        desk.out.table(heads, [row_of(one, desk.now) for one in found])
    return DONE


async def _show(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    one = await named(desk, arguments.id)
    if one is None:
        return USAGE
    async with desk.store.reading() as db:
        known = await occurrences.of_announcement(db, one.id)
        steps = {each.id: await stepping.steps(db, each.id) for each in known}
    meant = await _meant(desk, one)
    if desk.out.form == "json":
        lines = [
            {
                "id": each.id,
                "zone": each.zone,
                "starts_at": iso(each.starts_at),
                "ends_at": iso(each.ends_at),
                "phase": each.phase,
                "steps": [{"step": step.step, "reason": step.why, "at": iso(step.at)} for step in steps[each.id]],
            }
            for each in known
        ]
        desk.out.json(facts(one, desk.now) | {"readers": meant.count, "occurrences": lines})
        return DONE
    print_reading(desk, one, meant, waits=one.draft is Draft.WAITING)
    rows = [
        (iso(each.starts_at) or "", each.zone, each.phase, ", ".join(step.step for step in steps[each.id]))
        for each in known
    ]
    if rows:
        desk.out.table(("start", "zone", "phase", "told"), rows)
    else:
        desk.out.line("Nothing of it has been planned yet: that is done while `notjustyou serve` runs.")
    return DONE


async def _cancel(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    return await _call_off(desk, arguments.id, Draft.CANCELLED, delete=False)


async def _recall(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    return await _call_off(desk, arguments.id, Draft.RECALLED, delete=arguments.delete)


async def _call_off(desk: Desk, typed: str, draft: Draft, *, delete: bool) -> int:
    one = await named(desk, typed)
    if one is None:
        return USAGE
    if one.draft is Draft.RECALLED or one.draft is draft:
        return desk.refuse(f"{one.id} is {one.draft} already.")
    after = replace(one, draft=draft, delete_on_recall=delete, changed_at=desk.now)
    what = "recall" if draft is Draft.RECALLED else "cancel"
    return await _changed(desk, one, after, what)


async def _approve(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    one = await named(desk, arguments.id)
    if one is None:
        return USAGE
    after = approve(one, Approval(digest=digest(one), by=local_id(), at=desk.now))
    if isinstance(after, Refused):
        why = {
            Refused.OWN: "whoever wrote it can't approve it: a second person must",
            Refused.OTHER_TEXT: "it was changed meanwhile",
            Refused.NOT_WAITING: f"it is {one.draft} and waits for nobody's yes",
        }
        return desk.refuse(f"{one.id} was not approved.", [why[after]])
    changed = edits(one)
    if changed is None and is_past(one, desk.now):
        again = "Whoever wrote it can choose other times; `notjustyou announce cancel` puts it away."
        return desk.refuse(f"{one.id} was not approved: it was to be over by now.", [again])
    if desk.out.form != "json":
        print_reading(desk, one, await _meant(desk, one), waits=False)
    return await (_changed(desk, one, after, "approve") if changed is None else _applied(desk, after, *changed))


async def _applied(desk: Desk, change: Announcement, which: str, revision: int, *, what: str = "approve") -> int:
    """A change that waited beside what it changes takes its place."""
    async with desk.store.transaction() as db:
        current = await announcements.get(db, which)
        fits = current is not None and current.draft not in CALLED_OFF and may_edit(current, revision) is None
        away = await announcements.save(db, replace(change, draft=Draft.CANCELLED), change.revision) if fits else None
        if current is None or away is None or isinstance(away, Conflict):  # such as by a no in the same moment
            return desk.refuse(NOT_SAVED.format(which))
        kept = await announcements.save(db, applied(current, change, desk.now), revision)
        if isinstance(kept, Conflict):
            await announcements.save(db, replace(change, draft=Draft.DRAFT, approval=None), away.revision)
        else:
            await desk.note(db, kept, what, f"revision {revision}")
    if isinstance(kept, Conflict):
        return desk.refuse(NOT_SAVED.format(which))
    return _said(desk, kept)


def _said(desk: Desk, kept: Announcement) -> int:
    if desk.out.form == "json":
        desk.out.json(facts(kept, desk.now))
    else:
        desk.out.line(f"{kept.id} is {kept.draft}, revision {kept.revision}")
    return DONE


async def _meant(desk: Desk, one: Announcement) -> readers.Readers:
    house = desk.house(one)
    async with desk.store.reading() as db:
        return await readers.audience(db, one, language=house.language, zone=house.zone)


async def _changed(desk: Desk, before: Announcement, after: Announcement, what: str) -> int:
    async with desk.store.transaction() as db:
        kept = await announcements.save(db, after, before.revision)
        if not isinstance(kept, Conflict):
            await desk.note(db, kept, what, f"revision {before.revision} {before.draft}")
    if isinstance(kept, Conflict):
        return desk.refuse(f"{before.id} was changed meanwhile: do it again.")
    return _said(desk, kept)


async def _report(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    from bot.terminal import announcement_report

    one = await named(desk, arguments.id)
    if one is None:
        return USAGE
    house = desk.house(one)
    which = arguments.which or ""
    try:
        async with desk.store.reading() as db:
            lines = await announcement_report.lines(
                db, one, which, language=house.language, zone=house.zone, now=desk.now
            )
    except announcement_report.NoSuchTimeError as error:
        told = f"It was told at: {error}." if str(error) else "Nothing was told of it yet."
        return desk.refuse(f"{one.id} was not told at {which[:40]!r}.", [told])
    return announcement_report.show(desk.out, lines, as_csv=arguments.csv)


def _is_wanted() -> bool:
    """Asked where somebody can answer."""
    if not sys.stdin.isatty():
        return False
    return input("Save it? [y/N] ").strip().lower() in ("y", "yes", "j", "ja")


_DEEDS = {
    "add": _add,
    "list": _list,
    "show": _show,
    "edit": _edit,
    "cancel": _cancel,
    "recall": _recall,
    "approve": _approve,
    "report": _report,
    "over": over,
    "extend": extend,
}
