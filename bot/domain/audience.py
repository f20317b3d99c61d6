"""Who is told of an incident, when, and how loudly; and why the others are not.  Pure.

Decided anew for every conversation and step.  Whoever has a card keeps being told until its end, as an edit that makes
no noise; nobody hears of an end who never heard of a beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.conversation import Scope
from bot.domain.delivery import Priority
from bot.domain.finding import nearness
from bot.domain.incident import Change, Incident, Level, Reach, Stage, Transition
from bot.domain.quiet import quiet_ends_at
from bot.domain.regions import is_region, is_related
from bot.domain.subscription import Matter, Subscription

__all__ = ["Silence", "Told", "Untold", "hears", "quiet_ends_at"]

STARTS = (Stage.SIGNS, Stage.CONFIRMED)  # stages in which a first card makes sense


class Silence(StrEnum):
    """Why a conversation is not told, or is told without noise."""

    OTHER_TENANT = "other_tenant"
    NOT_DRILLS = "not_drills"
    NOT_OUTAGES = "not_outages"
    OTHER_SERVICE = "other_service"
    OTHER_FEATURE = "other_feature"
    OTHER_PLACE = "other_place"
    BELOW_LEVEL = "below_level"
    NOT_ACKNOWLEDGED_YET = "not_acknowledged_yet"  # trouble of the organisation that its help desk has not confirmed
    SPOKEN_FOR = "spoken_for"  # hears of the same trouble by another incident
    NEVER_HEARD = "never_heard"  # and need not begin with its end
    MUTED = "muted"
    QUIET = "quiet"  # quiet hours
    NO_ALL_CLEAR = "no_all_clear"
    NO_NEWS = "no_news"  # this step is an edit only
    NOT_MAINTENANCE = "not_maintenance"
    NOT_MEANT = "not_meant"  # its author chose others
    OTHER_ZONE = "other_zone"  # told at the same wall time of its own zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """It is told."""

    due: datetime  # not before
    priority: Priority
    with_step: bool = False  # and said in the thread
    summary: bool = False  # held back until quiet hours end, then with everything else that is still open
    hushed: Silence | None = None  # why no noise is made


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """It is not told."""

    reason: Silence


def hears(  # noqa: PLR0913 - one conversation, one step, and what it has
    subscription: Subscription,
    incident: Incident,
    transition: Transition | None,
    now: datetime,
    *,
    has_card: bool,
    others: Sequence[Incident] = (),
) -> Told | Untold:
    """Whether and when this conversation is told; `others`: open incidents of the tenant, in which it may be told."""
    if incident.tenant != subscription.tenant:
        return Untold(reason=Silence.OTHER_TENANT)
    if has_card:
        return _follows(subscription, incident, transition, now)
    reason = _uninterested(subscription, incident) or _unready(subscription, incident, now, others)
    if reason is not None:
        return Untold(reason=reason)
    quiet_until = _quiet_until(subscription, incident, now)
    return Told(
        due=quiet_until or now,
        priority=priority_of(subscription),
        summary=quiet_until is not None,
        hushed=Silence.QUIET if quiet_until is not None else None,
    )


def priority_of(subscription: Subscription) -> Priority:
    """Who is served first: the help desk, then single people, then channels."""
    if subscription.helpdesk:
        return Priority.HELPDESK
    return Priority.PERSONAL if subscription.scope is Scope.PERSONAL else Priority.CHANNEL


def _follows(
    subscription: Subscription, incident: Incident, transition: Transition | None, now: datetime
) -> Told | Untold:
    """A conversation with a card: its end always comes, and mute lasts no longer than its time."""
    muted = _is_muted(subscription, now)
    if muted and incident.stage.is_open:
        return Untold(reason=Silence.MUTED)
    hushed = Silence.MUTED if muted else _hushed(subscription, incident, transition, now)
    return Told(
        due=now,
        priority=priority_of(subscription),
        with_step=hushed is None,
        hushed=hushed,
    )


def _hushed(
    subscription: Subscription, incident: Incident, transition: Transition | None, now: datetime
) -> Silence | None:
    """Why this step is a silent edit."""
    if transition is None or not transition.change.is_important:
        return Silence.NO_NEWS
    if transition.change is Change.OVER and Matter.ALL_CLEAR not in subscription.wish.matters:
        return Silence.NO_ALL_CLEAR
    if incident.stage.is_open and incident.level.rank < _from_rank(subscription):
        return Silence.BELOW_LEVEL
    if incident.merged_into is not None and transition.change is not Change.MERGED:
        return Silence.SPOKEN_FOR
    return Silence.QUIET if _quiet_until(subscription, incident, now) is not None else None


def _uninterested(subscription: Subscription, incident: Incident) -> Silence | None:
    """What the conversation does not want to hear of."""
    wish = subscription.wish
    if incident.drill and Matter.DRILLS not in wish.matters:
        return Silence.NOT_DRILLS
    if Matter.OUTAGES not in wish.matters:
        return Silence.NOT_OUTAGES
    if wish.services and incident.service not in wish.services:
        return Silence.OTHER_SERVICE
    if wish.features and all(nearness(incident.feature, each) < 1.0 for each in wish.features):
        return Silence.OTHER_FEATURE
    if not _is_near(wish.places, incident):
        return Silence.OTHER_PLACE
    return Silence.BELOW_LEVEL if incident.level.rank < _from_rank(subscription) else None


def _unready(
    subscription: Subscription, incident: Incident, now: datetime, others: Sequence[Incident]
) -> Silence | None:
    """What it would want to hear of, but not now."""
    if incident.stage not in STARTS:
        return Silence.NEVER_HEARD
    if incident.reach is not Reach.EVERYONE and incident.acknowledged is None and not subscription.helpdesk:
        return Silence.NOT_ACKNOWLEDGED_YET
    speakers = [each for each in others if each.id == incident.merged_into and each.stage in STARTS]
    if any(_uninterested(subscription, each) is None for each in speakers):
        return Silence.SPOKEN_FOR
    return Silence.MUTED if _is_muted(subscription, now) else None


def _is_near(places: frozenset[str], incident: Incident) -> bool:
    """Named regions rule out trouble elsewhere in the world, named sites that of other sites.

    Where in the world a site lies is not known: who named only sites hears of every region.
    """
    regions = [place for place in places if is_region(place)]
    sites = {place.casefold() for place in places if not is_region(place)}
    if incident.site is not None:
        return not sites or incident.site.casefold() in sites
    if incident.region is None or not regions:
        return True
    return any(is_related(incident.region, region) for region in regions)


def _from_rank(subscription: Subscription) -> int:
    wanted = subscription.wish.level.rank
    return min(wanted, Level.SIGNS.rank) if subscription.helpdesk else wanted


def _is_muted(subscription: Subscription, now: datetime) -> bool:
    return subscription.muted_until is not None and now < subscription.muted_until


def _quiet_until(subscription: Subscription, incident: Incident, now: datetime) -> datetime | None:
    loud = subscription.wish.loud_when_down and incident.stage.is_open and incident.level is Level.DOWN
    return None if loud else quiet_ends_at(subscription.wish.quiet, now)
