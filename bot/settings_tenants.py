"""The settings of each registration: one app in one directory, with what its people are shown.

There is always one at least: without a file it is made of the variables, and without an app id it serves whoever speaks
from this machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bot.settings_file import SettingsFile
from bot.settings_reading import Mistake, Reading, SourceSettings, name_in_file
from bot.settings_spec import UNSHOWN
from bot.settings_specs import SPECS, Spec, source_specs
from bot.settings_values import guid
from bot.settings_ways import WAY, WaySettings, ways_among

GRAPH = "graph"  # the one source that speaks of a single tenant
TENANT_SPECS: tuple[Spec, ...] = tuple(spec for spec in SPECS if spec.per_tenant)
GRAPH_SPECS = source_specs(GRAPH)[:3]  # address, token, period: what one may spend counts for all together
_SECRET = next(spec for spec in SPECS if spec.name == "APP_SECRET")
_OFF = next(spec for spec in SPECS if spec.name == "SOURCES_OFF")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSettings:
    """One registration.  Its fields are the settings that `Spec.per_tenant` marks, and Graph's."""

    name: str = ""  # of its table; empty: made of the settings at the top
    app_id: str | None
    app_secret: str | None = field(repr=False)
    app_secret_file: Path | None = None  # read again whenever a token is due
    app_type: str  # "single_tenant" or "managed_identity"
    tenant_id: str | None
    graph_url: str
    graph: SourceSettings
    sources_off: frozenset[str]
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
    announce_approval_from: int  # conversations; 0: never
    announce_alerts: str  # "hold" or "fold"
    import_planned: str  # "off", "draft" or "send"

    @property
    def secrets(self) -> frozenset[str]:
        """Every value of it that must never be seen."""
        own = frozenset(secret for secret in (self.app_secret, self.graph.token) if secret)
        return own.union(*(way.secrets for way in self.fallbacks))


def readings(file: SettingsFile | None) -> Mapping[str, Reading]:
    """What is written of each tenant, by its name."""
    if file is None:
        return {}
    return {name: Reading(given, spell=partial(_spelled, name), file=file.path) for name, given in file.tenants.items()}


def read_tenants(
    top: Reading, values: Mapping[str, Any], graph: SourceSettings, of: Mapping[str, Reading]
) -> tuple[TenantSettings, ...]:
    """All registrations.  `values` and `graph`: what stands at the top.  Mistakes are noted in the readings."""
    first = TenantSettings(
        **{spec.field: values[spec.field] for spec in TENANT_SPECS},
        app_secret_file=top.secret_file(_SECRET),
        graph=graph,
    )
    begun = [(top, first)] if first.app_id or not of else []
    begun += [(reading, _tenant(name, reading, values, graph)) for name, reading in of.items()]
    for reading, tenant in begun:
        _refuse_contradictions(reading, tenant, several=bool(of))
    for reading in of.values():
        _refuse_what_is_for_all(reading)
    for reading, tenant in [(top, first), *(each for each in begun if each[0] is not top)]:
        _refuse_unknown_ways(reading, tenant)
    _refuse_twins(begun)
    return tuple(tenant for _, tenant in begun)


def effective(reading: Reading, top: Reading, spec: Spec) -> str:
    """The text that counts for a tenant: its own, else the one at the top."""
    return reading.text(spec) if reading.mentions(spec.name) or not spec.inherited else top.text(spec)


def _spelled(tenant: str, name: str) -> str:
    return f"tenant.{tenant}.{name_in_file(name)}"


def _tenant(name: str, reading: Reading, values: Mapping[str, Any], graph: SourceSettings) -> TenantSettings:
    own = {spec.field: _value(reading, spec, values[spec.field]) for spec in TENANT_SPECS}
    url, token, period = (reading.value(spec) for spec in GRAPH_SPECS)
    return TenantSettings(
        name=name,
        **own,
        app_secret_file=reading.secret_file(_SECRET),
        graph=SourceSettings(
            url=url or graph.url,
            token=token,
            token_file=reading.secret_file(GRAPH_SPECS[1]),
            period=period or graph.period,
        ),
    )


