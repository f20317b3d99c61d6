"""README's "Announce planned work": its example is read by the program, its facts hold."""

import re
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands.announcements import DEEDS
from bot.content.catalogue import load_catalogue
from bot.content.texts import load_texts
from bot.domain.proofreading import Limits, problems
from bot.domain.schedule import Missed, upcoming
from bot.settings_specs import SPECS
from bot.terminal.announcement_file import LARGEST, Author, parsed, read
from bot.understand.typed import typed_command

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
CHAPTER = README.split("\n## Announce planned work\n")[1].split("\n## ")[0]
NOW = datetime(2030, 11, 1, tzinfo=UTC)
EXAMPLE = re.search(r'(    kind = "maintenance".*?)\n\n(?=\*\*)', CHAPTER, re.DOTALL)[1]
TYPED = [written for row in CHAPTER.splitlines() if row.startswith("| `") for written in re.findall(r"`([^`]+)`", row)]


@pytest.fixture(scope="module")
def example():
    author = Author(who="me", role="operator", language="en", zone="UTC", tenant=None, now=NOW)
    said = parsed(textwrap.dedent(EXAMPLE).encode())
    assert isinstance(said, dict), said
    made, mistakes = read(said, author)
    assert mistakes == []
    return made


def test_the_example_can_be_saved_as_it_stands(example):
    limits = Limits(languages=frozenset(load_texts().languages), services=frozenset(load_catalogue().services))

    assert problems(example, NOW, limits) == ()


def test_the_example_takes_place_when_it_says(example):
    times = upcoming(example.rule, example.zone, NOW, 3)

    assert [f"{at:%Y-%m-%d %H:%M}" for at in times] == ["2030-12-07 21:00", "2031-02-01 21:00", "2031-03-01 21:00"]


@pytest.mark.parametrize("key", ["missed", "kind", "clock"])
def test_the_words_beside_the_example_are_the_ones_that_may_stand_there(key):
    kinds = {"missed": set(Missed), "kind": {"maintenance", "outage", "all_clear", "notice"}}
    kinds["clock"] = {"author", "fixed", "channel"}
    line = next(line for line in EXAMPLE.splitlines() if line.strip().startswith(f"{key} ="))

    assert {each for each in kinds[key] if each in line} == kinds[key]


@pytest.mark.parametrize("written", TYPED)
def test_what_may_be_written_is_understood(written):
    typed = typed_command(written.replace("ID", "7K2M9QXZ"))

    assert typed is not None
    assert typed.name in ("announce", "announcements", "announcement_text")
    if typed.name == "announcement_text":
        assert typed.argument.startswith("7K2M9QXZ")
    elif "ID" in written:
        assert typed.argument.split()[0] in DEEDS


def test_every_deed_that_may_be_written_is_told():
    assert set(DEEDS) - {"show"} == {written.split()[1] for written in TYPED if "ID" in written} - {"text"}


def test_numbers_of_the_chapter_are_the_products():
    defaults = {spec.name: spec.default for spec in SPECS}
    assert f"at most {LARGEST:,} bytes" in CHAPTER
    assert f"`NOTJUSTYOU_ANNOUNCE_APPROVAL_FROM` ({defaults['ANNOUNCE_APPROVAL_FROM']})" in " ".join(CHAPTER.split())
    assert (defaults["ANNOUNCE_GRACE_S"], defaults["ANNOUNCE_CLOSEST_S"]) == ("3600", "3600")
    assert defaults["IMPORT_PLANNED"] == "draft"
