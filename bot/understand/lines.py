"""Lines of text or JSON -> one answer per line: what the commands `understand` and `posts` print."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from bot.understand.intent import understand
from bot.understand.posts import label_post


class _BadLine(Exception):
    """A line that cannot be read; the text says what was wanted."""


def understand_lines(lines: Iterable[str], *, now: datetime, zone: str = "UTC") -> Iterator[dict[str, Any]]:
    """For each line, plain text or {"text", "locale"}, what it asks for; a bad line gives its number and the error."""

    def answer(line: str, number: int) -> dict[str, Any]:
        given = _object(line) if line.lstrip().startswith("{") else {"text": line}
        text = _text(given)
        intent = understand(text, now=now, zone=zone, locale=_word(given, "locale"))
        return {
            "text": text,
            "intent": intent.name,
            "service": intent.service,
            "feature": intent.feature,
            "client": intent.client,
            "region": intent.region,
            "since": intent.since.isoformat().replace("+00:00", "Z") if intent.since else None,
            "codes": list(intent.codes),
            "confidence": round(intent.confidence, 3),
            "addressed": intent.addressed,
        }

    return _answers(lines, answer)


def posts_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For each line, plain text or {"id", "text", "lang"}, its label; the id of plain text is its line number."""

    def answer(line: str, number: int) -> dict[str, Any]:
        given = _object(line) if line.lstrip().startswith("{") else {"text": line}
        post = label_post(_text(given), _word(given, "lang"))
        return {
            "id": given.get("id", number),
            "label": post.label,
            "kind": post.kind,
            "service": post.service,
            "feature": post.feature,
            "confidence": round(post.confidence, 3),
        }

    return _answers(lines, answer)


def _answers(lines: Iterable[str], answer: Callable[[str, int], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        try:
            yield answer(line.rstrip("\r\n"), number)
        except _BadLine as error:
            yield {"line": number, "error": str(error)}


def _object(line: str) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _BadLine(f"no JSON: {error}") from error
    if not isinstance(given, dict):
        raise _BadLine("wanted a JSON object")
    return given


def _text(given: dict[str, Any]) -> str:
    text = given.get("text")
    if not isinstance(text, str):
        raise _BadLine('wanted the key "text" with a string')
    return text


def _word(given: dict[str, Any], key: str) -> str | None:
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise _BadLine(f'wanted a string under "{key}"')
    return value
