"""What holds for every verdict, whatever was seen (DESIGN: the laws of judging)."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.crowds import loudness
from bot.domain.likelihoods import CLASSES, TABLE, TROUBLE, Group
from bot.domain.observation import Feature, Health, Kind, ServiceId, Strength, TenantId
from bot.domain.spike import State
from bot.domain.verdict import Outcome, Reason, for_asker, independent_kinds, judge
from tests.domain.seen import DEGRADED, DOWN, FINE, NOW, POLICY, TEAMS, own, seen

law = settings(deadline=None, max_examples=50)  # a machine that is busy with other things is no failure

HEALTHS = st.sampled_from([FINE, DEGRADED, DOWN])
MINUTES = st.floats(min_value=0.0, max_value=5.9)
FEATURES = st.sampled_from([None, Feature.CHAT, Feature.SIGNIN])
COUNTS = st.integers(min_value=0, max_value=300)


@st.composite
def officials(draw):
    kind = draw(st.sampled_from([Kind.OFFICIAL_PUBLIC, Kind.OFFICIAL_TENANT]))
    source = "graph" if kind is Kind.OFFICIAL_TENANT else "ms_public"
    said = {"origin": "microsoft", "key": draw(st.sampled_from(["a", "b"])), "advisory": draw(st.booleans())}
    health = draw(HEALTHS)
    return seen(source, kind, health, ago=draw(MINUTES), feature=draw(FEATURES), **said)


@st.composite
def people(draw):
    kind = draw(st.sampled_from([Kind.POSTS, Kind.CROWD]))
    source = draw(st.sampled_from(["x", "mastodon"] if kind is Kind.POSTS else ["downdetector", "isdown"]))
    told = draw(st.none() | st.builds(Strength, reports=COUNTS, usual=st.sampled_from([None, 0.2, 6.0, 40.0])))
    return seen(source, kind, draw(HEALTHS), ago=draw(MINUTES), strength=told, feature=draw(FEATURES))


@st.composite
def probes(draw):
    key = draw(st.sampled_from(["teams_web", "teams_chat", "signin", "graph_api", "tenant_signin"]))
    vantage = draw(st.sampled_from(["server", "site:a"]))
    health = draw(HEALTHS)
    return seen("probe", Kind.PROBE, health, ago=draw(MINUTES), key=key, origin="our place", vantage=vantage)


@st.composite
def neutrals(draw):
    key, vantage = draw(st.sampled_from("abc")), draw(st.sampled_from(["server", "site:a"]))
    internet = ServiceId("internet")
    return seen("neutral", Kind.NEUTRAL, draw(HEALTHS), ago=draw(MINUTES), key=key, service=internet, vantage=vantage)


@st.composite
def reports(draw):
    told = Strength(reports=draw(st.integers(1, 12)), shares=draw(st.sampled_from([{}, {"a": 3}, {"a": 2, "b": 2}])))
    health = draw(HEALTHS)
    return seen("me_too", Kind.COLLEAGUES, health, ago=draw(MINUTES), key=str(health), strength=told)


OBSERVATIONS = st.lists(st.one_of(officials(), people(), probes(), neutrals(), reports()), max_size=10)


def trouble_of(observations, **asked):
    probs = judge(observations, NOW, POLICY, **asked).probs
    return probs[Outcome.DOWN] + probs[Outcome.DEGRADED]


def is_calm(seen):
    return seen.kind not in (Kind.POSTS, Kind.CROWD) or loudness(seen) is State.QUIET


def newcomer(observations):
    """Trouble told by somebody who has said nothing yet, of the service as a whole."""
    told = {each.origin for each in observations}
    loud = Strength(reports=200, usual=1.0, authors=100)
    return [
        each
        for each in (
            seen("graph", Kind.OFFICIAL_TENANT, DEGRADED, origin="microsoft"),
            seen("bluesky", Kind.POSTS, DOWN, strength=loud),
            seen("reddit", Kind.POSTS, DOWN, strength=Strength(reports=3, usual=0.2)),
            seen("other_crowd", Kind.CROWD, DOWN, strength=loud),
            seen("me_too", Kind.COLLEAGUES, DEGRADED, strength=Strength(reports=7)),
            seen("probe", Kind.PROBE, DOWN, key="teams_files", origin="our place"),
        )
        if each.origin not in told
    ]


@law
@given(OBSERVATIONS)
def test_probabilities_sum_to_one_and_confidence_is_one_of_them(observations):
    verdict = judge(observations, NOW, POLICY)

    assert set(verdict.probs) == set(CLASSES)
    assert abs(sum(verdict.probs.values()) - 1) < 1e-9
    assert all(0 <= share <= 1 for share in verdict.probs.values())
    counted = Outcome.JUST_YOU if verdict.outcome is Outcome.FINE else verdict.outcome
    assert verdict.confidence == verdict.probs.get(counted, 0.0)


@law
@given(st.permutations(range(10)), OBSERVATIONS)
def test_order_does_not_matter(order, observations):
    shuffled = [observations[place] for place in order if place < len(observations)]

    assert judge(shuffled, NOW, POLICY) == judge(observations, NOW, POLICY)


def test_without_an_observation_there_is_no_certainty():
    verdict = judge([], NOW, POLICY)

    assert (verdict.outcome, verdict.confidence) == (Outcome.UNKNOWN, 0.0)
    assert max(verdict.probs.values()) < 0.2


@law
@given(OBSERVATIONS)
def test_an_expired_observation_changes_nothing(observations):
    expired = [replace(each, until=NOW) for each in observations]

    assert judge(expired, NOW, POLICY) == judge([], NOW, POLICY)


@law
@given(OBSERVATIONS)
def test_one_more_independent_word_of_trouble_never_makes_trouble_less_likely(observations):
    before = trouble_of(observations)

    for each in newcomer(observations):
        assert trouble_of([*observations, each]) >= before - 1e-9, each


@law
@given(OBSERVATIONS, st.data())
def test_a_source_that_turns_from_fine_to_unreadable_never_makes_just_you_likelier(observations, data):
    fine = [each for each in observations if each.health is FINE and each.kind is not Kind.NEUTRAL and is_calm(each)]
    if not fine:
        return
    lost = data.draw(st.sampled_from(fine))
    if any(each.source == lost.source and each not in fine for each in observations):
        return  # it does not say fine alone
    blind = replace(lost, health=Health.UNREACHABLE)
    after = [*(each for each in observations if each.source != lost.source), blind]
    if not any(each.kind is not Kind.NEUTRAL for each in after if each is not blind):
        return  # nothing is left to be seen: unknown

    assert (
        judge(after, NOW, POLICY).probs[Outcome.JUST_YOU]
        <= judge(observations, NOW, POLICY).probs[Outcome.JUST_YOU] + 1e-9
    )


@law
@given(officials() | people() | reports(), st.floats(min_value=0.1, max_value=5))
def test_an_older_observation_never_weighs_more_than_the_same_one_fresh(observation, older):
    aged = replace(observation, seen_at=NOW - timedelta(minutes=older), until=NOW + timedelta(minutes=6 - older))
    fresh = replace(aged, seen_at=NOW, until=NOW + timedelta(minutes=6))

    def moved(each):
        return sum(abs(term.weight) for term in judge([each], NOW, POLICY).terms)

    assert moved(aged) <= moved(fresh) + 1e-9


@law
@given(OBSERVATIONS)
def test_more_than_the_cap_takes_two_independent_kinds(observations):
    ill = [each for each in observations if each.health in (DEGRADED, DOWN)]
    loud = [each for each in observations if each.kind in (Kind.POSTS, Kind.CROWD) and each.strength]

    if trouble_of(observations) > POLICY.certain_cap + 1e-9:
        assert len(independent_kinds([*ill, *loud])) > 1


@law
@given(OBSERVATIONS)
def test_trouble_of_the_service_is_never_named_without_somebody_who_tells_of_trouble(observations):
    calm = [
        replace(each, health=FINE, strength=replace(each.strength, reports=0) if each.strength else None)
        for each in observations
    ]

    assert judge(calm, NOW, POLICY).outcome in (Outcome.FINE, Outcome.UNKNOWN)


@law
@given(OBSERVATIONS, OBSERVATIONS)
def test_another_tenants_observations_leave_no_trace(mine, theirs):
    foreign = [replace(each, tenant=TenantId("theirs")) for each in theirs]

    verdict = judge([*mine, *foreign], NOW, POLICY, service=TEAMS, tenant=TenantId("mine"))

    assert verdict == judge(mine, NOW, POLICY, service=TEAMS, tenant=TenantId("mine"))


@law
@given(OBSERVATIONS, st.lists(st.sampled_from(["other_site", "colleagues", "web", "mobile_data"])), HEALTHS)
def test_a_person_is_never_told_just_you_without_a_sign_that_others_are_well(observations, tests, health):
    verdict = judge(observations, NOW, POLICY)

    told = for_asker(verdict, [own(key, health) for key in tests], NOW, POLICY, symptom=True)

    assert told.outcome is not Outcome.FINE or verdict.operator
    assert told.outcome is not Outcome.JUST_YOU or told.positive
    assert abs(sum(told.probs.values()) - 1) < 1e-9
    assert told.reason is not Reason.NOBODY_ELSE_YET or told.outcome is Outcome.UNKNOWN


def test_every_row_of_trouble_speaks_at_least_as_much_for_the_service_as_for_a_local_cause():
    for row in TABLE.values():
        down, degraded, *local, you = row.says
        if row.trouble:
            assert min(down, degraded) >= max(0.0, *local), row.name
            assert you <= 0, row.name


def test_quiet_speaks_for_nothing_more_than_for_fine():
    for row in TABLE.values():
        if not row.trouble and row.group not in (Group.OWN, Group.LINE, Group.PLAN):
            assert row.says[-1] == max(row.says), row.name


def test_every_row_says_why_and_is_named_once():
    assert all(row.why.endswith(".") for row in TABLE.values())
    assert set(CLASSES) > TROUBLE
