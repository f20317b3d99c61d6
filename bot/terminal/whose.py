"""Which tenant `--tenant` means: a directory id, in whatever case, or the name of a table of the settings file."""

from collections.abc import Collection

from bot.domain.observation import TenantId
from bot.settings import Settings
from bot.terminal.output import Output

MOST_NAMED = 20


def tenant_meant(settings: Settings, said: str | None) -> TenantId | None:
    """As rows have it; None for all of them."""
    if said is None:
        return None
    named = next((one.tenant_id for one in settings.tenants if one.name and one.name == said), None)
    return TenantId((named or said.strip()).lower())


def is_known(settings: Settings, tenant: TenantId | None, kept: Collection[TenantId]) -> bool:
    """Whether there is such a tenant: the settings name it, or rows of it are kept."""
    return tenant is None or tenant in kept or any(one.tenant_id == tenant for one in settings.tenants)


def deny(out: Output, settings: Settings, said: str | None, kept: Collection[TenantId] = ()) -> None:
    """Say that there is no such tenant, and which there are."""
    set_up = {one.tenant_id: f"{one.name} ({one.tenant_id})" if one.name else one.tenant_id for one in settings.tenants}
    named = [name for name in set_up.values() if name is not None]
    others = [f"{tenant} (rows only)" for tenant in kept if tenant not in set_up]
    known = [*named, *others][:MOST_NAMED]
    told = f"Tenants: {', '.join(known)}" if known else "The settings name no tenant, and no row is any tenant's."
    out.complain(f"There is no tenant {said!r}.", [told])
