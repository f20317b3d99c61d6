"""Word lists -> hints found in a message.  Knows how phrases are written in words/*.toml, not what they mean.

A phrase is words in normal form; "word*" also finds longer words, "*word*" also inside one, "a ~ b" allows up to four
words between (ten letters in Japanese and Chinese).  Small typing errors are forgiven in long words.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from bot.understand.cues import Cue
from bot.understand.text import Word, plain

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ja", "zh")
COMMON = "common"

_GAP_WORDS, _GAP_LETTERS = 4, 10
_FORGIVEN_FROM = 6  # letters that a listed word needs before a typing error in it is forgiven
_LONGEST_UNSPACED = 12
_LONGEST_WORD = 24  # letters that are compared
# English words that are one typing error away from a listed one and mean something else
_NO_TYPOS = frozenset(
    {"staring", "singing", "causal", "angel", "quite", "state", "scared", "tracks", "bused", "sharking", "mating"}
    | {"lading", "lending", "pending", "finding", "messing", "passing", "tested", "listed", "trails", "signing"}
    | {"parting", "painting", "planning", "planing", "coming", "caring", "calling", "leading", "posting", "closing"}
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One phrase found: words `start` to `end` (exclusive) hint at `cue` in `language`."""

    cue: Cue
    start: int
    end: int
    language: str


@dataclass(frozen=True, slots=True)
class _Part:
    word: str
    opens: bool  # longer words count too
    gap: bool  # other words may stand before it

    def fits(self, word: str) -> bool:
        return word.startswith(self.word) if self.opens else word == self.word


@dataclass(frozen=True, slots=True)
class _Phrase:
    cue: Cue
    language: str
    rest: tuple[_Part, ...]


@dataclass(slots=True)
class Lexicon:
    """All lists, arranged for one pass over a message."""

    negation_behind: frozenset[str] = frozenset()  # languages in which "not" may follow what it negates
    function: dict[str, list[str]] = field(default_factory=dict)  # small word -> languages that use it
    _exact: dict[str, list[_Phrase]] = field(default_factory=dict)
    _opens: dict[str, list[_Phrase]] = field(default_factory=dict)
    _inside: dict[str, list[_Phrase]] = field(default_factory=dict)
    _unspaced: dict[str, list[_Phrase]] = field(default_factory=dict)
    _lost_letter: dict[str, tuple[str, bool]] = field(default_factory=dict)  # a listed word without one letter

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Every phrase in the message, of all languages, overlapping ones and masks too."""
        return [hit for at, word in enumerate(words) for hit in self._at(words, at, word)]

    def _at(self, words: Sequence[Word], at: int, word: Word) -> Iterator[Hit]:
        if word.unspaced:
            yield from self._within(word.text, at)
            return
        phrases = list(self._starting(word.text))
        if not phrases:
            phrases = list(self._forgiven(word.text))
        for phrase in phrases:
            end = _match(phrase.rest, words, at + 1)
            if end:
                yield Hit(phrase.cue, at, end, phrase.language)

    def _starting(self, word: str) -> Iterator[_Phrase]:
        yield from self._exact.get(word, ())
        for length in range(1, min(len(word), _LONGEST_WORD) + 1):
            yield from self._opens.get(word[:length], ())
        if len(word) > _FORGIVEN_FROM:
            for inner, phrases in self._inside.items():
                if inner in word:
                    yield from phrases

    def _forgiven(self, word: str) -> Iterator[_Phrase]:
        """The listed word that was meant: one letter too many, one too few, or two swapped, behind the first letter."""
        if not _FORGIVEN_FROM - 1 <= len(word) <= _LONGEST_WORD or word in _NO_TYPOS or not word.isalpha():
            return
        meant = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1)}
        meant |= {word[:at] + word[at + 1 :] for at in range(1, len(word) - 1)}  # the last letter may be grammar
        for candidate in sorted(meant):
            if len(candidate) >= _FORGIVEN_FROM:
                yield from self._exact.get(candidate, ())
                for length in range(_FORGIVEN_FROM, len(candidate) + 1):
                    yield from self._opens.get(candidate[:length], ())
        for length in range(_FORGIVEN_FROM - 1, len(word) + 1):
            full, opens = self._lost_letter.get(word[:length], ("", False))
            if full and (opens or length == len(word)):
                yield from (self._opens if opens else self._exact).get(full, ())

    def _within(self, run: str, at: int) -> Iterator[Hit]:
        for start in range(len(run)):
            for length in range(1, min(_LONGEST_UNSPACED, len(run) - start) + 1):
                for phrase in self._unspaced.get(run[start : start + length], ()):
                    if _match_unspaced(phrase.rest, run, start + length):
                        yield Hit(phrase.cue, at, at + 1, phrase.language)

    def add(self, text: str, cue: Cue, language: str) -> None:
        """Take one phrase in."""
        for spelling in _spellings(text, language):
            parts = _parts(spelling)
            if not parts:
                continue
            first, rest = parts[0], tuple(parts[1:])
            phrase = _Phrase(cue, language, rest)
            if spelling.startswith("*"):
                self._inside.setdefault(first.word, []).append(phrase)
            elif first.word[0] > "\u3000":
                self._unspaced.setdefault(first.word, []).append(phrase)
            else:
                (self._opens if first.opens else self._exact).setdefault(first.word, []).append(phrase)
                self._forgive(first)

    def _forgive(self, part: _Part) -> None:
        if len(part.word) >= _FORGIVEN_FROM and part.word.isalpha():
            for at in range(1, len(part.word) - 1):
                self._lost_letter.setdefault(part.word[:at] + part.word[at + 1 :], (part.word, part.opens))


def unmasked(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without what a mask covers: "slow us down" is no outage."""
    masks = {(hit.start, hit.end) for hit in hits if hit.cue is Cue.MASK}
    return [hit for hit in hits if hit.cue is not Cue.MASK and _covers(hit, masks)]


