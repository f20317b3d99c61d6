from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.incident import Acknowledged, Change, Colleagues, IncidentId, Level, Reach, Stage
from bot.domain.lifecycle import Thresholds, acknowledge, advance, colleagues_of, is_overdue, taken_back
from bot.domain.observation import Feature, Health, Kind, ServiceId
from bot.domain.outcome import Outcome, Reason
from tests.domain import verdicts as v
from tests.domain.seen import NOW, colleagues, issue, seen
from tests.domain.verdicts import LIMITS, MINUTE, Watch, microsoft

SIGNIN = ServiceId("signin")


def opened(said=v.BAD, **known):
    watch = Watch(**known)
    assert watch.sees(said) == ["opened"]
    return watch


def test_nothing_bad_opens_nothing():
    watch = Watch()

    for said in (v.FINE, v.UNSURE, v.BLIND, v.FAINT, v.WINDOW, v.ORG):
        assert watch.sees(said, 70) == []

    assert watch.incident is None


def test_early_signs_open_at_once_and_are_confirmed_by_a_second_kind():
    watch = opened(v.SIGNS)

    assert (watch.incident.stage, watch.incident.level, watch.incident.confirmed_at) == (Stage.SIGNS, Level.SIGNS, None)
    assert watch.incident.next_word_at == watch.incident.opened_at + LIMITS.withdraw_after
    assert watch.sees(v.BAD) == ["confirmed"]
    assert (watch.incident.level, watch.incident.kinds) == (Level.DEGRADED, {"people", "probes"})


def test_two_kinds_or_the_owners_word_confirm_at_once():
    for said, level in ((v.BAD, Level.DEGRADED), (v.DOWN, Level.DOWN), (microsoft(), Level.DEGRADED)):
        watch = opened(said)
        assert (watch.incident.stage, watch.incident.level) == (Stage.CONFIRMED, level)
        assert watch.incident.confirmed_at == watch.incident.opened_at


def test_one_kind_is_confirmed_by_persisting_within_five_minutes():
    watch = opened(v.SIGNS)

    assert watch.sees(v.SIGNS, 4) == ["confirmed"]
    assert watch.incident.confirmed_at - watch.incident.opened_at <= timedelta(minutes=5)


def test_two_looks_are_too_few_to_call_it_persisting():
    patient = replace(Thresholds(), longest_look_away=timedelta(hours=1))
    incident, _ = advance(None, v.SIGNS, NOW, patient, new_id=IncidentId("a"))
    incident, step = advance(incident, v.SIGNS, NOW + 9 * MINUTE, patient, new_id=IncidentId("b"))

    assert step is None
    assert advance(incident, v.SIGNS, NOW + 10 * MINUTE, patient, new_id=IncidentId("c"))[1].change is Change.CONFIRMED


def test_a_likely_cause_elsewhere_confirms_only_when_it_is_felt():
    felt = replace(v.BAD, reason=Reason.CAUSE_ELSEWHERE, cause=SIGNIN)
    word = issue(service=SIGNIN)

    assert opened(felt).incident.stage is Stage.CONFIRMED
    assert opened(replace(felt, evidence=(word,))).incident.stage is Stage.SIGNS


def test_signs_that_nobody_confirms_are_taken_back_openly():
    assert opened(v.SIGNS).sees(v.FINE, 11) == ["withdrawn"]
    for said in (v.FAINT, v.UNSURE):
        watch = opened(v.SIGNS)
        assert watch.sees(said, 60) == ["withdrawn"]
        assert watch.incident.closed_at == watch.now
    watch = opened(v.SIGNS)
    assert watch.sees(v.FINE, each=timedelta(hours=2)) == ["withdrawn"]


def test_flapping_neither_confirms_nor_closes():
    watch = opened(v.SIGNS)
    for _ in range(25):
        assert watch.sees(v.FINE) == []
        assert watch.sees(v.SIGNS) == []
    watch = opened(v.BAD)
    for _ in range(20):
        assert watch.sees(v.FINE) == []
        assert watch.sees(v.BAD) == []


def test_recovery_is_watched_before_it_is_over():
    watch = opened()

    assert watch.sees(v.FINE, 11) == ["recovering"]
    assert watch.incident.next_word_at == watch.incident.recovering_at + LIMITS.over_hold
    assert watch.sees(v.FINE, 30) == ["over"]
    assert (watch.incident.stage, watch.incident.next_word_at) == (Stage.OVER, None)
    assert watch.sees(v.FINE, 100) == []


