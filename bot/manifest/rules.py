"""What Teams asks of an app package's manifest -> every mistake, with its field and what is wanted there.

Pure.  Holds what Microsoft's schema checks and we rely on (so that no schema has to be shipped) and what that schema
lets pass: http addresses, versions, placeholder ids, long menus.  Known keys are those of manifest version 1.23.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

SCOPES = ("personal", "team", "groupChat")
MOST_COMMANDS = 10
LONGEST_TITLE, LONGEST_DESCRIPTION = 32, 128  # of a command: what the menu shows without cutting it
LONGEST = {  # characters
    "name.short": 30,
    "name.full": 100,
    "description.short": 80,
    "description.full": 4000,
    "developer.name": 32,
    "developer.websiteUrl": 2048,
    "developer.privacyUrl": 2048,
    "developer.termsOfUseUrl": 2048,
}
REQUIRED = (*LONGEST, "manifestVersion", "version", "id", "icons.color", "icons.outline", "accentColor", "bots")
ADDRESSES = ("developer.websiteUrl", "developer.privacyUrl", "developer.termsOfUseUrl")
KNOWN = frozenset(
    {
        "$schema", "accentColor", "activities", "authorization", "backgroundLoadConfiguration", "bots",
        "composeExtensions", "configurableProperties", "configurableTabs", "connectors", "copilotAgents",
        "dashboardCards", "defaultBlockUntilAdminAction", "defaultGroupCapability", "defaultInstallScope",
        "description", "developer", "devicePermissions", "elementRelationshipSet", "extensions",
        "graphConnector", "icons", "id", "intuneInfo", "isFullScreen", "localizationInfo", "manifestVersion",
        "meetingExtensionDefinition", "name", "permissions", "publisherDocsUrl", "showLoadingIndicator",
        "staticTabs", "subscriptionOffer", "supportedChannelTypes", "validDomains", "version",
        "webApplicationInfo",
    }
)  # fmt: skip
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SAMPLE = re.compile(  # all-zero, 1111…, 00001111-aaaa-2222-bbbb-3333cccc4444 of Microsoft's pages, 12345678-1234-…
    r"(.)\1{3}(.)\2{3}-(.)\3{3}-(.)\4{3}-(.)\5{3}-(.)\6{3}(.)\7{3}(.)\8{3}|12345678-1234-.*|01234567-89ab-.*",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(0|[1-9]\d{0,4})(\.(0|[1-9]\d{0,4})){2}", re.ASCII)
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v{version}/MicrosoftTeams.schema.json"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{4,253}}$)({_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]", re.IGNORECASE)
_LONGEST_FOUND = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One field that is wrong."""

    field: str  # as a path into the manifest, or the name of a file
    found: str
    wanted: str


def guid_trouble(text: str) -> str | None:
    """What is wanted in the place of this id; None when it can be one that Entra gave out."""
    if not _GUID.fullmatch(text):
        return "a GUID such as the Application (client) ID in Entra, 8-4-4-4-12 hexadecimal digits"
    return "the app's own id: this one is a placeholder or a sample" if _SAMPLE.fullmatch(text) else None


def is_domain(text: str) -> bool:
    """Whether this is a bare host name that others can resolve: no scheme, port, path, address or single word."""
    return _DOMAIN.fullmatch(text) is not None


def mistakes(manifest: Mapping[str, object]) -> tuple[Wrong, ...]:
    """Everything that is wrong with a whole manifest, in its own order; of one field the first thing."""
    first: dict[str, Wrong] = {}
    for look in (_missing, _unknown, _lengths, _forms, _bots, _languages):
        for wrong in look(manifest):
            first.setdefault(wrong.field, wrong)
    return tuple(first.values())


def localization_mistakes(file: str, said: Mapping[str, str], manifest: Mapping[str, object]) -> tuple[Wrong, ...]:
    """What is wrong with one further language: too long, of nothing that is there, or a sentence that is missing."""
    wanted = set(localized_fields(manifest))
    found = said.keys() - {"$schema"}
    wrong = [_wrong(f"{file}: {key}", "nothing", "a translation") for key in sorted(wanted - found)]
    wrong += [_wrong(f"{file}: {key}", said[key], "no text: the manifest has no such field") for key in found - wanted]
    for key in sorted(found & wanted):
        most = LONGEST.get(key) or (LONGEST_TITLE if key.endswith(".title") else LONGEST_DESCRIPTION)
        if not 0 < len(said[key]) <= most:
            wrong.append(_wrong(f"{file}: {key}", _length(said[key]), f"1 to {most} characters"))
    return tuple(wrong)


def localized_fields(manifest: Mapping[str, object]) -> tuple[str, ...]:
    """The fields that each further language says in its own words, as its file names them."""
    commands = [
        f"bots[0].commandLists[{menu}].commands[{number}].{part}"
        for menu, listed in enumerate(_menus(_first_bot(manifest)))
        for number in range(len(_items(listed, "commands")))
        for part in ("title", "description")
    ]
    return ("name.short", "name.full", "description.short", "description.full", *commands)


def _missing(manifest: Mapping[str, object]) -> Iterator[Wrong]:
    for path in REQUIRED:
        if not _at(manifest, path):
            yield _wrong(path, "nothing", "a value: Teams refuses a package without it")


def _unknown(manifest: Mapping[str, object]) -> Iterator[Wrong]:
    for key in manifest:
        if key not in KNOWN:
            yield _wrong(key, "a key that Teams does not know", "no such key: Teams refuses the whole package for it")


