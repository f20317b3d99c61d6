"""The Teams app package: what the platform asks of it beyond its schema.  The schema itself is a slow test."""

import json
import re
import uuid
from pathlib import Path

import pytest
from PIL import Image

FOLDER = Path(__file__).parent.parent / "manifest"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())
LONGEST_COMMAND = 32  # characters of a command's title that the menu shows
BOT = MANIFEST["bots"][0]


def addresses(part):
    if isinstance(part, dict):
        return [found for inner in part.values() for found in addresses(inner)]
    if isinstance(part, list):
        return [found for inner in part for found in addresses(inner)]
    return [part] if isinstance(part, str) and "://" in part else []


def test_every_address_is_https():
    assert all(address.startswith("https://") for address in addresses(MANIFEST))


def test_schema_and_manifest_version_agree():
    assert f"/v{MANIFEST['manifestVersion']}/" in MANIFEST["$schema"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"])


def test_ids_are_placeholders_for_the_set_up_to_fill():
    assert uuid.UUID(MANIFEST["id"]) == uuid.UUID(BOT["botId"]) == uuid.UUID(int=0)


def test_people_can_ask_wherever_they_are():
    assert set(BOT["scopes"]) == {"personal", "team", "groupChat"}


def test_commands_fit_the_menu():
    for menu in BOT["commandLists"]:
        assert set(menu["scopes"]) <= set(BOT["scopes"])
        assert 1 <= len(menu["commands"]) <= 10
        assert all(len(command["title"]) <= LONGEST_COMMAND for command in menu["commands"])


def test_texts_fit_their_places():
    assert len(MANIFEST["name"]["short"]) <= 30
    assert len(MANIFEST["description"]["short"]) <= 80
    assert len(MANIFEST["description"]["full"]) <= 4000


@pytest.mark.parametrize(("name", "size"), [("color", 192), ("outline", 32)])
def test_icons_have_their_size(name, size):
    with Image.open(FOLDER / MANIFEST["icons"][name]) as icon:
        assert icon.format == "PNG"
        assert icon.size == (size, size)


def test_the_outline_is_white_on_nothing():
    with Image.open(FOLDER / "outline.png") as icon:
        raw = icon.convert("RGBA").tobytes()

    pixels = [tuple(raw[at : at + 4]) for at in range(0, len(raw), 4)]
    visible = [pixel for pixel in pixels if pixel[3]]
    assert visible
    assert len(visible) < len(pixels)
    assert {pixel[:3] for pixel in visible} == {(255, 255, 255)}


def test_the_colour_icon_has_no_holes():
    with Image.open(FOLDER / "color.png") as icon:
        assert icon.convert("RGBA").getchannel("A").getextrema() == (255, 255)
