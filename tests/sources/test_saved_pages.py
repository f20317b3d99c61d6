"""Saved pages, one per state and source, and what each must become.

`<source>/<state>.json` holds `{"now", "setup", "pages": [{"name", "status", "headers", "fetched_at", and one of
"json", "text", "base64"}]}`; `now` and `fetched_at` are ISO times, `fetched_at` and `setup` may be left out.
`<state>.expected.json` holds the observations (fields that are not at their default) or the error.  A new state is a
new file; `NOTJUSTYOU_REWRITE=1 pytest tests/sources` writes what it becomes, and the difference is read like code.
"""

import base64
import json
import os
from dataclasses import MISSING, fields
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

import pytest

from bot.domain.observation import Observation, Strength
from bot.http import Page, Trouble
from bot.sources import SOURCES
from bot.sources.source import SourceError, SourceSetup

HERE = Path(__file__).parent
SAVED = sorted(path for path in HERE.glob("*/*.json") if not path.name.endswith(".expected.json"))


def setup_of(saved):
    said = dict(saved.get("setup", {}))
    if "period_s" in said:
        said["period"] = timedelta(seconds=said.pop("period_s"))
    return SourceSetup(**said)


def page_of(said, now):
    match said:
        case {"json": value}:
            body = json.dumps(value).encode()
        case {"text": text}:
            body = text.encode()
        case {"base64": packed}:
            body = base64.b64decode(packed)
        case _:
            body = b""
    return Page(
        name=said["name"],
        url=said.get("url", "https://saved.example/"),
        status=said.get("status", 200),
        headers=said.get("headers", {}),
        body=body,
        fetched_at=datetime.fromisoformat(said["fetched_at"]) if "fetched_at" in said else now,
        took=timedelta(milliseconds=said.get("took_ms", 0)),
        trouble=Trouble(said["trouble"]) if "trouble" in said else None,
    )


def becomes(saved, source_id):
    now = datetime.fromisoformat(saved["now"])
    source = SOURCES[source_id](setup_of(saved))
    try:
        seen = source.parse([page_of(page, now) for page in saved["pages"]], now)
    except SourceError as error:
        told = {"error": error.reason, "http_status": error.http_status, "retry_at": written(error.retry_at)}
        return {key: value for key, value in told.items() if value is not None}
    return {"observations": [shown(observation) for observation in seen]}


def shown(value):
    """A value's fields that are not at their default."""
    told = {}
    for field in fields(value):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if (found := getattr(value, field.name)) != default:
            told[field.name] = written(found)
    return told


def written(value):
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Enum():
            return value.value
        case Strength() | Observation():
            return shown(value)
        case dict():
            return dict(value)
        case _:
            return value


@pytest.mark.parametrize("path", SAVED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_saved_page_becomes_what_it_must(path):
    expected = path.with_suffix(".expected.json")
    seen = becomes(json.loads(path.read_text()), path.parent.name)
    if os.environ.get("NOTJUSTYOU_REWRITE"):
        expected.write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n")
    assert seen == json.loads(expected.read_text())


def test_every_expectation_has_its_page():
    expectations = {path.name.removesuffix(".expected.json") for path in HERE.glob("*/*.expected.json")}
    assert expectations == {path.stem for path in SAVED}