def _value(reading: Reading, spec: Spec, at_the_top: object) -> Any:  # noqa: ANN401 - each setting has its own type
    return reading.value(spec) if reading.mentions(spec.name) or not spec.inherited else at_the_top


def _refuse_contradictions(reading: Reading, tenant: TenantSettings, *, several: bool) -> None:
    """What is right one by one and wrong together."""
    is_single, is_given = tenant.app_type == "single_tenant", reading.is_given
    if not is_given("APP_ID"):
        if several or is_given("APP_SECRET"):
            secret = reading.spelled("APP_SECRET")
            wanted = "the application id of its bot registration" if several else f"the id that {secret} belongs to"
            reading.refuse("APP_ID", "nothing", wanted)
    elif is_single and not is_given("APP_SECRET"):
        managed = f"{reading.spelled('APP_TYPE')} = managed_identity"
        reading.refuse("APP_SECRET", "nothing", f"the app's secret, or {managed}")
    if (several or (is_given("APP_ID") and is_single)) and not is_given("TENANT_ID"):
        reading.refuse("TENANT_ID", "nothing", "the directory id of the bot registration")
    if tenant.app_id and tenant.app_id == tenant.tenant_id:
        wanted = "the directory id, which is another one than the application id: both stand on the app's overview page"
        reading.refuse("TENANT_ID", f"the same id as in {reading.spelled('APP_ID')}", wanted)
    if tenant.app_secret and _is_guid(tenant.app_secret):
        reading.refuse("APP_SECRET", "an id", "the secret's value, which is shown once when it is made; not its id")


def _refuse_unknown_ways(reading: Reading, tenant: TenantSettings) -> None:
    """A way can be the help desk's where it is one of `FALLBACKS`, and where it is known whose help desk that is."""
    named = ways_among(tenant.helpdesk_channels or ())
    known = [each.way.name for each in tenant.fallbacks or ()]
    found = repr(", ".join(f"{WAY}{name}" for name in sorted(named - {*known})))
    if not named <= {*known}:
        there = f"way:NAME with a name of {reading.spelled('FALLBACKS')} ({', '.join(known) or 'none is set'})"
        reading.refuse("HELPDESK_CHANNELS", found, f"ids of conversations, or {there}")
    elif named and not tenant.tenant_id:
        wanted = f"{reading.spelled('TENANT_ID')} beside it: a way serves the help desk of one organisation"
        reading.refuse("HELPDESK_CHANNELS", f"{WAY}NAME", wanted)


def _refuse_what_is_for_all(reading: Reading) -> None:
    """Names that are settings, but not of one tenant; sources that all share; and names that are none."""
    if reading.mentions("SOURCES_OFF") and set(reading.text(_OFF).split(",")) - {"", GRAPH}:
        reading.refuse("SOURCES_OFF", repr(reading.text(_OFF)), f"only {GRAPH}: the other sources are read for all")
    own = (*TENANT_SPECS, *GRAPH_SPECS)
    names = {spec.name for spec in own} | {f"{spec.name}_FILE" for spec in own if spec.secret}
    for spec in SPECS:
        for name in (spec.name, f"{spec.name}_FILE"):
            if name not in names and reading.mentions(name):
                reading.refuse(name, UNSHOWN, "it at the top of the file: it counts for all tenants")
    reading.refuse_unknown_names([*SPECS, *own])


def _refuse_twins(begun: Sequence[tuple[Reading, TenantSettings]]) -> None:
    """Two registrations with one id: whose words would be whose?"""
    for what in ("app_id", "tenant_id"):
        seen: dict[str, str] = {}
        for reading, tenant in begun:
            value, name = getattr(tenant, what), reading.spelled(what.upper())
            if value is not None and value in seen:
                reading.refuse(what.upper(), f"the same id as in {seen[value]}", "each registration once")
            elif value is not None:
                seen[value] = name


def _is_guid(text: str) -> bool:
    try:
        guid(text)
    except ValueError:
        return False
    return True


def all_mistakes(readings_: Sequence[Reading], file: SettingsFile | None) -> Iterator[Mistake]:
    """Whatever is wrong anywhere."""
    if file is not None:
        yield from file.mistakes
    for reading in readings_:
        yield from reading.mistakes
