"""Error codes in what people write -> one canonical notation.  Knows how codes look, not what they mean.

Canonical forms, in the order in which they stand in the text, each once:
  "0xCAA70007", "0x80180014"  eight hexadecimal digits, upper case; also from "caa70007", "80180014", signed decimals
  "0x102"                     shorter hexadecimal numbers that were written with 0x
  "AADSTS50126"               sign-in codes, also from a bare number next to a word such as "error" or "Anmeldung"
  "HTTP 503"                  HTTP statuses
  "4c7", "1001", "12007"      codes that people know by their bare digits (4c7 also from 0x4C7; 12xxx are WinINet's)
Numbers that mean something else (phones, meeting ids, builds, GUIDs, incident ids) are no codes.  A code that has lost
or gained a digit is never guessed: `unclear_codes` returns it, so that the bot can ask.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

READ_AT_MOST = 2_000  # characters of a message that are looked at: a pasted log is longer than any question
NEAR = 32  # characters within which a word explains a number

_LOOKALIKES = str.maketrans(
    {
        **dict(zip("АВСЕНКМОРТХУавсеорху", "ABCEHKMOPTXYabceopxy", strict=True)),  # Cyrillic
        **dict(zip("ΑΒΕΟΧο", "ABEOXo", strict=True)),  # Greek
        **dict.fromkeys("‐‑‒–—−", "-"),
        "×": "x",
    }
)
_DIGITS = str.maketrans({"o": "0", "O": "0", "l": "1", "I": "1"})
_HEX = "[0-9A-Fa-fOolI]"
_FAMILIES = ("CAA", "8007", "8009", "800C", "8018", "801C", "8028", "8029", "8004", "8AA9")  # known without 0x
_ENTRA = re.compile(
    r"(?:16|20|40|5[0-4]|65|6[7-9]|7[05]|8[01]|90)\d{3}"
    r"|(?:5[0-3]|65|7[05]|90|12|13|22|16)\d{4}|(?:700|900|165|500)\d{4}"
)
_WININET = range(12001, 12181)
_HTTP = {"400", "401", "403", "404", "407", "408", "429", "500", "502", "503", "504"}
_GATEWAY = {"502", "503", "504"}  # said without any other word: "we all get 503"
_SIGNED_32 = 2**31

_GUID = r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
_FRIENDS = re.compile(
    "|".join(
        (
            _GUID,
            r"\b[0-9a-f]{32,}\b",  # hashes, GUIDs without dashes
            r"\b\d+(?:\.\d+){2,}\b",  # builds, addresses, dates with dots
            r"https?://(?!\S*error\?code=)\S+",
            r"[\w.+-]{1,40}@[\w.-]{1,80}",
            r"\b\d{4}-\d\d-\d\d(?:[T ][\d:.Z+-]+)?",
            r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b",
            r"\b\d{1,2}:\d\d(?::\d\d)?\b",
            r"\+\d[\d ()/.-]{6,}\d",  # phone numbers
            r"\b0\d{2,4}[ /-]\d{3}[\d -]{2,}\d",
            r"\(\d{3}\) ?\d{3}[ -]?\d{4}",
            r"\b\d{3}[ .-]\d{3}[ .-]\d{3,4}(?:[ .-]\d{2,4})?\b#?",  # meeting ids, conference ids
            r"\b\d{9,12}#",
            r"\b\d{3}-\d{4}\b",
            r"\b(?:call|ring|text|dial)(?: (?:me|us|him|her))?(?: (?:on|at))? \+?\d[\d -]{5,}",
        )
    ),
    re.IGNORECASE | re.ASCII,  # ASCII: a Chinese or Japanese letter ends a number
)
_CUT, _END = "(?<![0-9A-Za-z])", "(?![0-9A-Za-z])"
_ZERO_X = "(?:[0Oo] ?[xX] ?)?"
_INCIDENT = re.compile(rf"{_CUT}(TM|MO|EX|SP|ODB|OD|IT|CP|AAD|EN|MM|DZ|PB|FM|LY|SB|YA|XT)-?(\d{{5,8}}){_END}")
_CAA = re.compile(rf"{_CUT}{_ZERO_X}[cC] ?[aA] ?[aA][\s_-]?({_HEX}(?:[ -]?{_HEX}){{4}}){_END}")
_CAA_UNCLEAR = re.compile(rf"{_CUT}{_ZERO_X}[cC][aA][aA]([\s_-]?)({_HEX}{{2,9}}){_END}")
_PREFIXED = re.compile(rf"{_CUT}([0Oo]) ?[xX] ?({_HEX}{{3,10}}){_END}")
_EIGHT = re.compile(rf"(?<![\w+.#-])(8{_HEX}{{3}})( ?)({_HEX}{{4}})(?![\w-])")
_SIGNED = re.compile(r"(?<![\w.,])(-?)(\d{9,10})(?![\w-]|[.,]\d)")
_AADSTS = re.compile(
    rf"(?<![A-Za-z])A{{1,3}} ?D ?S ?T ?S?[\s:_#-]{{0,3}}([0-9OolI]{{3,10}}){_END}", re.IGNORECASE | re.ASCII
)
_HTTP_SAID = re.compile(
    r"\b(?:https?|status)(?:[ -]?(?:error|status|code|fehler|erreur))*[ :/#-]{0,3}(\d{3})(?!\d)",
    re.IGNORECASE | re.ASCII,
)
_BARE = re.compile(r"(?<![\w.,#+€$£-])\(?\[?(\d{3,7}|4[cC]7)(?=s?\b)\]?\)?(?![.,]\d|[%€$£])", re.ASCII)
_AND = re.compile(r"[\s,;/&+|()\[\]-]*(?:(?:and|und|et|y|e|en|i|oder|or|then|と|和|や|、)\s*){0,2}[\s(\[]*")
_SENTENCE_END = re.compile(r"[.!?;](?:\s|$)|\n")


@dataclass(frozen=True, slots=True)
class _Found:
    at: int
    end: int
    code: str


def find_codes(text: str) -> tuple[str, ...]:
    """Every error code in the text, canonical, in the order of the text, each once."""
    return tuple(dict.fromkeys(found.code for found in _all_found(_plain(text))))


def find_incident_ids(text: str) -> tuple[str, ...]:
    """Microsoft's incident and advisory ids ("TM1283300"), upper case, each once.  They are no error codes."""
    plain = unicodedata.normalize("NFKC", text[:READ_AT_MOST]).translate(_LOOKALIKES).upper()
    return tuple(dict.fromkeys(match[1] + match[2] for match in _INCIDENT.finditer(plain)))


