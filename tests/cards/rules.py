"""What a card must keep to beyond being told well: the vendor's schema, and the rules that the schema does not know."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources

from jsonschema import Draft6Validator
from jsonschema.exceptions import ValidationError

MOST_BYTES = 20_000
MOST_ACTIONS = 12  # six answers to a question, and six others: each stands in a set of its own


def mistakes(card: Mapping) -> list[str]:
    """Everything that is wrong with a card, empty when nothing is."""
    return [*schema_mistakes(card), *_own_mistakes(card)]


def schema_mistakes(card: Mapping) -> list[str]:
    """What the vendor's schema says; of a union only the branch of the element's own type."""
    return [_told(cause) for error in _validator().iter_errors(_without_host_keys(card)) for cause in _causes(error)]


def texts(card: Mapping) -> list[str]:
    """The card's texts in reading order, without the escapes of its mark-up."""
    return [re.sub(r"\\([^\w\s])", r"\1", each["text"]) for each in elements(card) if each.get("type") == "TextBlock"]


def elements(card) -> Iterator[Mapping]:
    """Every object within a card, in document order."""
    if isinstance(card, Mapping):
        yield card
        for inner in card.values():
            yield from elements(inner)
    elif isinstance(card, list):
        for inner in card:
            yield from elements(inner)


def actions(card) -> list[Mapping]:
    """Every action; what stands in for one in old clients is not another."""
    fallbacks = [each.get("fallback") for each in elements(card)]
    return [
        each
        for each in elements(card)
        if str(each.get("type", "")).startswith("Action.") and not any(each is other for other in fallbacks)
    ]


def _own_mistakes(card: Mapping) -> Iterator[str]:
    everything = list(elements(card))
    written = json.dumps(card)
    if card.get("version") != "1.5":
        yield "version is not 1.5"
    yield from (f"no {name}" for name in ("lang", "speak", "fallbackText") if not card.get(name))
    if len(written) > MOST_BYTES:
        yield f"{len(written)} bytes"
    if "${" in written:
        yield "a place was not filled"
    yield from (f"http address {found}" for found in re.findall(r'"(?:url|iconUrl)": "http:[^"]*"', written))
    for each in everything:
        kind = str(each.get("type", ""))
        if kind == "TextBlock" and (each.get("wrap") is not True or not each.get("text")):
            yield f"a text that does not wrap or is empty: {each.get('text')!r}"
        if kind == "Image" and not each.get("altText"):
            yield "an image without words"
        if kind.startswith("Input.") and not each.get("label"):
            yield "an input without a label"
        if kind in ("Container", "ActionSet") and not (each.get("items") or each.get("actions")):
            yield f"an empty {kind}"
    ids = [each["id"] for each in everything if "type" in each and "id" in each]
    if len(ids) != len(set(ids)):
        yield "the same id twice"
    yield from _action_mistakes(card)


def _action_mistakes(card: Mapping) -> Iterator[str]:
    found = actions(card)
    titles = [each.get("title") for each in found]
    if len(found) > MOST_ACTIONS:
        yield f"{len(found)} actions"
    if len(titles) != len(set(titles)) or not all(titles):
        yield f"titles missing or not unique: {titles}"
    for each in found:
        if "style" in each:
            yield f"a style on {each['title']!r}"
        if each["type"] == "Action.Execute":
            yield from _press_mistakes(each)
    for row in elements(card):
        if row.get("type") == "ActionSet" and len(row["actions"]) > 2:
            yield "more than two buttons in a row"


def _press_mistakes(action: Mapping) -> Iterator[str]:
    told, fallback = action.get("data", {}), action.get("fallback") or {}
    if set(told) != {"v", "verb", "id"} or told["v"] != 1 or told["verb"] != action.get("verb"):
        yield f"data of {action.get('title')!r}: {told}"
    if (
        fallback.get("type") != "Action.Submit"
        or fallback.get("data") != told
        or fallback.get("title") != action["title"]
    ):
        yield f"no like fallback for {action.get('title')!r}"


@lru_cache
def _validator() -> Draft6Validator:
    schema = json.loads((resources.files("adaptive_cards") / "schemas" / "schema-1.5.json").read_text())
    return Draft6Validator({"$ref": "#/definitions/AdaptiveCard", "definitions": schema["definitions"]})


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """The errors of the branch that was meant: the one whose `type` fits."""
    if not error.context:
        yield error
        return
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    meant = [found for found in branches.values() if not any(list(each.path)[-1:] == ["type"] for each in found)]
    for found in meant or [[error]]:
        for inner in found:
            yield from [inner] if inner is error else _causes(inner)


def _told(error: ValidationError) -> str:
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def _without_host_keys(card):
    """The schema does not know what the chat client adds to it: `msteams`, and `lang` on each element."""
    if isinstance(card, Mapping):
        known = {key: inner for key, inner in card.items() if key != "msteams" and (key != "lang" or "version" in card)}
        return {key: _without_host_keys(inner) for key, inner in known.items()}
    return [_without_host_keys(inner) for inner in card] if isinstance(card, list) else card
