"""When an announcement takes place, what an edit changes of that, and what an occurrence becomes at its moments."""

from dataclasses import replace

import pytest

from bot.domain.announcement import Clockwork, Draft, Due, Kind, Moment, Phase
from bot.domain.announcing import dues_of, plan_of, planned, reconcile
from bot.domain.occurring import Step, Why, cancelled, due_now, edited, ended, extended, withdrawn
from bot.domain.schedule import Missed, Rule, read_rule

from .plans import DAY, HOUR, MINUTE, MONDAY, START, notice, occurrence, plan, wall

WEEKLY = read_rule("FREQ=WEEKLY;BYDAY=SA", start=wall("2026-03-07T22:00"), zone="Europe/Berlin")
ALL = frozenset(Moment)


def moments(announcement, now=MONDAY):
    (one,) = planned(announcement, ("Europe/Berlin",), now, now + 8 * DAY)
    return {due.moment: due.at for due in one.dues}


def test_a_single_window_has_all_its_moments():
    assert moments(plan()) == {
        Moment.POST: MONDAY,
        Moment.DAY_BEFORE: START - DAY,
        Moment.HOUR_BEFORE: START - HOUR,
        Moment.START: START,
        Moment.END: START + 4 * HOUR,
        Moment.EXPIRE: START + 5 * HOUR,
    }


def test_reminders_are_those_that_the_author_wants_and_none_that_have_passed():
    assert Moment.DAY_BEFORE not in moments(plan(reminders=frozenset({Moment.START})))
    assert Moment.HOUR_BEFORE not in moments(plan(reminders=frozenset()))
    late = moments(plan(), START - 2 * HOUR)
    assert (Moment.DAY_BEFORE in late, Moment.HOUR_BEFORE in late) == (False, True)


def test_first_word_and_expiry_come_when_they_are_wanted():
    asked = moments(plan(post_at=MONDAY + DAY, expires_after=2 * HOUR))
    assert (asked[Moment.POST], asked[Moment.EXPIRE]) == (MONDAY + DAY, START + 6 * HOUR)
    assert moments(notice()) == {Moment.POST: START}
    assert moments(notice(expires_after=HOUR)) == {Moment.POST: START, Moment.EXPIRE: START + HOUR}
    outage = moments(plan(kind=Kind.OUTAGE))
    assert set(outage) == {Moment.POST, Moment.START, Moment.END, Moment.EXPIRE}


def test_the_day_before_is_the_same_time_on_the_clock_also_on_a_short_day():
    spring = plan(rule=Rule(at=wall("2026-03-29T22:00")))
    found = moments(spring)
    assert found[Moment.START] - found[Moment.DAY_BEFORE] == 23 * HOUR


def test_a_recurring_window_has_no_first_word_beside_its_reminders():
    first, second = planned(plan(rule=WEEKLY), (), MONDAY, MONDAY + 14 * DAY)
    assert first.dues[0].moment is Moment.DAY_BEFORE
    assert second.occurrence.starts_at - first.occurrence.starts_at == 7 * DAY


def test_with_each_channels_own_clock_there_is_one_for_each_zone():
    several = planned(notice(clockwork=Clockwork.CHANNEL), ("Asia/Kolkata", "Europe/Berlin"), MONDAY, MONDAY)
    assert [one.occurrence.zone for one in several] == ["Asia/Kolkata", "Europe/Berlin"]
    assert {one.occurrence.local for one in several} == {wall("2026-03-07T22:00")}


def fresh(announcement):
    return planned(announcement, (), MONDAY, MONDAY + 8 * DAY)


def test_what_was_never_told_moves_and_what_is_new_is_added():
    later = plan(rule=Rule(at=wall("2026-03-08T22:00")))
    untold = occurrence(told_at=None)
    change = reconcile(later, [untold], fresh(later), MONDAY)
    (moved,) = change.moved
    assert (moved.occurrence.id, moved.occurrence.starts_at) == ("occ-1", START + DAY)
    assert {due.occurrence for due in moved.dues} == {"occ-1"}
    assert (change.added, change.dropped, change.taken) == ((), (), ())
    assert len(reconcile(later, [], fresh(later), MONDAY).added) == 1


