"""The manifest is what Microsoft's schema of its version asks for."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator, FormatChecker

from tests.clients.node import package

pytestmark = pytest.mark.slow

MANIFEST = json.loads((Path(__file__).parents[2] / "manifest" / "manifest.json").read_text())


def schema(version):
    folder = package("@microsoft/app-manifest") / "build" / "json-schemas" / "teams" / f"v{version}"
    return json.loads((folder / "MicrosoftTeams.schema.json").read_text(encoding="utf-8-sig"))


def mistakes(manifest):
    known = schema(manifest["manifestVersion"])
    assert "draft-04" in known["$schema"]
    return [error.message for error in Draft4Validator(known, format_checker=FormatChecker()).iter_errors(manifest)]


def test_the_manifest_is_valid():
    assert mistakes(MANIFEST) == []


def test_a_planted_mistake_is_found():
    assert mistakes({**MANIFEST, "accentColor": "green", "bot": []})
