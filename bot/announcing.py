"""The parts that announce, put together: what is planned takes place, and what others planned is taken over.

Knows every room and decides nothing, as `assembly` does for answers.
"""

from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version

from bot.assembly import Parts
from bot.commands.announce_approving import approvers_in
from bot.delivering import Delivering
from bot.domain.delivery import Subject
from bot.domain.observation import TenantId
from bot.domain.planned_work import Alerts
from bot.jobs.announce import PERIOD, Announcer, Announcing
from bot.jobs.announced import owe_ways, pages
from bot.jobs.import_planned import EVERY, Import, Importing
from bot.jobs.windows import HoldingBack, Windows
from bot.settings import Settings, TenantSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncingParts:
    """What runs, beside the ticks of the engine."""

    announcer: Announcer
    windows: Windows


def announcing_of(parts: Parts, delivering: Delivering) -> AnnouncingParts:
    """Everything, in the engine's ticks, not running yet."""
    engine, clock, settings = delivering.engine, parts.clock, parts.settings

    def zone_of(tenant: TenantId | None) -> str:
        return parts.desk.house_of(tenant).zone

    def grace_of(_: TenantId | None) -> timedelta:
        return settings.announce_grace

    def approvers_of(tenant: TenantId | None) -> frozenset[str]:
        return approvers_in(parts.desk.house_of(tenant))

    windows = Windows(parts.store, parts.board, clock, delivering.changed, engine.ticking)
    setup = Announcing(
        zone_of=zone_of,
        changed=delivering.changed,
        grace_of=grace_of,
        zones_version=version("tzdata"),
        approvers_of=approvers_of,
    )
    announcer = Announcer(parts.store, clock, setup, windows=windows, holding=engine.ticking)
    delivering.spreading.pages[Subject.ANNOUNCEMENT] = pages(zone_of)
    delivering.failover.also = owe_ways
    importing = Import(
        parts.store,
        parts.board,
        clock,
        Importing(mode_of=lambda tenant: of_tenant(settings, tenant).import_planned),
        holding=engine.ticking,
    )
    importing.tenants = tuple(TenantId(one.tenant_id) if one.tenant_id else None for one in settings.tenants)
    if parts.desk.drill is None:
        engine.tick("announce", PERIOD, announcer.run)
        parts.desk.news.planned = announcer.news.set
        engine.tick("import planned", EVERY, importing.tick)
    return AnnouncingParts(announcer=announcer, windows=windows)


def holding_back(settings: Settings) -> HoldingBack:
    """By each tenant's setting."""
    return HoldingBack(lambda tenant: Alerts(of_tenant(settings, tenant).announce_alerts))


def of_tenant(settings: Settings, tenant: TenantId | None) -> TenantSettings:
    """The registration of that tenant; the first one for whoever has none of their own."""
    return next((one for one in settings.tenants if one.tenant_id == tenant), settings.tenants[0])
