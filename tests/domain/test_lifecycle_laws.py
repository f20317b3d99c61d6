"""What holds for every incident, whatever the verdicts were, in whatever rhythm they came."""

from dataclasses import replace
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.incident import Change, Colleagues, Incident, IncidentId, Level, Stage
from bot.domain.lifecycle import advance
from bot.domain.observation import Feature, ServiceId
from tests.domain import verdicts as v
from tests.domain.seen import NOW, issue
from tests.domain.verdicts import LIMITS, MINUTE, microsoft

law = settings(deadline=None, max_examples=20)

HOUR = timedelta(hours=1)
MOST_STEPS, MOST_IMPORTANT = 24, 8  # an hour
NAMED = [
    v.FINE, v.SIGNS, v.FAINT, v.BAD, v.DOWN, v.UNSURE, v.BLIND, v.ORG, v.WINDOW, v.ADVISORY, microsoft(),
    microsoft(feature=Feature.ADMIN), replace(v.BAD, feature=Feature.ALL), replace(v.BAD, feature=Feature.CHAT),
    replace(v.DOWN, cause=ServiceId("signin")), replace(v.DOWN, official=issue(key="TM8")),
    replace(v.DOWN, official=issue(key="TM9")), replace(v.BAD, region="Europe"),
]  # fmt: skip
PEOPLE = st.sampled_from([Colleagues(), v.MANY, v.ONE_SITE, Colleagues(reports=3)])
RUNS = st.tuples(st.sampled_from(NAMED), PEOPLE, st.integers(1, 25))
GAPS = st.sampled_from([MINUTE] * 6 + [timedelta(0), timedelta(seconds=1), timedelta(minutes=7), HOUR, -HOUR])


@st.composite
def streams(draw, gaps=GAPS):
    """Moments with what was said at them: stretches of the same, of flapping, gaps, repeats, jumps of the clock."""
    now, stream = NOW, []
    for said, people, length in draw(st.lists(RUNS, min_size=1, max_size=14)):
        other = draw(st.sampled_from([said, said, *NAMED]))
        for turn in range(length):
            now += draw(gaps)
            stream.append((now, other if turn % 2 else said, people))
    return stream


def stored(incident):
    """The same, written down and read again."""
    return None if incident is None else msgspec.json.decode(msgspec.json.encode(incident), type=Incident)


def live(stream, incident=None, *, twice=False, kept=lambda incident: incident):
    """Every step that a stream makes, and the incident in the end."""
    steps = []
    for number, (now, said, people) in enumerate(stream):
        for _ in range(2 if twice else 1):
            incident, step = advance(
                kept(incident), replace(said, at=now), now, LIMITS, new_id=IncidentId(f"i{number}"), colleagues=people
            )
            if step is not None:
                steps.append(step)
    return steps, incident


@law
@given(streams(gaps=st.just(MINUTE)))
def test_people_hear_a_bounded_number_of_words_an_hour(stream):
    steps, _ = live(stream)

    for first in steps:
        within = [each for each in steps if first.at <= each.at < first.at + HOUR]
        assert len(within) <= MOST_STEPS
        assert sum(each.change.is_important for each in within) <= MOST_IMPORTANT


@law
@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from(NAMED), st.sampled_from(NAMED))
def test_going_to_and_fro_in_any_rhythm_is_bounded_too(here, there, one, other):
    turns = [one] * here + [other] * there
    stream = [(NOW + MINUTE * n, turns[n % len(turns)], Colleagues()) for n in range(180)]
    steps, _ = live(stream)

    for first in steps:
        within = [each for each in steps if first.at <= each.at < first.at + HOUR]
        assert len(within) <= MOST_STEPS
        assert sum(each.change.is_important for each in within) <= MOST_IMPORTANT


@law
@given(streams())
def test_no_end_is_lost(stream):
    _, incident = live(stream)
    latest = max(now for now, _, _ in stream)
    calm = [(latest + MINUTE * n, v.FINE, Colleagues()) for n in range(1, 90)]

    steps, after = live(calm, incident)

    assert after is None or after.stage in (Stage.OVER, Stage.WITHDRAWN)
    assert incident is None or not incident.stage.is_open or not after.stage.is_open
    assert sum(each.change in (Change.OVER, Change.WITHDRAWN) for each in steps) <= 1


@law
@given(streams())
def test_the_same_word_twice_is_the_same_as_once(stream):
    assert live(stream) == live(stream, twice=True)


@law
@given(streams())
def test_stopping_and_starting_at_any_moment_changes_nothing(stream):
    assert live(stream) == live(stream, kept=stored)


@law
@given(streams())
def test_times_are_in_order_and_revisions_grow(stream):
    steps, _ = live(stream)
    seen = {}

    for step in steps:
        after = step.incident
        assert after.revision == seen.get(after.id, 0) + 1
        seen[after.id] = after.revision
        assert (step.before is None) == (step.change is Change.OPENED)
        moments = [each for each in (after.opened_at, after.confirmed_at, after.closed_at) if each is not None]
        assert moments == sorted(moments)
        assert (after.closed_at is None) == after.stage.is_open
        assert after.stage is not Stage.SIGNS or after.level is Level.SIGNS
        assert after.next_word_at is None or after.next_word_at > step.at


@law
@given(streams())
def test_nothing_ends_that_was_not_open(stream):
    steps, _ = live(stream)

    for step in steps:
        if step.change in (Change.WITHDRAWN, Change.UNSEEN, Change.RECOVERING):
            assert step.before.stage.is_open
        if step.change is Change.OVER:
            assert step.before.stage in (Stage.CONFIRMED, Stage.RECOVERING, Stage.UNSEEN)


@law
@given(streams(gaps=st.just(MINUTE)))
def test_nothing_gets_better_before_it_has_held(stream):
    steps, _ = live(stream)
    heard = {now: said for now, said, _ in stream}

    for step in steps:
        if step.change is Change.RECOVERING:
            held = [heard[step.at - MINUTE * n] for n in range(10)]
            assert not any(each in (v.BAD, v.DOWN, v.SIGNS, v.FAINT) for each in held)
        if step.change is Change.EASED:
            held = [heard[step.at - MINUTE * n] for n in range(10)]
            assert v.FINE not in held


@law
@given(streams(gaps=st.just(MINUTE)), st.sampled_from([v.BLIND, v.UNSURE]))
def test_who_sees_nothing_never_says_that_it_is_over(stream, said):
    _, incident = live(stream)
    blind = [(stream[-1][0] + MINUTE * n, said, Colleagues(reports=3)) for n in range(1, 200)]

    steps, _ = live(blind, incident)

    assert not {each.change for each in steps} & {Change.OVER, Change.RECOVERING, Change.EASED}
    assert sum(each.change is Change.UNSEEN for each in steps) <= 1
