"""What is written for people stays true: the map, README, settings, sources, texts."""

import importlib
import re
from datetime import timedelta
from pathlib import Path

import pytest

import bot
from bot.content.texts import load_texts
from bot.domain.blindness import Remedy
from bot.domain.observation import Client, Feature, Kind
from bot.domain.verdict import Outcome, Reason, Which
from bot.metrics import DECLARED
from bot.settings import described
from bot.sources import SOURCES
from bot.sources.drill import drill_names
from bot.store.kept import Keep
from bot.store.tables import metadata
from tests.readme_tables import what_is_kept

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "bot").rglob("*.py"))}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bbot(?:\.\w+)+", bot.__doc__))))
def test_every_name_on_the_map_exists(name):
    module, found = name, []
    while True:
        try:
            thing = importlib.import_module(module)
            break
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            found.insert(0, last)
    for part in found:
        thing = getattr(thing, part)
    assert thing.__doc__ or not callable(thing)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"NOTJUSTYOU_[A-Z_]+", README))))
def test_every_setting_in_the_readme_exists(name):
    page = {name: "https://example.org"} if "_STATUSPAGE_" in name else {}  # known once a page of that name is set
    known = {line.name for line in described(page)}
    assert name in known | {f"{setting}_FILE" for setting in known} or name == "NOTJUSTYOU_"


@pytest.mark.parametrize("name", SOURCES)
def test_the_readme_tells_of_every_source_and_whether_it_is_on(name):
    row = next(line for line in README.splitlines() if line.startswith(f"| `{name}`"))
    about = SOURCES[name].about
    told = row.split("|")[3].strip()
    assert told == ("yes" if about.on_by_default and not about.needs else "when set up")
    number, unit = row.split("|")[4].split()
    assert timedelta(**{{"s": "seconds", "min": "minutes", "day": "days"}[unit]: int(number)}) == about.period
    assert about.reads
    assert about.law
    assert about.hosts


def test_the_readme_tells_what_to_do_about_every_reason_that_an_operator_can_mend():
    chapter = README.split("## When a source goes blind")[1].split("\n## ")[0]
    texts = load_texts()
    for what in Remedy:
        assert all(texts.has(f"blind.{what}", language) for language in texts.languages)
    for sign in ("AADSTS7000222", "consent", "401", "challenge", "404", "429", "budget", "certificates", "proxy"):
        assert sign in chapter


def test_the_readme_names_every_drill():
    assert set(drill_names()) == set(re.findall(r"`(\w+)`", README.split("The drills:")[1].split(".")[0]))


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:bot|cards|tests|manifest)/[\w/.-]+)`", README))))
def test_every_path_in_the_readme_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", re.findall(r"!\[.*?\]\((.*?)\)", README))
def test_every_picture_in_the_readme_is_there(path):
    assert (ROOT / path).is_file()


def test_every_metric_is_counted_somewhere():
    names = re.findall(r"^([A-Z_]+) = _(?:counter|gauge|seconds)", CODE[ROOT / "bot/metrics.py"], re.MULTILINE)
    others = "\n".join(text for path, text in CODE.items() if path.name != "metrics.py")
    assert [name for name in names if not re.search(rf"\b{name}\b", others)] == []
    assert len(names) == len(DECLARED)


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ("outcome", Outcome),
        ("feature", Feature),
        ("client", Client),
        ("kind", Kind),
        ("reason", Reason),
        ("which", Which),
    ],
)
def test_every_word_of_a_closed_set_has_a_text(family, words):
    texts = load_texts()
    assert [word for word in words if not texts.has(f"{family}.{word}")] == []


def test_every_text_that_the_code_names_exists():
    texts = load_texts()
    families = "note|changed|ask|ticket|page|welcome|help|small_talk|button|card|heading|teams|me_too"
    rooms = [text for path, text in CODE.items() if "understand" not in path.parts]  # its cues look like keys
    named = {key for text in rooms for key in re.findall(rf'"((?:{families})\.[a-z_]+(?:\.[a-z_]+)*)"', text)}
    files = {"page.html", "bot.content"}
    assert sorted(key for key in named - files if not texts.has(key) and not key.endswith(".html")) == []


def test_every_layout_has_a_sample_beside_it():
    layouts = {path.name.removesuffix(".json") for path in (ROOT / "cards").glob("*.json")}
    assert {f"{layout}.data" for layout in layouts if not layout.endswith(".data")} <= layouts


def test_the_readme_tells_what_every_table_keeps():
    told = README.split("## What it keeps")[1].split("\n## ")[0]
    kept = "\n".join(what_is_kept())
    assert kept in told, f"put this under What it keeps (python -m tests.readme_tables):\n{kept}"


@pytest.mark.parametrize("table", metadata.tables)
def test_every_table_has_words_for_what_it_keeps_and_why(table):
    texts = load_texts()
    missing = [f"keeps.{table}.{word}" for word in ("what", "why") if not texts.has(f"keeps.{table}.{word}")]
    assert missing == [], "a new table needs these texts in en.toml and de.toml: /privacy and the README tell them"


@pytest.mark.parametrize("keep", Keep)
def test_how_long_a_row_stays_has_words_and_its_setting(keep):
    assert load_texts().has(f"keeps.how_long.{keep}")
    assert keep.setting is None or f"NOTJUSTYOU_{keep.setting}" in {line.name for line in described({})}


@pytest.mark.parametrize("name", re.findall(r"`(test_\w+)`", README.split("## Security")[1].split("\n## ")[0]))
def test_every_test_that_the_threat_model_names_exists(name):
    files = (ROOT / "tests").rglob("test_*.py")
    assert any(re.search(rf"def {name}\b", path.read_text(encoding="utf-8")) for path in files)
