"""Announcements at the terminal: from a file to a saved plan; every mistake at once, nothing saved by accident."""

import json
import os

import pytest

from bot.clock import MachineClock
from bot.terminal.main import run

DONE, USAGE = 0, 2
GOOD = """
kind = "maintenance"
from = {year}-12-05T22:00:00
to = "{year}-12-06T02:00"
zone = "Europe/Berlin"
language = "en"
services = ["teams"]
features = ["calling"]
expires_after = "1d 2h"
audience = {{ reader = "tag", names = ["berlin"] }}
[words.en]
title = "Telephony stops"
"""
YEAR = MachineClock().now().year + 1


@pytest.fixture
def announce(tmp_path, capsys):
    """Runs `announce …`; gives exit code, what was printed and what was complained of."""
    file = tmp_path / "bot.db"
    env = {"NOTJUSTYOU_DATABASE_URL": f"sqlite:///{file}", "PATH": os.environ["PATH"], "NO_COLOR": "1"}

    def go(*argv, said=None):
        if said is not None:
            (tmp_path / "said").write_bytes(said if isinstance(said, bytes) else said.encode())
            argv = [str(tmp_path / "said") if word == "FILE" else word for word in argv]
        code = run(["announce", *argv], env)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return go


def saved(announce):
    code, out, err = announce("add", "FILE", "--yes", "--json", said=GOOD.format(year=YEAR))
    assert (code, err) == (DONE, "")
    return json.loads(out)


def test_nothing_is_saved_before_its_reading_was_agreed_to(announce):
    code, out, err = announce("add", "FILE", said=GOOD.format(year=YEAR))
    assert (code, f"{YEAR}-12-05T22:00:00" in out, "--yes" in err) == (USAGE, True, True)
    assert json.loads(announce("list", "--json")[1]) == []


def test_what_is_saved_is_listed_shown_changed_and_taken_back(announce):
    one = saved(announce)
    assert [row["id"] for row in json.loads(announce("list", "--json")[1])] == [one["id"]]
    text = GOOD.format(year=YEAR).replace("stops", "stops soon")
    assert announce("edit", one["id"].lower(), "FILE", "--yes", said=text)[0] == DONE
    shown = json.loads(announce("show", one["id"], "--json")[1])
    assert (shown["revision"], shown["title"], shown["occurrences"]) == (2, {"en": "Telephony stops soon"}, [])
    assert announce("approve", one["id"])[0] == USAGE
    assert announce("cancel", one["id"])[0] == DONE
    assert announce("recall", one["id"], "--delete")[0] == DONE
    code, _, err = announce("recall", one["id"])
    assert (code, "already" in err) == (USAGE, True)
    assert announce("report", one["id"], "--csv")[1].startswith("occurrence,")
    code, _, err = announce("report", one["id"], "2", "--csv")
    assert (code, "Nothing was told of it yet." in err) == (USAGE, True)


def test_the_reading_says_what_whom_and_when_and_that_nobody_would_hear(announce):
    _, out, _ = announce("add", "FILE", "--yes", said=GOOD.format(year=YEAR) + 'hit = "No calls."\n')
    for said in (
        "en hit: No calls.",
        "features: calling",
        "conversations with these tags: berlin",
        "a day before, an hour before",
        "Nobody would be told",
        "Its card is posted as soon as it is saved",
    ):
        assert said in out
    one = json.loads(announce("list", "--json")[1])[0]
    assert (one["words"]["en"]["hit"], one["audience"]) == ("No calls.", {"reader": "tag", "names": ["berlin"]})
    shown = announce("show", one["id"])[1]
    assert "en hit: No calls." in shown
    assert "Nothing of it has been planned yet" in shown
    assert announce("report", one["id"])[1] == "Nothing was told of it yet.\n"


def test_what_was_called_off_comes_back_by_no_edit(announce):
    one = saved(announce)
    announce("cancel", one["id"])
    code, _, err = announce("edit", one["id"], "FILE", "--yes", said=GOOD.format(year=YEAR))
    assert (code, "Announce it anew" in err) == (USAGE, True)
    assert json.loads(announce("list", "--json")[1])[0]["state"] == "cancelled"


def test_a_time_without_quotes_is_told_to_have_some(announce):
    text = GOOD.format(year=YEAR).replace("22:00:00", "22:00")
    code, _, err = announce("add", "FILE", "--yes", said=text)
    assert (code, "put quotes around a time" in err) == (USAGE, True)


def test_every_mistake_is_told_at_once(announce):
    text = (
        'kind = "party"\nbogus = 1\nzone = "Mars/Base"\nrule = "FREQ=MINUTELY"\nlasts = "long"\n[words.en]\nfoo = "x"\n'
    )
    code, _, err = announce("add", "FILE", "--yes", said=text)
    assert code == USAGE
    for key in ("kind", "bogus", "zone", "rule", "lasts", "words.en.foo"):
        assert f"  {key}: " in err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("02:00", "20:00"), "lasts"),
        ((f"from = {YEAR}", "from = 2020"), "rule"),
        (('to = "', 'unknown = "'), "unknown"),
        (('["berlin"]', "[]"), "audience"),
        (("Telephony stops", "x" * 30_000), "words.en.title"),
        (("[words.en]", "[words.tlh]"), "words.tlh"),
        (('"1d 2h"', '"-"'), "expires_after"),
        (('["teams"]', '["fax"]'), "services"),
        ((f"from = {YEAR}-12-05T22:00:00", "from = 0001-01-01T00:00:00Z"), "from"),
        (("language =", 'link = "http://x"\nlanguage ='), "link"),
        (("language =", 'rule = "* * * * *"\nlanguage ='), "rule"),
        (("language =", 'rule = "0 0 30 2 *"\nlanguage ='), "rule"),
    ],
)
def test_bad_input_is_refused_by_its_name_and_saves_nothing(announce, change, says):
    text = GOOD.format(year=YEAR)
    if says == "lasts":
        change = (f"{YEAR}-12-06T02:00", f"{YEAR}-12-05T20:00")
    assert change[0] in text
    code, _, err = announce("add", "FILE", "--yes", said=text.replace(*change))
    assert (code, f"  {says}: " in err) == (USAGE, True), err
    assert json.loads(announce("list", "--json")[1]) == []


@pytest.mark.parametrize("said", [b"x" * 5_000_000, b"\xff\xfe", b"[" * 5000, b"{" * 5000, b"", b"= ="])
def test_a_file_that_is_none_is_refused(announce, said):
    code, _, err = announce("add", "FILE", "--yes", said=said)
    assert (code, "That can't be announced." in err) == (USAGE, True)


def test_what_is_not_there_is_told(announce, tmp_path):
    saved(announce)
    assert announce("show", "nope")[0] == USAGE
    assert announce("add", str(tmp_path / "no such file"))[0] == USAGE
