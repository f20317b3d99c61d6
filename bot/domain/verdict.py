"""Observations -> verdict.  Pure: knows no source, no sender, no clock.

`judge` answers "what is with the service?", `for_asker` then "and what is with you?".  The types stand in `outcome`,
the numbers in `likelihoods`; both are named here again, so that a reader of verdicts needs this module only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.asker import for_asker
from bot.domain.crowds import from_colleagues, from_people
from bot.domain.finding import ILL, Finding, find, nearness, newest_first, newest_per_key
from bot.domain.likelihoods import CLASSES, TROUBLE, Group
from bot.domain.observation import Feature, Health, Kind, Observation, ServiceId, TenantId
from bot.domain.officials import from_officials, from_related, windows
from bot.domain.outcome import Blind, Outcome, Policy, Reason, Term, Verdict, Which
from bot.domain.probing import SERVER, Line, from_probes, is_inspected, is_led_astray, lines
from bot.domain.weighing import KINDS, Probs, agreeing_kinds, terms, weigh

__all__ = [
    "Blind", "Outcome", "Policy", "Reason", "Term", "Verdict", "Which", "for_asker", "independent_kinds", "judge",
]  # fmt: skip

ONE_DOOR = frozenset({"probe_shaky", "probe_failing"})  # too little to call another's trouble felt here
NO_LINE = Line(dead=False, suspect=False, proven=False, strained=False, checks=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What can be seen of one service by one tenant at one moment."""

    service: ServiceId
    tenant: TenantId | None
    asked: Feature | None
    now: datetime
    own: tuple[Observation, ...]  # said of the service itself
    others: tuple[Observation, ...]  # said of what it leans on
    places: dict[str, Line]  # where we measure from -> its line
    blind: tuple[Blind, ...]
    drill: bool

    @property
    def home(self) -> Line:
        """The line of our own server, or of the one place that stands in for it."""
        if SERVER in self.places or len(self.places) != 1:
            return self.places.get(SERVER, NO_LINE)
        return next(iter(self.places.values()))

    @property
    def is_cut_off(self) -> bool:
        """Whether our own server reaches nothing outside."""
        return self.places.get(SERVER, NO_LINE).dead


def judge(  # noqa: PLR0913 - whose question it is, in three parts
    observations: Sequence[Observation],
    now: datetime,
    policy: Policy,
    *,
    service: ServiceId = ServiceId("teams"),  # noqa: B008 - a NewType call is the plain string
    feature: Feature | None = None,
    tenant: TenantId | None = None,
) -> Verdict:
    """What is with the service, as far as this tenant's and the public observations tell at `now`."""
    sight = _look(observations, now, policy, service=service, feature=feature, tenant=tenant)
    word = _operators_word(sight)
    if word is not None:
        return _as_told(sight, word)
    findings = _findings(sight, policy)
    if not findings:
        reason = _cut_off(sight) if sight.is_cut_off else Reason.NOTHING_SEEN
        return _unknown(sight, reason, dict.fromkeys(CLASSES, 1 / len(CLASSES)), findings)
    probs = weigh(findings, policy, agreeing=agreeing_kinds(findings, line_proven=sight.home.proven))
    return _name(sight, findings, probs, policy)


def _cut_off(sight: Sight) -> Reason:
    """Why our own server reaches nothing: no way out, or one on which certificates are replaced."""
    inspected = any(is_inspected(each) for line in sight.places.values() for each in line.checks)
    return Reason.TLS_INSPECTED if inspected else Reason.WE_ARE_CUT_OFF


def independent_kinds(evidence: Sequence[Observation]) -> frozenset[str]:
    """The independent groups of witnesses behind these observations: official, probes, people, colleagues."""
    return frozenset(KINDS[seen.kind] for seen in evidence if seen.kind in KINDS)


def _look(  # noqa: PLR0913 - as judge
    observations: Iterable[Observation],
    now: datetime,
    policy: Policy,
    *,
    service: ServiceId,
    feature: Feature | None,
    tenant: TenantId | None,
) -> Sight:
    believed = [each for each in observations if each.is_believed(now) and each.tenant in (None, tenant)]
    drill = bool(believed) and all(each.drill for each in believed)
    seen = newest_first(each for each in believed if each.drill is drill)
    readable = [each for each in seen if each.health is not Health.UNREACHABLE]
    related = policy.related.get(service, ())
    return Sight(
        service=service,
        tenant=tenant,
        asked=feature,
        now=now,
        own=tuple(each for each in readable if each.service == service and each.kind is not Kind.NEUTRAL),
        others=tuple(each for each in readable if each.service in related),
        places=lines([each for each in readable if each.kind is Kind.NEUTRAL], now),
        blind=_blind(seen),
        drill=drill,
    )


