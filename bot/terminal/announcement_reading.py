"""How an announcement is read: from its file, every mistake at once, and back in plain words with its next times."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.commands.announce_drafts import edits
from bot.domain.announcement import Announcement, Draft
from bot.domain.approving import digest
from bot.domain.proofreading import problems, warnings
from bot.domain.schedule import upcoming, zone_of
from bot.store.readers import Readers
from bot.terminal.announcement_desk import Desk
from bot.terminal.announcement_file import LARGEST, parsed, read
from bot.terminal.planned_times import HEADS, told

NEXT = 5


def facts(one: Announcement, now: datetime) -> dict[str, Any]:
    """One announcement as JSON tells it."""
    return {
        "id": one.id,
        "revision": one.revision,
        "state": one.draft,
        "kind": one.kind,
        "title": {language: words.title for language, words in sorted(one.words.items())},
        "words": {language: asdict(words) for language, words in sorted(one.words.items())},
        "audience": {"reader": one.audience.reader, "names": sorted(one.audience.names)},
        "zone": one.zone,
        "origin": one.origin or None,
        "changes": changed_by(one),
        "digest": digest(one),
        "times": [told(at, one.zone) for at in next_times(one, now)],
    }


def print_reading(desk: Desk, one: Announcement, meant: Readers, *, waits: bool) -> None:
    """What it says and what it would do, with its next five times, before anybody relies on it."""
    from bot.cards.announce_lines import Preview, reading_lines

    out, house = desk.out, desk.house(one)
    out.line(f"{one.kind}: {one.words[one.language].title if one.language in one.words else one.id}")
    out.lines(_texts(one))
    out.lines(_about(one))
    rows = [told(at, one.zone) for at in next_times(one, desk.now)]
    out.table(HEADS, [(row["local"], row["offset"], row["zone"], row["utc"]) for row in rows])
    rate = max(1, desk.settings.limit_per_tenant - desk.settings.limit_kept_for_answers)
    seen = Preview(
        plan=one,
        times=(),
        readers=meant.count,
        takes=timedelta(seconds=-(-meant.count // rate)),
        missing=tuple(sorted((tag, n) for tag, n in meant.languages.items() if tag not in one.words)),
        warned=warnings(one, desk.now),
        needs_approval=waits,
        edits=changed_by(one),
    )
    for phrase in reading_lines(seen, with_times=False):
        out.line(desk.texts.say(phrase, "en", zone=house.zone, now=desk.now))
    if not meant.count:
        out.line(desk.texts.say("announce.no_readers", "en"))


def changed_by(one: Announcement) -> str | None:
    """The saved announcement that this one would change."""
    changed = edits(one)
    return changed[0] if changed is not None else None


def _texts(one: Announcement) -> Iterator[str]:
    """As they were typed, language by language."""
    for tag, words in sorted(one.words.items()):
        for name in ("title", "hit", "works", "todo"):
            for line in getattr(words, name).splitlines():
                if line.strip():
                    yield f"{tag} {name}: {line.strip()}"


def _about(one: Announcement) -> Iterator[str]:
    concerned = {"services": one.services, "features": one.features, "places": one.places}
    for name, several in concerned.items():
        if several:
            yield f"{name}: {', '.join(sorted(several))}"
    yield f"level: {one.level}"
    for name, said in (("owner", one.owner), ("link", one.link)):
        if said:
            yield f"{name}: {said}"
    if one.lasts is not None:
        yield f"lasts {one.lasts}"


def from_file(desk: Desk, name: str, *, running: bool = False) -> Announcement | None:
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


def next_times(one: Announcement, now: datetime) -> tuple[datetime, ...]:
    """When it takes place next."""
    return upcoming(one.rule, one.zone, now, NEXT) if one.draft not in (Draft.CANCELLED, Draft.RECALLED) else ()


def row_of(one: Announcement, now: datetime) -> tuple[str, ...]:
    """One line of the list."""
    first = next(iter(next_times(one, now)), None)
    local = first.astimezone(zone_of(one.zone)).isoformat(timespec="minutes") if first is not None else "-"
    title = one.words[one.language].title if one.language in one.words else ""
    return one.id, one.draft, one.kind, local, title


def _bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)
