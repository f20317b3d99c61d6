"""What is with the service: one row per rule, its name a sentence."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.observation import Feature, Health, Kind, ServiceId
from bot.domain.verdict import Outcome, Reason, judge
from tests.domain.seen import (
    DEGRADED,
    DOWN,
    FINE,
    NOW,
    POLICY,
    QUIET,
    QUIET_DEFAULT,
    colleagues,
    crowd,
    issue,
    line,
    page,
    posts,
    probe,
    seen,
    window,
)

SITE = "site:Leeds"
BROKEN_DOORS = [probe(key, DOWN) for key in ("teams_web", "teams_cloud", "signin")]
LOUD = [posts(60, usual=1.0, health=DOWN), crowd(400)]
CASES = {
    "nothing seen is unknown": ([], Outcome.UNKNOWN, Reason.NOTHING_SEEN),
    "the quiet default set-up is fine": (QUIET_DEFAULT, Outcome.FINE, Reason.ALL_QUIET),
    "one failed try does not spoil a quiet day": (
        [*QUIET, probe("signin", DOWN, ago=0.4)],
        Outcome.FINE,
        Reason.ALL_QUIET,
    ),
    "our own neutral checks alone tell nothing about Teams": (line(), Outcome.UNKNOWN, Reason.NOTHING_SEEN),
    "a quiet network that is always quiet is not enough for fine": ([posts()], Outcome.UNKNOWN, Reason.TOO_LITTLE_SEEN),
    "a named incident speaks for itself": (
        [issue(), probe(), *line(), crowd(), posts()],
        Outcome.DEGRADED,
        Reason.OFFICIAL_SAYS,
    ),
    "an interruption is down": ([issue(DOWN)], Outcome.DOWN, Reason.OFFICIAL_SAYS),
    "people alone are one kind": (
        [page(), probe(), *line(), *LOUD],
        Outcome.DEGRADED,
        Reason.ONE_KIND_SAYS,
    ),
    "people and probes agree": ([*BROKEN_DOORS, *line(), *LOUD], Outcome.DEGRADED, Reason.TWO_KINDS_AGREE),
    "all doors shut and its owner says so": (
        [*BROKEN_DOORS, *line(), issue(DOWN)],
        Outcome.DOWN,
        Reason.TWO_KINDS_AGREE,
    ),
    "dead neutral checks void our probes": (
        [*line(DOWN), *BROKEN_DOORS],
        Outcome.UNKNOWN,
        Reason.WE_ARE_CUT_OFF,
    ),
    "old good news does not hide that we are cut off": (
        [*line(DOWN), *BROKEN_DOORS, page(), posts(), crowd()],
        Outcome.UNKNOWN,
        Reason.WE_ARE_CUT_OFF,
    ),
    "certificates replaced everywhere are an inspecting proxy": (
        [*line(DOWN, text="tls_unknown_issuer"), page()],
        Outcome.UNKNOWN,
        Reason.TLS_INSPECTED,
    ),
    "a person's machine without a way out": (
        line(DOWN, vantage="asker"),
        Outcome.YOUR_NETWORK,
        Reason.NO_WAY_OUT,
    ),
    "a person's machine behind an inspecting proxy": (
        [page(), *line(DOWN, vantage="asker", text="tls_unknown_issuer")],
        Outcome.YOUR_ORG,
        Reason.TLS_INSPECTED,
    ),
    "one site without a way out while the server sees Teams well": (
        [*QUIET, *line(DOWN, vantage=SITE), probe("teams_web", DOWN, vantage=SITE)],
        Outcome.YOUR_NETWORK,
        Reason.NO_WAY_OUT,
    ),
    "several colleagues and nobody outside": (
        [*QUIET, colleagues(8, sites={"a": 4, "b": 4}.items())],
        Outcome.YOUR_ORG,
        Reason.COLLEAGUES_ONLY,
    ),
    "several colleagues at one site only": (
        [*QUIET, colleagues(8, sites={"a": 8}.items())],
        Outcome.YOUR_NETWORK,
        Reason.ONE_SITE_ONLY,
    ),
    "the organisation's own sign-in fails and colleagues say so": (
        [*QUIET, probe("tenant_signin", DOWN), probe("tenant_signin", DOWN, ago=2), colleagues(8)],
        Outcome.YOUR_ORG,
        Reason.COLLEAGUES_ONLY,
    ),
    "Teams' certificates are replaced at a site": (
        [*QUIET, colleagues(5), probe("teams_chat", DOWN, vantage=SITE, text="CERT_UNTRUSTED")],
        Outcome.YOUR_ORG,
        Reason.TLS_INSPECTED,
    ),
    "an announced window of the whole service": ([*QUIET, window()], Outcome.MAINTENANCE, Reason.WINDOW_ANNOUNCED),
    "a window that is over is none": ([*QUIET, window(ends=-1)], Outcome.FINE, Reason.ALL_QUIET),
    "a window that has not begun is none": ([*QUIET, window(begins=5)], Outcome.FINE, Reason.ALL_QUIET),
    "a roll-out of a month is no window": ([*QUIET, window(ends=40_000)], Outcome.FINE, Reason.ALL_QUIET),
    "an open advisory is no outage": (
        [*QUIET, issue(advisory=True, feature=Feature.LIVE_EVENTS)],
        Outcome.FINE,
        Reason.ALL_QUIET,
    ),
    "Exchange is ill and it is felt": (
        [issue(service=ServiceId("exchange")), *LOUD],
        Outcome.DEGRADED,
        Reason.CAUSE_ELSEWHERE,
    ),
    "Exchange is ill and nobody feels it here": (
        [*QUIET, issue(service=ServiceId("exchange"))],
        Outcome.FINE,
        Reason.ALL_QUIET,
    ),
    "an unread word is never fine": ([page(Health.UNKNOWN), crowd(health=Health.UNKNOWN)], Outcome.UNKNOWN, None),
}


@pytest.mark.parametrize("name", CASES)
def test_the_rule_holds_that(name):
    observations, outcome, reason = CASES[name]

    verdict = judge(observations, NOW, POLICY)

    assert verdict.outcome is outcome, verdict
    assert reason in (None, verdict.reason)
    assert sum(verdict.probs.values()) == pytest.approx(1)
    assert verdict.confidence == verdict.probs.get(Outcome.JUST_YOU if outcome is Outcome.FINE else outcome, 0.0)


def test_an_operators_word_ends_the_weighing():
    told = seen("operator", Kind.OPERATOR, DOWN, feature=Feature.CHAT, ends_at=NOW + timedelta(hours=1))

    verdict = judge([*QUIET, told], NOW, POLICY)

    assert (verdict.outcome, verdict.reason, verdict.operator) == (Outcome.DOWN, Reason.OPERATOR_SAYS, True)
    assert (verdict.feature, verdict.evidence, verdict.ends_at) == (Feature.CHAT, (told,), told.ends_at)


@pytest.mark.parametrize(("health", "outcome"), [(FINE, Outcome.FINE), (DEGRADED, Outcome.DEGRADED)])
def test_an_operator_may_also_say_that_it_is_well_or_only_half_ill(health, outcome):
    assert judge([issue(DOWN), seen("operator", Kind.OPERATOR, health)], NOW, POLICY).outcome is outcome


def test_a_quiet_day_is_told_with_honest_confidence():
    assert 0.85 < judge(QUIET_DEFAULT, NOW, POLICY).confidence < judge(QUIET, NOW, POLICY).confidence < 0.99


def test_one_kind_alone_stays_under_the_cap_and_two_may_pass_it():
    alone = judge([issue(), page(DEGRADED)], NOW, POLICY)
    together = judge([issue(), *LOUD], NOW, POLICY)

    assert alone.probs[Outcome.DOWN] + alone.probs[Outcome.DEGRADED] <= POLICY.certain_cap + 1e-9
    assert together.confidence > POLICY.certain_cap


def test_our_own_probes_are_no_kind_of_their_own_before_a_neutral_site_has_answered():
    unproven = judge([*BROKEN_DOORS, *LOUD], NOW, POLICY)
    two_places = [*BROKEN_DOORS, *(replace(each, vantage=SITE) for each in BROKEN_DOORS)]

    assert unproven.reason is Reason.ONE_KIND_SAYS
    assert judge([*BROKEN_DOORS, *LOUD, *line()], NOW, POLICY).reason is Reason.TWO_KINDS_AGREE
    assert judge([*two_places, *LOUD], NOW, POLICY).outcome in (Outcome.DEGRADED, Outcome.DOWN)


def test_copies_of_one_origin_count_once():
    once, twice = [posts(40)], [posts(40), replace(posts(40), key="copy", source="mirror")]

    assert judge(once, NOW, POLICY).probs == judge(twice, NOW, POLICY).probs


def test_the_newest_word_about_one_thing_counts():
    opened, closed = issue(ago=20, lasts=60), issue(FINE, ends_at=NOW, said_at=NOW)

    assert judge([opened, closed, *QUIET], NOW, POLICY).outcome is Outcome.FINE


def test_the_public_page_lags_behind_the_tenants_all_clear():
    lagging = page(DEGRADED, said_at=NOW - timedelta(minutes=20))

    verdict = judge([lagging, issue(FINE, ends_at=NOW, said_at=NOW), probe(), *line(), crowd(), posts()], NOW, POLICY)

    assert verdict.outcome is Outcome.FINE


def test_trouble_tells_its_part_region_and_beginning_and_whose_word_it_is():
    began = NOW - timedelta(hours=1)
    told = issue(feature=Feature.CHAT, region="Europe", since=began)

    verdict = judge([told, *LOUD], NOW, POLICY)

    assert (verdict.feature, verdict.region, verdict.since, verdict.official) == (Feature.CHAT, "Europe", began, told)
    assert told in verdict.evidence
    assert verdict.terms[0].weight == max(abs(term.weight) for term in verdict.terms)


def test_without_an_official_word_trouble_began_when_it_was_first_seen():
    risen = posts(60, usual=1.0, health=DOWN, since=NOW - timedelta(minutes=7))

    assert judge([risen, crowd(300, ago=3)], NOW, POLICY).since == NOW - timedelta(minutes=7)


def test_an_advisory_is_degraded_for_those_who_ask_about_its_part():
    advisory = issue(advisory=True, feature=Feature.LIVE_EVENTS)

    asked = judge([*QUIET, advisory], NOW, POLICY, feature=Feature.LIVE_EVENTS)

    assert (asked.outcome, asked.reason) == (Outcome.DEGRADED, Reason.ADVISORY_OPEN)
    assert judge([*QUIET, advisory], NOW, POLICY, feature=Feature.CHAT).outcome is Outcome.FINE


def test_a_fresh_advisory_adds_to_what_others_see_and_an_old_one_does_not():
    fresh = issue(advisory=True, feature=Feature.CHAT)
    old = replace(fresh, said_at=NOW - timedelta(days=3))
    trouble = [page(), posts(10, health=DOWN)]

    with_fresh, with_old = judge([*trouble, fresh], NOW, POLICY), judge([*trouble, old], NOW, POLICY)

    assert with_fresh.probs[Outcome.DEGRADED] > with_old.probs[Outcome.DEGRADED]


def test_trouble_of_another_part_concerns_those_who_ask_little():
    incident = [issue(feature=Feature.LIVE_EVENTS), *QUIET[1:]]

    elsewhere = judge(incident, NOW, POLICY, feature=Feature.CHAT)

    assert elsewhere.outcome is Outcome.FINE
    assert judge(incident, NOW, POLICY, feature=Feature.MEETINGS).outcome is Outcome.DEGRADED
    assert judge(incident, NOW, POLICY).outcome is Outcome.DEGRADED


def test_a_window_explains_its_own_part_and_nothing_else():
    planned = window(feature=Feature.CALLING, ends=50)
    broken = [probe("teams_media", DOWN, ago=ago, feature=Feature.CALLING) for ago in (0.5, 1.5)]

    explained = judge([*QUIET, planned, *broken, colleagues(3, feature=Feature.CALLING)], NOW, POLICY)
    beside = judge([*QUIET[1:], planned, issue(feature=Feature.CHAT)], NOW, POLICY)

    assert (explained.outcome, explained.feature) == (Outcome.MAINTENANCE, Feature.CALLING)
    assert explained.ends_at == NOW + timedelta(minutes=50)
    assert beside.outcome is Outcome.DEGRADED
    assert judge([*QUIET, planned], NOW, POLICY, feature=Feature.CHAT).outcome is Outcome.FINE
