"""A second person's yes: when it is wanted, what it is bound to, and whose it can't be.  Pure."""

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.announcement import Announcement, AnnouncementId, Approval, Draft
from bot.domain.schedule import moment

_NOT_SHOWN = frozenset({
    "id", "draft", "author", "author_role", "approval", "origin_revision", "revision", "made_at", "changed_at",
})  # fmt: skip


class Refused(StrEnum):
    """Why an approval does not count."""

    OWN = "own"  # its author's own
    OTHER_TEXT = "other_text"  # it was changed since it was shown
    NOT_WAITING = "not_waiting"


class Decision(StrEnum):
    """What became of the question whether it may go out."""

    APPROVED = "approved"
    DECLINED = "declined"  # a draft of its author again
    NEEDLESS = "needless"  # changed or called off meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question whether this revision may go out."""

    announcement: AnnouncementId
    revision: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Somebody else saved a change meanwhile: nothing of either text is lost."""

    theirs: Announcement  # as it stands now
    expected_revision: int  # what this edit was made from


def digest(announcement: Announcement) -> str:
    """Stands for exactly what is shown and done: text, times, audience.  Equal wherever it is reckoned."""
    shown = {name: value for name, value in asdict(announcement).items() if name not in _NOT_SHOWN}
    return hashlib.sha256(json.dumps(_plain(shown), sort_keys=True).encode()).hexdigest()


def needs_approval(readers: int, from_readers: int | None) -> bool:
    """Whether so many channels need a second person's yes; `from_readers`: the setting, None: never."""
    return from_readers is not None and readers >= from_readers


def approve(announcement: Announcement, approval: Approval) -> Announcement | Refused:
    """It goes out at its time, if this is another person's yes to this very revision."""
    if announcement.draft is not Draft.WAITING:
        return Refused.NOT_WAITING
    if approval.by.casefold() == announcement.author.casefold():
        return Refused.OWN
    if approval.digest != digest(announcement):
        return Refused.OTHER_TEXT
    return replace(announcement, draft=Draft.PLANNED, approval=approval, changed_at=approval.at)


def asks(announcement: Announcement) -> Asked | None:
    """The question that it waits for an answer to."""
    if announcement.draft is not Draft.WAITING:
        return None
    return Asked(announcement=announcement.id, revision=announcement.revision, digest=digest(announcement))


def decided(asked: Asked, announcement: Announcement) -> Decision | None:
    """What became of it, by the announcement as it stands now; None: nobody has said anything yet."""
    if asks(announcement) == asked:
        return None
    if announcement.approval is not None and announcement.approval.digest == asked.digest:
        return Decision.APPROVED
    return Decision.DECLINED if announcement.draft is Draft.DRAFT else Decision.NEEDLESS


def is_past(announcement: Announcement, now: datetime) -> bool:
    """Whether a yes would come too late: its only window is over, and nobody would hear of it."""
    rule, lasts = announcement.rule, announcement.lasts
    if rule.at is None or lasts is None or not announcement.has_window:
        return False
    return moment(rule.at, announcement.zone) + lasts <= now


def may_edit(current: Announcement, expected_revision: int) -> Conflict | None:
    """None: this edit was made from what stands now."""
    if current.revision == expected_revision:
        return None
    return Conflict(theirs=current, expected_revision=expected_revision)


def edited(current: Announcement, changed: Announcement, now: datetime) -> Announcement:
    """`changed` as the next state of `current`: an approval lasts no longer than what it approved."""
    approval = current.approval if digest(changed) == digest(current) else None
    return replace(
        changed,
        id=current.id,
        author=current.author,
        author_role=current.author_role,
        origin=current.origin,
        origin_revision=current.origin_revision,  # what its source last said is not what our people write
        made_at=current.made_at,
        revision=current.revision,  # the store counts it on
        approval=approval,
        changed_at=now,
    )


def applied(current: Announcement, change: Announcement, now: datetime) -> Announcement:
    """A saved draft that changes `current`, in its place: its writer is the author now, of whom a second is another."""
    return replace(
        edited(current, change, now),
        author=change.author,
        author_role=change.author_role,
        approval=change.approval,
        draft=Draft.PLANNED,
    )


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Set):
        return sorted(str(_plain(each)) for each in value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if value is None or isinstance(value, (str, bool, int)) else str(value)
