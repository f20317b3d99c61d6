"""The Teams app package: what Teams asks of it, and what is refused.  Microsoft's own schemas are a slow test."""

import copy
import io
import json
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from bot.content.texts import load_texts
from bot.manifest.icons import icon_mistakes
from bot.manifest.package import TEMPLATE, PackageError, Wishes, package
from bot.manifest.rules import localization_mistakes, localized_fields, mistakes
from tests.replicas.identity import APP_ID, SECOND_APP, SECOND_TENANT, TENANT
from tests.terminal import open_terminal

ASKED = {"app_id": APP_ID, "domain": "bot.example.org"}
TEXTS = load_texts()


def made(**wishes):
    return package(Wishes(**ASKED | wishes), TEXTS)


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def picture(size, colour, mode="RGBA"):
    drawn = io.BytesIO()
    Image.new(mode, (size, size), colour).save(drawn, "PNG")
    return drawn.getvalue()


@pytest.fixture
async def terminal(tmp_path):
    async with open_terminal(tmp_path) as opened:
        yield opened


def test_a_package_holds_manifest_icons_and_one_file_for_each_further_language_at_its_root():
    files = unzipped(made().content)

    assert list(files) == ["manifest.json", "de.json", "color.png", "outline.png"]
    manifest = json.loads(files["manifest.json"])
    assert manifest["id"] == manifest["bots"][0]["botId"] == APP_ID
    assert manifest["developer"]["privacyUrl"] == "https://bot.example.org/privacy"
    assert manifest["developer"]["termsOfUseUrl"] == "https://bot.example.org/terms"
    assert manifest["validDomains"] == ["bot.example.org"]
    assert set(manifest["bots"][0]["scopes"]) == {"personal", "team", "groupChat"}
    assert "${" not in files["manifest.json"].decode() + files["de.json"].decode()


def test_the_menu_offers_a_question_subscribe_and_help_in_every_language():
    files = unzipped(made().content)
    [menu] = json.loads(files["manifest.json"])["bots"][0]["commandLists"]
    german = json.loads(files["de.json"])

    titles = [command["title"] for command in menu["commands"]]
    assert {"is Teams down?", "subscribe", "help"} <= set(titles)
    in_german = [german[f"bots[0].commandLists[0].commands[{number}].title"] for number in range(len(titles))]
    assert {"Ist Teams down?", "abonnieren", "Hilfe"} <= set(in_german)


def test_the_same_wishes_give_the_same_bytes():
    assert made().content == made().content


def test_a_name_is_used_in_every_sentence():
    files = unzipped(made(name="Is it me?").content)

    assert json.loads(files["manifest.json"])["name"]["short"] == "Is it me?"
    assert "Notjustyou" not in files["manifest.json"].decode() + files["de.json"].decode()


def test_team_owners_are_read_only_when_it_was_asked_for():
    assert "authorization" not in made().manifest
    manifest = made(team_owners=True).manifest
    assert manifest["webApplicationInfo"]["id"] == APP_ID
    [asked] = manifest["authorization"]["permissions"]["resourceSpecific"]
    assert asked == {"name": "TeamMember.Read.Group", "type": "Application"}


