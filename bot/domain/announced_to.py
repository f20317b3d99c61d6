"""Who is told of an announcement, when, and how loudly; and why the others are not.  Pure.

Like `audience`, for planned work: decided anew for every conversation and step.  A conversation that was named by its
author is told without a subscription; quiet hours and mute hold there too.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.announcement import Announcement, Clockwork, Occurrence, Reader
from bot.domain.audience import Silence, Told, Untold, priority_of
from bot.domain.conversation import Scope
from bot.domain.delivery import Priority
from bot.domain.finding import nearness
from bot.domain.observation import TenantId
from bot.domain.quiet import quiet_ends_at
from bot.domain.subscription import Matter, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A conversation that might be told."""

    conversation: str
    tenant: TenantId | None
    scope: Scope
    zone: str  # its own, else the organisation's
    team: str | None = None
    tags: frozenset[str] = frozenset()
    subscription: Subscription | None = None


def is_meant(announcement: Announcement, listener: Listener) -> bool:
    """Whether its author means this conversation, whatever it wishes."""
    audience = announcement.audience
    if listener.tenant != announcement.tenant:
        return False
    match audience.reader:
        case Reader.ALL:
            return listener.subscription is not None
        case Reader.LIST:
            return listener.conversation in audience.names
        case Reader.TEAM:
            return listener.team is not None and listener.team in audience.names
    return bool(listener.tags & audience.names)


def hears_of(  # noqa: PLR0913 - one conversation, one step, and what it has
    announcement: Announcement,
    occurrence: Occurrence,
    listener: Listener,
    now: datetime,
    *,
    has_card: bool,
    is_important: bool,
) -> Told | Untold:
    """Whether and when this conversation is told of this step."""
    wish = listener.subscription
    if listener.tenant != announcement.tenant:
        return Untold(reason=Silence.OTHER_TENANT)
    if has_card:
        return _follows(listener, now, is_important=is_important, is_open=occurrence.phase.is_open)
    reason = _uninterested(announcement, occurrence, listener)
    if reason is None and not _begins(occurrence):
        reason = Silence.NEVER_HEARD
    if reason is None and _is_muted(wish, now):
        reason = Silence.MUTED
    if reason is not None:
        return Untold(reason=reason)
    quiet_until = _quiet_until(wish, now, before=occurrence.starts_at)
    return Told(
        due=quiet_until or now,
        priority=_priority(listener),
        hushed=Silence.QUIET if quiet_until is not None else None,
    )


def _follows(listener: Listener, now: datetime, *, is_important: bool, is_open: bool) -> Told | Untold:
    """A conversation with a card: every revision is edited in; in quiet hours and where it is muted without a word."""
    wish = listener.subscription
    hushed: Silence | None = None if is_important else Silence.NO_NEWS
    if hushed is None and _is_muted(wish, now):
        hushed = Silence.MUTED
    if hushed is None and not is_open and wish is not None and Matter.ALL_CLEAR not in wish.wish.matters:
        hushed = Silence.NO_ALL_CLEAR
    if hushed is None and _quiet_until(wish, now, before=None) is not None:
        hushed = Silence.QUIET
    return Told(
        due=now,
        priority=_priority(listener),
        with_step=hushed is None,
        hushed=hushed,
    )


def _uninterested(announcement: Announcement, occurrence: Occurrence, listener: Listener) -> Silence | None:
    if not is_meant(announcement, listener):
        return Silence.NOT_MEANT
    if announcement.clockwork is Clockwork.CHANNEL and listener.zone != occurrence.zone:
        return Silence.OTHER_ZONE
    wish = listener.subscription
    if announcement.drill and (wish is None or Matter.DRILLS not in wish.wish.matters):
        return Silence.NOT_DRILLS
    if announcement.audience.reader is not Reader.ALL or wish is None:
        return None  # named by the author: what it wishes to hear of does not matter
    return _unwished(announcement, wish)


def _unwished(announcement: Announcement, subscription: Subscription) -> Silence | None:
    """What a subscriber does not want to hear of."""
    wish = subscription.wish
    if Matter.MAINTENANCE not in wish.matters and not subscription.helpdesk:
        return Silence.NOT_MAINTENANCE
    if wish.services and announcement.services and not wish.services & announcement.services:
        return Silence.OTHER_SERVICE
    wanted, told = wish.features, announcement.features
    if wanted and told and all(nearness(said, asked) < 1.0 for said in told for asked in wanted):
        return Silence.OTHER_FEATURE
    places = {place.casefold() for place in announcement.places}
    if wish.places and places and not places & {place.casefold() for place in wish.places}:
        return Silence.OTHER_PLACE
    return None


def _begins(occurrence: Occurrence) -> bool:
    """Whether a first card makes sense: nobody need hear of an end who never heard of a beginning."""
    from_the_first = occurrence.told_at is not None and occurrence.told_at == occurrence.changed_at
    return occurrence.phase.is_open or from_the_first


def _priority(listener: Listener) -> Priority:
    if listener.subscription is not None:
        return priority_of(listener.subscription)
    return Priority.PERSONAL if listener.scope is Scope.PERSONAL else Priority.CHANNEL


def _is_muted(subscription: Subscription | None, now: datetime) -> bool:
    until = subscription.muted_until if subscription is not None else None
    return until is not None and now < until


def _quiet_until(subscription: Subscription | None, now: datetime, *, before: datetime | None) -> datetime | None:
    """`before`: what must be known by then is not held back any longer than that."""
    ends = quiet_ends_at(subscription.wish.quiet, now) if subscription is not None else None
    return None if ends is None or (before is not None and ends > before) else ends
