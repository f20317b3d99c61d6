"""An operator's wishes, the template and the sentences -> the bytes of a checked app package, or every mistake.

The same wishes give the same bytes: no clock, fixed stamps and order.
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.content.texts import SOURCE_LANGUAGE, Texts
from bot.manifest.icons import SIZES, icon_mistakes
from bot.manifest.rules import Wrong, guid_trouble, is_domain, localization_mistakes, localized_fields, mistakes

MANIFEST = "manifest.json"
TEAM_MEMBERS = "TeamMember.Read.Group"  # lets the bot read who owns a team that it is installed for
_ROOM = Path(__file__).parent.parent
_SHIPPED = _ROOM / "_manifest"  # in the wheel; in a checkout the template lies beside the package
TEMPLATE = _SHIPPED if _SHIPPED.is_dir() else _ROOM.parent / "manifest"
_HOLE = re.compile(r"\$\{([a-z_.]+)\}")
_ANY_APP = "00000000-0000-4000-8000-00000000a990"
_STAMP = (2026, 1, 1, 0, 0, 0)
_LOCALIZATION = "https://developer.microsoft.com/json-schemas/teams/v{version}/MicrosoftTeams.Localization.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an operator says about the app."""

    app_id: str
    domain: str  # the host name under which the bot is reached
    name: str = "Notjustyou"
    version: str = "1.0.0"
    contact_url: str | None = None  # None: the page of the bot
    privacy_url: str | None = None
    terms_url: str | None = None
    team_owners: bool = False  # whether the bot may read who owns a team
    tenant_id: str | None = None  # of the settings: an id that must not be taken for the app's
    icons: Mapping[str, bytes] = field(default_factory=dict)  # in place of the template's own, by name


class PackageError(Exception):
    """No package was made; `wrong` names every field."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        """`wrong`: at least one."""
        self.wrong = wrong
        super().__init__("\n".join(f"{one.field}: found {one.found}; wanted {one.wanted}" for one in wrong))


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that passed every check."""

    content: bytes  # of the zip file
    manifest: Mapping[str, object]
    files: tuple[str, ...]
    languages: tuple[str, ...]


def package(wishes: Wishes, texts: Texts) -> Package:
    """The app package.  Raises PackageError with every mistake."""
    wrong = _wishes_wrong(wishes)
    if wrong:  # named already; the rest is looked at as if they were right
        wishes = replace(wishes, app_id=_ANY_APP, domain="bot.example.org")
    manifest = _manifest(wishes, texts)
    others = _languages(texts)
    further = {f"{language}.json": _localization(manifest, wishes, texts, language) for language in others}
    icons = {name: wishes.icons.get(name) or (TEMPLATE / name).read_bytes() for name in SIZES}
    wrong += mistakes(manifest)
    for file, said in further.items():
        wrong += localization_mistakes(file, said, manifest)
    for name, file_bytes in icons.items():
        wrong += icon_mistakes(name, file_bytes)
    if wrong:
        raise PackageError(wrong)
    documents: dict[str, Mapping[str, object]] = {MANIFEST: manifest, **further}
    files = {name: _as_json(document) for name, document in documents.items()} | icons
    return Package(content=_zipped(files), manifest=manifest, files=tuple(files), languages=(SOURCE_LANGUAGE, *others))


def _wishes_wrong(wishes: Wishes) -> tuple[Wrong, ...]:
    """What only the operator's own words show."""
    wrong = []
    if trouble := guid_trouble(wishes.app_id):
        wrong.append(Wrong(field="--app-id", found=wishes.app_id[:60] or "nothing", wanted=trouble))
    elif wishes.tenant_id and wishes.app_id.lower() == wishes.tenant_id.lower():
        wanted = "the Application (client) ID: this one is the Directory (tenant) ID"
        wrong.append(Wrong(field="--app-id", found=wishes.app_id, wanted=wanted))
    if not is_domain(wishes.domain):
        wanted = "a host name alone, such as bot.example.org, without https://, port and path"
        wrong.append(Wrong(field="--domain", found=wishes.domain[:60] or "nothing", wanted=wanted))
    return tuple(wrong)


def _manifest(wishes: Wishes, texts: Texts) -> dict[str, object]:
    template = json.loads((TEMPLATE / MANIFEST).read_text(encoding="utf-8"))
    filled = _filled(template, wishes, texts, SOURCE_LANGUAGE)
    assert isinstance(filled, dict)  # noqa: S101 - the template is ours
    others = _languages(texts)
    if others:
        filled["localizationInfo"] = {
            "defaultLanguageTag": SOURCE_LANGUAGE,
            "additionalLanguages": [{"languageTag": other, "file": f"{other}.json"} for other in others],
        }
    if wishes.team_owners:
        filled["webApplicationInfo"] = {"id": wishes.app_id, "resource": "https://RscBasedStoreApp"}
        asked = [{"name": TEAM_MEMBERS, "type": "Application"}]
        filled["authorization"] = {"permissions": {"resourceSpecific": asked}}
    return filled


def _languages(texts: Texts) -> tuple[str, ...]:
    """Languages beside English whose file holds the app's own words."""
    others = (name for name in texts.languages if name != SOURCE_LANGUAGE)
    return tuple(name for name in others if "manifest.short" in texts.sentences[name])


def _localization(manifest: Mapping[str, object], wishes: Wishes, texts: Texts, language: str) -> dict[str, str]:
    """What the manifest says, in another language, by the names that Teams has for its fields."""
    template = json.loads((TEMPLATE / MANIFEST).read_text(encoding="utf-8"))
    filled = _filled(template, wishes, texts, language)
    said = {"$schema": _LOCALIZATION.format(version=manifest["manifestVersion"])}
    return said | {path: str(_look(filled, path)) for path in localized_fields(manifest)}


def _look(part: object, path: str) -> object:
    for name in re.findall(r"[a-zA-Z]+|\d+", path):
        if isinstance(part, list):
            part = part[int(name)]
        elif isinstance(part, dict):
            part = part[name]
    return part


def _filled(part: object, wishes: Wishes, texts: Texts, language: str) -> object:
    """The template with every hole filled: by a wish, or by the sentence of that key."""
    match part:
        case dict():
            return {name: _filled(inner, wishes, texts, language) for name, inner in part.items()}
        case list():
            return [_filled(inner, wishes, texts, language) for inner in part]
        case str():
            return _HOLE.sub(lambda hole: _value(hole[1], wishes, texts, language), part)
    return part


def _value(name: str, wishes: Wishes, texts: Texts, language: str) -> str:
    if "." in name:
        return texts.say(name, language, name=wishes.name)
    given = getattr(wishes, name)
    if given is None:
        page = {"contact_url": "", "privacy_url": "privacy", "terms_url": "terms"}[name]
        return f"https://{wishes.domain}/{page}"
    return str(given)


def _as_json(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Everything at the root: Teams refuses a package whose files lie in a folder."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, content)
    with zipfile.ZipFile(made) as zipped:
        if zipped.testzip() is not None or zipped.namelist() != list(files):
            raise zipfile.BadZipFile("the package was not written whole")
    return made.getvalue()
