"""What a verdict asks of an incident: which state, how bad, and whether it takes time to be believed.  Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.incident import Colleagues, Level, Reach
from bot.domain.observation import COUNTRY, NOWHERE, Feature, Health, Kind, Observation
from bot.domain.outcome import Outcome, Reason, Verdict
from bot.domain.patience import Thresholds
from bot.domain.weighing import KINDS

TROUBLE = (Outcome.DOWN, Outcome.DEGRADED)
LOCAL = (Outcome.YOUR_ORG, Outcome.YOUR_NETWORK)
CONFIRMING = (Reason.TWO_KINDS_AGREE, Reason.OFFICIAL_SAYS, Reason.OPERATOR_SAYS)
INFERRED = (Reason.CAUSE_ELSEWHERE, Reason.SERVICE_EXPLAINS)
SIDE = frozenset({Feature.ADMIN, Feature.APPS, Feature.LIVE_EVENTS, Feature.SEARCH})  # their loss stops few people
SIGHTLESS = (Reason.NOTHING_SEEN, Reason.WE_ARE_CUT_OFF)
FALSE_ALARM = "false positive"  # Microsoft's word for an incident that was none
REACHES = (Reach.SITE, Reach.ORGANISATION, Reach.EVERYONE)


class Mood(StrEnum):
    """What a verdict says of one incident."""

    BAD = "bad"
    CALM = "calm"  # fine, or explained by an announced window
    UNSURE = "unsure"  # something is seen, but too little
    BLIND = "blind"  # nothing is seen: never a sign of calm


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A verdict as an incident hears it."""

    mood: Mood
    reason: Reason
    level: Level = Level.SIGNS  # once it is confirmed
    reach: Reach = Reach.EVERYONE
    site: str | None = None
    at_once: bool = False  # confirmed by what it rests on; else it must persist
    may_persist: bool = False  # sure enough to be confirmed by persisting alone
    kinds: frozenset[str] = frozenset()  # independent groups of witnesses
    since: datetime | None = None


def read(verdict: Verdict, thresholds: Thresholds, colleagues: Colleagues, *, open_at: Reach | None) -> Reading:
    """What this verdict asks for; `open_at`: the reach of the incident that is open, if one is."""
    at_home = open_at in (Reach.SITE, Reach.ORGANISATION)
    narrow = _is_advisory(verdict)
    if verdict.outcome in TROUBLE and not (narrow and at_home):
        return _trouble(verdict, thresholds, narrow=narrow)
    local = _local(verdict, thresholds, colleagues)
    if local is not None and open_at is not Reach.EVERYONE:
        return local
    if verdict.outcome is Outcome.UNKNOWN:
        return Reading(mood=_unknown(verdict, thresholds, colleagues, at_home=at_home), reason=verdict.reason)
    if at_home and verdict.outcome in (*LOCAL, *TROUBLE):
        return Reading(mood=Mood.UNSURE, reason=verdict.reason)
    return Reading(mood=Mood.CALM, reason=verdict.reason)


def kinds_of(verdict: Verdict) -> frozenset[str]:
    """The independent groups of witnesses behind it."""
    return frozenset(KINDS[seen.kind] for seen in verdict.evidence if seen.kind in KINDS)


def _trouble(verdict: Verdict, thresholds: Thresholds, *, narrow: bool) -> Reading:
    bad = Level.DOWN if verdict.outcome is Outcome.DOWN else Level.DEGRADED
    kinds = kinds_of(verdict)
    likely = sum(verdict.probs.get(outcome, 0.0) for outcome in TROUBLE) if verdict.probs else verdict.confidence
    inferred = verdict.reason in INFERRED and len(kinds) > 1 and likely >= thresholds.sure_from
    return Reading(
        mood=Mood.BAD,
        reason=verdict.reason,
        level=Level.ADVISORY if narrow else bad,
        at_once=narrow or inferred or verdict.reason in CONFIRMING,
        may_persist=likely >= thresholds.signs_from,
        kinds=kinds,
        since=verdict.since,
    )


def _is_advisory(verdict: Verdict) -> bool:
    """Whether it rests on its owner's word about something narrow, and on nothing else."""
    if verdict.reason is Reason.ADVISORY_OPEN:
        return True
    said = verdict.official
    if said is None or verdict.operator or kinds_of(verdict) - {"official"}:
        return False
    return said.advisory or (said.feature in SIDE and said.health is not Health.DOWN)


def _local(verdict: Verdict, thresholds: Thresholds, colleagues: Colleagues) -> Reading | None:
    """Trouble of one organisation: enough colleagues, and no sign of it outside."""
    if colleagues.reports < thresholds.colleagues_to_open or verdict.outcome is Outcome.MAINTENANCE:
        return None
    site = _one_site(colleagues, thresholds)
    return Reading(
        mood=Mood.BAD,
        reason=Reason.COLLEAGUES_ONLY if site is None else Reason.ONE_SITE_ONLY,
        level=Level.DEGRADED,
        reach=Reach.ORGANISATION if site is None else Reach.SITE,
        site=site,
        at_once=verdict.outcome in LOCAL,
        may_persist=True,
        kinds=frozenset({KINDS[Kind.COLLEAGUES]}),
        since=colleagues.since,
    )


def _one_site(colleagues: Colleagues, thresholds: Thresholds) -> str | None:
    named = {place: people for place, people in colleagues.sites.items() if place != NOWHERE}
    site = max(named, key=lambda place: (named[place], place), default=None)
    if site is None or site.startswith(COUNTRY):
        return None
    return site if named[site] >= thresholds.one_site_share * colleagues.reports else None


def _unknown(verdict: Verdict, thresholds: Thresholds, colleagues: Colleagues, *, at_home: bool) -> Mood:
    if verdict.reason in SIGHTLESS or not verdict.terms:
        return Mood.BLIND
    if at_home and 2 * colleagues.reports < thresholds.colleagues_to_open:
        return Mood.CALM  # it was their word, and they say it no more
    return Mood.UNSURE


def taken_back(observations: Iterable[Observation]) -> frozenset[str]:
    """Ids of official statements that their owner calls false alarms."""
    return frozenset(
        seen.key
        for seen in observations
        if KINDS.get(seen.kind) == "official" and seen.health is Health.FINE and FALSE_ALARM in seen.text.casefold()
    )


def colleagues_of(believed: Iterable[Observation]) -> Colleagues:
    """How many of the tenant report trouble by what is believed now, and from where."""
    told = [each for each in believed if each.kind is Kind.COLLEAGUES and each.health is not Health.FINE]
    newest = max(told, key=lambda each: each.seen_at, default=None)
    if newest is None or newest.strength is None:
        return Colleagues()
    since = min(each.since or each.seen_at for each in told)
    return Colleagues(reports=newest.strength.reports, sites=dict(newest.strength.shares), since=since)