def unclear_codes(text: str) -> tuple[str, ...]:
    """What was meant as a code but has a digit too few or too many ("CAA7007"): upper case, as written."""
    plain = _plain(text)
    for found in _all_found(plain):
        plain = _blank(plain, found.at, found.end)
    unclear: dict[int, str] = {}
    for match in _CAA_UNCLEAR.finditer(plain):
        if re.search(r"\d", match[2]) and (not match[1] or _is_error(plain, match.start(), match.end())):
            unclear[match.start()] = "CAA" + match[2].translate(_DIGITS).upper()
    for match in _AADSTS.finditer(plain):
        unclear[match.start()] = "AADSTS" + match[1].translate(_DIGITS)
    for match in _PREFIXED.finditer(plain):
        if sum(letter.isdigit() for letter in match[2]) > 1:
            unclear.setdefault(match.start(), "0x" + match[2].translate(_DIGITS).upper())
    return tuple(dict.fromkeys(unclear[at] for at in sorted(unclear)))


def _plain(text: str) -> str:
    """The text with look-alike letters made Latin, and with everything blanked that is surely something else."""
    plain = unicodedata.normalize("NFKC", text[:READ_AT_MOST]).translate(_LOOKALIKES)
    plain = _FRIENDS.sub(lambda match: " " * len(match[0]), plain)
    for match in _INCIDENT.finditer(plain.upper()[: len(plain)]):
        plain = _blank(plain, match.start(), match.end())
    return plain


def _all_found(plain: str) -> list[_Found]:
    """Codes by position.  Each pass sees the text without what the passes before it took."""
    taken: list[_Found] = []
    rest = plain
    passes: tuple[Callable[[str, str, list[_Found]], Iterator[_Found]], ...] = (
        _caa, _aadsts, _prefixed, _signed, _eight, _http, _bare,
    )  # fmt: skip
    for each in passes:
        for found in tuple(each(rest, plain, taken)):
            taken.append(found)
            rest = _blank(rest, found.at, found.end)
    return sorted(taken, key=lambda found: found.at)


def _caa(rest: str, plain: str, taken: list[_Found]) -> Iterator[_Found]:
    for match in _CAA.finditer(rest):
        digits = re.sub(r"[ -]", "", match[1]).translate(_DIGITS).upper()
        if any(letter.isdigit() for letter in digits):
            yield _Found(match.start(), match.end(), f"0xCAA{digits}")


def _aadsts(rest: str, plain: str, taken: list[_Found]) -> Iterator[_Found]:
    for match in _AADSTS.finditer(rest):
        digits = match[1].translate(_DIGITS)
        if 5 <= len(digits) <= 7:  # noqa: PLR2004 - Entra's numbers have five to seven digits
            yield _Found(match.start(), match.end(), f"AADSTS{digits}")


def _prefixed(rest: str, plain: str, taken: list[_Found]) -> Iterator[_Found]:
    for match in _PREFIXED.finditer(rest):
        digits = match[2].translate(_DIGITS).upper()
        if match[1] != "0" and not re.search(r"\d", match[2]):
            continue  # "Oxbed" is a word
        if digits.lstrip("0") == "4C7":
            yield _Found(match.start(), match.end(), "4c7")
        elif len(digits) in (3, 4, 8):
            yield _Found(match.start(), match.end(), f"0x{digits}")