def _covers(hit: Hit, masks: Iterable[tuple[int, int]]) -> bool:
    """Whether a phrase holds every mask that it touches, if any, and so was meant as a whole."""
    return all(hit.start <= start and end <= hit.end for start, end in masks if start < hit.end and hit.start < end)


def _match(parts: tuple[_Part, ...], words: Sequence[Word], at: int) -> int:
    """Where the phrase ends if its other parts follow from `at` in the same sentence, else 0."""
    sentence = words[at - 1].sentence
    for part in parts:
        reach = _GAP_WORDS + 1 if part.gap else 1
        found = next(
            (
                ahead
                for ahead in range(at, min(at + reach, len(words)))
                if words[ahead].sentence == sentence and part.fits(words[ahead].text)
            ),
            None,
        )
        if found is None:
            return 0
        at = found + 1
    return at


def _match_unspaced(parts: tuple[_Part, ...], run: str, at: int) -> bool:
    for part in parts:
        found = run.find(part.word, at, at + (_GAP_LETTERS if part.gap else 0) + len(part.word))
        if found < 0:
            return False
        at = found + len(part.word)
    return True


def _spellings(text: str, language: str) -> set[str]:
    """The phrase in normal form; German also with "oe" for "ö"."""
    spellings = {plain(text).lower()}
    if language == "de":
        spellings.add(plain(re.sub("[äöü]", lambda m: {"ä": "ae", "ö": "oe", "ü": "ue"}[m[0]], text)).lower())
    return spellings


def _parts(spelling: str) -> list[_Part]:
    parts: list[_Part] = []
    gap = False
    for piece in re.sub(r"[^\w*~#$]+", " ", spelling).split():
        if piece == "~":
            gap = True
            continue
        parts.append(_Part(word=piece.strip("*"), opens=piece.endswith("*"), gap=gap))
        gap = False
    return parts


@cache
def lexicon() -> Lexicon:
    """The lists of words/*.toml, read once.  A mistake in a list raises with the file's name."""
    built = Lexicon()
    behind = set()
    for language in (COMMON, *LANGUAGES):
        tables = tomllib.loads(files(__package__).joinpath(f"words/{language}.toml").read_text("utf-8"))
        head = tables.pop("language", {})
        if head.get("negation_behind"):
            behind.add(language)
        for word in head.get("function", ()):
            for spelling in _spellings(word, language):
                if language not in (users := built.function.setdefault(spelling, [])):
                    users.append(language)
        for table, lists in tables.items():
            for key, phrases in lists.items():
                try:
                    cue = Cue(f"{table}.{key}")
                except ValueError as error:
                    raise ValueError(f"words/{language}.toml: no such list as {table}.{key}") from error
                for phrase in phrases:
                    built.add(phrase, cue, language)
    built.negation_behind = frozenset(behind)
    return built
