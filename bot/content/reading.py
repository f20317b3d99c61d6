"""Tables of a data file -> values, with every mistake named instead of the first one."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from importlib import resources
from typing import Any, TypeVar

import msgspec

Value = TypeVar("Value")


class Mistakes:
    """What is wrong in the data files, collected while they are read."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        self.found: list[str] = []

    def add(self, where: str, what: str) -> None:
        """Note one mistake; `where` is a file and an entry of it."""
        self.found.append(f"{where}: {what}")

    def toml(self, name: str) -> dict[str, Any]:
        """A data file of this folder; empty when it is no TOML."""
        document = resources.files("bot.content").joinpath(name).read_text(encoding="utf-8")
        try:
            return tomllib.loads(document)
        except tomllib.TOMLDecodeError as error:
            self.add(name, f"is not TOML: {error}")
            return {}

    def value(self, where: str, kind: type[Value], table: Mapping[str, object]) -> Value | None:
        """One table as a value of this dataclass; None when it can't be one."""
        known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # all callers pass a dataclass
        for extra in table.keys() - known:
            self.add(where, f"has {extra!r}, which nobody reads")
        try:
            return msgspec.convert(dict(table), kind)
        except msgspec.ValidationError as error:
            self.add(where, str(error))
            return None
