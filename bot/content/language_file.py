"""One language file -> its sentences, with every mistake named.  Knows no value and says nothing."""

import re
import tomllib
from collections.abc import Iterator, Mapping

CATEGORIES = frozenset({"zero", "one", "two", "few", "many", "other"})  # CLDR plural categories
PLACEHOLDER = re.compile(r"\{([a-z_]+)(?:\|([a-z_.]+))?\}")

Sentence = str | Mapping[str, str]  # one form, or one per plural category


def read_language(document: str) -> tuple[dict[str, Sentence], list[str]]:
    """One language file -> its sentences by dotted key, and what is wrong with it."""
    try:
        tables = tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        return {}, [f"is not TOML: {error}"]
    sentences: dict[str, Sentence] = {}
    mistakes: list[str] = []
    for key, found in _leaves("", tables):
        sentence = _sentence(found)
        if sentence is None:
            mistakes.append(f"{key} is not a text")
        elif key in sentences:
            mistakes.append(f"{key} stands there twice")
        elif any(_stray(form) for form in forms(sentence)):
            mistakes.append(f"{key} has a brace that is no placeholder")
        else:
            sentences[key] = sentence
    mistakes += [
        f"{key} says a number by {table}, which is no plural table"
        for key, sentence in sentences.items()
        for table in _tables(sentence)
        if isinstance(sentences.get(table, ""), str)
    ]
    return sentences, mistakes


def placeholders(sentence: Sentence) -> frozenset[str]:
    """The names that a sentence wants values for; a plural table always wants `n`."""
    if isinstance(sentence, str):
        return frozenset(name for name, _ in PLACEHOLDER.findall(sentence))
    return frozenset({"n"}).union(*(placeholders(form) for form in sentence.values()))


def forms(sentence: Sentence) -> tuple[str, ...]:
    """Every form of a sentence."""
    return (sentence,) if isinstance(sentence, str) else tuple(sentence.values())


def _leaves(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, found in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if isinstance(found, dict) and not ("other" in found and found.keys() <= CATEGORIES):
            yield from _leaves(key, found)
        else:
            yield key, found


def _sentence(found: object) -> Sentence | None:
    """What stands at a key, if it is a text or a table of texts."""
    if isinstance(found, str):
        return found
    if isinstance(found, dict) and all(isinstance(form, str) for form in found.values()):
        return found
    return None


def _stray(form: str) -> bool:
    """A brace left over once the placeholders are taken out."""
    return ("{" in form or "}" in form) and bool(re.search(r"[{}]", PLACEHOLDER.sub("", form)))


def _tables(sentence: Sentence) -> list[str]:
    """The plural tables by which a sentence says its numbers."""
    return [table for form in forms(sentence) if "|" in form for _, table in PLACEHOLDER.findall(form) if table]
