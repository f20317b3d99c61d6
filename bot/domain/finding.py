"""Findings: what a group of observations says, as one row of the table with a factor.  Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.likelihoods import CLASSES, TABLE, Row, Scores
from bot.domain.observation import Feature, Health, Kind, Observation
from bot.domain.outcome import Outcome

ILL = frozenset({Health.DEGRADED, Health.DOWN})
OLD_COUNTS = 0.5  # what a statement still weighs at the very end of its time
UNTOUCHED_AFTER = timedelta(hours=12)  # an official incident that nobody touches fades from here
FORGOTTEN_AFTER = timedelta(hours=72)  # down to OLD_COUNTS at this age
STALE_GREEN_AFTER = timedelta(hours=1)  # a page that claims an older time is served from a cache
FEATURES_OF_ALL = frozenset({None, Feature.ALL})
MEDIA = frozenset({Feature.MEETINGS, Feature.CALLING, Feature.LIVE_EVENTS})
ENTRANCES = frozenset({Feature.SIGNIN, Feature.CLIENT_START})  # who cannot get in has none of the others either


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of the table, found true to some degree."""

    row: Row
    factor: float  # 0 to about 1.5: age, number of people, how near the part is to the one that is asked about
    seen: tuple[Observation, ...]  # newest first
    feature: Feature | None = None

    @property
    def scores(self) -> Scores:
        """What this finding adds to each class."""
        down, degraded, planned, org, network, you = (self.factor * number for number in self.row.says)
        return (down, degraded, planned, org, network, you)

    def towards(self, outcome: Outcome) -> float:
        """How far this speaks for `outcome` rather than for the other classes on average."""
        scores = self.scores
        mine = scores[CLASSES.index(outcome)]
        return mine - (sum(scores) - mine) / (len(scores) - 1)


def find(name: str, seen: Sequence[Observation], now: datetime, *, factor: float = 1.0) -> Finding:
    """The named row, weighed by the age of the freshest of `seen`."""
    newest = newest_first(seen)
    named = next((each.feature for each in newest if each.feature not in FEATURES_OF_ALL), None)
    age = max(freshness(each, now) for each in newest)
    return Finding(row=TABLE[name], factor=factor * age, seen=newest, feature=named)


def freshness(seen: Observation, now: datetime) -> float:
    """From 1 when just seen down to OLD_COUNTS at the end of its time; official words fade by their own age too."""
    lived = share(now - seen.seen_at, seen.until - seen.seen_at)
    fresh = 1 - (1 - OLD_COUNTS) * lived
    if seen.said_at is None or seen.kind not in (Kind.OFFICIAL_TENANT, Kind.OFFICIAL_PUBLIC):
        return fresh
    age = now - seen.said_at
    if seen.health in ILL:
        return fresh * (1 - (1 - OLD_COUNTS) * share(age - UNTOUCHED_AFTER, FORGOTTEN_AFTER - UNTOUCHED_AFTER))
    return fresh * (1 - share(age - STALE_GREEN_AFTER, STALE_GREEN_AFTER) * 0.9)


def share(part: timedelta, whole: timedelta) -> float:
    """`part` of `whole`, kept within 0 and 1."""
    return min(1.0, max(0.0, part / whole)) if whole > timedelta(0) else 1.0


def newest_first(seen: Iterable[Observation]) -> tuple[Observation, ...]:
    """In an order that does not depend on the order in which they came."""
    return tuple(sorted(seen, key=_age_and_name, reverse=True))


def newest_per_key(seen: Iterable[Observation]) -> tuple[Observation, ...]:
    """Of each source's statements about one thing only the newest."""
    kept: dict[tuple[str, str, str], Observation] = {}
    for each in newest_first(seen):
        kept.setdefault((each.source, each.key, each.vantage), each)
    return tuple(kept.values())


def nearness(said: Feature | None, asked: Feature | None) -> float:
    """How far trouble of one part concerns somebody who asks about another."""
    if said in FEATURES_OF_ALL or asked in FEATURES_OF_ALL or said == asked or said in ENTRANCES:
        return 1.0
    return 1.0 if {said, asked} <= MEDIA else 0.3


def _age_and_name(seen: Observation) -> tuple[object, ...]:
    counted = seen.strength
    told = (counted.reports, counted.authors or 0, tuple(sorted(counted.shares.items()))) if counted else (-1, 0, ())
    named = (seen.source, seen.key, seen.vantage, seen.service, seen.health, seen.feature or "", seen.region or "")
    return (seen.seen_at, seen.said_at or seen.seen_at, *named, seen.text, told, seen.until, seen.origin)
