"""A message with everything in it that hints at something.  Finds hints; weighs none."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.understand.codes import find_codes, unclear_codes
from bot.understand.cues import Cue
from bot.understand.language import guess
from bot.understand.lexicon import COMMON, LANGUAGES, Hit, lexicon, unmasked
from bot.understand.text import Written, split

_NEAR = 4  # words within which "not" negates
_NEAR_BEHIND = 7  # where it follows: "ich sehe die anderen in der Besprechung nicht"
_GREETING = 2  # words
_QUESTION_ENDS = ("か", "かな", "の", "吗", "嗎", "么", "呢", "でしょうか", "ですか")

_SUBJECTS = (Cue.TEAMS, Cue.TEAMS_WORD, Cue.TEAMS_TYPO, Cue.HERE, Cue.MICROSOFT, Cue.M365, Cue.EXCHANGE, Cue.OTHERS)

FEATURES = tuple(cue for cue in Cue if cue.value.startswith("feature."))
CLIENTS = tuple(cue for cue in Cue if cue.value.startswith("client."))
CLEAR_TROUBLE = (Cue.DOWN, Cue.BROKEN, Cue.CRASH, Cue.BLANK, Cue.SLOW, Cue.MISSING, Cue.NEGATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a message carries: its words, its hints by kind, its codes."""

    written: Written
    language: str | None
    hits: dict[Cue, tuple[Hit, ...]]
    codes: tuple[str, ...]
    unclear: tuple[str, ...]

    def has(self, *cues: Cue) -> bool:
        """Whether at least one of these hints is there."""
        return any(cue in self.hits for cue in cues)

    def count(self, cue: Cue) -> int:
        """In how many places a hint is there."""
        return len({hit.start for hit in self.hits.get(cue, ())})

    def opens_question(self) -> bool:
        """Whether it asks: by a question mark, or by beginning as a question about something that can be meant."""
        return self.written.asks or self._begins_as_question() or self._ends_as_question()

    def _begins_as_question(self) -> bool:
        """ "Geht Teams bei euch" asks, "geht wieder" does not: what is asked about must follow."""
        subjects = [hit.start for cue in _SUBJECTS for hit in self.hits.get(cue, ())]
        opens = [hit.end for hit in self.hits.get(Cue.YESNO, ())]
        return any(0 <= subject - end < _NEAR for end in opens for subject in subjects)

    def is_small_word(self, word: str) -> bool:
        """Whether it is one of the words that hold a sentence together in one of our languages."""
        return word in lexicon().function

    def _ends_as_question(self) -> bool:
        last = self.written.words[-1] if self.written.words else None
        return last is not None and last.unspaced and last.text.endswith(_QUESTION_ENDS)


def read(text: str, *, locale: str | None = None) -> Reading:
    """Find all hints; those of languages that the message is surely not in are left out."""
    written = split(text)
    found = lexicon().find(written.words)
    language = guess(text, written.words, found, locale=locale)
    believed = {COMMON, "en", language} if language else {COMMON, *LANGUAGES}
    hits = unmasked([hit for hit in found if hit.language in believed and _stands_right(hit, written)])
    hits += _negated(hits, written)
    by_cue: dict[Cue, tuple[Hit, ...]] = {}
    for hit in hits:
        by_cue[hit.cue] = (*by_cue.get(hit.cue, ()), hit)
    return Reading(written=written, language=language, hits=by_cue, codes=find_codes(text), unclear=unclear_codes(text))


def _stands_right(hit: Hit, written: Written) -> bool:
    """Words that open a question count only at the beginning of a sentence, a greeting apart."""
    if hit.cue is not Cue.YESNO:
        return True
    here = written.words[hit.start]
    before = [word for word in written.words[: hit.start] if word.sentence == here.sentence]
    return here.unspaced or not before or (len(before) <= _GREETING and before[-1].clause != here.clause)


def _negated(hits: list[Hit], written: Written) -> Iterator[Hit]:
    """A "not" together with what a program or a person should be able to do: "won't load", "geht nicht"."""
    verbs = [hit for hit in hits if hit.cue in (Cue.WORKS, Cue.LAUNCH, Cue.REACH)]
    words = written.words
    for no in hits:
        if no.cue is not Cue.NOT:
            continue
        for verb in verbs:
            if verb.language != no.language or words[verb.start].sentence != words[no.start].sentence:
                continue
            ahead = 0 <= verb.start - no.end < _NEAR
            behind = no.language in lexicon().negation_behind and 0 <= no.start - verb.end < _NEAR_BEHIND
            if ahead or behind:
                yield Hit(Cue.NEGATED, min(no.start, verb.start), max(no.end, verb.end), no.language)
