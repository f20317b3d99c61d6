"""What is with you?  A verdict on the service plus the asker's own tests -> a verdict for one person.  Pure.

Own observations are of kind ASKER; their key says which test: "other_site", "colleagues", "web", "mobile_data",
"this_client" (health FINE or DOWN) or "code" (text: the canonical code).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.finding import ILL, Finding, find, newest_per_key
from bot.domain.likelihoods import CLASSES, TABLE, TROUBLE, Scores
from bot.domain.observation import Client, Health, Kind, Observation
from bot.domain.outcome import Outcome, Policy, Reason, Verdict, Which
from bot.domain.probing import is_inspected, line_is_dead, targets
from bot.domain.weighing import Probs, held_back, terms

WORKS = {
    "other_site": "own_other_sites_open",
    "colleagues": "own_colleagues_work",
    "web": "own_web_works",
    "mobile_data": "own_mobile_works",
    "this_client": "own_client_works",
}
FAILS = {
    "other_site": "own_other_sites_fail",
    "colleagues": "own_colleagues_fail",
    "web": "own_web_fails",
    "mobile_data": "own_mobile_fails",
}
CODES = {
    Outcome.JUST_YOU: "code_account",
    Outcome.YOUR_ORG: "code_org",
    Outcome.YOUR_NETWORK: "code_network",
    Outcome.DOWN: "code_service",
    Outcome.DEGRADED: "code_service",
}
LOCAL = frozenset({Outcome.YOUR_ORG, Outcome.YOUR_NETWORK})
LEAST = 1e-9  # no class is ever impossible
SERVICE_SPEAKS = frozenset({Outcome.DOWN, Outcome.DEGRADED, Outcome.MAINTENANCE})


def for_asker(  # noqa: PLR0913 - every argument is another thing that is known of the person
    verdict: Verdict,
    own: Sequence[Observation],
    now: datetime,
    policy: Policy,
    *,
    symptom: bool,
    client: Client | None = None,
    codes_hint: Outcome | None = None,
) -> Verdict:
    """The verdict for the person who asks.

    `symptom`: something fails for them; `client`: the program in which it does; `codes_hint`: whose trouble the codes
    they named speak of, by the catalogue.
    """
    if verdict.operator:
        return verdict
    believed = [each for each in own if each.is_believed(now) and (verdict.drill or not each.drill)]
    findings = _findings(believed, now, client, codes_hint)
    if verdict.others_ill:
        findings = [each for each in findings if each.row.name != "own_other_sites_fail"]
    felt = [TABLE["own_symptom"].says] if symptom else []
    probs = held_back(
        _moved(verdict, [*felt, *(each.scores for each in findings)]), max(policy.certain_cap, _trouble(verdict.probs))
    )
    outcome, reason = _named(verdict, findings, probs, policy, symptom=symptom)
    return _for_person(verdict, findings, probs, outcome=outcome, reason=reason)


def _findings(
    own: Sequence[Observation], now: datetime, client: Client | None, codes_hint: Outcome | None
) -> list[Finding]:
    tests = newest_per_key(each for each in own if each.kind is Kind.ASKER)
    rows = [(_row(each, client, codes_hint), each) for each in tests]
    found = [find(name, [each], now) for name, each in rows if name is not None]
    checks = targets([each for each in own if each.kind is Kind.NEUTRAL], now)
    if line_is_dead(checks):
        seen = [each for check in checks for each in check.tries[:1]]
        found.append(find("certificate_replaced" if any(map(is_inspected, seen)) else "no_way_out", seen, now))
    return found


def _row(test: Observation, client: Client | None, codes_hint: Outcome | None) -> str | None:
    if test.key == "code":
        return None if codes_hint is None else CODES.get(codes_hint)
    if test.key == "this_client" and client is not None and test.client not in (None, client):
        return None  # another client works: the one with the trouble may still not
    if test.health is Health.FINE:
        return WORKS.get(test.key)
    return FAILS.get(test.key) if test.health in ILL else None


def _moved(verdict: Verdict, votes: Sequence[Scores]) -> Probs:
    sums = {outcome: math.log(max(verdict.probs.get(outcome, 0.0), LEAST)) for outcome in CLASSES}
    for vote in votes:
        for outcome, number in zip(CLASSES, vote, strict=True):
            sums[outcome] += number
    most = max(sums.values())
    odds = {outcome: math.exp(number - most) for outcome, number in sums.items()}
    return {outcome: part / sum(odds.values()) for outcome, part in odds.items()}


def _named(
    verdict: Verdict, findings: Sequence[Finding], probs: Probs, policy: Policy, *, symptom: bool
) -> tuple[Outcome, Reason]:
    names = {each.row.name for each in findings}
    top = max(CLASSES, key=lambda each: (probs[each], each))
    if verdict.outcome in SERVICE_SPEAKS and (top in SERVICE_SPEAKS or _trouble(probs) >= policy.name_from):
        return verdict.outcome, Reason.SERVICE_EXPLAINS if symptom and findings else verdict.reason
    if top in LOCAL and probs[top] >= policy.name_from:
        return top, _local_reason(verdict, names, top)
    if top is not Outcome.JUST_YOU or probs[top] < policy.name_from:
        return Outcome.UNKNOWN, verdict.reason if verdict.outcome is Outcome.UNKNOWN else Reason.TOO_LITTLE_SEEN
    if not symptom:
        return (Outcome.UNKNOWN if verdict.outcome is Outcome.UNKNOWN else Outcome.FINE), _calm_reason(verdict)
    if verdict.positive or any(each.row.positive for each in findings):
        return Outcome.JUST_YOU, _own_reason(names)
    cut_off = verdict.reason in (Reason.WE_ARE_CUT_OFF, Reason.TLS_INSPECTED)
    return Outcome.UNKNOWN, verdict.reason if cut_off else Reason.NOBODY_ELSE_YET


def _calm_reason(verdict: Verdict) -> Reason:
    calm = verdict.outcome in (Outcome.UNKNOWN, Outcome.FINE)
    return verdict.reason if calm else Reason.OTHERS_FINE


def _local_reason(verdict: Verdict, names: set[str], top: Outcome) -> Reason:
    if "certificate_replaced" in names:
        return Reason.TLS_INSPECTED
    if top is Outcome.YOUR_NETWORK and names & {"no_way_out", "own_other_sites_fail"}:
        return Reason.NO_WAY_OUT
    if names & {"code_org", "code_network"}:
        return Reason.CODE_SAYS
    if verdict.outcome is top:
        return verdict.reason
    return Reason.OWN_TEST if names else Reason.COLLEAGUES_ONLY


def _own_reason(names: set[str]) -> Reason:
    if "code_account" in names:
        return Reason.CODE_SAYS
    return Reason.OWN_TEST if "own_web_works" in names else Reason.OTHERS_FINE


def _which(names: set[str]) -> Which:
    """What of the asker's it is; or that a comparison would tell."""
    if "own_web_works" in names:
        return Which.APP
    return Which.ACCOUNT if names & {"code_account", "own_web_fails"} else Which.COMPARE


def _for_person(
    verdict: Verdict, findings: Sequence[Finding], probs: Probs, *, outcome: Outcome, reason: Reason
) -> Verdict:
    counted = Outcome.JUST_YOU if outcome in (Outcome.FINE, Outcome.UNKNOWN) else outcome
    told = tuple(sorted((*verdict.terms, *terms(findings, counted)), key=lambda term: (-abs(term.weight), term.why)))
    which = _which({each.row.name for each in findings}) if outcome is Outcome.JUST_YOU else None
    moved = replace(
        verdict,
        outcome=outcome,
        confidence=0.0 if outcome is Outcome.UNKNOWN else probs[counted],
        reason=reason,
        probs=probs,
        which=which,
        terms=told,
        evidence=tuple(term.observation for term in told if term.weight > 0),
        positive=verdict.positive or any(each.row.positive for each in findings),
    )
    if outcome is verdict.outcome:
        return moved
    return replace(moved, feature=None, region=None, since=None, ends_at=None, cause=None)


def _trouble(probs: Mapping[Outcome, float]) -> float:
    return sum(probs.get(outcome, 0.0) for outcome in TROUBLE)
