"""A layout and its values -> a card.  Knows three words of the vendor's template language and no others.

`${path}` puts a value in (alone in a string it keeps its type), `$data` repeats an element over a list, `$when` keeps
or drops an element by one boolean.  That much opens unchanged in the vendor's designer, and slow tests compare the
result with the vendor's own engine.  Unlike there, a missing key is an error: a card with a hole in it is never sent.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"

_PLACE = re.compile(r"\$\{([^{}]*)\}")
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class LayoutError(Exception):
    """A layout and its values don't fit together; the text names the place."""


def expand(layout: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """`layout` with every place filled from `values`.  Values are never expanded again.

    Raises LayoutError for a missing key, an expression that is more than a path, a `$data` that is no list of objects
    and a `$when` that is no boolean.
    """
    return {key: _expand(inner, values) for key, inner in layout.items() if key not in ("$data", "$when")}


def _expand(template: Json, values: Mapping[str, Json]) -> Json:
    if isinstance(template, Mapping):
        return expand(template, values)
    if isinstance(template, str):
        return _fill(template, values)
    if isinstance(template, Sequence):
        return [element for inner in template for element in _repeat(inner, values)]
    return template


def _repeat(template: Json, values: Mapping[str, Json]) -> list[Json]:
    """One member of a list as the members that it becomes: none, one, or one per row of its `$data`."""
    if not isinstance(template, Mapping):
        return [_expand(template, values)]
    scopes = _rows(template["$data"], values) if "$data" in template else [values]
    return [expand(template, scope) for scope in scopes if _is_kept(template.get("$when"), scope)]


def _rows(place: Json, values: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    rows = _fill(place, values) if isinstance(place, str) else place
    found = rows if isinstance(rows, Sequence) and not isinstance(rows, str) else [None]
    scopes = [row for row in found if isinstance(row, Mapping)]
    if len(scopes) < len(found):
        raise LayoutError(f"$data {place!r}: wanted a list of objects")
    return scopes


def _is_kept(place: Json, values: Mapping[str, Json]) -> bool:
    if place is None:
        return True
    kept = _fill(place, values) if isinstance(place, str) else place
    if not isinstance(kept, bool):
        raise LayoutError(f"$when {place!r}: wanted true or false, found {type(kept).__name__}")
    return kept


def _fill(text: str, values: Mapping[str, Json]) -> Json:
    alone = _PLACE.fullmatch(text)
    if alone:
        return _look_up(alone.group(1), values)
    return _PLACE.sub(lambda place: str(_look_up(place.group(1), values)), text)


def _look_up(path: str, values: Mapping[str, Json]) -> Json:
    if not _PATH.fullmatch(path):
        raise LayoutError(f"${{{path}}}: only a path of names is understood here")
    found: Json = values
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise LayoutError(f"${{{path}}}: no value named {name!r}")
        found = found[name]
    return found
