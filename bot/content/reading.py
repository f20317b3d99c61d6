"""Data files -> values, with every mistake named instead of only the first one."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

Value = TypeVar("Value")


class DataFiles:
    """A folder of data files, and what was found wrong in them while they were read."""

    def __init__(self, folder: Traversable) -> None:
        """Nothing is read yet, and nothing is wrong."""
        self._folder = folder
        self.mistakes: list[str] = []

    def note(self, where: str, what: str) -> None:
        """Note one mistake; `where` is a file and an entry of it."""
        self.mistakes.append(f"{where}: {what}")

    def names(self, folder: str, suffix: str) -> list[str]:
        """The files of a folder below this one, with its name before theirs."""
        found = self._folder.joinpath(folder).iterdir()
        return sorted(f"{folder}/{file.name}" for file in found if file.name.endswith(suffix))

    def text(self, name: str) -> str:
        """A whole file."""
        return self._folder.joinpath(name).read_text(encoding="utf-8")

    def toml(self, name: str) -> dict[str, Any]:
        """A file's tables; none when it is no TOML."""
        try:
            return tomllib.loads(self.text(name))
        except tomllib.TOMLDecodeError as error:
            self.note(name, f"is not TOML: {error}")
            return {}

    def value(self, where: str, kind: type[Value], table: Mapping[str, object]) -> Value | None:
        """One table as a value of this dataclass; None when it can't be one."""
        known = {field.name for field in fields(kind)} if is_dataclass(kind) else set(table)
        for extra in sorted(table.keys() - known):
            self.note(where, f"has {extra!r}, which nobody reads")
        try:
            return msgspec.convert(dict(table), kind)
        except msgspec.ValidationError as error:
            self.note(where, str(error))
            return None
