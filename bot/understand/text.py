"""What people type -> words that lists can be compared with.  Knows no language and no meaning.

Small letters, no accents, no apostrophes ("isn't" becomes "isnt", "j'arrive" becomes "j arrive"), full-width forms made
narrow.  Japanese and Chinese have no spaces: an unbroken stretch of their letters is one word, to be searched inside.
"""

import re
import unicodedata
from dataclasses import dataclass

READ_AT_MOST = 1_000  # characters: what is asked stands at the beginning, and a pasted log must not cost seconds
WORDS_AT_MOST = 160  # the same for a text of very short words

_KANA_AND_HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_NOISE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff]")
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_NEGATED = re.compile(r"(?<=[a-z])n['’ʼ`´]t\b", re.IGNORECASE)
_WORD_OR_END = re.compile(rf"([{_KANA_AND_HAN}]+)|([^\W_{_KANA_AND_HAN}]+)|([.!?;…。！？\n]+|\s-\s|[:,、，—–|])")
_SENTENCE_ENDS = frozenset(".!?;…。！？\n")
_LETTERS = {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "œ": "oe", "Œ": "OE", "đ": "d", "ı": "i"}


class _Folding(dict[int, str]):
    """Latin letters without their accents, worked out once per letter; all others as they are."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if letter in _LETTERS:
            self[code] = _LETTERS[letter]
        elif unicodedata.combining(letter):
            self[code] = "" if code < 0x3000 else letter  # noqa: PLR2004 - the voice marks of kana stay
        else:
            base = unicodedata.normalize("NFD", letter)[0]
            self[code] = base if base.isascii() else letter
        return self[code]


_FOLDING = _Folding()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word, or one stretch of Japanese or Chinese."""

    text: str  # normal form
    written: str  # as it stands there, without accents: tells "Teams" from "teams"
    sentence: int  # counted from 0
    clause: int  # counted from 0; commas, colons and dashes begin one
    unspaced: bool = False  # Japanese or Chinese: search inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message, split into words."""

    words: tuple[Word, ...]
    asks: bool  # carries a question mark

    @property
    def is_short(self) -> bool:
        """Few enough words that a single one of them may carry the meaning."""
        return sum(len(word.text) // 3 + 1 if word.unspaced else 1 for word in self.words) <= 8  # noqa: PLR2004


def plain(text: str) -> str:
    """The text without accents, apostrophes and invisible signs; letters keep their case."""
    folded = _NOISE.sub("", unicodedata.normalize("NFKC", text)).translate(_FOLDING)
    return re.sub(r"['’ʼ`´]", " ", _NEGATED.sub("nt", folded))


def split(text: str) -> Written:
    """The beginning of the text as words with their sentences and clauses; links are left out."""
    words: list[Word] = []
    sentence = clause = 0
    shown = plain(_LINK.sub(" ", text[:READ_AT_MOST]))
    for match in _WORD_OR_END.finditer(shown):
        unspaced, spaced, end = match.groups()
        if end:
            clause += 1
            sentence += bool(words) and not _SENTENCE_ENDS.isdisjoint(end)
            continue
        if len(words) == WORDS_AT_MOST:
            break
        word = unspaced or spaced
        words.append(
            Word(text=word.lower(), written=word, sentence=sentence, clause=clause, unspaced=unspaced is not None)
        )
    return Written(words=tuple(words), asks="?" in shown or "？" in shown)
