"""Settings: environment and secret files -> one frozen value, or every mistake at once.

Read once at start by `app` and the terminal; everybody else is handed values.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.settings_specs import PREFIX, SOURCE_IDS, SPECS, Spec, source_specs
from bot.settings_values import Network, is_loopback

_STATUSPAGE = re.compile(r"SOURCE_STATUSPAGE_([A-Z0-9_]+?)_(URL|TOKEN|PERIOD_S|PER_HOUR|PER_MONTH)(_FILE)?")
_IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"  # Azure's instance metadata service
NEAR = 0.85  # likeness from which a wrong name is taken for a mistyped one: all share the prefix
_MAX_SECRET_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One setting that is wrong."""

    name: str  # as in the environment
    found: str  # what stands there; a secret is not repeated
    wanted: str


class SettingsError(Exception):
    """The settings can't be used.  The text lists every mistake, one a line; it holds no secret."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """`mistakes`: at least one."""
        self.mistakes = tuple(mistakes)
        super().__init__(
            "\n".join(f"{wrong.name}: found {wrong.found}; wanted {wrong.wanted}" for wrong in self.mistakes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """What an operator says about one source."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    period: timedelta | None = None
    per_hour: int | None = None
    per_month: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator may change.  Meanings and defaults stand in `settings_specs.SPECS`."""

    bind: str
    port: int
    page_bind: str
    page_port: int
    public_url: str | None
    visitor_here: bool
    page_for_operators: bool
    trusted_proxies: tuple[Network, ...]
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
    login_url: str
    openid_url: str
    managed_identity_url: str
    managed_identity_secret: str | None = field(repr=False)
    service_hosts: frozenset[str]
    graph_url: str
    sources_on: frozenset[str]
    sources_off: frozenset[str]
    blind_after: timedelta
    sources: Mapping[str, SourceSettings]  # by source id; only those that are set
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
    fallbacks: tuple[str, ...] = field(repr=False)
    me_too_for_org: int
    sure_from: float
    retention_observations: timedelta
    retention_answers: timedelta
    retention_reports: timedelta
    retention_conversations: timedelta
    retention_audit: timedelta

    @property
    def secrets(self) -> frozenset[str]:
        """Every value that must never be seen in a log, a card or an error."""
        found = {self.app_secret, self.managed_identity_secret, *self.fallbacks}
        found |= {source.token for source in self.sources.values()}
        password = urlsplit(self.database_url).password or ""
        found |= {password, unquote(password)}
        return frozenset(secret for secret in found if secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One setting as `notjustyou settings` shows it."""

    name: str
    meaning: str
    default: str
    value: str


def read_settings(env: Mapping[str, str]) -> Settings:
    """The settings in this environment.  Empty means not set.  Raises SettingsError with every mistake."""
    reading = _Reading(env)
    values = {spec.field: reading.value(spec) for spec in SPECS}
    sources = {name: reading.source(name) for name in (*SOURCE_IDS, *reading.statuspages())}
    reading.refuse_unknown_names(sources)
    reading.refuse_contradictions(values)
    if reading.mistakes:
        raise SettingsError(reading.mistakes)
    _fill_defaults(values, env)
    return Settings(sources={name: found for name, found in sources.items() if found != SourceSettings()}, **values)


def described(env: Mapping[str, str]) -> list[Line]:
    """Every setting with its present value; a secret that is there is shown as "set"."""
    reading = _Reading(env)
    specs = [*SPECS, *(spec for name in (*SOURCE_IDS, *reading.statuspages()) for spec in source_specs(name))]
    return [_line(spec, reading.text(spec), default_database_url(env, sys.platform)) for spec in specs]


def default_database_url(env: Mapping[str, str], platform: str) -> str:
    """A file below the user's own state folder, wherever `platform` keeps it."""
    if platform == "win32":
        folder = Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        home = Path(env.get("HOME") or Path.home())
        folder = Path(env.get("XDG_STATE_HOME") or home / ".local" / "state")
    return "sqlite:///" + (folder / "notjustyou" / "notjustyou.db").as_posix()