def test_what_the_owner_has_open_is_watched_longer():
    forgotten = replace(v.FINE, official=issue())
    watch = opened(microsoft())

    assert watch.sees(forgotten, 11) == ["recovering"]
    assert watch.sees(forgotten, 59) == ["word_due"]
    assert watch.sees(forgotten) == ["over"]


def test_bad_again_while_it_is_watched_is_a_relapse_and_the_next_recovery_takes_longer():
    watch = opened()
    watch.sees(v.FINE, 11)

    assert watch.sees(v.FAINT, 3) == []
    assert watch.sees(v.SIGNS, 5) == ["relapsed"]
    assert watch.sees(v.FINE, 20) == []
    assert watch.sees(v.FINE) == ["recovering"]
    assert watch.sees(v.DOWN) == ["relapsed"]
    watch.sees(v.FINE, 21)
    assert watch.sees(v.ADVISORY, 60)[-1] == "over"


def test_bad_again_soon_after_the_end_is_the_same_incident():
    watch = opened()
    first, _ = watch.incident.id, watch.sees(v.FINE, 41)

    assert watch.sees(v.SIGNS, 3) == []
    assert watch.sees(v.BLIND) == []
    assert watch.sees(v.ADVISORY) == []
    assert watch.sees(v.BAD) == ["reopened"]
    assert (watch.incident.id, watch.incident.closed_at) == (first, None)
    watch.sees(v.FINE, 51)
    assert watch.sees(v.SIGNS, 5) == ["reopened"]


def test_bad_again_much_later_is_another_incident():
    watch = opened()
    first, _ = watch.incident.id, watch.sees(v.FINE, 80)

    assert watch.sees(v.FAINT) == []
    assert watch.sees(v.SIGNS) == ["opened"]
    assert watch.incident.id != first


def test_an_advisory_alone_is_never_called_confirmed_wide():
    watch = opened(v.ADVISORY)

    assert (watch.incident.level, watch.incident.confirmed_at, watch.incident.next_word_at) == (
        Level.ADVISORY, None, None,
    )  # fmt: skip
    assert watch.sees(v.FINE, 11) == ["over"]
    assert opened(microsoft(advisory=True)).incident.level is Level.ADVISORY
    assert opened(microsoft(feature=Feature.ADMIN)).incident.level is Level.ADVISORY
    assert opened(microsoft(Health.DOWN, feature=Feature.ADMIN)).incident.level is Level.DOWN
    assert opened(replace(v.BAD, official=issue(advisory=True))).incident.level is Level.DEGRADED


def test_an_advisory_that_is_felt_is_confirmed():
    watch = opened(v.ADVISORY)

    assert watch.sees(v.BAD) == ["confirmed"]
    assert watch.incident.worst is Level.DEGRADED
    assert watch.sees(v.ADVISORY, 16)[-1] == "eased"
    assert (watch.incident.level, watch.incident.worst) == (Level.ADVISORY, Level.DEGRADED)


def test_signs_that_prove_to_be_an_advisory_ease_to_one():
    watch = opened(v.SIGNS)

    assert watch.sees(v.ADVISORY, 16)[-1] == "eased"
    assert (watch.incident.stage, watch.incident.level) == (Stage.CONFIRMED, Level.ADVISORY)


def test_worse_is_told_at_once_and_milder_when_it_has_held():
    watch = opened()

    assert watch.sees(v.DOWN) == ["wider"]
    for _ in range(7):
        assert watch.keeps_its_state(v.BAD, 10)
        assert watch.keeps_its_state(v.DOWN)
    assert watch.sees(v.BAD, 16)[-1] == "eased"
    assert watch.incident.level is Level.DEGRADED


def test_a_part_becomes_the_whole_and_the_whole_a_part_when_that_has_held():
    part, whole = replace(v.BAD, feature=Feature.CHAT), replace(v.BAD, feature=Feature.ALL)
    watch = opened(part)

    assert watch.sees(whole, 14) == []
    assert watch.sees(whole, 2) == ["wider"]
    assert watch.sees(v.BAD, 30) == []
    assert watch.sees(part, 16)[-1] == "eased"
    assert watch.incident.feature is Feature.CHAT
    assert watch.sees(replace(v.BAD, feature=Feature.MEETINGS), 16) == ["facts"]


def test_other_facts_are_told_at_most_every_few_minutes():
    watch = opened(v.SIGNS)
    watch.sees(v.SIGNS, 4)
    noisy = (replace(v.SIGNS, cause=SIGNIN), v.SIGNS)

    made = [change for turn in range(60) for change in watch.sees(noisy[turn % 2])]

    assert len(made) <= 13
    assert set(made) <= {"facts", "word_due"}


