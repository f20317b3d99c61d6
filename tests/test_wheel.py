"""What is installed from the wheel answers without the checkout beside it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RENDERS = """
import json
import bot
from bot.cards import render
from bot.content.catalogue import load_catalogue
from bot.content.texts import load_texts
from bot.domain.conversation import Face, Phrase, Reply

texts = load_texts()
load_catalogue()
cards = {face: render(Reply(face=face, notes=(Phrase(key="note.other"),)), texts, "de", "UTC").card for face in Face}
print(json.dumps({"package": bot.__file__, "cards": cards}))
"""


def run(*command, cwd, **environment):
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder into which the built wheel was installed, beside the packages of this environment."""
    made, site = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", str(made), str(ROOT), cwd=made)
    [wheel] = made.glob("*.whl")
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel), cwd=made)
    return site


def test_the_installed_package_renders_every_card(installed, tmp_path):
    told = json.loads(run("-c", RENDERS, cwd=tmp_path, PYTHONPATH=str(installed)))

    assert Path(told["package"]).is_relative_to(installed)
    assert all(card["version"] == "1.5" for card in told["cards"].values())


def test_the_wheel_holds_layouts_and_words_and_no_tests(installed):
    held = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}

    assert {"bot/_layouts/verdict.json", "bot/content/languages/de.toml"} <= held
    assert not [name for name in held if name.startswith("tests")]


def test_the_installed_package_makes_an_app_package(installed, tmp_path):
    ids = ("--app-id", "00000000-0000-4000-8000-00000000b07e", "--domain", "bot.example.org")
    told = json.loads(run("-m", "bot", "package", *ids, "--json", cwd=tmp_path, PYTHONPATH=str(installed)))

    assert told["files"] == ["manifest.json", "de.json", "color.png", "outline.png"]
    assert (tmp_path / told["file"]).stat().st_size == told["size"]
    held = {path.name for path in (installed / "bot" / "_manifest").iterdir()}
    assert held == {"manifest.json", "color.png", "outline.png"}
