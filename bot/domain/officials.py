"""The owner's word: all of it is one origin, so the newest and most specific speaks -> findings.  Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.finding import ILL, Finding, find, freshness, nearness, newest_per_key
from bot.domain.observation import Feature, Health, Kind, Observation, ServiceId

OFFICIAL = (Kind.OFFICIAL_TENANT, Kind.OFFICIAL_PUBLIC)
LONGEST_WINDOW = timedelta(days=2)  # a longer "window" is a roll-out: nothing stops working for so long
FRESH_ADVISORY = timedelta(hours=24)
RELATED_SHARE = {
    "signin": (1.0, Feature.SIGNIN),
    "exchange": (0.5, Feature.CALENDAR),
    "sharepoint": (0.4, Feature.FILES),
}
OTHER_RELATED = (0.6, None)


def speaker(seen: Sequence[Observation], now: datetime) -> Observation | None:
    """Of the statements about one service the one that speaks: open trouble before green, and of green the freshest."""
    words = newest_per_key(each for each in seen if each.kind in OFFICIAL and not each.advisory)
    ill = [each for each in words if each.health in ILL]
    green = [each for each in words if each.health is Health.FINE]
    told_over = [_said(each) for each in green if each.ends_at is not None and each.kind is Kind.OFFICIAL_TENANT]
    still_open = [each for each in ill if not _is_lagging(each, max(told_over, default=None))]
    if still_open:
        return max(still_open, key=_rank)
    return max(green, key=lambda each: (freshness(each, now), _rank(each)), default=None)


def advisories(seen: Sequence[Observation]) -> list[Observation]:
    """Narrow statements that are open."""
    return [each for each in newest_per_key(seen) if each.kind in OFFICIAL and each.advisory and each.health in ILL]


def windows(seen: Sequence[Observation], now: datetime) -> list[Observation]:
    """Announced windows that are open at `now`."""
    planned = [each for each in newest_per_key(seen) if each.health is Health.MAINTENANCE]
    return [each for each in planned if _is_open(each, now)]


def from_officials(
    seen: Sequence[Observation], now: datetime, asked: Feature | None, *, early: bool, supported: bool
) -> list[Finding]:
    """The owner's word on the service itself.

    `early`: others have seen trouble for less time than its owner needs to say so; `supported`: it is felt.
    """
    narrow = [found for each in advisories(seen) for found in _advisory(each, now, asked, supported=supported)]
    word = speaker(seen, now)
    if word is None:
        return narrow
    if word.health in ILL:
        name = "official_down" if word.health is Health.DOWN else "official_degraded"
        return [*narrow, find(name, [word], now, factor=nearness(word.feature, asked))]
    if any(each.row.name == "advisory_asked" for each in narrow):
        return narrow  # of one origin the most specific speaks
    return [*narrow, find("official_fine_early" if early else "official_fine", [word], now)]


def from_related(
    seen: Sequence[Observation], related: Sequence[ServiceId], now: datetime, *, supported: bool
) -> list[Finding]:
    """Trouble, by its owner's word, of what the service leans on."""
    found = []
    for service in related:
        word = speaker([each for each in seen if each.service == service], now)
        if word is not None and word.health in ILL:
            share, feature = RELATED_SHARE.get(service, OTHER_RELATED)
            one = find("related_supported" if supported else "related_trouble", [word], now, factor=share)
            found.append(Finding(row=one.row, factor=one.factor, seen=one.seen, feature=feature))
    return sorted(found, key=lambda each: -each.factor)[:1]


def _advisory(each: Observation, now: datetime, asked: Feature | None, *, supported: bool) -> list[Finding]:
    if asked is not None and asked is not Feature.ALL and each.feature == asked:
        return [find("advisory_asked", [each], now)]
    fresh = now - (each.said_at or each.seen_at) < FRESH_ADVISORY
    return [find("advisory_supported", [each], now)] if supported and fresh else []


def _rank(each: Observation) -> tuple[bool, bool, bool, datetime, str, str]:
    named = each.feature is not None and each.feature is not Feature.ALL
    return each.health is Health.DOWN, each.kind is Kind.OFFICIAL_TENANT, named, _said(each), each.key, each.text


def _is_lagging(each: Observation, ended: datetime | None) -> bool:
    """Whether this public word was overtaken by the tenant's own word that it is over."""
    return ended is not None and each.kind is Kind.OFFICIAL_PUBLIC and _said(each) <= ended


def _is_open(each: Observation, now: datetime) -> bool:
    begins = each.since or each.seen_at
    return each.ends_at is not None and begins <= now < each.ends_at and each.ends_at - begins <= LONGEST_WINDOW


def _said(each: Observation) -> datetime:
    return each.said_at or each.seen_at