def _findings(sight: Sight, policy: Policy) -> list[Finding]:
    now, asked = sight.now, sight.asked
    dead = frozenset(place for place, line in sight.places.items() if line.dead)
    leaning = [each for each in sight.others if each.kind is Kind.PROBE]
    tries = [each for each in (*sight.own, *leaning) if not is_led_astray(each, sight.places.get(SERVER, NO_LINE))]
    void = dead | {place for place, line in sight.places.items() if line.suspect}
    probed = from_probes(tries, void, now, asked)
    well = any(each.row.name == "probes_fine" for each in probed)
    told = [
        *probed,
        *from_people(sight.own, now, asked, others_ill=well and sight.home.strained),
        *from_colleagues(sight.own, now, asked, policy),
    ]
    felt = any(each.row.confirms and each.row.name not in ONE_DOOR for each in told)
    ill_for = max((_lasted(each, now) for each in told if each.row.confirms), default=None)
    early = ill_for is not None and ill_for < policy.official_green_weak
    related = policy.related.get(sight.service, ())
    return [
        *from_officials(sight.own, now, asked, early=early, supported=felt),
        *from_related(sight.others, related, now, supported=felt),
        *told,
        *(_dead_end(sight.places[place], now) for place in sorted(dead - {SERVER})),
        *(find("window_open", [each], now) for each in windows(sight.own, now) if nearness(each.feature, asked) == 1.0),
    ]


def _dead_end(line: Line, now: datetime) -> Finding:
    """Nothing opens from a site; where certificates are replaced, something of the organisation's sits in between."""
    replaced = any(is_inspected(each) for each in line.checks)
    return find("certificate_replaced" if replaced else "no_way_out", line.checks, now)


def _lasted(trouble: Finding, now: datetime) -> timedelta:
    return max(now - (each.since or each.seen_at) for each in trouble.seen)


def _name(sight: Sight, findings: list[Finding], probs: Probs, policy: Policy) -> Verdict:
    """The likeliest class, if it is likely enough and we are not cut off."""
    troubled = sum(probs[outcome] for outcome in TROUBLE)
    outcome = max(CLASSES, key=lambda each: (probs[each], each))
    if troubled >= max(probs[each] for each in CLASSES if each not in TROUBLE):
        outcome = max(TROUBLE, key=lambda each: (probs[each], each))
    if sight.is_cut_off and outcome is Outcome.JUST_YOU:
        return _unknown(sight, _cut_off(sight), probs, findings)
    likely = troubled if outcome in TROUBLE else probs[outcome]
    if likely < policy.name_from:
        return _unknown(sight, Reason.TOO_LITTLE_SEEN, probs, findings)
    if outcome is Outcome.JUST_YOU:
        if not any(each.row.clears for each in findings):
            return _unknown(sight, Reason.TOO_LITTLE_SEEN, probs, findings)
        return _verdict(sight, findings, Outcome.FINE, probs, reason=Reason.ALL_QUIET)
    return _verdict(sight, findings, outcome, probs, reason=_reason(sight, findings, outcome))


def _reason(sight: Sight, findings: list[Finding], outcome: Outcome) -> Reason:
    names = {each.row.name for each in findings}
    if outcome is Outcome.MAINTENANCE:
        return Reason.WINDOW_ANNOUNCED
    if outcome is Outcome.YOUR_NETWORK:
        return Reason.NO_WAY_OUT if "no_way_out" in names else Reason.ONE_SITE_ONLY
    if outcome is Outcome.YOUR_ORG:
        return Reason.TLS_INSPECTED if "certificate_replaced" in names else Reason.COLLEAGUES_ONLY
    return _trouble_reason(sight, findings, names)


def _trouble_reason(sight: Sight, findings: list[Finding], names: set[str]) -> Reason:
    if _cause(sight, findings) is not None:
        return Reason.CAUSE_ELSEWHERE
    if len(agreeing_kinds(findings, line_proven=sight.home.proven)) > 1:
        return Reason.TWO_KINDS_AGREE
    if "advisory_asked" in names:
        return Reason.ADVISORY_OPEN
    return Reason.OFFICIAL_SAYS if names & {"official_down", "official_degraded"} else Reason.ONE_KIND_SAYS


