"""Settings: environment and secret files -> one frozen value, or every mistake at once.

Read once at start by `app` and the terminal; everybody else is handed values.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.settings_file import FILE, SettingsFile, read_file
from bot.settings_reading import Given, Mistake, Reading, SettingsError, SourceSettings, name_in_file
from bot.settings_specs import CLOUD, PREFIX, SOURCE_IDS, SPECS, Spec, of_cloud, source_specs
from bot.settings_specs_server import HEARTBEAT, keys_in
from bot.settings_tenants import (
    GRAPH,
    GRAPH_SPECS,
    TENANT_SPECS,
    TenantSettings,
    all_mistakes,
    effective,
    read_tenants,
    readings,
)
from bot.settings_values import Network, is_loopback
from bot.settings_ways import WaySettings

__all__ = [
    "Line",
    "Mistake",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "TenantSettings",
    "default_database_url",
    "described",
    "read_settings",
]

_STATUSPAGE = re.compile(r"SOURCE_STATUSPAGE_([A-Z0-9_]+?)_(URL|TOKEN|PERIOD_S|PER_HOUR|PER_MONTH)(_FILE)?")
_IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"  # Azure's instance metadata service


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator may change.  Meanings and defaults stand in `settings_specs.SPECS`.

    What belongs to one registration is read from `tenants`; the fields of that name are those at the top.
    """

    settings_file: str | None
    bind: str
    port: int
    page_bind: str
    page_port: int
    public_url: str | None
    visitor_here: bool
    page_for_operators: bool
    page_tenant: str | None
    trusted_proxies: tuple[Network, ...]
    metrics_from: tuple[Network, ...]
    heartbeat_url: str | None = field(repr=False)
    heartbeat_url_file: Path | None  # where it may be renewed
    heartbeat: timedelta
    database_url: str = field(repr=False)
    ca_file: Path | None
    log_level: str
    log_format: str
    fetch_timeout: timedelta
    send_timeout: timedelta
    refresh_wait: timedelta
    stop_timeout: timedelta
    page_asks_a_minute: int
    app_id: str | None
    app_secret: str | None = field(repr=False)
    app_type: str  # "single_tenant" or "managed_identity"
    tenant_id: str | None
    cloud: str  # one of settings_clouds.CLOUDS
    login_url: str
    openid_url: str
    managed_identity_url: str
    managed_identity_secret: str | None = field(repr=False)
    service_hosts: frozenset[str]
    limit_per_tenant: int
    limit_kept_for_answers: int
    limits_per_conversation: tuple[tuple[int, int], ...]  # (sends, seconds), the shortest first
    graph_url: str
    sources_on: frozenset[str]
    sources_off: frozenset[str]
    blind_after: timedelta
    confirm_after: timedelta
    recover_hold: timedelta
    sources: Mapping[str, SourceSettings]  # by source id; only those that are set
    tenants: tuple[TenantSettings, ...]  # one at least
    source_x_cap_usd: float
    test_site: str
    admins: frozenset[str]
    helpdesk: frozenset[str]
    announcers: frozenset[str]
    approvers: frozenset[str]
    language: str
    zone: str
    sites: tuple[str, ...]
    at_work: bool
    it_contact: str | None
    ticket_url: str | None
    fallbacks: tuple[WaySettings, ...] = field(repr=False)
    subscribe_by: str  # "members" or "owners"
    helpdesk_channels: tuple[str, ...]
    me_too_for_org: int
    sure_from: float
    announce_grace: timedelta
    announce_closest: timedelta
    announce_approval_from: int  # conversations; 0: never
    announce_alerts: str  # "hold" or "fold"
    import_planned: str  # "off", "draft" or "send"
    retention_observations: timedelta
    retention_answers: timedelta
    retention_reports: timedelta
    retention_conversations: timedelta
    retention_audit: timedelta
    retention_incidents: timedelta
    retention_deliveries: timedelta
    retention_announcements: timedelta

    @property
    def is_registered(self) -> bool:
        """Whether Microsoft's bot service knows us, so that its tokens are asked for."""
        return any(tenant.app_id is not None for tenant in self.tenants)

    def app_of(self, tenant: str | None) -> str | None:
        """The app that is registered in that tenant; without one, the first."""
        return next((one.app_id for one in self.tenants if one.tenant_id == tenant), self.tenants[0].app_id)

    def tenant_named(self, tenant: str | None) -> str:
        """What the settings file calls that tenant; empty where there is nothing to tell apart."""
        names = {one.tenant_id: one.name or one.tenant_id for one in self.tenants}
        return names.get(tenant) or "" if tenant is not None and len(names) > 1 else ""

    @property
    def page_is_reached_from_outside(self) -> bool:
        """Whether others than this machine's own people may see the page."""
        return _is_reached_from_outside(self.page_bind, self.public_url)

    @property
    def secrets(self) -> frozenset[str]:
        """Every value that must never be seen in a log, a card or an error."""
        found = {self.app_secret, self.managed_identity_secret, *keys_in(self.heartbeat_url)}
        found |= {source.token for source in self.sources.values()}
        found = found.union(*(tenant.secrets for tenant in self.tenants), *(way.secrets for way in self.fallbacks))
        database = urlsplit(self.database_url)
        found |= {database.password, unquote(database.password or "")}
        found |= {value for name, value in parse_qsl(database.query) if "password" in name}
        return frozenset(secret for secret in found if secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One setting as `notjustyou settings` shows it."""

    name: str
    meaning: str
    default: str
    value: str


def read_settings(env: Mapping[str, str]) -> Settings:
    """The settings in this environment, and in the file that it names.  Raises SettingsError with every mistake."""
    file, top = _layers(env)
    of = readings(file)
    values = {spec.field: top.value(spec) for spec in of_cloud(top.text(CLOUD), SPECS)}
    sources = {name: top.source(name) for name in (*SOURCE_IDS, *_statuspages(env, file))}
    top.refuse_unknown_names([*SPECS, *(spec for name in sources for spec in source_specs(name))])
    tenants = read_tenants(top, values, sources[GRAPH], of)
    _refuse_contradictions(top, values, tenants)
    if mistakes := [*all_mistakes([top, *of.values()], file)]:
        raise SettingsError(mistakes)
    _fill_defaults(values, env)
    given = {name: found for name, found in sources.items() if found != SourceSettings()}
    renewed = top.secret_file(HEARTBEAT)
    return Settings(sources=given, tenants=tenants, heartbeat_url_file=renewed, **values)


def described(env: Mapping[str, str]) -> list[Line]:
    """Every setting with its present value, also each tenant's; a secret that is there is shown as "set"."""
    file, top = _layers(env)
    names = (*SOURCE_IDS, *_statuspages(env, file))
    database_url = default_database_url(env, sys.platform)
    cloud = top.text(CLOUD)
    specs = of_cloud(cloud, _specs(names))
    lines = [_line(PREFIX + spec.name, spec, top.text(spec), database_url) for spec in specs]
    for tenant, reading in readings(file).items():
        for spec in of_cloud(cloud, (*TENANT_SPECS, *GRAPH_SPECS)):
            name = f"tenant.{tenant}.{name_in_file(spec.name)}"
            lines.append(_line(name, spec, effective(reading, top, spec), database_url))
    return lines


def _specs(sources: tuple[str, ...]) -> Iterator[Spec]:
    yield from SPECS
    for name in sources:
        yield from source_specs(name)


def default_database_url(env: Mapping[str, str], platform: str) -> str:
    """A file below the user's own state folder, wherever `platform` keeps it."""
    if platform == "win32":
        folder = Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        home = Path(env.get("HOME") or Path.home())
        folder = Path(env.get("XDG_STATE_HOME") or home / ".local" / "state")
    return "sqlite:///" + (folder / "notjustyou" / "notjustyou.db").as_posix()


def _layers(env: Mapping[str, str]) -> tuple[SettingsFile | None, Reading]:
    """The settings file, and what stands at the top: variables over the file's keys.  Empty means not set."""
    stated = {
        name.removeprefix(PREFIX): Given(text=text.strip(), name=name)
        for name, text in env.items()
        if name.startswith(PREFIX) and text.strip()
    }
    file = read_file(stated[FILE].text) if FILE in stated else None
    below = {
        name: given
        for name, given in (file.top if file else {}).items()
        if not stated.keys() & {name, f"{name}_FILE", name.removesuffix("_FILE")}
    }
    return file, Reading({**below, **stated})


def _statuspages(env: Mapping[str, str], file: SettingsFile | None) -> tuple[str, ...]:
    """Ids of the status pages that are spoken of."""
    stated = [name.removeprefix(PREFIX) for name, text in env.items() if name.startswith(PREFIX) and text.strip()]
    names = (_STATUSPAGE.fullmatch(name) for name in sorted([*stated, *(file.top if file else ())]))
    return tuple(dict.fromkeys(f"statuspage:{found[1].lower()}" for found in names if found))


def _refuse_contradictions(top: Reading, values: Mapping[str, Any], tenants: tuple[TenantSettings, ...]) -> None:
    """Settings that are right one by one and wrong together."""
    is_registered = top.is_given("APP_ID") or any(tenant.name for tenant in tenants)
    if not is_registered and values["bind"] and not is_loopback(values["bind"]):
        wanted = f"loopback, or {top.spelled('APP_ID')} so that tokens are checked"
        top.refuse("BIND", repr(values["bind"]), wanted)
    if values["page_tenant"] and values["page_tenant"] not in {tenant.tenant_id for tenant in tenants}:
        top.refuse("PAGE_TENANT", repr(values["page_tenant"]), f"a directory id that {top.spelled('TENANT_ID')} names")
    both = (values["sources_on"] or frozenset()) & (values["sources_off"] or frozenset())
    if both:
        top.refuse("SOURCES_OFF", repr(",".join(sorted(both))), f"no source of {top.spelled('SOURCES_ON')}")
    for name in ("SOURCES_ON", "SOURCES_OFF"):
        for unknown in sorted(word for word in values[name.lower()] or () if _is_unknown_source(word)):
            top.refuse(name, repr(unknown), f"one of {', '.join(SOURCE_IDS)}, statuspage:NAME")


def _is_unknown_source(name: str) -> bool:
    return name not in SOURCE_IDS and name.partition(":")[0] != "statuspage"


def _is_reached_from_outside(page_bind: str, public_url: str | None) -> bool:
    """By its address, or through a reverse proxy on this very machine."""
    host = urlsplit(public_url).hostname if public_url else None
    return not is_loopback(page_bind) or (host is not None and not is_loopback(host))


def _fill_defaults(values: dict[str, Any], env: Mapping[str, str]) -> None:
    """Defaults that depend on other settings or on the machine."""
    if values["page_bind"] is None:
        values["page_bind"] = values["bind"]
    if values["page_port"] is None:
        values["page_port"] = values["port"]
    outside = _is_reached_from_outside(values["page_bind"], values["public_url"])
    if values["visitor_here"] is None:
        values["visitor_here"] = not outside
    if values["page_for_operators"] is None:
        values["page_for_operators"] = not outside
    if values["database_url"] is None:
        values["database_url"] = default_database_url(env, sys.platform)
    if values["managed_identity_url"] is None:
        values["managed_identity_url"] = env.get("IDENTITY_ENDPOINT") or _IMDS
    if values["managed_identity_secret"] is None:
        values["managed_identity_secret"] = env.get("IDENTITY_HEADER") or None


def _line(name: str, spec: Spec, text: str, database_url: str) -> Line:
    default = database_url if spec.name == "DATABASE_URL" else spec.default
    value = "set" if spec.secret and text else spec.shown(text) or default
    if spec.name == "DATABASE_URL" and text.startswith("sqlite:"):
        value = text  # a file's name is no secret, and the first thing that an operator looks for
    return Line(name=name, meaning=spec.meaning, default=default, value=value)