def test_the_owners_first_word_is_told_at_once_and_a_renumbered_one_rarely():
    watch = opened()
    word = issue(said_at=NOW, next_update_at=NOW + timedelta(hours=9))

    assert watch.sees(replace(v.BAD, official=word, evidence=(word, v.PEOPLE, v.PROBES))) == ["facts"]
    assert watch.incident.official_at == NOW
    made = [c for n in range(60) for c in watch.sees(replace(v.BAD, official=replace(word, key=f"TM{n}")))]
    assert made.count("facts") <= 6
    assert watch.incident.id == watch.steps[0].incident.id


def test_a_promised_word_comes_even_without_news():
    watch = opened(v.DOWN)

    assert watch.sees(v.DOWN, 30) == ["word_due"]
    assert watch.incident.next_word_at == watch.now + timedelta(minutes=30)
    soon = issue(next_update_at=watch.now + timedelta(minutes=5))
    assert watch.sees(replace(v.DOWN, official=soon)) == ["facts"]
    assert not is_overdue(watch.incident, watch.now)
    assert watch.sees(replace(v.DOWN, official=soon), 4) == ["word_due"]
    assert is_overdue(watch.incident, watch.now + MINUTE)
    watch.sees(v.FINE, 41)
    assert not is_overdue(watch.incident, watch.now + timedelta(days=1))


def test_blindness_freezes_and_ends_in_saying_so_once():
    watch = opened(v.DOWN)
    watch.sees(v.FINE, 9)

    assert watch.sees(v.BLIND, 25) == ["word_due"]
    assert watch.incident.stage is Stage.CONFIRMED
    assert watch.sees(v.FINE) == []
    assert watch.sees(v.BLIND, 120) == ["word_due", "unseen"]
    assert watch.sees(v.FINE, 11) == ["over"]


def test_seeing_too_little_is_borne_longer():
    watch = opened(v.BAD)

    assert watch.keeps_its_state(v.UNSURE, 120)
    assert watch.sees(v.UNSURE) == ["unseen"]
    assert watch.sees(v.BAD) == ["reopened"]


def test_who_looked_away_has_not_seen_it_hold():
    watch = opened(v.BAD)
    watch.sees(v.FINE)

    assert watch.sees(v.FINE, 3, each=timedelta(hours=3)) == ["word_due"] * 3
    assert watch.sees(v.FINE, 10) == ["recovering"]


def test_a_clock_that_jumps_back_changes_nothing():
    watch = opened(v.BAD)
    before = watch.incident

    for said in (v.FINE, v.DOWN, v.BLIND):
        assert advance(before, said, before.changed_at - timedelta(days=1), LIMITS, new_id=IncidentId("x")) == (
            before, None,
        )  # fmt: skip


def test_a_false_alarm_of_its_owner_is_taken_back():
    denied = taken_back([issue(Health.FINE, text="Final status: False Positive."), issue(text="false positive")])
    assert denied == {"TM1"}

    watch = opened(microsoft())
    assert watch.sees(v.FINE, denied=denied) == ["withdrawn"]
    watch = opened(replace(v.BAD, official=issue()))
    assert watch.sees(v.FINE, denied=denied) == []


def test_enough_colleagues_and_nobody_outside_is_the_organisation():
    watch = opened(v.ORG, colleagues=v.MANY)
    assert (watch.incident.reach, watch.incident.stage, watch.incident.site) == (
        Reach.ORGANISATION, Stage.CONFIRMED, None,
    )  # fmt: skip
    watch = opened(v.FINE, colleagues=v.SPREAD)
    assert (watch.incident.reach, watch.incident.stage) == (Reach.ORGANISATION, Stage.SIGNS)
    watch = opened(v.FINE, colleagues=v.ONE_SITE)
    assert (watch.incident.reach, watch.incident.site) == (Reach.SITE, "a")
    assert watch.sees(v.FINE, 4) == ["confirmed"]


def test_a_site_becomes_the_organisation_when_that_has_held():
    watch = opened(v.ORG, colleagues=v.ONE_SITE)

    for _ in range(10):
        assert watch.keeps_its_state(v.ORG, 5, colleagues=v.MANY)
        assert watch.keeps_its_state(v.ORG)
    assert "wider" in watch.sees(v.ORG, 16, colleagues=v.MANY)
    assert (watch.incident.reach, watch.incident.site) == (Reach.ORGANISATION, None)
    assert "eased" in watch.sees(v.ORG, 16)
    assert watch.incident.reach is Reach.SITE