def _signed(rest: str, plain: str, taken: list[_Found]) -> Iterator[_Found]:
    for match in _SIGNED.finditer(rest):
        number = int(match[1] + match[2])
        if not -_SIGNED_32 <= number < 2 * _SIGNED_32 or 0 <= number < _SIGNED_32:
            continue
        digits = f"{number % (2 * _SIGNED_32):08X}"
        is_code = digits.startswith(_FAMILIES) and (number < 0 or _is_error(plain, match.start(), match.end()))
        if is_code or (number < 0 and _is_error(plain, match.start(), match.end())):
            yield _Found(match.start(), match.end(), f"0x{digits}")


def _eight(rest: str, plain: str, taken: list[_Found]) -> Iterator[_Found]:
    for match in _EIGHT.finditer(rest):
        digits = (match[1] + match[3]).translate(_DIGITS).upper()
        explained = _is_error(plain, match.start(), match.end())
        known = digits.startswith(_FAMILIES) and not match[2] and _says(plain, match.start(), match.end()) != "friend"
        if known or (explained and (digits.startswith(_FAMILIES) or not digits.isdigit())):
            yield _Found(match.start(), match.end(), f"0x{digits}")


def _http(rest: str, plain: str, taken: list[_Found]) -> Iterator[_Found]:
    for match in _HTTP_SAID.finditer(rest):
        if match[1] in _HTTP:
            yield _Found(match.start(), match.end(), f"HTTP {match[1]}")


def _bare(rest: str, plain: str, taken: list[_Found]) -> Iterator[_Found]:
    ends = [found.end for found in taken]
    starts = [found.at for found in taken]
    for match in _BARE.finditer(rest):
        code = _bare_code(match[1])
        if code is None:
            continue
        joined = any(_AND.fullmatch(plain, end, match.start()) for end in ends if end <= match.start())
        joined = joined or any(_AND.fullmatch(plain, match.end(), at) for at in starts if at >= match.end())
        if joined or _stands_for_itself(plain, match, code) or _is_error(plain, match.start(1), match.end(1)):
            ends.append(match.end())
            yield _Found(match.start(), match.end(), code)


def _bare_code(digits: str) -> str | None:
    """What a bare number would be, if it is an error code at all."""
    if digits.lower() == "4c7" or digits == "1001":
        return digits.lower()
    if digits in _HTTP:
        return f"HTTP {digits}"
    if len(digits) == 5 and int(digits) in _WININET:  # noqa: PLR2004 - 12001 to 12180
        return digits
    return f"AADSTS{digits}" if _ENTRA.fullmatch(digits) else None


def _stands_for_itself(plain: str, match: re.Match[str], code: str) -> bool:
    """Short codes that people write without any word around them."""
    alone = match[0].strip() == plain.strip(" .!?")
    if _says(plain, match.start(), match.end()) == "friend":
        return False
    if code == "4c7":
        return True
    if code == "1001":
        return alone or "[" in match[0]
    if match[1] in _GATEWAY:
        return alone or _is_framed(plain[: match.start(1)].rstrip(), plain[match.end(1) :])
    return False


def _is_framed(before: str, behind: str) -> bool:
    """Whether what stands around a 502, 503 or 504 is the way in which people speak of HTTP statuses."""
    follows = re.match(r"\)?\s*(?:s\b|[.,;:!?)]|$)", behind) or _words("gateway", "after").match(behind.lstrip())
    leads = before.endswith((":", "(")) or any(
        m.end() == len(before) for m in _words("gateway", "before").finditer(before)
    )
    return bool(follows or leads)


def _is_error(plain: str, at: int, end: int) -> bool:
    return _says(plain, at, end) == "error"


def _says(plain: str, at: int, end: int) -> str:
    """What the nearest telling word makes of the number: "error", "friend" or "".  Words before it go first."""
    before = _SENTENCE_END.split(plain[max(0, at - NEAR) : at])[-1]
    nearest = {
        table: max((match.end() for match in _words(table).finditer(before)), default=-1)
        for table in ("error", "friend")
    }
    if max(nearest.values()) >= 0:
        return "error" if nearest["error"] > nearest["friend"] else "friend"
    behind = re.split(r",\s", _SENTENCE_END.split(plain[end : end + 12])[0])[0]
    return next((table for table in ("friend", "error") if _words(table).search(behind)), "")


def _blank(text: str, at: int, end: int) -> str:
    return text[:at] + " " * (end - at) + text[end:]


@cache
def _words(table: str, only: str | None = None) -> re.Pattern[str]:
    """One list of words/codes.toml as a pattern; long words first, so that "zip code" goes before "code"."""
    lists = tomllib.loads(files(__package__).joinpath("words/codes.toml").read_text("utf-8"))[table]
    words = {word for name, words in lists.items() if only in (None, name) for word in words}
    return re.compile("|".join(map(_spelt, sorted(words, key=len, reverse=True))), re.IGNORECASE)


def _spelt(word: str) -> str:
    if word[0] > "\u3000":  # Japanese and Chinese put no space between words
        return re.escape(word)
    start = "" if word.startswith("*") else r"(?<!\w)"
    end = r"\w*" if word.endswith("*") else r"(?!\w)"
    return start + re.escape(word.strip("*")) + end
