"""Every sentence that people read, by key and language; one file per language in `languages/`.

Knows no card and no command.  A value put into a sentence is data: nothing in it is looked at again.  In a file,
`{name}` is a placeholder, `{name|key}` says the number `name` by the plural table `key`, and a table with the plural
categories of the language ("one", "other", ...) is one sentence chosen by the value `n`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from bot.content import values
from bot.content.language_file import PLACEHOLDER, Sentence, read_language
from bot.domain.conversation import Phrase, Tongue, Wall
from bot.domain.observation import Client, Feature, Health, Kind
from bot.domain.source_health import SourceState
from bot.domain.verdict import Outcome

SOURCE_LANGUAGE = "en"  # what a file that lacks a sentence falls back to
COMPLETE = ("en", "de")  # languages that may lack nothing; a test holds them to it
DEEPEST = 8  # phrases within phrases; deeper is a loop
FAMILIES: Mapping[type[StrEnum], str] = {
    Feature: "feature",
    Client: "client",
    Outcome: "outcome",
    Kind: "kind",
    Health: "health",
    SourceState: "state",
}


class TextError(Exception):
    """A sentence, a value for it or a whole language file is missing or broken; the text names every mistake."""


class _Setting(NamedTuple):
    """For whom a sentence is being said."""

    language: str
    zone: str
    now: datetime | None
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """All sentences of all languages."""

    sentences: Mapping[str, Mapping[str, Sentence]]  # language -> key -> sentence

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that there is a file for, English first."""
        return tuple(sorted(self.sentences, key=lambda name: (name != SOURCE_LANGUAGE, name)))

    def choose(self, wanted: str | None, default: str) -> tuple[str, bool]:
        """The language to speak for a BCP 47 wish, and whether the wish could be met; no wish is always met."""
        fallback = self._known(default) or SOURCE_LANGUAGE
        if not wanted:
            return fallback, True
        known = self._known(wanted)
        return (known, True) if known else (fallback, False)

    def has(self, key: str, language: str = SOURCE_LANGUAGE) -> bool:
        """Whether there is such a sentence, in this language or in English."""
        return key in self.sentences.get(language, {}) or key in self.sentences[SOURCE_LANGUAGE]

    def say(
        self,
        phrase: Phrase | str,
        language: str,
        *,
        zone: str = "UTC",
        now: datetime | None = None,
        **given: object,
    ) -> str:
        """The sentence in this language, its moments in this zone.  Raises TextError when key or value is missing."""
        key, own = (phrase, {}) if isinstance(phrase, str) else (phrase.key, phrase.values)
        return self._say(key, {**own, **given}, _Setting(language, zone, now))

    def _known(self, tag: str) -> str | None:
        """The file for a BCP 47 tag: exactly that one, else its language's."""
        tag = tag.replace("_", "-").lower()
        files = {name.lower(): name for name in self.sentences}
        while tag:
            if tag in files:
                return files[tag]
            tag = tag.rpartition("-")[0]
        return None

    def _say(self, key: str, given: Mapping[str, object], setting: _Setting) -> str:
        if setting.depth > DEEPEST:
            raise TextError(f"{key}: phrases within phrases, more than {DEEPEST} deep")
        parts = _parts(self._form(key, given, setting.language))
        return "".join(part if isinstance(part, str) else self._fill(key, part, given, setting) for part in parts)

    def _form(self, key: str, given: Mapping[str, object], language: str) -> str:
        """The one form of a sentence that fits the count `n`."""
        own = self.sentences.get(language, {})
        if key not in own:
            own, language = self.sentences[SOURCE_LANGUAGE], SOURCE_LANGUAGE
        sentence = own.get(key)
        if sentence is None:
            raise TextError(f"no text {key!r} in {SOURCE_LANGUAGE}.toml")
        if isinstance(sentence, str):
            return sentence
        count = given.get("n")
        if not isinstance(count, int | float):
            raise TextError(f"{key}: wants a number n to choose a plural form, got {count!r}")
        return sentence.get(values.plural_category(count, language), sentence["other"])

    def _fill(self, key: str, hole: "_Hole", given: Mapping[str, object], setting: _Setting) -> str:
        value = given.get(hole.name)
        if value is None:
            raise TextError(f"{key}: no value for {{{hole.name}}}")
        deeper = setting._replace(depth=setting.depth + 1)
        if hole.counted and isinstance(value, int | float):
            return self._say(hole.counted, {"n": value}, deeper)
        if isinstance(value, float) and hole.name in values.PERCENT:
            return values.percent(value)
        return self._word(value, deeper)

    def _word(self, value: object, setting: _Setting) -> str:
        match value:
            case Phrase():
                word = self._say(value.key, value.values, setting)
            case StrEnum() if type(value) in FAMILIES:
                word = self._say(f"{FAMILIES[type(value)]}.{value.value}", {}, setting)
            case date() | Wall() | Tongue():
                word = _written(value, setting)
            case timedelta():
                key, numbers = values.length_key(value)
                word = self._say(key, numbers, setting)
            case bool():
                raise TextError("yes and no have no word of their own: choose a text instead")
            case int() | float():
                word = values.number(value, setting.language)
            case tuple() | list():
                word = values.listed([self._word(one, setting) for one in value], setting.language)
            case _:
                word = str(value)
        return word


def _written(value: date | Wall | Tongue, setting: _Setting) -> str:
    match value:
        case datetime():
            return values.moment(value, setting.language, setting.zone, setting.now)
        case Wall():
            return values.wall(value.at, setting.language, value.zone)
        case Tongue():
            return values.tongue(value.tag, setting.language)
    return values.day(value, setting.language)


class _Hole(NamedTuple):
    """A place in a sentence where a value goes."""

    name: str
    counted: str | None  # plural table by which the number is said


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[str | _Hole, ...]:
    """A sentence cut into its fixed pieces and its holes."""
    pieces = PLACEHOLDER.split(text)
    parts: list[str | _Hole] = []
    for index in range(0, len(pieces) - 1, 3):
        parts += [pieces[index], _Hole(pieces[index + 1], pieces[index + 2])]
    return (*parts, pieces[-1])


def load_texts(folder: Traversable | None = None) -> Texts:
    """Read every language file, ours or those of `folder`.  Raises TextError that names all mistakes at once."""
    folder = folder or resources.files("bot.content") / "languages"
    sentences: dict[str, Mapping[str, Sentence]] = {}
    mistakes: list[str] = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            language = file.name.removesuffix(".toml")
            sentences[language], found = read_language(file.read_text(encoding="utf-8"))
            mistakes += [f"{file.name}: {mistake}" for mistake in found]
    if mistakes:
        raise TextError("\n".join(mistakes))
    return Texts(sentences=sentences)
