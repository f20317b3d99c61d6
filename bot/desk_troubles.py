"""Whether each registration's help desk is told anything by itself, in words for an operator: at start, in `check`.

What a whole organisation reports, and a source that went blind, is told to the help desk's own destinations alone.
"""

from collections.abc import Sequence

import structlog

from bot.lacking import Lacking
from bot.settings import Settings, TenantSettings

log = structlog.get_logger(__name__)


def desk_troubles(settings: Settings) -> Sequence[Lacking]:
    """One for each registration without a destination of its help desk; a bot that is tried out needs none."""
    return [_told(tenant) for tenant in settings.tenants if tenant.app_id and not tenant.helpdesk_channels]


def warn_of_desks(settings: Settings) -> None:
    """Once, at start."""
    for trouble in desk_troubles(settings):
        log.warning("help desk is told nothing", tenant=trouble.tenant or None, says=trouble.says, do=trouble.do)


def _told(tenant: TenantSettings) -> Lacking:
    setting = f"tenant.{tenant.name}.helpdesk_channels" if tenant.name else "NOTJUSTYOU_HELPDESK_CHANNELS"
    return Lacking(
        tenant=tenant.name,
        says=f"no destination of the help desk: trouble that {tenant.me_too_for_org} colleagues report, and blind "
        "sources, are told to nobody by themselves",
        do=f"write whoami to the bot in the help desk's channel and set {setting} to the id that it shows, or to "
        "way:NAME, one of the ways beside Teams",
    )