def test_other_words_are_a_silent_edit_and_other_times_are_said():
    (quiet,) = reconcile(plan(owner="Voice"), [occurrence()], fresh(plan()), MONDAY).taken
    assert (quiet.step, quiet.why, quiet.is_important, quiet.dues) == (Step.EDITED, Why.OTHER_WORDS, False, ())
    later = plan(rule=Rule(at=wall("2026-03-08T22:00")))
    (loud,) = reconcile(later, [occurrence(Phase.REMINDED)], fresh(later), MONDAY).taken
    assert (loud.why, loud.is_important, loud.occurrence.phase) == (Why.OTHER_TIMES, True, Phase.SCHEDULED)
    assert [due.moment for due in loud.dues] == [
        Moment.POST, Moment.DAY_BEFORE, Moment.HOUR_BEFORE, Moment.START, Moment.END, Moment.EXPIRE,
    ]  # fmt: skip


def test_a_running_one_keeps_its_start_and_an_extended_one_its_end():
    later = plan(rule=Rule(at=wall("2026-03-08T22:00")), lasts=6 * HOUR)
    now = START + HOUR
    (running,) = reconcile(later, [occurrence(Phase.IN_PROGRESS)], fresh(later), now).taken
    assert (running.occurrence.starts_at, running.occurrence.phase) == (START, Phase.IN_PROGRESS)
    longer = occurrence(Phase.EXTENDED, ends_at=START + 5 * HOUR, planned_ends_at=START + 4 * HOUR)
    (kept,) = reconcile(plan(lasts=6 * HOUR), [longer], fresh(plan(lasts=6 * HOUR)), now).taken
    assert kept.occurrence.ends_at == START + 5 * HOUR


def test_one_that_is_over_is_edited_in_place_and_another_time_is_another_card():
    done = occurrence(Phase.COMPLETED)
    change = reconcile(plan(owner="Voice"), [done], fresh(plan()), START + DAY)
    assert ([one.step for one in change.taken], change.added) == ([Step.EDITED], ())
    later = plan(rule=Rule(at=wall("2026-03-08T22:00")))
    again = reconcile(later, [done], fresh(later), START)
    assert (len(again.added), [one.step for one in again.taken]) == (1, [Step.EDITED])


def test_what_nobody_will_hear_of_any_more_is_dropped_or_called_off():
    other = plan(rule=read_rule("FREQ=WEEKLY;BYDAY=SU", start=wall("2026-03-08T22:00"), zone="Europe/Berlin"))
    told, untold = occurrence(), occurrence(told_at=None, id="occ-2")
    change = reconcile(other, [told, untold], fresh(other), MONDAY)
    assert [one.id for one in change.dropped] == ["occ-2"]
    assert [one.step for one in change.taken] == [Step.CANCELLED]
    assert len(change.added) == 1
    assert reconcile(other, [occurrence(Phase.MISSED, told_at=None)], (), MONDAY).taken == ()


@pytest.mark.parametrize(
    ("draft", "phase", "step"),
    [
        (Draft.CANCELLED, Phase.SCHEDULED, Step.CANCELLED),
        (Draft.CANCELLED, Phase.IN_PROGRESS, Step.CANCELLED),
        (Draft.RECALLED, Phase.SCHEDULED, Step.WITHDRAWN),
        (Draft.RECALLED, Phase.COMPLETED, Step.WITHDRAWN),
    ],
)
def test_who_heard_of_it_hears_that_it_is_called_off(draft, phase, step):
    change = reconcile(plan(draft=draft), [occurrence(phase), occurrence(told_at=None)], (), MONDAY)
    assert [one.step for one in change.taken] == [step]
    assert len(change.dropped) == 1
    assert change.taken[0].occurrence.local is None


def test_what_is_over_is_not_called_off():
    assert reconcile(plan(draft=Draft.CANCELLED), [occurrence(Phase.COMPLETED)], (), MONDAY).taken == ()
    assert cancelled(occurrence(Phase.COMPLETED), MONDAY) is None
    assert withdrawn(occurrence(told_at=None), MONDAY) is None
    assert withdrawn(occurrence(Phase.WITHDRAWN), MONDAY) is None
    assert edited(occurrence(Phase.COMPLETED), MONDAY).final


def at(moment, when=None):
    times = {Moment.POST: MONDAY, Moment.DAY_BEFORE: START - DAY, Moment.HOUR_BEFORE: START - HOUR}
    times |= {Moment.START: START, Moment.END: START + 4 * HOUR, Moment.EXPIRE: START + 5 * HOUR}
    return Due(occurrence="occ-1", moment=moment, at=when or times[moment])


