"""From the settings to the sources: what is set for each one, which are on, and which look elsewhere."""

from dataclasses import replace

from bot.domain.observation import TenantId
from bot.secret import renewable
from bot.settings import Settings, TenantSettings
from bot.settings_clouds import not_of_cloud
from bot.sources.chosen import Choice
from bot.sources.source import SourceSetup


def choice_of(settings: Settings) -> Choice:
    """What the settings say about all sources."""
    setups = {
        name: SourceSetup(
            url=one.url, token=one.token, period=one.period, secret=renewable(name, one.token, one.token_file)
        )
        for name, one in settings.sources.items()
    }
    x = setups.get("x", SourceSetup())
    setups["x"] = replace(x, extra={"cap_usd": str(settings.source_x_cap_usd)})
    first, *others = (_graph(settings, tenant) for tenant in settings.tenants)
    setups["graph"] = first
    return Choice(
        setups=setups,
        on=settings.sources_on,
        off=settings.sources_off - {"graph"},
        elsewhere=not_of_cloud(settings.cloud, settings.sources_on),
        more={"graph": others},
    )


def _graph(settings: Settings, tenant: TenantSettings) -> SourceSetup:
    """What Graph needs to speak of that tenant: its app's credentials."""
    known = {
        "tenant_id": tenant.tenant_id,
        "app_id": tenant.app_id,
        "app_secret": tenant.app_secret,
        "login_url": settings.login_url,
    }
    of = " ".join(filter(None, ("graph", tenant.name)))
    own = renewable(of, tenant.app_secret, tenant.app_secret_file)
    secret = own if tenant.app_secret else renewable(of, tenant.graph.token, tenant.graph.token_file)
    return SourceSetup(
        url=tenant.graph.url or tenant.graph_url,
        token=tenant.graph.token,
        period=tenant.graph.period,
        tenant=TenantId(tenant.tenant_id) if tenant.tenant_id else None,
        of=tenant.name,
        is_off="graph" in tenant.sources_off,
        secret=secret,
        extra={name: value for name, value in known.items() if value},
    )
