"""Findings -> probabilities: log odds over the classes, capped per group of witnesses and by how many agree.  Pure."""

import math
from collections.abc import Sequence

from bot.domain.finding import Finding, nearness
from bot.domain.likelihoods import CLASSES, PEOPLE_LEAST, PEOPLE_MOST, PRIOR, TROUBLE, Group
from bot.domain.observation import Feature, Kind
from bot.domain.outcome import Outcome, Policy, Term

Probs = dict[Outcome, float]

DEGRADED = CLASSES.index(Outcome.DEGRADED)
DOWN = CLASSES.index(Outcome.DOWN)
PLANNED = CLASSES.index(Outcome.MAINTENANCE)
CONFIRMS_FROM = 0.5  # factor from which a finding counts as one of the independent kinds
LOCAL = (Outcome.MAINTENANCE, Outcome.YOUR_ORG, Outcome.YOUR_NETWORK)
PERIL = 0.3  # an open window loses weight when trouble is told that it does not explain

KINDS = {
    Kind.OFFICIAL_TENANT: "official",
    Kind.OFFICIAL_PUBLIC: "official",
    Kind.PROBE: "probes",
    Kind.CROWD: "people",
    Kind.POSTS: "people",
    Kind.COLLEAGUES: "colleagues",
}


def weigh(findings: Sequence[Finding], policy: Policy, *, agreeing: frozenset[str]) -> Probs:
    """The probability of each class; `agreeing`: independent kinds that see trouble of the service."""
    planned = [each for each in findings if each.row.group is Group.PLAN]
    sums = [math.log(PRIOR[outcome]) for outcome in CLASSES]
    for group in Group:
        for place, number in enumerate(_votes(group, findings, planned)):
            sums[place] += number
    most = max(sums)
    odds = [math.exp(number - most) for number in sums]
    probs = {outcome: part / sum(odds) for outcome, part in zip(CLASSES, odds, strict=True)}
    return probs if len(agreeing) > 1 else held_back(probs, policy.certain_cap)


def agreeing_kinds(findings: Sequence[Finding], *, line_proven: bool) -> frozenset[str]:
    """The independent kinds behind trouble.  Our own probes count only while neutral sites answer us."""
    return frozenset(
        kind
        for each in findings
        if each.row.confirms and each.factor >= CONFIRMS_FROM
        for kind in [KINDS.get(each.seen[0].kind)]
        if kind is not None and (kind != "probes" or line_proven or _places(each) > 1)
    )


def terms(findings: Sequence[Finding], outcome: Outcome) -> tuple[Term, ...]:
    """What moved the verdict, the strongest first."""
    towards = Outcome.JUST_YOU if outcome in (Outcome.FINE, Outcome.UNKNOWN) else outcome
    told = [Term(observation=each.seen[0], weight=each.towards(towards), why=each.row.name) for each in findings]
    return tuple(
        sorted(told, key=lambda term: (-abs(term.weight), term.why, term.observation.source, term.observation.key))
    )


def is_explained(trouble: Finding, window: Finding) -> bool:
    """Whether an announced window explains this trouble: the same part, or no part named."""
    said, planned = trouble.feature, window.feature
    return (
        planned in (None, Feature.ALL) or said is None or (said is not Feature.ALL and nearness(said, planned) == 1.0)
    )


def held_back(probs: Probs, cap: float) -> Probs:
    """One kind alone never lifts trouble above the cap; what is taken goes to the local explanations."""
    trouble = sum(probs[outcome] for outcome in TROUBLE)
    if trouble <= cap:
        return probs
    local = sum(probs[outcome] for outcome in LOCAL)
    held = {outcome: probs[outcome] * cap / trouble for outcome in TROUBLE}
    spread = {outcome: probs[outcome] / local * (local + trouble - cap) for outcome in LOCAL}
    return {**probs, **held, **spread}


def _votes(group: Group, findings: Sequence[Finding], planned: Sequence[Finding]) -> list[float]:
    mine = [each for each in findings if each.row.group is group]
    votes = [sum(each.scores[place] for each in mine) for place in range(len(CLASSES))]
    if group is Group.PEOPLE:
        votes = [
            min(most, max(least, vote)) for vote, least, most in zip(votes, PEOPLE_LEAST, PEOPLE_MOST, strict=True)
        ]
    elif group is Group.PLAN and planned:
        unexplained = any(_is_unexplained(each, planned) for each in findings)
        votes = [max(each.scores[place] for each in planned) for place in range(len(CLASSES))]
        votes = [vote * (PERIL if unexplained else 1.0) for vote in votes]
    for each in mine:
        if planned and each.row.trouble and not _is_unexplained(each, planned):
            votes[PLANNED] += min(each.scores[DOWN], each.scores[DEGRADED])
    return votes


def _is_unexplained(each: Finding, planned: Sequence[Finding]) -> bool:
    return each.row.confirms and not any(is_explained(each, window) for window in planned)


def _places(each: Finding) -> int:
    return len({seen.vantage for seen in each.seen})
