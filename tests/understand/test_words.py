"""The word lists, which translators edit, are sound; and the language of a message is told by them."""

import tomllib
from importlib.resources import files

import pytest

from bot.understand.cues import Cue
from bot.understand.language import language_of
from bot.understand.lexicon import LANGUAGES, lexicon
from bot.understand.text import READ_AT_MOST, split
from tests.understand.sentences import cases

# A language that lacks one of these lists can't tell the main things apart.
NEEDED = (
    "trouble.down",
    "trouble.broken",
    "ask.others",
    "talk.thanks",
    "feature.signin",
    "feature.chat",
    "feature.meetings",
    "feature.calling",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_lists_that_matter(language):
    tables = tomllib.loads(files("bot.understand").joinpath(f"words/{language}.toml").read_text("utf-8"))
    assert all(tables[key.split(".")[0]].get(key.split(".")[1]) for key in NEEDED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_list_is_one_that_the_rules_know(language):
    tables = tomllib.loads(files("bot.understand").joinpath(f"words/{language}.toml").read_text("utf-8"))
    tables.pop("language")
    assert {f"{table}.{key}" for table, lists in tables.items() for key in lists} <= set(Cue)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_most_sentences_is_told_and_seldom_mistaken(language):
    told = [language_of(text) for text, _ in cases(language, "intent")]
    assert told.count(language) >= 0.6 * len(told)
    assert sum(guess not in (language, None) for guess in told) <= 0.05 * len(told)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("the recrodings", Cue.F_MEETINGS),
        ("my microphne is dead", Cue.F_CALLING),
        ("the meetting", Cue.F_MEETINGS),
        ("Besprehcung", Cue.F_MEETINGS),
    ],
)
def test_a_small_typing_error_is_forgiven(typed, meant):
    assert meant in {hit.cue for hit in lexicon().find(split(typed).words)}


def test_accents_capitals_and_apostrophes_do_not_matter():
    forms = ["stoerung", "störung", "STÖRUNG", "storung"]
    assert all(any(hit.cue is Cue.DOWN for hit in lexicon().find(split(form).words)) for form in forms)
    assert [word.text for word in split("ISN’T isn't isnt").words] == ["isnt"] * 3


def test_only_the_beginning_of_a_long_message_is_read():
    assert len(split("word " * 10_000).words) <= READ_AT_MOST / 5
