from datetime import timedelta

import pytest

from bot.domain.failing import Doors, Failing, Send, Try, teams_fails
from tests.domain.seen import NOW

UNKNOWN = Doors()
SHUT = Doors(connector=False, signin=False, neutral=True)
OPEN = Doors(connector=True, signin=True, neutral=True)
CUT_OFF = Doors(connector=False, signin=False, neutral=False)


def sends(**counts):
    """So many conversations whose last send ended so."""
    made = [(Try(ended), f"{ended}{n}") for ended, many in counts.items() for n in range(many)]
    return [Send(destination=name, at=NOW - timedelta(seconds=9), ended=ended) for ended, name in made]


@pytest.mark.parametrize(
    ("tried", "doors", "found"),
    [
        (sends(), UNKNOWN, None),
        (sends(failed=2), UNKNOWN, None),
        (sends(failed=3), UNKNOWN, Failing.SENDS_FAIL),
        (sends(failed=8, sent=2), UNKNOWN, Failing.SENDS_FAIL),
        (sends(failed=7, sent=2), UNKNOWN, None),
        (sends(throttled=90, gone=90), OPEN, None),
        (sends(failed=3, throttled=90), OPEN, Failing.SENDS_FAIL),
        (sends(failed=90), CUT_OFF, None),
        (sends(), SHUT, Failing.DOORS_FAIL),
        (sends(sent=1), SHUT, None),
        (sends(), CUT_OFF, None),
        (sends(), Doors(connector=False, signin=True, neutral=True), None),
        (sends(), Doors(connector=False, signin=False), None),
    ],
)
def test_teams_fails_by_evidence_only(tried, doors, found):
    assert teams_fails(tried, doors, NOW) is found


def test_one_bad_channel_never_means_that_teams_fails():
    bad = [Send(destination="c", at=NOW - timedelta(seconds=n / 10), ended=Try.FAILED) for n in range(300)]

    assert teams_fails(bad, UNKNOWN, NOW) is None


def test_the_last_word_of_each_conversation_within_the_window_counts():
    old = [Send(destination=f"c{n}", at=NOW - timedelta(minutes=2), ended=Try.FAILED) for n in range(9)]
    now_fine = [Send(destination=f"failed{n}", at=NOW, ended=Try.SENT) for n in range(3)]

    assert teams_fails(old, UNKNOWN, NOW) is None
    assert teams_fails([*now_fine, *sends(failed=3)], UNKNOWN, NOW) is None


@pytest.mark.parametrize(
    ("tried", "doors", "found"),
    [
        (sends(), UNKNOWN, Failing.DOORS_FAIL),
        (sends(sent=1), UNKNOWN, Failing.DOORS_FAIL),
        (sends(sent=1), OPEN, None),
        (sends(sent=2), UNKNOWN, None),
        (sends(sent=2, failed=2), UNKNOWN, Failing.DOORS_FAIL),
        (sends(), OPEN, None),
        (sends(), Doors(connector=True, signin=False), Failing.DOORS_FAIL),
    ],
)
def test_it_takes_evidence_to_be_back(tried, doors, found):
    assert teams_fails(tried, doors, NOW, failing=Failing.DOORS_FAIL) is found


def tries(name, *ended):
    """Of one conversation: how each ended, and so many seconds ago."""
    return [Send(destination=name, at=NOW - timedelta(seconds=ago), ended=Try(how)) for how, ago in ended]


LONG = (("failed", 50), ("failed", 40), ("failed", 10))
RED = Doors(connector=False, signin=True, neutral=True)


@pytest.mark.parametrize(
    ("tried", "few", "doors", "found"),
    [
        (tries("a", *LONG), {"a"}, UNKNOWN, Failing.FEW_FAIL),
        (tries("a", *LONG), {"a"}, RED, Failing.FEW_FAIL),
        (tries("a", *LONG), {"a"}, OPEN, None),
        (tries("a", *LONG), {"a"}, CUT_OFF, None),
        (tries("a", *LONG), {"a", "b"}, UNKNOWN, None),
        (tries("a", *LONG) + tries("b", ("failed", 50), ("failed", 48)), {"a", "b"}, UNKNOWN, Failing.FEW_FAIL),
        (tries("a", *LONG) + tries("b", ("failed", 20), ("failed", 9)), {"a", "b"}, UNKNOWN, None),
        (tries("a", *LONG) + tries("b", ("sent", 9)), {"a", "b"}, UNKNOWN, None),
        (tries("a", *LONG) + tries("others", ("sent", 9)), {"a"}, UNKNOWN, None),
        (tries("a", ("failed", 50)), {"a"}, UNKNOWN, None),
        (tries("a", ("failed", 50), ("throttled", 20), ("failed", 10), ("failed", 5)), {"a"}, UNKNOWN, None),
        (tries("a", ("sent", 99), *LONG), {"a"}, UNKNOWN, Failing.FEW_FAIL),
        (tries("a", ("failed", 400), ("failed", 380)), {"a"}, UNKNOWN, None),
        (tries("a", *LONG), {"a", "b", "c"}, UNKNOWN, None),
        (tries("a", *LONG), set(), UNKNOWN, None),
    ],
)
def test_where_there_are_one_or_two_conversations_all_of_them_must_fail_for_long(tried, few, doors, found):
    assert teams_fails(tried, doors, NOW, few=few) is found


def test_a_tenant_with_one_conversation_is_back_when_that_one_answers():
    assert teams_fails(tries("a", ("sent", 3)), UNKNOWN, NOW, failing=Failing.FEW_FAIL, few={"a"}) is None
    one_of_two = teams_fails(tries("a", ("sent", 3)), UNKNOWN, NOW, failing=Failing.FEW_FAIL, few={"a", "b"})
    assert one_of_two is Failing.FEW_FAIL
