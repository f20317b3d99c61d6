"""What an author is told before saving: when a card first appears, and whom it is for."""

from dataclasses import replace

import pytest

from bot.cards.announce_lines import reading_lines
from bot.domain.announcement import Audience, Draft, Kind, Moment, Reader
from tests.cards.announcements import NOW, RECURRING, SEEN, WORK

NEW = replace(SEEN, edits=None)
TEAM = Audience(reader=Reader.TEAM, names=frozenset({"Berlin"}))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("plan", "key", "values"),
    [
        (WORK, "announce.posted_at_once", {}),
        (replace(WORK, kind=Kind.OUTAGE), "announce.posted_at_once", {}),
        (RECURRING, "announce.posted_each", {"moment": "announce.moment.day_before"}),
        (
            replace(RECURRING, reminders=frozenset({Moment.END})),
            "announce.posted_each",
            {"moment": "announce.moment.start"},
        ),
        (replace(RECURRING, kind=Kind.OUTAGE), "announce.posted_each", {"moment": "announce.moment.start"}),
        (replace(WORK, audience=TEAM), "announce.meant_names", {"reader": "announce.reader.team", "names": "Berlin"}),
        (
            replace(WORK, audience=replace(TEAM, names=frozenset("abcdef"))),
            "announce.meant_names",
            {"reader": "announce.reader.team", "names": "a, b, c, d, e, …"},
        ),
    ],
)
def test_a_reading_says_when_its_card_first_appears_and_whom_it_is_for(texts, plan, key, values, language):
    told = [texts.say(each, language, now=NOW) for each in reading_lines(replace(NEW, plan=plan))]

    said = {name: texts.say(word, language) if word.startswith("announce.") else word for name, word in values.items()}
    assert texts.say(key, language, **said) in told


def test_a_first_card_that_is_put_off_says_until_when(texts):
    told = [texts.say(each, "en", now=NOW) for each in reading_lines(replace(NEW, plan=replace(WORK, post_at=NOW)))]

    assert "Its card is first posted Fri, 20 Mar 2026, 10:00 (UTC+1)." in told


@pytest.mark.parametrize("seen", [SEEN, replace(NEW, plan=replace(WORK, draft=Draft.PLANNED))])
def test_where_there_is_a_card_already_nothing_is_said_of_the_first(texts, seen):
    told = " ".join(texts.say(each, "en", now=NOW) for each in reading_lines(seen))

    assert "Its card is" not in told
