"""Settings as a TOML file: keys are the names of the variables in lower case, `[tenant.NAME]` is one registration.

Gives the same named texts as the environment, so that both are read by the same rules.  `[source.x] period_s = 60` is
the variable SOURCE_X_PERIOD_S.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings_reading import Given, Mistake, variable
from bot.settings_spec import UNSHOWN
from bot.settings_specs import SPECS, Spec, source_specs
from bot.settings_values import showable, yes_or_no

FILE = "SETTINGS_FILE"
_MAX_BYTES = 1024 * 1024
_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_POSITION = re.compile(r"at (line \d+, column \d+|end of document)")
_BY_NAME: Mapping[str, Spec] = {spec.name: spec for spec in SPECS}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """What a settings file says, and what is wrong with its form."""

    path: str
    top: Mapping[str, Given] = field(default_factory=dict)  # by name of the setting, without prefix
    tenants: Mapping[str, Mapping[str, Given]] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()


def read_file(path: str) -> SettingsFile:
    """The file with all mistakes of its form.  Which settings there are is not looked at."""
    place = Path(path).expanduser()
    try:
        with place.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
        tree = tomllib.loads(text[:_MAX_BYTES].decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:  # its own words may repeat a piece of a secret
        where = _POSITION.search(str(error))
        return _unreadable(path, f"something that is not TOML {where.group() if where else 'somewhere'}")
    except (OSError, UnicodeError):
        return _unreadable(path, repr(path))
    return _Walk(place).file(path, tree)


def _unreadable(path: str, found: str) -> SettingsFile:
    wrong = Mistake(name=variable(FILE), found=found, wanted="a file that can be read, in TOML (UTF-8)", file=path)
    return SettingsFile(path=path, mistakes=(wrong,))


class _Walk:
    """One walk over a file's tables."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mistakes: list[Mistake] = []

    def file(self, path: str, tree: dict[str, object]) -> SettingsFile:
        tables = tree.pop("tenant", {})
        if not isinstance(tables, dict):
            self._refuse("tenant", "one value", "tables such as [tenant.contoso]")
            tables = {}
        top = dict(self._settings(tree, ""))
        if top.pop(FILE, None):
            self._refuse(FILE.lower(), "a file within a file", f"only the variable {variable(FILE)}")
        tenants = {}
        for name, table in tables.items():
            if not isinstance(table, dict) or not _TENANT.fullmatch(name):
                self._refuse(f"tenant.{name}", "no such table", "[tenant.NAME], NAME of small letters, digits, - and _")
            else:
                tenants[name] = dict(self._settings(table, f"tenant.{name}."))
        return SettingsFile(path=path, top=top, tenants=tenants, mistakes=tuple(self._mistakes))

    def _settings(self, table: Mapping[str, object], stem: str) -> Iterator[tuple[str, Given]]:
        """Every key of the table, by the name of its setting."""
        for key, value in table.items():
            if key == "source" and isinstance(value, dict):
                for source, said in value.items():
                    yield from self._source(source, said, stem)
            else:
                yield from self._setting(key.upper(), f"{stem}{key}", value)

    def _source(self, source: str, said: object, stem: str) -> Iterator[tuple[str, Given]]:
        if not isinstance(said, dict):
            self._refuse(f"{stem}source.{source}", "one value", f"a table such as [{stem}source.{source}]")
            return
        before = f"SOURCE_{source.upper().replace(':', '_')}"
        for key, value in said.items():
            yield from self._setting(f"{before}_{key.upper()}", f"{stem}source.{source}.{key}", value, source)

    def _setting(self, name: str, shown: str, value: object, source: str = "") -> Iterator[tuple[str, Given]]:
        if shown != shown.lower():
            self._refuse(shown, "capital letters", f"the key {shown.lower()}")
            return
        known = _BY_NAME.get(name) or next((spec for spec in source_specs(source or "x") if spec.name == name), None)
        text = self._text(known, value)
        if text is None and known is not None:
            self._refuse(shown, UNSHOWN if known.secret or known.quiet else showable(f"{value!r}")[:80], _wanted(known))
            return
        if name.endswith("_FILE") and text:
            text = str(self._path.parent / Path(text).expanduser())  # an absolute one stays what it is
        yield name, Given(text=text or "", name=shown, file=str(self._path))

    def _text(self, known: Spec | None, value: object) -> str | None:
        """As it would stand in a variable; None for a value of the wrong type."""
        if isinstance(value, bool):
            is_switch = known is None or known.read is yes_or_no
            return ("yes" if value else "no") if is_switch else None
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int | float):
            return f"{value}"
        if isinstance(value, list) and (known is None or known.many):
            return self._list(known, value)
        return None

    def _list(self, known: Spec | None, value: list[object]) -> str | None:
        """As in a variable; a comma would make two of one entry, except in an address that may hold it."""
        entries = [entry.strip() for entry in value if isinstance(entry, str)]
        is_secret = known is not None and known.secret
        if len(entries) < len(value) or any("\n" in entry or ("," in entry and not is_secret) for entry in entries):
            return None
        return ("\n" if is_secret else ",").join(filter(None, entries))

    def _refuse(self, name: str, found: str, wanted: str) -> None:
        self._mistakes.append(Mistake(name=name, found=found, wanted=wanted, file=str(self._path)))


def _wanted(known: Spec) -> str:
    if known.many:
        return "text, or a list of texts without commas"
    return "yes or no, true or false" if known.read is yes_or_no else "one text or number"
