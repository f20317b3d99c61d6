"""Whether each registration's help desk is told anything by itself, in words for an operator: at start, in `check`.

What a whole organisation reports, and a source that went blind, is told to the help desk's own destinations alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.settings import Settings, TenantSettings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTrouble:
    """One registration whose help desk is told nothing."""

    tenant: str  # what the settings file calls it; empty: what stands at the top
    says: str
    do: str

    def __str__(self) -> str:
        """On one line."""
        return f"{f'{self.tenant}: ' if self.tenant else ''}{self.says}.  To do: {self.do}."


def desk_troubles(settings: Settings) -> Sequence[DeskTrouble]:
    """One for each registration without a destination of its help desk; a bot that is tried out needs none."""
    return [_told(tenant) for tenant in settings.tenants if tenant.app_id and not tenant.helpdesk_channels]


def warn_of_desks(settings: Settings) -> None:
    """Once, at start."""
    for trouble in desk_troubles(settings):
        log.warning("help desk is told nothing", tenant=trouble.tenant or None, says=trouble.says, do=trouble.do)


def _told(tenant: TenantSettings) -> DeskTrouble:
    setting = f"tenant.{tenant.name}.helpdesk_channels" if tenant.name else "NOTJUSTYOU_HELPDESK_CHANNELS"
    return DeskTrouble(
        tenant=tenant.name,
        says=f"no destination of the help desk: trouble that {tenant.me_too_for_org} colleagues report, and blind "
        "sources, are told to nobody by themselves",
        do=f"write whoami to the bot in the help desk's channel and set {setting} to the id that it shows, or to "
        "way:NAME, one of the ways beside Teams",
    )
