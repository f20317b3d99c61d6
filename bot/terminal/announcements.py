"""`announce add`, `list`, `show`, `edit`, `cancel`, `recall`, `approve`: nothing is saved before its reading is shown.

They work on the database alone, also while a server runs on it, which notices within a second or two.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import MachineClock
from bot.content.catalogue import load_catalogue
from bot.content.texts import Texts, load_texts
from bot.domain.announcement import Announcement, Approval, Draft
from bot.domain.approving import Conflict, Refused, approve, digest, edited, needs_approval
from bot.domain.observation import TenantId
from bot.domain.proofreading import Limits, problems, warnings
from bot.domain.schedule import upcoming, zone_of
from bot.settings import Settings, TenantSettings
from bot.store import announcements, audit, occurrences, readers, stepping
from bot.store.engine import Db, Store, StoreError
from bot.store.incidents import ANY
from bot.store.peek import open_to_look
from bot.terminal.announcement_file import LARGEST, Author, parsed, read
from bot.terminal.local import local_id
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output
from bot.terminal.planned_times import HEADS, told
from bot.terminal.recorded import iso

DONE, USAGE = 0, 2
NEXT = 5
SAY_YES = "Nothing was saved: add --yes to save it."


class Desk:
    """The database and what every deed needs."""

    def __init__(self, out: Output, settings: Settings, store: Store) -> None:
        """`store`: open for writing."""
        self.out, self.settings, self.store = out, settings, store
        self.now: datetime = MachineClock().now()
        self.texts: Texts = load_texts()

    def house(self, one: Announcement) -> TenantSettings:
        """What holds for its tenant."""
        found = (each for each in self.settings.tenants if each.tenant_id == one.tenant)
        return next(found, self.settings.tenants[0])

    def author(self) -> Author:
        """Whoever sits here, for the first tenant of the settings."""
        first = self.settings.tenants[0]
        return Author(
            who=local_id(),
            role=audit.OPERATOR,
            language=first.language,
            zone=first.zone,
            tenant=TenantId(first.tenant_id) if first.tenant_id else None,
            now=self.now,
        )

    def limits(self) -> Limits:
        """What an announcement may be here."""
        return Limits(
            languages=frozenset(self.texts.languages),
            services=frozenset(load_catalogue().services),
            closest=self.settings.announce_closest,
        )

    def refuse(self, title: str, lines: Sequence[str] = ()) -> int:
        """Say what is wrong; nothing was saved."""
        self.out.complain(title, lines)
        return USAGE

    async def note(self, db: Db, one: Announcement, what: str, before: str | None = None) -> None:
        """In the audit, in the same transaction."""
        deed = audit.Deed(
            tenant=one.tenant,
            at=self.now,
            who=local_id(),
            role=audit.OPERATOR,
            what=f"announce {what}",
            before=before,
            after=f"{one.id} revision {one.revision} {one.draft} {digest(one)[:12]}",
        )
        await audit.add(db, deed)


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
    made = _from_file(desk, arguments.file)
    return USAGE if made is None else await _save(desk, made, None, "add", sure=arguments.yes)


async def _edit(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    before = await _meant(desk, arguments.id)
    if before is None:
        return USAGE
    made = _from_file(desk, arguments.file, running=True)
    if made is None:
        return USAGE
    after = replace(edited(before, made, desk.now), tenant=before.tenant)
    return await _save(desk, after, before, "edit", sure=arguments.yes)


async def _save(desk: Desk, made: Announcement, before: Announcement | None, what: str, *, sure: bool) -> int:
    """Print the reading; save it if that is wanted."""
    house = desk.house(made)
    async with desk.store.reading() as db:
        meant = await readers.audience(db, made, language=house.language, zone=house.zone)
    waits = needs_approval(meant.count, house.announce_approval_from or None) and made.approval is None
    made = replace(made, draft=Draft.WAITING if waits else Draft.PLANNED)
    if desk.out.form != "json":
        _print_reading(desk, made, meant.count, waits=waits)
    if not sure and not _is_wanted():
        return desk.refuse(SAY_YES)
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
    return DONE


async def _list(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    async with desk.store.reading() as db:
        found = await announcements.recent(db, ANY, limit=arguments.limit)
    if desk.out.form == "json":
        desk.out.json([facts(one, desk.now) for one in found])
    else:
        heads = ("id", "state", "kind", "next", "title")
        desk.out.table(heads, [_row(one, desk.now) for one in found])
    return DONE


async def _show(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    one = await _meant(desk, arguments.id)
    if one is None:
        return USAGE
    async with desk.store.reading() as db:
        known = await occurrences.of_announcement(db, one.id)
        steps = {each.id: await stepping.steps(db, each.id) for each in known}
        house = desk.house(one)
        meant = await readers.audience(db, one, language=house.language, zone=house.zone)
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
    _print_reading(desk, one, meant.count, waits=one.draft is Draft.WAITING)
    rows = [
        (iso(each.starts_at) or "", each.zone, each.phase, ", ".join(step.step for step in steps[each.id]))
        for each in known
    ]
    desk.out.table(("start", "zone", "phase", "told"), rows)
    return DONE


async def _cancel(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    return await _call_off(desk, arguments.id, Draft.CANCELLED, delete=False)


async def _recall(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    return await _call_off(desk, arguments.id, Draft.RECALLED, delete=arguments.delete)


async def _call_off(desk: Desk, typed: str, draft: Draft, *, delete: bool) -> int:
    one = await _meant(desk, typed)
    if one is None:
        return USAGE
    if one.draft is Draft.RECALLED or one.draft is draft:
        return desk.refuse(f"{one.id} is {one.draft} already.")
    after = replace(one, draft=draft, delete_on_recall=delete, changed_at=desk.now)
    what = "recall" if draft is Draft.RECALLED else "cancel"
    return await _changed(desk, one, after, what)


async def _approve(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    one = await _meant(desk, arguments.id)
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
    _print_reading(desk, one, None, waits=False)
    return await _changed(desk, one, after, "approve")


async def _changed(desk: Desk, before: Announcement, after: Announcement, what: str) -> int:
    async with desk.store.transaction() as db:
        kept = await announcements.save(db, after, before.revision)
        if not isinstance(kept, Conflict):
            await desk.note(db, kept, what, f"revision {before.revision} {before.draft}")
    if isinstance(kept, Conflict):
        return desk.refuse(f"{before.id} was changed meanwhile: do it again.")
    if desk.out.form == "json":
        desk.out.json(facts(kept, desk.now))
    else:
        desk.out.line(f"{kept.id} is {kept.draft}, revision {kept.revision}")
    return DONE


async def _report(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    from bot.terminal import announcement_report

    one = await _meant(desk, arguments.id)
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


def facts(one: Announcement, now: datetime) -> dict[str, Any]:
    """One announcement as JSON tells it."""
    return {
        "id": one.id,
        "revision": one.revision,
        "state": one.draft,
        "kind": one.kind,
        "title": {language: words.title for language, words in sorted(one.words.items())},
        "zone": one.zone,
        "origin": one.origin or None,
        "digest": digest(one),
        "times": [told(at, one.zone) for at in _next(one, now)],
    }


def _next(one: Announcement, now: datetime) -> tuple[datetime, ...]:
    return upcoming(one.rule, one.zone, now, NEXT) if one.draft not in (Draft.CANCELLED, Draft.RECALLED) else ()


def _row(one: Announcement, now: datetime) -> tuple[str, ...]:
    first = next(iter(_next(one, now)), None)
    local = first.astimezone(zone_of(one.zone)).isoformat(timespec="minutes") if first is not None else "-"
    title = one.words[one.language].title if one.language in one.words else ""
    return one.id, one.draft, one.kind, local, title


def _print_reading(desk: Desk, one: Announcement, count: int | None, *, waits: bool) -> None:
    """What it means, with its next five times, before anybody relies on it."""
    from bot.cards.rule_words import rule_words

    out = desk.out
    out.line(f"{one.kind}: {one.words[one.language].title}")
    out.line(" ".join(desk.texts.say(phrase, "en", zone=one.zone, now=desk.now) for phrase in rule_words(one.rule)))
    if one.lasts is not None:
        out.line(f"lasts {one.lasts}")
    rows = [told(at, one.zone) for at in _next(one, desk.now)]
    out.table(HEADS, [(row["local"], row["offset"], row["zone"], row["utc"]) for row in rows])
    for warned in warnings(one, desk.now):
        words = {"at": warned.at} if warned.at is not None else {}
        out.line(desk.texts.say(f"announce.warning.{warned.notice}", "en", zone=one.zone, now=desk.now, **words))
    if count is not None:
        out.line(f"{count} conversations")
    if waits:
        out.line("It waits for a second person's yes.")


def _from_file(desk: Desk, name: str, *, running: bool = False) -> Announcement | None:
    """What stands in the file; every mistake is told at once."""
    try:
        raw = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else _bytes(Path(name))
    except OSError as error:
        desk.refuse("The file can't be read.", [str(error)])
        return None
    said = parsed(raw)
    if isinstance(said, str):
        desk.refuse("That can't be announced.", [said])
        return None
    made, mistakes = read(said, desk.author())
    if made is not None:
        wrong = problems(made, desk.now, desk.limits(), running=running)
        mistakes = [
            desk.texts.say(f"announce.fault.{one.fault}", "en", field=one.field, limit=one.limit or 0) for one in wrong
        ]
    if made is None or mistakes:
        desk.refuse("That can't be announced.", mistakes)
        return None
    return made


def _bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


async def _meant(desk: Desk, typed: str) -> Announcement | None:
    async with desk.store.reading() as db:
        found = await announcements.get(db, typed)
    if found is None:
        desk.refuse(f"There is no announcement {typed[:40]!r}.", ["`notjustyou announce list` shows them."])
    return found


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
}
