"""Announcements while they are being written: each author's draft, what saving it would do, and what the form offers.

A change of a saved announcement is a draft of its own that remembers what it was made from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.cards.announce_fields import Offer
from bot.cards.announce_lines import TIMES_SHOWN, Preview
from bot.commands.desk import Turn
from bot.commands.houses import House
from bot.domain.announcement import Announcement, AnnouncementId, Draft, Kind, Words
from bot.domain.approving import Conflict, needs_approval
from bot.domain.conversation import TEAMS, Role
from bot.domain.proofreading import Limits, Problem, Warned, problems, warnings
from bot.domain.schedule import Rule, RuleError, upcoming
from bot.store import announcements, occurrences, readers
from bot.store.audit import Db

ROW = "a-"  # how the row behind our buttons begins
HERE = frozenset({"here", "this", "hier"})  # as the name of a reader: where it was written
EDITS = "edit:"  # how the note of what a draft changes begins
MOST_DRAFTS = 200  # of one tenant, looked through for one's own
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the row behind a button says."""

    id: str
    mark: str  # the revision that was shown, or the beginning of a digest


def row_of(plan: Announcement, mark: str | None = None) -> str:
    """The row behind the buttons of a card that shows this revision."""
    return f"{ROW}{plan.id}-{plan.revision if mark is None else mark}"


def named_in(row: str) -> Named | None:
    """What a row says, if it is one of ours."""
    parts = row.removeprefix(ROW).split("-", 1)
    is_ours = row.startswith(ROW) and len(parts) > 1 and all(parts)
    return Named(id=parts[0], mark=parts[1]) if is_ours else None


def offer_of(turn: Turn, row: str) -> Offer:
    """What the form offers to this person."""
    return Offer(
        row=row,
        services=tuple(turn.desk.catalogue.services),
        languages=turn.house.languages,
        now=turn.now,
        language=turn.language,
        zone=turn.zone,
    )


def limits_of(turn: Turn) -> Limits:
    """What an announcement may be here."""
    return Limits(
        languages=frozenset(turn.house.languages),
        services=frozenset(turn.desk.catalogue.services),
        closest=turn.house.announce_closest,
    )


def fresh(turn: Turn, title: str = "") -> Announcement:
    """A new one, with the defaults."""
    language = turn.language if turn.language in turn.house.languages else turn.house.language
    return Announcement(
        id=AnnouncementId(""),
        tenant=turn.tenant,
        kind=Kind.MAINTENANCE,
        words={language: Words(title=title)},
        language=language,
        rule=Rule(),
        zone=turn.zone,
        services=frozenset({TEAMS}),
        author=turn.message.person.lasting_id,
        author_role=str(turn.acts_as or Role.ANNOUNCER),
        made_at=turn.now,
        changed_at=turn.now,
        drill=turn.desk.drill is not None,
    )


def change_of(turn: Turn, saved: Announcement) -> Announcement:
    """A draft that will change `saved`."""
    return replace(
        saved,
        id=AnnouncementId(""),
        draft=Draft.DRAFT,
        author=turn.message.person.lasting_id,
        author_role=str(turn.acts_as or Role.ANNOUNCER),
        approval=None,
        origin="",
        origin_revision=change_note(saved),
        made_at=turn.now,
        changed_at=turn.now,
    )


def change_note(saved: Announcement) -> str:
    """How a draft remembers what it changes; made from a change that waits, it changes the same announcement."""
    return f"{EDITS}{saved.id}:{saved.revision}" if edits(saved) is None else saved.origin_revision


def edits(plan: Announcement) -> tuple[str, int] | None:
    """Which saved announcement, at which revision, this draft changes; None: it is a new one."""
    which, _, revision = plan.origin_revision.removeprefix(EDITS).partition(":")
    is_edit = plan.origin == "" and plan.origin_revision.startswith(EDITS) and revision.isdecimal()
    return (which, int(revision)) if is_edit else None


def is_mine(turn: Turn, plan: Announcement) -> bool:
    """Whether this person writes it."""
    return plan.author == turn.message.person.lasting_id


def is_for(turn: Turn, plan: Announcement) -> bool:
    """Whether this person may see it: a draft is its author's alone, one that was found elsewhere anybody's."""
    return plan.draft is not Draft.DRAFT or is_mine(turn, plan) or (plan.author == "" and plan.origin != "")


async def own_draft(db: Db, turn: Turn, changing: str | None = None) -> Announcement | None:
    """This person's newest draft; `changing`: the one that changes this saved announcement."""
    found = await announcements.recent(db, turn.tenant, drafts=(Draft.DRAFT,), limit=MOST_DRAFTS)
    mine = (each for each in found if is_mine(turn, each))
    return next((each for each in mine if (edits(each) or (None, 0))[0] == changing), None)


async def keep(db: Db, draft: Announcement, before: Announcement | None, now: datetime) -> Announcement | Conflict:
    """The draft as it now stands.  What has not changed is not written again."""
    if before is not None and draft == before:
        return before
    return await announcements.save(db, replace(draft, changed_at=now), before.revision if before else None)


async def preview_of(turn: Turn, db: Db, plan: Announcement) -> Preview:
    """What saving it would do."""
    return await preview_in(turn.house, db, plan, turn.now)


async def preview_in(house: House, db: Db, plan: Announcement, now: datetime) -> Preview:
    """What saving it would do there."""
    found = await readers.audience(db, plan, language=house.language, zone=house.zone)
    missing = sorted((tag, n) for tag, n in found.languages.items() if tag not in plan.words)
    changed = edits(plan)
    return Preview(
        plan=plan,
        times=times_of(plan, now),
        readers=found.count,
        takes=timedelta(seconds=-(-found.count // max(1, house.sends_per_second))),
        missing=tuple(missing),
        warned=_warned(plan, now),
        needs_approval=needs_approval(found.count, house.approval_from or None),
        edits=changed[0] if changed else None,
    )


def times_of(plan: Announcement, now: datetime) -> tuple[datetime, ...]:
    """Its next times, the one that runs included; none where the rule is not complete."""
    try:
        return upcoming(plan.rule, plan.zone, now - (plan.lasts or SECOND), TIMES_SHOWN)
    except RuleError:
        return ()


async def problems_of(turn: Turn, plan: Announcement) -> tuple[Problem, ...]:
    """Everything that must be put right before it can be saved; what has begun may have begun in the past."""
    changed = edits(plan)
    begun = False
    if changed is not None:
        async with turn.desk.store.reading() as db:
            begun = any(each.starts_at <= turn.now for each in await occurrences.of_announcement(db, changed[0]))
    return problems(plan, turn.now, limits_of(turn), running=begun)


def here(turn: Turn, names: Iterable[str], *, team: bool) -> frozenset[str]:
    """Names of readers, with "here" as the conversation or team in which it is written."""
    place = turn.message.destination
    own = (place.team if team else place.id) or place.id
    return frozenset(own if each.casefold() in HERE else each for each in names)


def _warned(plan: Announcement, now: datetime) -> tuple[Warned, ...]:
    try:
        return warnings(plan, now)
    except RuleError:
        return ()
