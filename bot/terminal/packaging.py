"""`package`: the app package for Teams, written only when every check passed."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bot.content.texts import load_texts
from bot.manifest.icons import SIZES
from bot.manifest.package import PackageError, Wishes, package
from bot.manifest.rules import Wrong
from bot.settings import Settings, TenantSettings
from bot.terminal.output import Output

DONE, USAGE = 0, 2


def write_package(arguments: argparse.Namespace, out: Output, settings: Settings) -> int:
    """Write the zip file and say what stands in it.  2 when a value is refused; then nothing is written."""
    file = Path(arguments.out)
    try:
        made = package(_wishes(arguments, settings, _icons(arguments)), load_texts())
        _write(file, made.content)
    except PackageError as error:
        out.complain("No package was written:", str(error).splitlines())
        return USAGE
    fields = {name: _shown(made.manifest, name) for name in FIELDS}
    fields["team_owners"] = "authorization" in made.manifest
    facts = {"file": str(file), "size": len(made.content), "files": list(made.files), "languages": list(made.languages)}
    if out.form == "json":
        out.json(facts | {"fields": fields})
        return DONE
    for name, value in {**facts, **fields}.items():
        if value is not None:
            out.line(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    if out.form == "people":
        out.line("Next: Teams admin centre, Teams apps, Manage apps, Upload new app.")
    return DONE


FIELDS = (
    "manifestVersion", "version", "id", "name.short", "developer.websiteUrl", "developer.privacyUrl",
    "developer.termsOfUseUrl", "validDomains",
)  # fmt: skip


def _icons(arguments: argparse.Namespace) -> dict[str, bytes]:
    """The icons that were named in place of ours."""
    icons, wrong = {}, []
    for name in SIZES:
        option = f"{name.removesuffix('.png')}_icon"
        file = getattr(arguments, option)
        try:
            if file:
                icons[name] = Path(file).read_bytes()
        except OSError:
            wrong.append(Wrong(field=f"--{option.replace('_', '-')}", found=file, wanted="a file that can be read"))
    if wrong:
        raise PackageError(tuple(wrong))
    return icons


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        wanted = f"a file that can be written ({error.strerror})"
        raise PackageError((Wrong(field="--out", found=str(file), wanted=wanted),)) from error


def _own(app_id: str | None, settings: Settings) -> TenantSettings:
    """The registration that the package is for.  With several, somebody has to say which."""
    if app_id is not None:
        return next((one for one in settings.tenants if one.app_id == app_id.lower()), settings.tenants[0])
    if len(settings.tenants) > 1:
        each = ", ".join(f"{one.app_id} ({one.name or 'of the variables'})" for one in settings.tenants)
        wanted = f"the one this package is for: {each}"
        raise PackageError((Wrong(field="--app-id", found="several in the settings", wanted=wanted),))
    return settings.tenants[0]


def _wishes(arguments: argparse.Namespace, settings: Settings, icons: Mapping[str, bytes]) -> Wishes:
    """What was typed, else what the settings say."""
    reached = urlsplit(settings.public_url or "").hostname
    own = _own(arguments.app_id, settings)
    return Wishes(
        app_id=arguments.app_id or own.app_id or "",
        domain=arguments.domain or reached or "",
        name=arguments.name,
        version=arguments.version,
        contact_url=arguments.contact_url,
        privacy_url=arguments.privacy_url,
        terms_url=arguments.terms_url,
        team_owners=arguments.team_owners,
        tenant_id=own.tenant_id,
        icons=icons,
    )


def _shown(manifest: object, path: str) -> object:
    for name in path.split("."):
        manifest = manifest.get(name) if isinstance(manifest, dict) else None
    return manifest
