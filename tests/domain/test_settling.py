import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.delivery import Delivery, DeliveryId, NotificationId, Part, Progress
from bot.domain.settling import (
    LONGEST_WAIT,
    MOST_TRIES,
    Failed,
    Gone,
    HandedOver,
    Lost,
    Needless,
    Sent,
    Throttled,
    Vanished,
    is_overtaken,
    settle,
)  # fmt: skip
from tests.domain.seen import NOW

NEW = Delivery(id=DeliveryId(1), notification=NotificationId("n"), tenant=None, destination="c", due=NOW)
POSTED = replace(NEW, activity="a1", sent_revision=1, first_sent_at=NOW)
STEP = replace(NEW, part=Part.STEP, step="confirmed", wanted_revision=2)
MINUTE = timedelta(minutes=1)


def after(delivery, outcome, *, revision=2, final=False, now=NOW, chance=0.5):  # noqa: PLR0913 - as settle
    return settle(delivery, outcome, revision=revision, final=final, now=now, chance=chance)


def test_what_was_sent_is_remembered_and_owes_nothing_until_the_next_revision():
    sent = after(replace(NEW, attempts=3, error="500"), Sent(activity="a1", thread="t"))

    assert (sent.sent_revision, sent.activity, sent.thread, sent.first_sent_at) == (2, "a1", "t", NOW)
    assert (sent.attempts, sent.error, sent.progress) == (0, "", Progress.OPEN)
    edited = after(sent, Sent(), revision=3, now=NOW + MINUTE)
    assert (edited.activity, edited.sent_revision, edited.first_sent_at) == ("a1", 3, NOW)


def test_the_last_revision_and_every_step_are_done_when_they_are_sent():
    assert after(POSTED, Sent(), final=True).progress is Progress.DONE
    assert after(STEP, Sent(activity="r")).progress is Progress.DONE


def test_an_older_answer_does_not_undo_a_newer_revision():
    assert after(replace(POSTED, sent_revision=5), Sent(), revision=4).sent_revision == 5


def test_who_is_told_to_wait_waits_that_long():
    until = NOW + timedelta(minutes=11)

    waits = after(NEW, Throttled(until=until))

    assert (waits.due, waits.throttled_until, waits.progress) == (until, until, Progress.OPEN)
    assert after(NEW, Throttled(until=NOW - MINUTE)).due == NOW
    assert after(NEW, Throttled(until=NOW + timedelta(days=9))).due == NOW + timedelta(hours=1)
    assert NOW < after(NEW, Throttled()).due <= NOW + timedelta(seconds=4)


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_and_are_bounded(attempts, chance):
    tried = replace(NEW, attempts=attempts)
    wait = after(tried, Failed(reason="503"), chance=chance).due - NOW

    assert timedelta(seconds=1) <= wait <= LONGEST_WAIT


def test_waits_double_and_are_spread():
    waits = [after(replace(NEW, attempts=n), Failed(reason="503"), chance=0.99).due - NOW for n in range(6)]

    assert all(later > sooner for sooner, later in itertools.pairwise(waits))
    assert after(replace(NEW, attempts=5), Failed(reason="503"), chance=0.1).due < NOW + waits[-1]


def test_a_failure_is_final_when_it_says_so_or_after_very_many_tries():
    assert after(NEW, Failed(reason="400", final=True)).progress is Progress.FAILED
    assert after(NEW, Failed(reason="503")).progress is Progress.OPEN
    given_up = after(replace(NEW, attempts=MOST_TRIES - 1), Failed(reason="503"))
    assert (given_up.progress, given_up.error) == (Progress.FAILED, "503")


def test_a_conversation_that_is_gone_is_left_alone():
    gone = after(POSTED, Gone(reason="404"))

    assert (gone.progress, gone.error, gone.activity) == (Progress.GONE, "404", "a1")


def test_a_post_whose_answer_was_lost_is_repeated_once_and_says_so():
    lost = after(NEW, Lost())
    assert (lost.due, lost.maybe_twice, lost.sent_revision) == (NOW + timedelta(seconds=30), True, 0)

    again = after(lost, Lost())

    assert (again.sent_revision, again.activity, again.maybe_twice, again.error) == (2, None, True, "answer lost")
    assert again.progress is Progress.OPEN
    assert after(lost, Lost(), final=True).progress is Progress.DONE
    assert after(lost, Sent(activity="a")).maybe_twice


def test_an_edit_whose_answer_was_lost_may_be_repeated_freely():
    lost = after(after(POSTED, Lost()), Lost())

    assert (lost.maybe_twice, lost.sent_revision, lost.activity) == (False, 1, "a1")
    assert lost.due > NOW


def test_a_card_that_vanished_is_posted_anew():
    vanished = after(POSTED, Vanished())

    assert (vanished.activity, vanished.sent_revision, vanished.due, vanished.progress) == (None, 0, NOW, Progress.OPEN)
    assert after(STEP, Vanished()).progress is Progress.SUPERSEDED


def test_what_another_way_told_is_still_followed_here():
    told = after(POSTED, HandedOver(way="mail"))

    assert (told.progress, told.error, told.sent_revision) == (Progress.HANDED_OVER, "told by mail", 1)
    assert after(told, Failed(reason="503")).progress is Progress.HANDED_OVER
    assert after(told, Sent(), final=True).progress is Progress.DONE


@pytest.mark.parametrize(
    ("card", "newest", "overtaken"),
    [
        (POSTED, 2, False),
        (POSTED, 3, True),
        (NEW, 2, True),
        (replace(POSTED, progress=Progress.GONE), 2, True),
        (replace(POSTED, progress=Progress.FAILED), 2, True),
    ],
)
def test_a_step_is_not_said_when_a_later_one_or_no_card_is_there(card, newest, overtaken):
    assert is_overtaken(STEP, card, newest=newest) is overtaken


def test_what_is_not_worth_saying_owes_nothing_until_the_next_revision():
    left = after(NEW, Needless(reason="over before it could be told"), revision=4)
    assert (left.progress, left.sent_revision, left.attempts, left.first_sent_at) == (Progress.OPEN, 4, 0, None)
    assert after(STEP, Needless(reason="told by the card itself")).progress is Progress.SUPERSEDED


def test_a_card_that_another_way_told_goes_on_naming_it_while_teams_fails():
    told = after(NEW, HandedOver(way="ops"))
    failed = after(told, Failed(reason="500"))
    assert (failed.progress, failed.error) == (Progress.HANDED_OVER, "told by ops")
    assert after(failed, Sent(activity="a")).error == ""
