"""How single witnesses are heard: their age, their number, their independence, their line."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.observation import Feature, Health, Kind, ServiceId, Strength, TenantId
from bot.domain.verdict import Outcome, Policy, Reason, independent_kinds, judge
from tests.domain.seen import (
    DEGRADED,
    DOWN,
    FINE,
    NOW,
    POLICY,
    QUIET,
    QUIET_DEFAULT,
    TEAMS,
    colleagues,
    crowd,
    issue,
    line,
    neutral,
    page,
    posts,
    probe,
    seen,
)

SITE = "site:Leeds"
BROKEN_DOORS = [probe(key, DOWN) for key in ("teams_web", "teams_cloud", "signin")]
GRAPH_FAILS = probe("graph_api", DOWN, service=ServiceId("m365"))


def test_green_is_weak_in_the_first_hour_of_others_trouble():
    def trouble(begun):
        return judge([page(), posts(20, health=DOWN, since=NOW - begun)], NOW, POLICY).probs[Outcome.DEGRADED]

    assert trouble(timedelta(minutes=20)) > trouble(timedelta(hours=2))


def test_a_forgotten_incident_fades_while_all_else_is_fine():
    forgotten = issue(said_at=NOW - timedelta(days=5))

    faded, fresh = (judge([told, *QUIET[1:]], NOW, POLICY) for told in (forgotten, issue()))
    assert faded.probs[Outcome.DEGRADED] < fresh.probs[Outcome.DEGRADED]


def test_a_page_that_claims_an_old_time_says_little():
    stale = page(said_at=NOW - timedelta(hours=5))

    assert (
        judge([stale, probe(), *line()], NOW, POLICY).confidence
        < judge([page(), probe(), *line()], NOW, POLICY).confidence
    )


def test_other_services_ill_at_the_same_time_explain_the_crowd():
    crowd_rises = [page(), probe(), probe("signin"), crowd(400)]
    others = [neutral("google"), neutral("apple"), neutral("cloudflare"), neutral("x_com", DOWN)]

    assert judge([*crowd_rises, *line()], NOW, POLICY).probs[Outcome.DEGRADED] > 0.5
    verdict = judge([*crowd_rises, *others], NOW, POLICY)
    assert verdict.probs[Outcome.DEGRADED] < 0.4
    assert verdict.others_ill


def test_what_cannot_be_read_is_listed_once_with_reason_and_since():
    blind = seen("x", Kind.POSTS, Health.UNREACHABLE, text="402", since=NOW - timedelta(hours=2))

    verdict = judge([*QUIET_DEFAULT, blind, replace(blind, key="other")], NOW, POLICY)

    assert [(each.source, each.reason, each.since) for each in verdict.unreachable] == [
        ("x", "402", NOW - timedelta(hours=2))
    ]


def test_another_tenants_colleagues_are_not_seen():
    mine, theirs = TenantId("mine"), TenantId("theirs")
    told = [*QUIET, colleagues(9, tenant=theirs)]

    assert judge(told, NOW, POLICY, tenant=mine) == replace(judge(QUIET, NOW, POLICY), tenant=mine)
    assert judge(told, NOW, POLICY, tenant=theirs).outcome is Outcome.YOUR_ORG


def test_a_drill_is_judged_among_drills_only():
    rehearsed = [replace(issue(DOWN), drill=True), replace(page(), drill=True)]

    assert judge([*QUIET, *rehearsed], NOW, POLICY) == judge(QUIET, NOW, POLICY)
    assert judge(rehearsed, NOW, POLICY).drill
    assert judge(rehearsed, NOW, POLICY).outcome is Outcome.DOWN


def test_a_few_loud_accounts_are_no_spike_and_a_site_that_does_not_call_it_trouble_neither():
    crowd_of_two = judge([page(), posts(60, usual=1.0, authors=2)], NOW, POLICY).probs[Outcome.DEGRADED]
    crowd_of_many = judge([page(), posts(60, usual=1.0, authors=50)], NOW, POLICY).probs[Outcome.DEGRADED]

    assert crowd_of_two < 0.5 < crowd_of_many
    assert judge([*QUIET_DEFAULT, crowd(48, health=DEGRADED)], NOW, POLICY).outcome is Outcome.FINE


def test_a_site_that_tells_no_counts_is_heard_a_little():
    word = [seen("isdown", Kind.CROWD, DOWN), seen("isdown2", Kind.CROWD, FINE), posts(0, health=DEGRADED)]

    verdict = judge([*QUIET, *word, seen("reddit", Kind.POSTS, DOWN)], NOW, POLICY)

    assert verdict.outcome is Outcome.FINE
    assert "crowd_says_trouble" in {term.why for term in verdict.terms}


def test_many_networks_add_less_and_less():
    one = judge([page(), posts(40)], NOW, POLICY).probs
    five = judge([page(), *(posts(40, source=name) for name in "abcde")], NOW, POLICY).probs

    assert one[Outcome.JUST_YOU] > five[Outcome.JUST_YOU] > 0.1 * one[Outcome.JUST_YOU]
    assert five[Outcome.DEGRADED] + five[Outcome.DOWN] <= POLICY.certain_cap + 1e-9


def test_one_colleague_is_nearly_nobody_and_one_for_whom_it_works_speaks_for_all():
    alone = judge([*QUIET, colleagues(1)], NOW, POLICY)
    counted_without_strength = replace(colleagues(1), strength=None)

    assert alone.outcome is Outcome.FINE
    assert judge([*QUIET, counted_without_strength], NOW, POLICY).probs == alone.probs
    assert judge([*QUIET_DEFAULT, colleagues(3, FINE)], NOW, POLICY).positive


def test_probes_tell_how_much_of_the_service_fails():
    def part(*failing, ago=0.5):
        tried = [probe(key, DOWN if key in failing else FINE, ago=ago) for key in ("teams_web", "teams_chat", "signin")]
        repeated = [probe(key, DOWN, ago=ago + 1) for key in failing]
        return judge([*tried, *repeated, *line(), posts(12, health=DOWN)], NOW, POLICY)

    assert part("signin").feature is Feature.SIGNIN
    assert part("signin").probs[Outcome.DOWN] < part("signin", "teams_chat").probs[Outcome.DOWN]
    assert part("signin", "teams_chat", "teams_web").feature is Feature.ALL


def test_two_of_five_doors_failing_are_not_all_of_them():
    doors = ["teams_web", "teams_chat", "teams_media", "signin", "teams_search"]
    some = [probe(key, DOWN if key in ("teams_chat", "signin") else FINE) for key in doors]
    most = [probe(key, FINE if key == "teams_web" else DOWN) for key in doors]

    assert "probes_failing" in {term.why for term in judge([*some, *line()], NOW, POLICY).terms}
    assert "probes_all_failing" in {term.why for term in judge([*most, *line()], NOW, POLICY).terms}


@pytest.mark.parametrize(
    ("tries", "row"),
    [
        ([probe(health=DOWN)], "probe_once"),
        ([probe(health=DOWN, since=NOW - timedelta(minutes=5))], "probe_failing"),
        ([probe(health=DOWN), probe(health=DOWN, ago=1)], "probe_failing"),
        ([probe(health=DOWN), *(probe(ago=ago) for ago in (1, 2, 3)), probe(health=DOWN, ago=4)], "probe_shaky"),
        ([GRAPH_FAILS, probe()], "probe_once"),
        ([GRAPH_FAILS, probe(health=DOWN), probe("signin", DOWN)], "probes_all_failing"),
        ([probe("teams_web"), probe("graph_api", Health.UNKNOWN, service=ServiceId("m365"))], "probes_fine"),
        ([probe("tenant_signin", DOWN)], "tenant_signin_failing"),
        ([probe(), probe(health=DOWN, vantage=SITE)], "site_probe_failing"),
        ([probe(), *(probe("teams_x", DOWN, ago=ago, vantage=SITE) for ago in (1, 2))], "site_probe_failing"),
        ([probe(vantage=SITE)], "probes_fine"),
        ([probe(vantage=SITE), probe(vantage="site:Cork", health=DOWN)], "site_probe_failing"),
    ],
)  # fmt: skip
def test_what_the_tries_amount_to(tries, row):
    assert row in {term.why for term in judge([*tries, *line()], NOW, POLICY).terms}


def test_a_line_that_just_broke_voids_what_its_probes_say_of_that_moment():
    before = [neutral(key, ago=ago, lasts=20) for key in ("google", "apple", "cloudflare") for ago in (2, 4, 6)]
    after = line(DOWN, ago=0.2)

    verdict = judge([*QUIET, *before, *after, *BROKEN_DOORS], NOW, POLICY)

    assert verdict.outcome is Outcome.FINE
    assert not {"probe_failing", "probes_all_failing"} & {term.why for term in verdict.terms}


def test_name_servers_that_answer_do_not_prove_a_way_out():
    checks = [
        *line(DOWN, vantage=SITE),
        neutral("resolver_doh", vantage=SITE),
        neutral("resolver_system", DOWN, vantage=SITE),
    ]

    assert judge([*QUIET, *checks], NOW, POLICY).reason is Reason.NO_WAY_OUT
    assert judge([*QUIET_DEFAULT, neutral("resolver_doh", DOWN, vantage=SITE)], NOW, POLICY).outcome is Outcome.FINE


NAMES_LOST = neutral("resolver_system", DOWN, text="teams.microsoft.com: no answer")


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ([neutral("resolver_doh")], set()),
        ([neutral("resolver_doh", DOWN, text="teams.microsoft.com: no such name")], {"probes_all_failing"}),
        ([], {"probes_all_failing"}),
    ],
    ids=["others find the name", "nobody finds it", "nobody else was asked"],
)
def test_a_name_server_of_ours_that_loses_names_is_no_trouble_of_microsofts(others, says):
    lost = [probe(key, DOWN, text="dns") for key in ("teams_web", "teams_cloud", "signin")]

    verdict = judge([*lost, *line(), NAMES_LOST, *others], NOW, POLICY)

    assert {"probes_all_failing"} & {term.why for term in verdict.terms} == says


def test_what_answered_with_a_status_counts_whatever_the_name_server_does():
    answered = [probe(key, DOWN, text="front_door 503") for key in ("teams_web", "teams_cloud", "signin")]

    verdict = judge([*answered, *line(), NAMES_LOST, neutral("resolver_doh")], NOW, POLICY)

    assert "probes_all_failing" in {term.why for term in verdict.terms}


def test_name_servers_alone_neither_prove_nor_strain_a_line():
    broken = [probe(key, DOWN, text="timeout") for key in ("teams_web", "teams_cloud", "signin")]

    assert judge([*broken, posts(60, usual=1.0, health=DOWN), neutral("resolver_system")], NOW, POLICY).reason is (
        Reason.ONE_KIND_SAYS
    )
    assert not judge([*QUIET, NAMES_LOST, neutral("resolver_doh")], NOW, POLICY).others_ill


def test_too_little_agreement_is_called_unknown():
    strict = Policy(name_from=0.95, related=POLICY.related)

    assert judge([page(), posts(20, health=DOWN)], NOW, strict).reason is Reason.TOO_LITTLE_SEEN


def test_a_related_service_that_is_not_in_the_table_weighs_less_than_sign_in():
    def share(service):
        return judge([issue(service=ServiceId(service)), posts(30, health=DOWN)], NOW, POLICY)

    assert share("signin").probs[Outcome.JUST_YOU] < share("m365").probs[Outcome.JUST_YOU]
    assert share("signin").cause == "signin"
    assert share("signin").feature is Feature.SIGNIN


def test_the_kinds_behind_evidence_are_named():
    assert independent_kinds([issue(), page(), probe(), posts(), crowd(), colleagues(), neutral()]) == {
        "official", "probes", "people", "colleagues",
    }  # fmt: skip


def test_a_count_whose_usual_is_unknown_is_compared_with_a_guess():
    unknown = replace(posts(20), strength=Strength(reports=20))

    assert judge([page(), unknown], NOW, POLICY).outcome is Outcome.DEGRADED


def test_expired_observations_and_other_services_change_nothing():
    expired = issue(DOWN, ago=20, lasts=10)
    elsewhere = issue(DOWN, service=ServiceId("zoom"))

    assert judge([*QUIET, expired, elsewhere], NOW, POLICY) == judge(QUIET, NOW, POLICY)
    assert judge([elsewhere], NOW, POLICY, service=TEAMS).reason is Reason.NOTHING_SEEN


def test_many_places_where_hardly_anybody_speaks_are_silent_like_one():
    """Networks on which few speak of Teams are empty on the day of an outage too: their silence is one fact."""
    told = [page(DOWN), *BROKEN_DOORS]

    def doubt(*silent):
        return judge([*told, *silent], NOW, POLICY).probs[Outcome.DOWN]

    one = doubt(posts(source="mastodon"))
    four = doubt(*(posts(source=source) for source in ("mastodon", "hn", "bluesky", "reddit")))
    assert doubt() > one > four > one - 0.04


def test_the_silence_of_a_place_that_is_always_late_says_little():
    told = [page(DOWN), *BROKEN_DOORS]
    nobody, late, prompt = (
        judge([*told, *silent], NOW, POLICY).probs[Outcome.DOWN]
        for silent in ([], [posts(source="hn")], [posts(source="mastodon")])
    )
    assert nobody - late < (nobody - prompt) / 3
