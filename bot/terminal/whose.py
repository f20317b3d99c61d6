"""Which tenant `--tenant` means: a directory id, in whatever case, or the name of a table of the settings file."""

from bot.domain.observation import TenantId
from bot.settings import Settings


def tenant_meant(settings: Settings, said: str | None) -> TenantId | None:
    """As rows have it; None for all of them."""
    if not said:
        return None
    named = next((one.tenant_id for one in settings.tenants if one.name and one.name == said), None)
    return TenantId((named or said).lower())
