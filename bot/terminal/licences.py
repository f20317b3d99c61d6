"""`licences`: every package that this installation rests on, with version and licence, from the packages' own words.

This program's own licence is its owner's to choose, so it is not in the list.
"""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from bot.terminal.output import Output

OURSELVES = "notjustyou"
EXTRAS = frozenset({"postgres"})  # listed where they are installed; what only tests need is not
UNSAID = "not said by the package: see its home page"
LONGEST = 60  # characters; some packages put the whole text where the name belongs
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def licences(out: Output) -> int:
    """Print them by name."""
    rows = [(name, one.version, licence_of(one)) for name, one in sorted(installed().items())]
    if out.form == "json":
        out.json([{"name": name, "version": version, "licence": licence} for name, version, licence in rows])
    else:
        out.table(("package", "version", "licence"), rows)
    return 0


def installed() -> dict[str, Distribution]:
    """What we need, what that needs, and so on, as far as it is here: other systems' parts are not."""
    found: dict[str, Distribution] = {}
    open_ones, met = [(OURSELVES, EXTRAS)], set[tuple[str, frozenset[str]]]()
    while open_ones:
        name, extras = one = open_ones.pop()
        if one in met:
            continue
        met.add(one)
        try:
            there = distribution(name)
        except PackageNotFoundError:
            continue
        if name != OURSELVES:
            found[name] = there
        open_ones += [needed for line in there.requires or () if (needed := _needed(line, extras)) is not None]
    return found


def _needed(requirement: str, extras: frozenset[str]) -> tuple[str, frozenset[str]] | None:
    """The package and its extras that this line asks for; None where it belongs to an extra that nobody asked for."""
    wanted = _EXTRA.findall(requirement.partition(";")[2])
    match = _NAME.match(requirement)
    if match is None or (wanted and not extras & set(wanted)):
        return None
    name = re.sub(r"[-_.]+", "-", match[1]).lower()
    return name, frozenset(part.strip() for part in (match[2] or "").split(",") if part.strip())


def licence_of(one: Distribution) -> str:
    """The expression, else the short field, else the classifiers."""
    about = one.metadata
    for field in ("License-Expression", "License"):
        said = next(iter(about.get_all(field) or ()), "").strip()
        if said and said.upper() != "UNKNOWN" and "\n" not in said and len(said) <= LONGEST:
            return said
    kinds = [line.rpartition("::")[2].strip() for line in about.get_all("Classifier") or () if "License ::" in line]
    return ", ".join(kinds) or UNSAID