@pytest.mark.parametrize(
    ("wishes", "field", "wanted"),
    [
        ({"app_id": "my-bot"}, "--app-id", "a GUID"),
        ({"app_id": ""}, "--app-id", "a GUID"),
        ({"app_id": "00000000-0000-0000-0000-000000000000"}, "--app-id", "placeholder or a sample"),
        ({"app_id": "11111111-1111-1111-1111-111111111111"}, "--app-id", "placeholder or a sample"),
        ({"app_id": "00001111-aaaa-2222-bbbb-3333cccc4444"}, "--app-id", "placeholder or a sample"),
        ({"app_id": "12345678-1234-1234-1234-123456789012"}, "--app-id", "placeholder or a sample"),
        ({"app_id": TENANT, "tenant_id": TENANT.upper()}, "--app-id", "this one is the Directory (tenant) ID"),
        ({"domain": "https://bot.example.org"}, "--domain", "without https://"),
        ({"domain": "bot.example.org:3978"}, "--domain", "without https://, port"),
        ({"domain": "127.0.0.1"}, "--domain", "a host name"),
        ({"domain": "localhost"}, "--domain", "a host name"),
        ({"domain": ""}, "--domain", "a host name"),
        ({"name": "n" * 31}, "name.short", "at most 30 characters"),
        ({"name": ""}, "name.short", "a value"),
        ({"name": "Not\njust you"}, "name.short", "one line"),
        ({"version": "1.0"}, "version", "three numbers"),
        ({"version": "01.0.0"}, "version", "three numbers"),
        ({"privacy_url": "http://example.org/privacy"}, "developer.privacyUrl", "https://"),
        ({"terms_url": "https://who:pass@example.org/terms"}, "developer.termsOfUseUrl", "without a user name"),
        ({"terms_url": "example.org/terms"}, "developer.termsOfUseUrl", "https://"),
        ({"contact_url": "https://"}, "developer.websiteUrl", "https://"),
        ({"contact_url": "https://x.org/" + "a" * 2048}, "developer.websiteUrl", "at most 2048"),
        ({"icons": {"color.png": picture(96, "red")}}, "color.png", "192x192"),
        ({"icons": {"outline.png": picture(192, "white")}}, "outline.png", "32x32"),
        ({"icons": {"outline.png": b"GIF89a"}}, "outline.png", "32x32"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_what_it_wants(wishes, field, wanted):
    with pytest.raises(PackageError) as refused:
        made(**wishes)
    assert [one.wanted for one in refused.value.wrong if one.field == field and wanted in one.wanted]


def changed(path, value):
    """A good manifest with one place changed; None takes it out."""
    manifest = copy.deepcopy(dict(made(team_owners=True).manifest))
    part = manifest
    *way, last = path
    for name in way:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return manifest


MENU = ("bots", 0, "commandLists", 0)
ELEVEN = [{"title": f"command {number}", "description": "does something"} for number in range(11)]


@pytest.mark.parametrize(
    ("path", "value", "field", "wanted"),
    [
        (("accentColor",), "green", "accentColor", "#2F5D62"),
        (("accentColor",), None, "accentColor", "a value"),
        (("manifestVersion",), "1.19", "$schema", "v1.19"),
        (("bot",), [], "bot", "no such key"),
        (("bots", 0, "botId"), "00000000-0000-0000-0000-000000000000", "bots[0].botId", "placeholder"),
        (("bots", 0, "scopes"), ["personal", "everywhere"], "bots[0].scopes", "only personal"),
        (("bots",), [{}, {}], "bots", "one"),
        (("bots",), [], "bots", "a value"),
        ((*MENU, "commands"), ELEVEN, "bots[0].commandLists[0].commands", "1 to 10"),
        ((*MENU, "commands"), [], "bots[0].commandLists[0].commands", "1 to 10"),
        ((*MENU, "commands"), [ELEVEN[0], ELEVEN[0]], "bots[0].commandLists[0].commands[1].title", "twice"),
        ((*MENU, "commands", 0, "title"), "t" * 33, "bots[0].commandLists[0].commands[0].title", "1 to 32"),
        ((*MENU, "commands", 0, "description"), "d" * 129, "bots[0].commandLists[0].commands[0].description", "128"),
        ((*MENU, "scopes"), ["copilot"], "bots[0].commandLists[0].scopes", "of the bot itself"),
        (("description", "short"), "s" * 81, "description.short", "at most 80"),
        (("description", "full"), None, "description.full", "a value"),
        (("validDomains", 0), "https://x.org", "validDomains[0]", "a host name alone"),
        (("localizationInfo", "defaultLanguageTag"), None, "localizationInfo.defaultLanguageTag", "language"),
        (("webApplicationInfo", "id"), "x", "webApplicationInfo.id", "GUID"),
        (("webApplicationInfo",), None, "webApplicationInfo", "the app"),
    ],
)
def test_each_rule_names_its_field(path, value, field, wanted):
    manifest = changed(path, value)
    found = {one.field: one.wanted for one in mistakes(manifest)}
    assert wanted in found[field]


def test_a_good_manifest_has_no_mistake():
    assert mistakes(made(team_owners=True).manifest) == ()


def test_a_language_must_say_everything_and_nothing_else_within_its_bounds():
    manifest = made().manifest
    said = {path: "x" for path in localized_fields(manifest)}
    assert localization_mistakes("fr.json", said, manifest) == ()
    del said["description.full"]
    said |= {"name.short": "n" * 31, "bots[0].commandLists[0].commands[9].title": "x"}
    assert {one.field for one in localization_mistakes("fr.json", said, manifest)} == {
        "fr.json: description.full",
        "fr.json: name.short",
        "fr.json: bots[0].commandLists[0].commands[9].title",
    }


def test_our_icons_are_right():
    for name in ("color.png", "outline.png"):
        assert icon_mistakes(name, (TEMPLATE / name).read_bytes()) == ()
    with Image.open(TEMPLATE / "color.png") as icon:
        assert icon.convert("RGBA").getchannel("A").getextrema() == (255, 255)


def cut(file):
    return file[:40]


def png(size, lines):
    """A PNG file of 8 bit RGBA around these packed lines, be they right or not."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">II5B", size, size, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (picture(32, (255, 255, 255, 255)), "no transparent pixel"),
        (picture(32, (255, 255, 255, 0)), "nothing but transparent pixels"),
        (picture(32, "white", "RGB"), "colour type 2"),
        (picture(31, "white"), "31x31"),
        (cut(picture(32, "white")), "cut off"),
        (png(32, bytes(9)), "fewer or more pixels"),
        (b"", "no PNG"),
    ],
)
def test_an_outline_must_be_white_on_nothing(file, found):
    [wrong] = icon_mistakes("outline.png", file)
    assert found in wrong.found


@pytest.mark.parametrize("filtered", range(5))
def test_coloured_pixels_are_seen_however_the_lines_were_packed(filtered):
    """Every line filter of PNG: a half that shines white, one red pixel, the rest clear."""
    plain = Image.new("RGBA", (32, 32), (255, 255, 255, 0))
    plain.paste((255, 255, 255, 200), (0, 0, 16, 32))
    for image, coloured in ((plain.copy(), False), (plain.copy(), True)):
        if coloured:
            image.putpixel((3, 3), (255, 0, 0, 255))
        wrong = icon_mistakes("outline.png", _packed(image, filtered))
        assert [one.found for one in wrong] == (["1 visible pixels that are not white"] if coloured else [])


def _packed(image, kind):
    """A PNG all of whose lines use this filter."""
    raw, width = image.tobytes(), image.width * 4
    lines, above = b"", bytes(width)
    for start in range(0, len(raw), width):
        line = raw[start : start + width]
        packed = bytearray([kind])
        for at, value in enumerate(line):
            left = line[at - 4] if at >= 4 else 0
            corner = above[at - 4] if at >= 4 else 0
            near = left + above[at] - corner
            paeth = min((left, above[at], corner), key=lambda one, near=near: abs(near - one))
            guess = (0, left, above[at], (left + above[at]) // 2, paeth)[kind]
            packed.append((value - guess) & 0xFF)
        lines, above = lines + bytes(packed), line
    return png(image.width, lines)


async def test_the_command_writes_the_file_and_says_what_stands_in_it(terminal, tmp_path):
    file = tmp_path / "app.zip"
    told = await terminal.types(
        "package", "--app-id", APP_ID, "--domain", "bot.example.org", "--out", str(file), "--json"
    )

    assert told.code == 0, told.err
    assert (told.json["file"], told.json["size"]) == (str(file), file.stat().st_size)
    assert told.json["fields"]["id"] == APP_ID
    assert told.json["languages"] == ["en", "de"]
    assert unzipped(file.read_bytes()).keys() == {"manifest.json", "de.json", "color.png", "outline.png"}


async def test_the_command_takes_id_and_host_from_the_settings(terminal, tmp_path):
    registered = {"APP_ID": APP_ID, "APP_SECRET": "s", "TENANT_ID": TENANT, "PUBLIC_URL": "https://bot.example.org/"}
    told = await terminal.types("package", "--out", str(tmp_path / "app.zip"), **registered)

    assert told.code == 0, told.err
    assert f"id: {APP_ID}" in told.out
    assert "validDomains: ['bot.example.org']" not in told.out
    assert "validDomains: bot.example.org" in told.out


async def test_the_command_refuses_everything_wrong_at_once_and_writes_nothing(terminal, tmp_path):
    file = tmp_path / "app.zip"
    told = await terminal.types(
        "package", "--app-id", "x", "--domain", "https://x", "--version", "1", "--out", str(file)
    )

    assert (told.code, told.out) == (2, "")
    assert [line.split(":")[0].strip() for line in told.err.splitlines()[1:]] == ["--app-id", "--domain", "version"]
    assert not file.exists()


async def test_a_place_that_cannot_be_written_is_named_by_its_option(terminal, tmp_path):
    ids = ("--app-id", APP_ID, "--domain", "bot.example.org")
    for place in (tmp_path, tmp_path / "none" / "app.zip"):
        told = await terminal.types("package", *ids, "--out", str(place))
        assert (told.code, told.out) == (2, "")
        assert f"--out: found {place}; wanted a file that can be written" in told.err


async def test_with_several_registrations_somebody_says_for_which_the_package_is(terminal, tmp_path):
    settings, file = tmp_path / "settings.toml", tmp_path / "app.zip"
    apps = {"contoso": (APP_ID, TENANT), "fabrikam": (SECOND_APP, SECOND_TENANT)}
    settings.write_text("".join(
        f'[tenant.{name}]\napp_id = "{app}"\napp_secret = "s"\ntenant_id = "{tenant}"\n'
        for name, (app, tenant) in apps.items()
    ))  # fmt: skip
    ours = {"SETTINGS_FILE": str(settings), "PUBLIC_URL": "https://bot.example.org"}
    told = await terminal.types("package", "--out", str(file), **ours)
    assert told.code == 2
    assert (
        f"--app-id: found several in the settings; wanted the one this package is for: {APP_ID} (contoso)" in told.err
    )
    assert not file.exists()
    made = await terminal.types("package", "--app-id", SECOND_APP.upper(), "--out", str(file), "--json", **ours)
    assert made.json["fields"]["id"].lower() == SECOND_APP


async def test_an_icon_that_cannot_be_read_is_named_by_its_option(terminal, tmp_path):
    ids = ("--app-id", APP_ID, "--domain", "bot.example.org")
    told = await terminal.types("package", *ids, "--outline-icon", str(tmp_path / "none.png"))

    assert told.code == 2
    assert "--outline-icon: found" in told.err


async def test_own_icons_take_the_place_of_ours(terminal, tmp_path):
    red, file = tmp_path / "red.png", tmp_path / "app.zip"
    red.write_bytes(picture(192, "red"))
    ids = ("--app-id", APP_ID, "--domain", "bot.example.org", "--out", str(file))
    told = await terminal.types("package", *ids, "--color-icon", str(red))

    assert told.code == 0, told.err
    assert unzipped(file.read_bytes())["color.png"] == red.read_bytes()