class _Reading:
    """One pass over an environment, which collects mistakes instead of stopping at the first."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {name: text.strip() for name, text in env.items() if name.startswith(PREFIX) and text.strip()}
        self.mistakes: list[Mistake] = []

    def text(self, spec: Spec) -> str:
        """What stands there for this setting, from the variable or its file; "" when nothing does."""
        name = PREFIX + spec.name
        if not spec.secret or f"{name}_FILE" not in self._env:
            return self._env.get(name, "")
        path = self._env[f"{name}_FILE"]
        if name in self._env:
            self._refuse(f"{name}_FILE", path, f"only one of {name} and {name}_FILE")
            return ""
        try:
            with Path(path).expanduser().open(encoding="utf-8") as file:
                found = file.read(_MAX_SECRET_BYTES).strip()
        except (OSError, UnicodeError):
            found = ""
        if not found:
            self._refuse(f"{name}_FILE", path, "a text file that can be read and is not empty")
        return found

    def value(self, spec: Spec) -> Any:  # noqa: ANN401 - each setting has a type of its own; mypy sees it in Settings
        """The setting's value, None when it is not set or wrong."""
        text = self.text(spec) or spec.default
        try:
            return spec.read(text) if text else spec.absent
        except ValueError as error:
            self._refuse(PREFIX + spec.name, "a value that is not shown" if spec.secret else repr(text), str(error))
            return None

    def source(self, name: str) -> SourceSettings:
        """What is said about one source."""
        url, token, period, per_hour, per_month = (self.value(spec) for spec in source_specs(name))
        return SourceSettings(url=url, token=token, period=period, per_hour=per_hour, per_month=per_month)

    def statuspages(self) -> tuple[str, ...]:
        """Ids of the status pages that this environment speaks of."""
        names = (_STATUSPAGE.fullmatch(name.removeprefix(PREFIX)) for name in sorted(self._env))
        return tuple(dict.fromkeys(f"statuspage:{found[1].lower()}" for found in names if found))

    def refuse_unknown_names(self, sources: Iterable[str]) -> None:
        """A name that we don't know is a typing mistake until proven otherwise."""
        specs = [*SPECS, *(spec for name in sources for spec in source_specs(name))]
        known = {PREFIX + spec.name for spec in specs} | {f"{PREFIX}{spec.name}_FILE" for spec in specs if spec.secret}
        for name in sorted(set(self._env) - known):
            near = get_close_matches(name, known, n=1, cutoff=NEAR)
            self._refuse(name, "a name that is not a setting", near[0] if near else "a name that `settings` lists")

    def refuse_contradictions(self, values: Mapping[str, Any]) -> None:
        """Settings that are right one by one and wrong together."""
        single = values["app_type"] == "single_tenant"
        if not self._is_given("APP_ID"):
            if values["bind"] and not is_loopback(values["bind"]):
                self._refuse(
                    PREFIX + "BIND", repr(values["bind"]), f"loopback, or {PREFIX}APP_ID so that tokens are checked"
                )
            if self._is_given("APP_SECRET"):
                self._refuse(PREFIX + "APP_ID", "nothing", f"the id that {PREFIX}APP_SECRET belongs to")
        elif single and not self._is_given("APP_SECRET"):
            self._refuse(PREFIX + "APP_SECRET", "nothing", f"the app's secret, or {PREFIX}APP_TYPE=managed_identity")
        if self._is_given("APP_ID") and single and not self._is_given("TENANT_ID"):
            self._refuse(PREFIX + "TENANT_ID", "nothing", "the directory id of the bot registration")
        both = (values["sources_on"] or frozenset()) & (values["sources_off"] or frozenset())
        if both:
            self._refuse(PREFIX + "SOURCES_OFF", repr(",".join(sorted(both))), f"no source of {PREFIX}SOURCES_ON")
        for name in ("SOURCES_ON", "SOURCES_OFF"):
            for unknown in sorted(word for word in values[name.lower()] or () if _is_unknown_source(word)):
                self._refuse(PREFIX + name, repr(unknown), f"one of {', '.join(SOURCE_IDS)}, statuspage:NAME")

    def _is_given(self, name: str) -> bool:
        return PREFIX + name in self._env or f"{PREFIX}{name}_FILE" in self._env

    def _refuse(self, name: str, found: str, wanted: str) -> None:
        self.mistakes.append(Mistake(name=name, found=found, wanted=wanted))


def _is_unknown_source(name: str) -> bool:
    return name not in SOURCE_IDS and name.partition(":")[0] != "statuspage"


def _fill_defaults(values: dict[str, Any], env: Mapping[str, str]) -> None:
    """Defaults that depend on other settings or on the machine."""
    if values["page_bind"] is None:
        values["page_bind"] = values["bind"]
    if values["page_port"] is None:
        values["page_port"] = values["port"]
    if values["visitor_here"] is None:
        values["visitor_here"] = is_loopback(values["page_bind"])
    if values["page_for_operators"] is None:
        values["page_for_operators"] = is_loopback(values["page_bind"])
    if values["database_url"] is None:
        values["database_url"] = default_database_url(env, sys.platform)
    if values["managed_identity_url"] is None:
        values["managed_identity_url"] = env.get("IDENTITY_ENDPOINT") or _IMDS
    if values["managed_identity_secret"] is None:
        values["managed_identity_secret"] = env.get("IDENTITY_HEADER") or None


def _line(spec: Spec, text: str, database_url: str) -> Line:
    default = database_url if spec.name == "DATABASE_URL" else spec.default
    value = "set" if spec.secret and text else text or default
    if spec.name == "DATABASE_URL" and text.startswith("sqlite:"):
        value = text  # a file's name is no secret, and the first thing that an operator looks for
    return Line(name=PREFIX + spec.name, meaning=spec.meaning, default=default, value=value)
