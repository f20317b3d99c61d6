"""Error codes, as `codes.tsv` explains them: a row per meaning, and patterns for codes without a row."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.content.reading import DataFiles
from bot.domain.playbook import CodeRule, StepId
from bot.domain.verdict import Outcome

FILE = "codes.tsv"
LOOK_UP = "https://login.microsoftonline.com/error?code="  # Microsoft's page with the current text of a sign-in number
COLUMNS = ("code", "meaning", "who", "hint", "first", "second", "playbook", "says", "sure")
UNKNOWN_PLAYBOOK = "unknown_code"
_BARE_HEX = re.compile(r"[0-9A-Fa-f]{8}")


class CanAct(StrEnum):
    """Who can do something about a code; text code_who.<word>."""

    YOU = "you"
    IT = "it"
    MICROSOFT = "microsoft"
    NETWORK = "network"
    APP_MAKER = "app_maker"


class Sure(StrEnum):
    """How well the meaning of a code is known."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """What one code means, and what it makes of the advice."""

    code: str  # canonical
    meaning: str  # text key
    who: CanAct
    sure: Sure
    exact: bool  # False: only its family is known, so say "probably"
    rule: CodeRule
    hint: Outcome | None = None  # what many such codes at once point to
    link: str | None = None  # Microsoft's own page on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """All known codes and families."""

    exact: Mapping[str, CodeEntry]  # by canonical code
    families: tuple[tuple[re.Pattern[str], CodeEntry], ...]  # first match wins

    def find(self, code: str) -> CodeEntry | None:
        """The entry of a canonical code, else its family's; None when even the family is unknown."""
        code = canonical(code)
        entry = self.exact.get(code)
        if entry:
            return entry
        family = next((found for pattern, found in self.families if pattern.fullmatch(code)), None)
        return _of_family(code, family) if family else None


def canonical(code: str) -> str:
    """The notation of the table: eight hexadecimal digits carry 0x."""
    code = code.strip()
    if _BARE_HEX.fullmatch(code):
        return f"0x{code.upper()}"
    if code[:2].lower() == "0x":
        return f"0x{code[2:].upper()}"
    return code


def look_up(code: str) -> str | None:
    """Microsoft's own page on a sign-in number."""
    digits = code.removeprefix("AADSTS")
    return f"{LOOK_UP}{digits}" if digits != code and digits.isdecimal() else None


def read_codes(files: DataFiles) -> Codes:
    """The whole table."""
    rows = [line for line in files.text(FILE).splitlines() if line and not line.startswith("#")]
    exact: dict[str, CodeEntry] = {}
    families: list[tuple[re.Pattern[str], CodeEntry]] = []
    for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
        where = f"{FILE}, {row.get('code')}"
        if tuple(row) != COLUMNS or None in row.values():
            files.note(where, f"does not have the columns {', '.join(COLUMNS)}")
        elif row["code"].startswith("~"):
            families += _family(row, where, files)
        else:
            for code in _split(row["code"]):
                if code in exact:
                    files.note(where, f"{code} stands there twice")
                exact |= _entry(code, row, where, files)
    return Codes(exact=exact, families=tuple(families))


def _split(cell: str) -> list[str]:
    """The codes of one cell: parted by spaces, but "HTTP 503" is one."""
    return [cell] if cell.startswith("HTTP ") else cell.split()


def _family(row: Mapping[str, str], where: str, files: DataFiles) -> list[tuple[re.Pattern[str], CodeEntry]]:
    try:
        pattern = re.compile(row["code"].removeprefix("~"))
    except re.error as error:
        files.note(where, f"is no pattern: {error}")
        return []
    return [(pattern, entry) for entry in _entry(row["code"], row, where, files).values()]


def _entry(code: str, row: Mapping[str, str], where: str, files: DataFiles) -> dict[str, CodeEntry]:
    says = row["says"]
    if says not in ("", "ended", "theirs"):
        files.note(where, f"says {says!r}, not 'ended' or 'theirs'")
    rule = {
        "code": code,
        "playbook": row["playbook"],
        "steps": [StepId(step) for step in (row["first"], row["second"]) if step],
        "ended": says == "ended",
        "theirs": says == "theirs",
    }
    table = {
        "code": code,
        "meaning": f"code.{row['meaning']}",
        "who": row["who"],
        "sure": row["sure"],
        "exact": not code.startswith("~"),
        "rule": rule,
        "hint": row["hint"] or None,
        "link": look_up(code),
    }
    entry = files.value(where, CodeEntry, table)
    return {code: entry} if entry else {}


def _of_family(code: str, family: CodeEntry) -> CodeEntry:
    """What its family says of a code without a row."""
    rule = family.rule
    return CodeEntry(
        code=code,
        meaning=family.meaning,
        who=family.who,
        sure=family.sure,
        exact=False,
        rule=CodeRule(code=code, playbook=rule.playbook, steps=rule.steps, ended=rule.ended, theirs=rule.theirs),
        hint=family.hint,
        link=look_up(code),
    )
