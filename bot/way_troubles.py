"""What is wrong with the ways beside Teams, in words for an operator: at start, and in `check`."""

from collections.abc import Collection, Sequence

import structlog

from bot.domain.observation import TenantId
from bot.domain.way_out import Lack, lack
from bot.lacking import Lacking
from bot.settings import Settings, TenantSettings
from bot.store import subscriptions
from bot.store.engine import Store

OTHER = "such as mailtos://, ntfy://, pagerduty:// or an SMS gateway (README: When Teams itself is down)"

log = structlog.get_logger(__name__)


def way_troubles(settings: Settings, subscribed: Collection[TenantId | None]) -> Sequence[Lacking]:
    """One for each registration that lacks a way out.  `subscribed`: tenants in which something wants to be told."""
    found = [(one, _lack(one, subscribed)) for one in settings.tenants]
    return [_told(tenant, what) for tenant, what in found if what is not None]


async def warn_of_ways(settings: Settings, store: Store) -> None:
    """Once, at start, while there is time to mend it.  Raises StoreError."""
    async with store.reading() as db:
        subscribed = await subscriptions.tenants(db)
    for trouble in way_troubles(settings, subscribed):
        log.warning("no sure way beside Teams", tenant=trouble.tenant or None, says=trouble.says, do=trouble.do)


def _lack(tenant: TenantSettings, subscribed: Collection[TenantId | None]) -> Lack | None:
    """Whoever names no tenant serves everybody who comes; without an app it is a bot that is tried out."""
    awaited = tenant.tenant_id in subscribed if tenant.tenant_id is not None else bool(subscribed)
    return lack([each.way for each in tenant.fallbacks], awaited=awaited)


def _told(tenant: TenantSettings, what: Lack) -> Lacking:
    setting = f"tenant.{tenant.name}.fallbacks" if tenant.name else "NOTJUSTYOU_FALLBACKS"
    if what is Lack.NONE:
        says = "channels are subscribed, and there is no way beside Teams: while Teams fails they hear nothing"
        return Lacking(tenant=tenant.name, says=says, do=f"set {setting}, {OTHER}")
    names = ", ".join(each.way.name for each in tenant.fallbacks)
    says = f"every way beside Teams needs Microsoft too ({names}), and may fail together with it"
    return Lacking(tenant=tenant.name, says=says, do=f"add one to {setting} that does not, {OTHER}")
