"""Values of the domain inside a column, as JSON: fields that a newer release adds are passed over."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

T = TypeVar("T")


def packed(value: object) -> str | None:
    """For a column that may be empty."""
    return None if value is None else msgspec.json.encode(value).decode()


def unpacked(text: str | None, kind: type[T]) -> T | None:
    """What was packed."""
    return None if text is None else msgspec.json.decode(text, type=kind)


def listed(values: Iterable[str]) -> str:
    """A set, in an order that does not change."""
    return msgspec.json.encode(sorted(values)).decode()


def unlisted(text: str) -> frozenset[str]:
    """What was listed."""
    return msgspec.json.decode(text, type=frozenset[str])
