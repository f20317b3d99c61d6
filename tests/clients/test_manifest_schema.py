"""The app package is what Microsoft's schemas of its version ask for, and so is every further language."""

import io
import json
import zipfile

import pytest
from jsonschema import Draft4Validator, FormatChecker

from bot.content.texts import load_texts
from bot.manifest.package import Wishes, package
from tests.clients.node import package as node_package
from tests.replicas.identity import APP_ID

pytestmark = pytest.mark.slow


def schema(kind, version):
    folder = node_package("@microsoft/app-manifest") / "build" / "json-schemas" / "teams" / f"v{version}"
    return json.loads((folder / f"MicrosoftTeams.{kind}schema.json").read_text(encoding="utf-8-sig"))


def mistakes(document, kind="", version="1.23"):
    known = schema(kind, version)
    assert "draft-04" in known["$schema"]
    return [error.message for error in Draft4Validator(known, format_checker=FormatChecker()).iter_errors(document)]


@pytest.fixture(params=[False, True])
def documents(request):
    """Every JSON file of a package, without and with the permission to read who owns a team."""
    made = package(Wishes(app_id=APP_ID, domain="bot.example.org", team_owners=request.param), load_texts())
    with zipfile.ZipFile(io.BytesIO(made.content)) as zipped:
        return {name: json.loads(zipped.read(name)) for name in zipped.namelist() if name.endswith(".json")}


def test_the_manifest_and_its_languages_are_valid(documents):
    manifest = documents.pop("manifest.json")
    version = manifest["manifestVersion"]

    assert mistakes(manifest, version=version) == []
    named = {other["file"] for other in manifest["localizationInfo"]["additionalLanguages"]}
    assert documents.keys() == named != set()
    for language in documents.values():
        assert mistakes(language, "Localization.", version) == []


def test_planted_mistakes_are_found(documents):
    assert mistakes({**documents["manifest.json"], "accentColor": "green", "bot": []})
    assert mistakes({**documents["de.json"], "bots[0].commandLists[0].commands[10].title": "x"}, "Localization.")