def test_trouble_of_the_organisation_becomes_everyones_when_it_is_seen_outside():
    watch = opened(v.ORG, colleagues=v.MANY)

    assert watch.sees(v.ADVISORY, 3) == ["facts"]
    assert watch.sees(v.BAD) == ["wider"]
    assert watch.incident.reach is Reach.EVERYONE
    assert watch.sees(v.FINE, 11) == ["recovering"]


def test_trouble_of_the_organisation_ends_when_colleagues_say_it_no_more():
    few, none = Colleagues(reports=3), Colleagues()
    watch = opened(v.ORG, colleagues=v.MANY)

    assert watch.sees(v.UNSURE, 20, colleagues=few) == []
    assert watch.sees(v.ORG, 20, colleagues=none) == []
    assert watch.sees(v.ADVISORY, 10, colleagues=none) == []
    assert watch.sees(v.UNSURE, 11, colleagues=none)[-1] == "recovering"
    watch.sees(v.FINE, 30, colleagues=none)
    assert watch.incident.stage is Stage.OVER
    assert watch.sees(v.BAD, colleagues=none) == ["opened"]


def test_colleagues_are_counted_from_what_is_believed():
    assert colleagues_of([]).reports == 0
    assert colleagues_of([seen("me_too", Kind.COLLEAGUES, Health.DOWN)]).reports == 0
    told = colleagues_of([colleagues(6, sites={"a": 6}), colleagues(9, Health.FINE)])
    assert (told.reports, told.sites) == (6, {"a": 6})


def test_one_cause_is_one_incident():
    signin = opened(replace(v.DOWN, service=SIGNIN))
    teams = opened(replace(v.DOWN, reason=Reason.CAUSE_ELSEWHERE, cause=SIGNIN), others=[signin.incident])

    assert (teams.incident.cause, teams.incident.merged_into) == (SIGNIN, None)
    assert signin.sees(replace(v.DOWN, service=SIGNIN), 6, others=[teams.incident]) == ["merged"]
    assert signin.incident.merged_into == teams.incident.id
    exchange = opened(
        replace(v.BAD, service=ServiceId("exchange"), cause=SIGNIN), others=[teams.incident, signin.incident]
    )
    assert exchange.incident.merged_into == teams.incident.id
    assert signin.sees(replace(v.DOWN, service=SIGNIN), 6, others=[]) == ["facts"]
    mild = replace(teams.incident, level=Level.SIGNS)
    assert opened(replace(v.DOWN, service=SIGNIN), others=[mild]).incident.merged_into is None


def test_who_is_acknowledged_is_told_once_and_keeps_the_promise():
    watch = opened(v.BAD)
    said = Acknowledged(by_role="helpdesk", at=watch.now, next_word_at=watch.now + timedelta(minutes=20))

    after, step = acknowledge(watch.incident, said, watch.now, LIMITS)

    assert step is not None
    assert (step.change, after.acknowledged, after.next_word_at) == (Change.ACKNOWLEDGED, said, said.next_word_at)
    assert after.revision == watch.incident.revision + 1
    assert acknowledge(after, replace(said, at=NOW + MINUTE), watch.now, LIMITS) == (after, None)
    assert acknowledge(replace(after, stage=Stage.OVER), replace(said, next_word_at=None), watch.now)[1] is None


def test_the_help_desk_confirms_trouble_of_its_organisation():
    watch = opened(v.FINE, colleagues=v.MANY)

    after, _ = acknowledge(watch.incident, Acknowledged(by_role="helpdesk", at=watch.now), NOW, LIMITS)

    assert (after.stage, after.level, after.changed_at) == (Stage.CONFIRMED, Level.DEGRADED, watch.now)


def test_every_threshold_can_be_changed():
    quick = replace(Thresholds(), recover_hold=timedelta(0))
    incident, _ = advance(None, v.BAD, NOW, quick, new_id=IncidentId("a"))

    after, step = advance(incident, v.FINE, NOW + MINUTE, quick, new_id=IncidentId("b"))

    assert step is not None
    assert step.change is Change.RECOVERING
    assert after is not None


@pytest.mark.parametrize("said", [v.BAD, v.SIGNS, microsoft()])
def test_a_verdict_without_probabilities_counts_by_its_confidence(said):
    assert opened(replace(said, probs={})).incident is not None


def test_an_operators_word_is_enough():
    word = replace(v.SIGNS, reason=Reason.OPERATOR_SAYS, operator=True, outcome=Outcome.DOWN)

    assert opened(word).incident.level is Level.DOWN
