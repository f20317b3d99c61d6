"""What is with you: the asker's own tests move the verdict on the service to one for a person."""

from dataclasses import replace

import pytest

from bot.domain.observation import Client, Feature, Health, Kind
from bot.domain.verdict import Outcome, Reason, Which, for_asker, judge
from tests.domain.seen import (
    DEGRADED,
    DOWN,
    NOW,
    POLICY,
    QUIET,
    QUIET_DEFAULT,
    colleagues,
    crowd,
    issue,
    line,
    neutral,
    own,
    page,
    posts,
    seen,
    window,
)


def ask(observations, tests=(), *, symptom=True, client=None, hint=None):
    verdict = judge(observations, NOW, POLICY)
    return for_asker(verdict, tests, NOW, POLICY, symptom=symptom, client=client, codes_hint=hint)


OUTAGE = [issue(DOWN, feature=Feature.CHAT), crowd(400), posts(50, usual=1.0, health=DOWN)]
CASES = {
    "who named no symptom is told fine": ((QUIET, [], False, None), Outcome.FINE, Reason.ALL_QUIET),
    "a busy quiet crowd shows that others are well": ((QUIET, [], True, None), Outcome.JUST_YOU, Reason.OTHERS_FINE),
    "without a positive sign nobody else reports it yet": (
        (QUIET_DEFAULT, [], True, None),
        Outcome.UNKNOWN,
        Reason.NOBODY_ELSE_YET,
    ),
    "a colleague for whom it works is a sign": (
        (QUIET_DEFAULT, [own("colleagues")], True, None),
        Outcome.JUST_YOU,
        Reason.OTHERS_FINE,
    ),
    "the asker's own web client is a sign": (
        (QUIET_DEFAULT, [own("web")], True, None),
        Outcome.JUST_YOU,
        Reason.OWN_TEST,
    ),
    "no other site opens either": (
        (QUIET, [own("other_site", DOWN)], True, None),
        Outcome.YOUR_NETWORK,
        Reason.NO_WAY_OUT,
    ),
    "it works over mobile data": (
        (QUIET, [own("mobile_data"), own("other_site"), own("colleagues")], True, None),
        Outcome.YOUR_NETWORK,
        Reason.OWN_TEST,
    ),
    "the asker's own neutral checks find no way out": (
        (QUIET, line(DOWN, vantage="asker"), True, None),
        Outcome.YOUR_NETWORK,
        Reason.NO_WAY_OUT,
    ),
    "the asker's own checks meet an inspecting proxy": (
        (QUIET_DEFAULT, line(DOWN, vantage="asker", text="tls_unknown_issuer"), True, None),
        Outcome.YOUR_ORG,
        Reason.TLS_INSPECTED,
    ),
    "the code speaks of the account": (
        (QUIET, [own("code", DOWN, text="AADSTS50053")], True, Outcome.JUST_YOU),
        Outcome.JUST_YOU,
        Reason.CODE_SAYS,
    ),
    "the code speaks of a rule of the organisation and colleagues have it too": (
        (QUIET, [own("code", DOWN, text="AADSTS53003"), own("colleagues", DOWN)], True, Outcome.YOUR_ORG),
        Outcome.YOUR_ORG,
        Reason.CODE_SAYS,
    ),
    "a code that nobody knows says nothing": (
        (QUIET, [own("code", DOWN, text="0x1")], True, None),
        Outcome.JUST_YOU,
        Reason.OTHERS_FINE,
    ),
    "an outage explains what the asker feels": (
        (OUTAGE, [own("colleagues", DOWN)], True, None),
        Outcome.DOWN,
        Reason.SERVICE_EXPLAINS,
    ),
    "who only asks hears the service's own reason": ((OUTAGE, [], False, None), Outcome.DOWN, Reason.TWO_KINDS_AGREE),
    "a window explains it": (([*QUIET, window()], [], True, None), Outcome.MAINTENANCE, Reason.WINDOW_ANNOUNCED),
    "several colleagues explain it": (
        ([*QUIET, colleagues(8)], [], True, None),
        Outcome.YOUR_ORG,
        Reason.COLLEAGUES_ONLY,
    ),
    "nothing seen and nothing tested": (([], [], True, None), Outcome.UNKNOWN, Reason.NOTHING_SEEN),
    "who only asks while nothing is seen": (([], [own("web")], False, None), Outcome.UNKNOWN, Reason.NOTHING_SEEN),
    "we are cut off and say so to a person with a symptom": (
        ([*line(DOWN), page(), posts(usual=0.2)], [], True, None),
        Outcome.UNKNOWN,
        Reason.WE_ARE_CUT_OFF,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_rule_holds_that(name):
    (observations, tests, symptom, hint), outcome, reason = CASES[name]

    verdict = ask(observations, tests, symptom=symptom, hint=hint)

    assert (verdict.outcome, verdict.reason) == (outcome, reason), verdict.probs


@pytest.mark.parametrize(
    ("tests", "hint", "which"),
    [
        ([own("web")], None, Which.APP),
        ([own("web", DOWN), own("colleagues")], None, Which.ACCOUNT),
        ([own("code", DOWN)], Outcome.JUST_YOU, Which.ACCOUNT),
        ([own("colleagues")], None, Which.COMPARE),
    ],
)
def test_just_you_names_which_of_yours_or_the_comparison_that_would_tell(tests, hint, which):
    assert ask(QUIET, tests, hint=hint).which is which


def test_an_operators_word_stands_for_everybody():
    told = [*QUIET, seen("operator", Kind.OPERATOR, DOWN)]

    assert ask(told, [own("web")]) == judge(told, NOW, POLICY)


def test_the_client_that_carried_the_question_works_but_not_the_one_with_the_trouble():
    phone = own("this_client", client=Client.IOS)

    def fine(client):
        return ask(QUIET_DEFAULT, [phone], client=client).probs[Outcome.JUST_YOU]

    assert fine(Client.IOS) > fine(Client.WINDOWS)
    assert ask(QUIET_DEFAULT, [phone], client=Client.WINDOWS).probs == ask(QUIET_DEFAULT).probs
    assert ask(QUIET_DEFAULT, [replace(phone, client=None)]).probs[Outcome.JUST_YOU] == fine(Client.IOS)


def test_an_unanswered_or_unknown_test_says_nothing():
    assert ask(QUIET, [own("web", Health.UNKNOWN), own("astrology")]).probs == ask(QUIET).probs


def test_a_tested_site_that_is_ill_itself_does_not_blame_the_askers_network():
    others = [*QUIET, neutral("x_com", DOWN)]

    assert ask(others, [own("other_site", DOWN)]).outcome is not Outcome.YOUR_NETWORK


def test_own_tests_never_lift_trouble_above_the_cap():
    alone = [page(), crowd(300)]

    verdict = ask(alone, [own("code", DOWN), own("colleagues", DOWN)], hint=Outcome.DOWN)

    assert verdict.probs[Outcome.DOWN] + verdict.probs[Outcome.DEGRADED] <= POLICY.certain_cap + 1e-9


def test_own_tests_alone_never_name_an_outage():
    verdict = ask([page()], [own("code", DOWN), own("colleagues", DOWN)], hint=Outcome.DEGRADED)

    assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, Reason.TOO_LITTLE_SEEN)


def test_own_tests_can_speak_against_a_weak_suspicion_of_an_outage():
    suspicion = [page(), posts(14, health=DOWN)]
    told = [own("web"), own("colleagues"), own("mobile_data", DOWN), own("web", DOWN, ago=3)]

    assert judge(suspicion, NOW, POLICY).outcome is Outcome.DEGRADED
    person = ask(suspicion, told, symptom=False)
    assert (person.outcome, person.reason) == (Outcome.FINE, Reason.OTHERS_FINE)
    assert (person.feature, person.since) == (None, None)


def test_a_person_behind_a_site_that_lost_its_line_hears_the_sites_reason():
    site = [*QUIET, *line(DOWN, vantage="site:Leeds")]

    assert ask(site).reason is Reason.NO_WAY_OUT
    assert ask(QUIET_DEFAULT, [own("mobile_data")]).reason is Reason.OWN_TEST


def test_expired_tests_and_drilled_ones_do_not_count_outside_a_drill():
    stale = own("web", ago=10, lasts=5)
    rehearsed = replace(own("web"), drill=True)

    assert ask(QUIET, [stale, rehearsed]) == ask(QUIET)
    drill = [replace(each, drill=True) for each in QUIET]
    assert ask(drill, [rehearsed]).which is Which.APP


def test_degraded_stays_degraded_for_the_person_who_feels_it():
    verdict = ask([issue(DEGRADED, feature=Feature.CHAT), *QUIET[1:]], [own("other_site")])

    assert (verdict.outcome, verdict.feature) == (Outcome.DEGRADED, Feature.CHAT)
    assert verdict.confidence == verdict.probs[Outcome.DEGRADED]
