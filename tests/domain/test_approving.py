"""A second person's yes: to this very text, by another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.announcement import Approval, Audience, Draft, Reader, Words
from bot.domain.approving import (
    Conflict,
    Decision,
    Refused,
    applied,
    approve,
    asks,
    decided,
    digest,
    edited,
    is_past,
    may_edit,
    needs_approval,
)
from bot.domain.schedule import Rule

from .plans import HOUR, MONDAY, START, notice, plan

WAITING = plan(draft=Draft.WAITING)


def yes(one, by="ben"):
    return Approval(digest=digest(one), by=by, at=MONDAY + HOUR)


def test_another_persons_yes_lets_it_go_out():
    approved = approve(WAITING, yes(WAITING))
    assert (approved.draft, approved.approval.by) == (Draft.PLANNED, "ben")


@pytest.mark.parametrize(
    ("one", "approval", "why"),
    [
        (WAITING, yes(WAITING, by="ANNA"), Refused.OWN),
        (WAITING, yes(plan(link="https://other.example")), Refused.OTHER_TEXT),
        (plan(), yes(plan()), Refused.NOT_WAITING),
    ],
)
def test_any_other_yes_does_not_count(one, approval, why):
    assert approve(one, approval) is why


@pytest.mark.parametrize(
    "change",
    [
        {"words": {"en": Words(title="Telephony stops!")}},
        {"lasts": timedelta(hours=5)},
        {"zone": "Europe/Vienna"},
        {"audience": Audience(reader=Reader.TAG, names=frozenset({"x"}))},
        {"link": "https://x.example"},
        {"expires_after": HOUR},
    ],
)
def test_a_yes_is_bound_to_all_that_is_shown_and_done(change):
    assert digest(replace(WAITING, **change)) != digest(WAITING)


def test_a_yes_is_not_bound_to_what_nobody_sees():
    assert digest(replace(WAITING, revision=7, draft=Draft.DRAFT, author="x")) == digest(WAITING)
    names = frozenset({"a", "b", "c"})
    forth, back = (replace(WAITING, places=frozenset(each)) for each in (sorted(names), sorted(names, reverse=True)))
    assert digest(forth) == digest(back)


def test_only_many_readers_need_a_second_person():
    assert [needs_approval(50, 50), needs_approval(49, 50), needs_approval(9999, None)] == [True, False, False]


def test_an_edit_of_an_older_revision_is_a_conflict_with_both_at_hand():
    current = plan(revision=3)
    assert may_edit(current, 3) is None
    assert may_edit(current, 2) == Conflict(theirs=current, expected_revision=2)


def test_an_edit_keeps_who_made_it_and_loses_a_yes_to_other_words():
    approved = approve(WAITING, yes(WAITING))
    same = edited(approved, replace(plan(), author="eve", owner=""), MONDAY + HOUR)
    assert (same.author, same.approval, same.changed_at) == ("anna", approved.approval, MONDAY + HOUR)
    assert edited(approved, plan(owner="Voice"), MONDAY + HOUR).approval is None


@pytest.mark.parametrize(
    ("after", "decision"),
    [
        (WAITING, None),
        (approve(WAITING, yes(WAITING)), Decision.APPROVED),
        (replace(WAITING, draft=Draft.DRAFT, revision=2), Decision.DECLINED),
        (replace(WAITING, draft=Draft.CANCELLED, revision=2), Decision.NEEDLESS),
        (replace(WAITING, revision=3), Decision.NEEDLESS),  # declined and saved again: that is asked anew
        (replace(WAITING, draft=Draft.PLANNED, approval=yes(plan(owner="x"))), Decision.NEEDLESS),  # another text's
    ],
)
def test_what_became_of_a_question_follows_from_what_is_saved(after, decision):
    assert decided(asks(WAITING), after) is decision


def test_only_what_waits_asks():
    assert asks(plan()) is None


@pytest.mark.parametrize(
    ("one", "later", "past"),
    [
        (plan(), timedelta(0), False),
        (plan(), 3 * HOUR, False),  # it has begun, and is still worth telling
        (plan(), 4 * HOUR, True),
        (plan(lasts=None), 400 * HOUR, False),
        (notice(), 400 * HOUR, False),
        (replace(notice(), lasts=HOUR), 400 * HOUR, False),
        (plan(rule=Rule(cron="0 22 * * SAT")), 400 * HOUR, False),
    ],
)
def test_a_yes_after_the_end_of_a_window_comes_too_late(one, later, past):
    assert is_past(one, START + later) is past


def test_a_change_takes_the_place_of_what_it_changes_with_its_writer_as_the_author():
    now = plan(id="OLD", origin="graph:MC1", origin_revision="theirs", revision=4, draft=Draft.ENDED)
    yes_to_it = yes(plan(owner="Voice"))
    change = plan(id="NEW", owner="Voice", author="dora", origin_revision="edit:OLD:4", approval=yes_to_it)

    after = applied(now, change, MONDAY + HOUR)

    assert (after.id, after.revision, after.owner, after.draft) == ("OLD", 4, "Voice", Draft.PLANNED)
    assert (after.author, after.approval, after.changed_at) == ("dora", yes_to_it, MONDAY + HOUR)
    assert (after.origin, after.origin_revision) == ("graph:MC1", "theirs")
