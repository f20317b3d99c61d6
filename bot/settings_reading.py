"""One pass over what an operator wrote, in variables or in a file, which collects mistakes instead of stopping.

Knows how a setting is read and how a mistake is told; which settings there are stands in `settings_specs`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bot.settings_spec import UNSHOWN
from bot.settings_specs import PREFIX, SOURCE_IDS, Spec, source_specs
from bot.settings_values import showable

NEAR = 0.75  # likeness from which a wrong name is taken for a mistyped one
_MAX_SECRET_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One setting that is wrong."""

    name: str  # as its writer knows it: a variable's name, or a key such as tenant.contoso.zone
    found: str  # what stands there; a secret is not repeated
    wanted: str
    file: str | None = None  # in which it stands, when not in the environment


class SettingsError(Exception):
    """The settings can't be used.  The text lists every mistake, one a line; it holds no secret."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """`mistakes`: at least one."""
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(_told, self.mistakes)))


def _told(wrong: Mistake) -> str:
    place = f"{wrong.name} ({wrong.file})" if wrong.file else wrong.name
    return f"{place}: found {wrong.found}; wanted {wrong.wanted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stands for one setting, and where."""

    text: str = field(repr=False)
    name: str  # as its writer knows it
    file: str | None = None  # None: the environment


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """What an operator says about one source."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None  # read again while running
    period: timedelta | None = None
    per_hour: int | None = None
    per_month: int | None = None


def variable(name: str) -> str:
    """How a setting is called in the environment."""
    return PREFIX + name


def name_in_file(name: str) -> str:
    """How a setting is called in a file."""
    for source in sorted(SOURCE_IDS, key=len, reverse=True):
        stem = f"SOURCE_{source.upper()}_"
        if name.startswith(stem):
            return f"source.{source}.{name.removeprefix(stem).lower()}"
    return name.lower()


class Reading:
    """What was written in one place, or in several laid over each other, read setting by setting."""

    def __init__(
        self, given: Mapping[str, Given], *, spell: Callable[[str], str] = variable, file: str | None = None
    ) -> None:
        """`given`: by name without prefix.  `spell` and `file`: how and where one that is missing would stand."""
        self._given = given
        self._spell = spell
        self._file = file
        self.mistakes: list[Mistake] = []

    def text(self, spec: Spec) -> str:
        """What stands there for this setting, itself or in a file of its own; "" when nothing does."""
        own = self._given.get(spec.name)
        path = self._given.get(f"{spec.name}_FILE") if spec.secret else None
        if path is None or not path.text:
            return own.text if own else ""
        if own is not None and own.text:
            self.refuse(f"{spec.name}_FILE", path.text, f"only one of {own.name} and {path.name}")
            return ""
        found = read_secret(Path(path.text).expanduser())
        if not found:
            self.refuse(f"{spec.name}_FILE", path.text, "a text file that can be read (UTF-8) and is not empty")
        return found

    def secret_file(self, spec: Spec) -> Path | None:
        """The file that this secret stands in; None when it stands for itself."""
        path = self._given.get(f"{spec.name}_FILE")
        return Path(path.text).expanduser() if path is not None and path.text else None

    def value(self, spec: Spec) -> Any:  # noqa: ANN401 - each setting has a type of its own; mypy sees it in Settings
        """The setting's value, None when it is not set or wrong."""
        text = self.text(spec) or spec.default
        file = self.secret_file(spec)
        try:
            found = spec.read(text) if text else spec.absent
            return spec.placed(found, file) if text and file is not None and spec.placed is not None else found
        except ValueError as error:
            self.refuse(spec.name, UNSHOWN if spec.secret or spec.quiet else repr(showable(text)), str(error))
            return None

    def source(self, name: str) -> SourceSettings:
        """What is said about one source."""
        specs = source_specs(name)
        url, token, period, per_hour, per_month = (self.value(spec) for spec in specs)
        file = self.secret_file(specs[1])
        return SourceSettings(
            url=url, token=token, token_file=file, period=period, per_hour=per_hour, per_month=per_month
        )

    def refuse_unknown_names(self, specs: Iterable[Spec]) -> None:
        """A name that we don't know is a typing mistake until proven otherwise."""
        known = {name for spec in specs for name in ((spec.name, f"{spec.name}_FILE") if spec.secret else (spec.name,))}
        for name in sorted(self._given.keys() - known):
            near = get_close_matches(name, known, n=1, cutoff=NEAR)
            spell = name_in_file if self._given[name].file and self._file is None else self._spell
            wanted = spell(near[0]) if near else "a name that `settings` lists"
            self.refuse(name, "a name that is not a setting", wanted)

    def mentions(self, name: str) -> bool:
        """Whether anything is said of this setting, be it that it is empty."""
        return name in self._given or f"{name}_FILE" in self._given

    def is_given(self, name: str) -> bool:
        """Whether something stands there for this setting."""
        return any(given.text for key in (name, f"{name}_FILE") if (given := self._given.get(key)))

    def spelled(self, name: str) -> str:
        """The setting as its writer calls it, or would."""
        given = self._given.get(name) or self._given.get(f"{name}_FILE")
        return given.name if given else self._spell(name)

    def refuse(self, name: str, found: str, wanted: str) -> None:
        """Note a mistake."""
        given = self._given.get(name) or self._given.get(f"{name}_FILE")
        file = given.file if given else self._file
        self.mistakes.append(Mistake(name=self.spelled(name), found=found, wanted=wanted, file=file))


def read_secret(path: Path) -> str:
    """What stands in a secret's file; "" when it can't be read."""
    try:
        with path.open(encoding="utf-8-sig") as file:  # Windows' tools put a mark before it
            return file.read(_MAX_SECRET_BYTES).strip()
    except (OSError, UnicodeError):
        return ""