def _verdict(sight: Sight, findings: list[Finding], outcome: Outcome, probs: Probs, *, reason: Reason) -> Verdict:
    told = terms(findings, outcome)
    troubled = [each for each in findings if each.row.trouble]
    official = next((each.seen[0] for each in troubled if each.row.group is Group.OFFICIAL), None)
    window = next((each for each in findings if each.row.group is Group.PLAN), None)
    planned = window.seen[0] if window is not None and outcome is Outcome.MAINTENANCE else None
    bad = outcome is not Outcome.FINE and outcome is not Outcome.UNKNOWN
    return Verdict(
        outcome=outcome,
        confidence=_confidence(outcome, probs),
        reason=reason,
        service=sight.service,
        at=sight.now,
        probs=probs,
        feature=(planned.feature if planned else _part(troubled)) if bad else None,
        region=next((each.region for each in (official, *_seen(troubled)) if each and each.region), None)
        if bad
        else None,
        tenant=sight.tenant,
        since=(planned.since if planned else _since(troubled, official)) if bad else None,
        ends_at=planned.ends_at if planned else None,
        cause=_cause(sight, findings) if outcome in TROUBLE else None,
        official=official,
        evidence=tuple(term.observation for term in told if term.weight > 0),
        terms=told,
        unreachable=sight.blind,
        drill=sight.drill,
        positive=any(each.row.positive for each in findings),
        others_ill=sight.home.strained,
    )


def _unknown(sight: Sight, reason: Reason, probs: Probs, findings: list[Finding]) -> Verdict:
    return _verdict(sight, findings, Outcome.UNKNOWN, probs, reason=reason)


def _confidence(outcome: Outcome, probs: Probs) -> float:
    if outcome is Outcome.UNKNOWN:
        return 0.0
    return probs[Outcome.JUST_YOU if outcome is Outcome.FINE else outcome]


def _part(troubled: Sequence[Finding]) -> Feature | None:
    """The part of the service that most of the evidence names."""
    votes: dict[Feature, float] = {}
    for each in troubled:
        part = Feature.ALL if each.feature is None and _says_all(each) else each.feature
        if part is not None:
            votes[part] = votes.get(part, 0.0) + each.scores[1]
    return max(votes, key=lambda part: (votes[part], part), default=None)


def _says_all(finding: Finding) -> bool:
    """Whether Microsoft itself says that the whole product is down: no probe of ours narrows that to a part."""
    return any(KINDS.get(seen.kind) == "official" and seen.health is Health.DOWN for seen in finding.seen)


def _since(troubled: Sequence[Finding], official: Observation | None) -> datetime | None:
    if official is not None and official.since is not None:
        return official.since
    return min((each.since or each.seen_at for each in _seen(troubled)), default=None)


def _seen(findings: Iterable[Finding]) -> list[Observation]:
    return [each for finding in findings for each in finding.seen]


def _cause(sight: Sight, findings: list[Finding]) -> ServiceId | None:
    """The other service whose trouble explains this one's, when this one's owner names no incident of its own."""
    own = any(each.row.name in ("official_down", "official_degraded") for each in findings)
    related = next((each for each in findings if each.row.name.startswith("related_")), None)
    return related.seen[0].service if related is not None and not own else None


def _operators_word(sight: Sight) -> Observation | None:
    said = [each for each in newest_per_key(sight.own) if each.kind is Kind.OPERATOR]
    return next((each for each in said if each.health in ILL or each.health is Health.FINE), None)


def _as_told(sight: Sight, word: Observation) -> Verdict:
    outcome = {Health.DOWN: Outcome.DOWN, Health.DEGRADED: Outcome.DEGRADED}.get(word.health, Outcome.FINE)
    counted = Outcome.JUST_YOU if outcome is Outcome.FINE else outcome
    return Verdict(
        outcome=outcome,
        confidence=1.0,
        reason=Reason.OPERATOR_SAYS,
        service=sight.service,
        at=sight.now,
        probs={each: float(each is counted) for each in CLASSES},
        feature=word.feature,
        region=word.region,
        tenant=sight.tenant,
        since=word.since or word.seen_at,
        ends_at=word.ends_at,
        evidence=(word,),
        unreachable=sight.blind,
        operator=True,
        drill=sight.drill,
        positive=outcome is Outcome.FINE,
    )


def _blind(seen: Sequence[Observation]) -> tuple[Blind, ...]:
    kept: dict[str, Blind] = {}
    for each in seen:
        if each.health is Health.UNREACHABLE:
            kept.setdefault(each.source, Blind(source=each.source, reason=each.text, since=each.since or each.seen_at))
    return tuple(kept[source] for source in sorted(kept))