def step(announcement, each, *dues, now=None, grace=HOUR):
    taken = due_now(announcement, [(each, dues)], now or dues[-1].at, grace)
    return taken[0] if taken else None


@pytest.mark.parametrize(
    ("before", "moment", "after", "what", "loud"),
    [
        (Phase.SCHEDULED, Moment.DAY_BEFORE, Phase.REMINDED, Step.REMINDED, True),
        (Phase.REMINDED, Moment.HOUR_BEFORE, Phase.REMINDED, Step.REMINDED, True),
        (Phase.REMINDED, Moment.START, Phase.IN_PROGRESS, Step.STARTED, True),
        (Phase.IN_PROGRESS, Moment.END, Phase.OVERRUN, Step.OVERRUN, True),
        (Phase.OVERRUN, Moment.EXPIRE, Phase.COMPLETED, Step.COMPLETED, False),
        (Phase.IN_PROGRESS, Moment.EXPIRE, Phase.COMPLETED, Step.COMPLETED, True),
    ],
)
def test_each_moment_has_its_step(before, moment, after, what, loud):
    taken = step(plan(), occurrence(before), at(moment))
    assert (taken.occurrence.phase, taken.step, taken.is_important) == (after, what, loud)
    assert (taken.before, taken.occurrence.revision, taken.is_told) == (1, 2, True)
    assert taken.asks is (what is Step.OVERRUN)


def test_start_and_end_happen_also_where_nobody_wants_to_be_told():
    quiet = plan(reminders=frozenset())
    assert step(quiet, occurrence(), at(Moment.START)).is_important is False
    assert step(quiet, occurrence(Phase.IN_PROGRESS), at(Moment.END)).is_important is False
    assert step(quiet, occurrence(Phase.IN_PROGRESS), at(Moment.EXPIRE)).is_important is False


def test_of_planned_work_of_others_nobody_is_asked_at_its_end():
    taken = step(plan(origin="graph:MC1"), occurrence(Phase.IN_PROGRESS), at(Moment.END))
    assert (taken.step, taken.why, taken.final, taken.asks) == (Step.COMPLETED, Why.PLANNED_END, True, False)
    expired = step(plan(origin="graph:MC1"), occurrence(Phase.IN_PROGRESS), at(Moment.EXPIRE))
    assert expired.why is Why.PLANNED


def test_a_first_card_makes_no_further_noise():
    taken = step(plan(), occurrence(told_at=None), at(Moment.DAY_BEFORE))
    assert (taken.is_important, taken.occurrence.told_at) == (False, START - DAY)
    posted = step(plan(), occurrence(told_at=None), at(Moment.POST))
    assert (posted.step, posted.occurrence.phase, posted.final) == (Step.POSTED, Phase.SCHEDULED, False)


def test_a_notice_is_done_when_it_is_told_unless_it_goes_on():
    now = at(Moment.POST, START)
    assert step(notice(), occurrence(told_at=None, ends_at=None), now).final
    for going_on in (notice(expires_after=HOUR), plan(kind=Kind.OUTAGE, lasts=None)):
        taken = step(going_on, occurrence(told_at=None, ends_at=None), now)
        assert (taken.occurrence.phase, taken.final) == (Phase.IN_PROGRESS, False)


@pytest.mark.parametrize(
    ("each", "moment"),
    [
        (occurrence(Phase.IN_PROGRESS), Moment.HOUR_BEFORE),
        (occurrence(Phase.COMPLETED), Moment.END),
        (occurrence(Phase.OVERRUN), Moment.END),
        (occurrence(), Moment.POST),
    ],
)
def test_what_is_past_is_not_done_again(each, moment):
    assert step(plan(), each, at(moment)) is None
    assert due_now(plan(), [(each, ())], MONDAY, HOUR) == ()


def test_several_moments_that_passed_are_one_step():
    dues = (at(Moment.DAY_BEFORE), at(Moment.HOUR_BEFORE), at(Moment.START))
    taken = step(plan(), occurrence(), *dues, now=START + HOUR)
    assert (taken.step, taken.occurrence.phase) == (Step.STARTED, Phase.IN_PROGRESS)


