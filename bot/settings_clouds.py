"""Microsoft's clouds: where an app of each one proves itself, and who signs what it is sent.

By Microsoft's pages on national clouds and the constants of its SDKs, 2026.  GCC lives in the public one.  Of China
(21Vianet) the host that takes a bot's answers is published nowhere, so it can't be set here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One of them, by its addresses."""

    login_url: str
    openid_url: str  # names the keys of incoming tokens
    graph_url: str
    bot_service: str  # issuer of those tokens, and for whom ours is
    service_hosts: tuple[str, ...]  # where Teams' connector lives

    @property
    def defaults(self) -> Mapping[str, str]:
        """What the settings of these names are there, as an operator would write it."""
        return {
            "LOGIN_URL": self.login_url,
            "OPENID_URL": self.openid_url,
            "GRAPH_URL": self.graph_url,
            "SERVICE_HOSTS": ",".join(self.service_hosts),
        }


PUBLIC = "public"
_GOVERNMENT_KEYS = "https://login.botframework.azure.us/v1/.well-known/openidconfiguration"
CLOUDS: Mapping[str, Cloud] = {
    PUBLIC: Cloud(
        login_url="https://login.microsoftonline.com",
        openid_url="https://login.botframework.com/v1/.well-known/openidconfiguration",
        graph_url="https://graph.microsoft.com",
        bot_service="https://api.botframework.com",
        service_hosts=("smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"),
    ),
    "gcc_high": Cloud(
        login_url="https://login.microsoftonline.us",
        openid_url=_GOVERNMENT_KEYS,
        graph_url="https://graph.microsoft.us",
        bot_service="https://api.botframework.us",
        service_hosts=("smba.infra.gov.teams.microsoft.us",),
    ),
    "dod": Cloud(
        login_url="https://login.microsoftonline.us",
        openid_url=_GOVERNMENT_KEYS,
        graph_url="https://dod-graph.microsoft.us",
        bot_service="https://api.botframework.us",
        service_hosts=("smba.infra.dod.teams.microsoft.us",),
    ),
}
WORLDWIDE = frozenset({"ms_public", "probe", "endpoints"})  # sources that look at the public cloud only


def not_of_cloud(cloud: str, wanted: Collection[str]) -> frozenset[str]:
    """Sources that would tell people of this cloud about another one, unless they are `wanted` all the same."""
    return frozenset() if cloud == PUBLIC else WORLDWIDE - {*wanted}