def _lengths(manifest: Mapping[str, object]) -> Iterator[Wrong]:
    for path, most in LONGEST.items():
        text = _at(manifest, path)
        if isinstance(text, str) and len(text) > most:
            yield _wrong(path, _length(text), f"at most {most} characters")
        elif isinstance(text, str) and not text.isprintable():
            yield _wrong(path, ascii(text), "one line of printable characters")


def _forms(manifest: Mapping[str, object]) -> Iterator[Wrong]:
    version, schema = _text(manifest, "manifestVersion"), _text(manifest, "$schema")
    if schema != _SCHEMA.format(version=version):
        yield _wrong("$schema", schema, _SCHEMA.format(version=version) + ", as manifestVersion says")
    if not _VERSION.fullmatch(_text(manifest, "version")):
        yield _wrong("version", _text(manifest, "version"), "three numbers such as 1.0.2, higher with each upload")
    if not _COLOUR.fullmatch(_text(manifest, "accentColor")):
        yield _wrong("accentColor", _text(manifest, "accentColor"), "a colour such as #2F5D62")
    if trouble := guid_trouble(_text(manifest, "id")):
        yield _wrong("id", _text(manifest, "id"), trouble)
    for path in ADDRESSES:
        if not _is_https(_text(manifest, path)):
            yield _wrong(path, _text(manifest, path), "an address that begins with https://, without a user name in it")
    for number, domain in enumerate(_items(manifest, "validDomains")):
        if not is_domain(str(domain)):
            yield _wrong(f"validDomains[{number}]", str(domain), "a host name alone, such as bot.example.org")


def _bots(manifest: Mapping[str, object]) -> Iterator[Wrong]:
    bots = _items(manifest, "bots")
    if len(bots) > 1:
        yield _wrong("bots", f"{len(bots)} bots", "one")
    bot = _first_bot(manifest)
    if bots and (trouble := guid_trouble(_text(bot, "botId"))):
        yield _wrong("bots[0].botId", _text(bot, "botId"), trouble)
    for scope in _items(bot, "scopes"):
        if scope not in SCOPES:
            yield _wrong("bots[0].scopes", str(scope), f"only {', '.join(SCOPES)}")
    for number, menu in enumerate(_menus(bot)):
        yield from _menu(f"bots[0].commandLists[{number}]", menu, frozenset(map(str, _items(bot, "scopes"))))


def _menu(path: str, menu: Mapping[str, object], scopes: frozenset[str]) -> Iterator[Wrong]:
    commands = _items(menu, "commands")
    if strange := sorted(set(map(str, _items(menu, "scopes"))) - scopes):
        yield _wrong(f"{path}.scopes", ", ".join(strange), "only scopes of the bot itself")
    if not 1 <= len(commands) <= MOST_COMMANDS:
        yield _wrong(f"{path}.commands", f"{len(commands)} commands", f"1 to {MOST_COMMANDS}: Teams shows no more")
    titles: set[str] = set()
    for number, command in enumerate(commands):
        for part, most in (("title", LONGEST_TITLE), ("description", LONGEST_DESCRIPTION)):
            text = _text(command, part) if isinstance(command, Mapping) else ""
            if not 0 < len(text) <= most:
                yield _wrong(f"{path}.commands[{number}].{part}", _length(text), f"1 to {most} characters")
        title = _text(command, "title") if isinstance(command, Mapping) else ""
        if title and title in titles:
            yield _wrong(f"{path}.commands[{number}].title", title, "a title of its own: this one stands there twice")
        titles.add(title)


def _languages(manifest: Mapping[str, object]) -> Iterator[Wrong]:
    information = manifest.get("localizationInfo")
    if isinstance(information, Mapping) and not _text(information, "defaultLanguageTag"):
        yield _wrong("localizationInfo.defaultLanguageTag", "nothing", "the language of the manifest itself")
    application = manifest.get("webApplicationInfo")
    if isinstance(application, Mapping) and (trouble := guid_trouble(_text(application, "id"))):
        yield _wrong("webApplicationInfo.id", _text(application, "id"), trouble)
    if manifest.get("authorization") and not isinstance(application, Mapping):
        yield _wrong("webApplicationInfo", "nothing", "the app that the permissions are for")


def _first_bot(manifest: Mapping[str, object]) -> Mapping[str, object]:
    first = next(iter(_items(manifest, "bots")), None)
    return first if isinstance(first, Mapping) else {}


def _menus(bot: Mapping[str, object]) -> tuple[Mapping[str, object], ...]:
    return tuple(menu for menu in _items(bot, "commandLists") if isinstance(menu, Mapping))


def _is_https(text: str) -> bool:
    try:
        address = urlsplit(text)
        is_bare = "@" not in address.netloc and not any(sign.isspace() for sign in text)  # no password for all to read
        return address.scheme == "https" and bool(address.hostname) and is_bare
    except ValueError:
        return False


def _at(part: object, path: str) -> object:
    for name in path.split("."):
        part = part.get(name) if isinstance(part, Mapping) else None
    return part


def _text(part: Mapping[str, object], path: str) -> str:
    found = _at(part, path)
    return found if isinstance(found, str) else ""


def _items(part: Mapping[str, object], name: str) -> Sequence[object]:
    found = part.get(name)
    return found if isinstance(found, list | tuple) else ()


def _length(text: str) -> str:
    return f"{len(text)} characters" if text else "nothing"


def _wrong(field: str, found: str, wanted: str) -> Wrong:
    return Wrong(field=field, found=found[:_LONGEST_FOUND] or "nothing", wanted=wanted)