@pytest.mark.parametrize(
    ("policy", "late", "expected"),
    [
        (Missed.WITHIN_GRACE, 30 * MINUTE, (Step.POSTED, Why.LATE)),
        (Missed.WITHIN_GRACE, 2 * HOUR, (Step.MISSED, Why.TOO_LATE)),
        (Missed.ONCE, 9 * DAY, (Step.POSTED, Why.LATE)),
        (Missed.SKIP, 2 * MINUTE, (Step.MISSED, Why.SKIPPED)),
        (Missed.SKIP, MINUTE, (Step.POSTED, Why.PLANNED)),
    ],
)
def test_its_policy_decides_what_becomes_of_a_missed_one(policy, late, expected):
    each = occurrence(told_at=None, ends_at=None)
    taken = step(notice(missed=policy), each, at(Moment.POST, START), now=START + late)
    assert (taken.step, taken.why) == expected
    assert taken.is_told is (expected[0] is Step.POSTED)


def test_of_several_missed_ones_the_last_is_told():
    days = [occurrence(told_at=None, ends_at=None, id=f"occ-{day}", starts_at=START + day * DAY) for day in range(3)]
    waiting = [(each, [replace(at(Moment.POST, each.starts_at), occurrence=each.id)]) for each in days]
    found = due_now(notice(missed=Missed.ONCE), waiting, START + 3 * DAY, HOUR)
    assert [one.why for one in found] == [Why.NEWER, Why.NEWER, Why.LATE]


def test_a_window_that_still_comes_or_runs_is_told_however_late():
    dues = (at(Moment.POST), at(Moment.DAY_BEFORE))
    assert step(plan(), occurrence(told_at=None), *dues, now=START - 2 * HOUR).step is Step.REMINDED
    started = (*dues, at(Moment.START))
    assert step(plan(), occurrence(told_at=None), *started, now=START + 2 * HOUR).step is Step.STARTED
    skipping = plan(missed=Missed.SKIP)
    assert step(skipping, occurrence(told_at=None), *dues, now=START - 2 * HOUR).step is Step.REMINDED
    assert step(skipping, occurrence(told_at=None), *started, now=START + 2 * HOUR).why is Why.SKIPPED


def test_what_nobody_heard_of_and_is_over_is_not_told():
    over = (at(Moment.POST), at(Moment.START), at(Moment.END))
    assert step(plan(), occurrence(told_at=None), *over, now=START + 9 * HOUR).why is Why.OVER
    gone = (at(Moment.POST, START), at(Moment.EXPIRE, START + HOUR))
    each = occurrence(told_at=None, ends_at=None)
    assert step(notice(missed=Missed.ONCE, expires_after=HOUR), each, *gone, now=START + DAY).why is Why.OVER


def test_an_author_extends_ends_early_or_says_that_it_is_over():
    running = occurrence(Phase.IN_PROGRESS)
    now = START + HOUR
    longer = extended(running, START + 6 * HOUR, now)
    assert (longer.occurrence.phase, longer.occurrence.planned_ends_at) == (Phase.EXTENDED, START + 4 * HOUR)
    assert {due.moment: due.at for due in longer.dues}[Moment.END] == START + 6 * HOUR
    again = extended(longer.occurrence, START + 8 * HOUR, now)
    assert again.occurrence.planned_ends_at == START + 4 * HOUR
    assert ended(running, now).step is Step.ENDED_EARLY
    assert ended(occurrence(Phase.OVERRUN), START + 5 * HOUR).step is Step.COMPLETED
    assert ended(occurrence(Phase.IN_PROGRESS, ends_at=None), now).step is Step.COMPLETED


def test_what_makes_no_sense_changes_nothing():
    running, now = occurrence(Phase.IN_PROGRESS), START + HOUR
    assert extended(running, START + 3 * HOUR, now) is None
    assert extended(occurrence(), START + 9 * HOUR, now) is None
    assert extended(occurrence(Phase.IN_PROGRESS, ends_at=None), START + 9 * HOUR, now) is None
    assert ended(occurrence(), now) is None


def test_the_moments_of_one_occurrence_come_in_order():
    found = dues_of(plan(), occurrence(), MONDAY)
    assert [due.at for due in found] == sorted(due.at for due in found)
    assert plan_of(plan(), "Europe/Berlin", START, MONDAY).occurrence.local == wall("2026-03-07T22:00")
