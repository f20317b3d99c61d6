"""Which language a short message is in: for the reply, and to choose among word lists.  None when unclear."""

import re

from bot.understand.lexicon import COMMON, LANGUAGES, Hit, lexicon
from bot.understand.text import READ_AT_MOST, Word, split

_KANA = re.compile("[\u3040-\u30ff]")
_LETTERS = {  # letters that, among our languages, point to few
    "de": "äöüßÄÖÜ",
    "fr": "èêëîïôûùçœÈÊÇ",
    "es": "ñ¿¡Ñ",
    "pt": "ãõÃÕ",
    "it": "ìò",
    "pl": "ąęłńśźżćĄĘŁŃŚŹŻĆ",
}
_LEAD = 1.0  # points by which the first must lead the second
_ENOUGH = 1.7
_LOCALE = 0.5  # points for the language that the writer's program is set to


def language_of(text: str) -> str | None:
    """The language of a message, two letters ("en", "de", ...), or None when a few words do not tell."""
    written = split(text)
    return guess(text, written.words, lexicon().find(written.words))


def guess(text: str, words: tuple[Word, ...], hits: list[Hit], *, locale: str | None = None) -> str | None:
    """As `language_of`, for a message whose words and hints are known already; the locale breaks ties."""
    text = text[:READ_AT_MOST]
    unspaced = sum(len(word.text) for word in words if word.unspaced)
    if unspaced and unspaced * 3 >= sum(len(word.text) for word in words if not word.unspaced):
        if _KANA.search(text):
            return "ja"
        japanese, chinese = (sum(hit.language == language for hit in hits) for language in ("ja", "zh"))
        return "ja" if japanese > chinese else "zh"
    points: dict[str, float] = dict.fromkeys(LANGUAGES, 0.0)
    for word in words:
        users = lexicon().function.get(word.text, ())
        for language in users:
            points[language] += 1.0 / len(users) ** 0.5
    told = {(hit.start, hit.language, hit.end - hit.start) for hit in hits if hit.language != COMMON}
    for start, language, length in told:
        others = {other for at, other, span in told if at == start and span == length}
        points[language] += 0.7 * length / len(others)
    if locale and (language := locale[:2].lower()) in points:
        points[language] += _LOCALE
    for language, letters in _LETTERS.items():
        points[language] += 1.5 * any(letter in text for letter in letters)
    first, second = sorted(points, key=points.__getitem__, reverse=True)[:2]
    clear = points[first] >= _ENOUGH and points[first] - points[second] >= _LEAD
    return first if clear else None
