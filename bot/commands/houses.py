"""What the operator decided for those who ask: one house for each tenant, and those for askers without a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.conversation import Role
from bot.domain.observation import TenantId
from bot.domain.verdict import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the operator decided, as far as answers show it."""

    languages: tuple[str, ...] = ("en",)
    language: str = "en"  # the organisation's own
    zone: str = "UTC"
    it_contact: str | None = None  # mail address or phone number
    ticket_url: str | None = None  # https address; {subject} and {text} are filled in when present
    page_url: str | None = None  # to look at when the chat is down
    test_site: str = "x.com"  # a neutral site that people can open
    sites: tuple[str, ...] = ()  # places of the organisation
    at_work: bool = True  # company network: no advice to change DNS or restart routers
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)  # directory object id -> roles
    admins_at: str = "NOTJUSTYOU_ADMINS"  # the setting that makes somebody an admin here
    subscribe_by_owners: bool = False  # what a channel is told is decided by owners of its team and admins only
    helpdesk_channels: frozenset[str] = frozenset()  # ids of the help desk's own conversations
    rehearsing: bool = False  # a drill on a bot that only this machine reaches: whoever subscribes wants to see it
    approval_from: int = 50  # conversations from which an announcement needs a second person's yes; 0: never
    announce_closest: timedelta = timedelta(hours=1)  # shortest time between two of a recurring one
    folds_alerts: bool = False  # what announced work explains is told as a line of its card
    sends_per_second: int = 48  # as fast as the platform lets us tell many
    visitor_here: bool = False  # a visitor of the page sits at the server's own place
    drill: str | None = None  # name of the drill that is played
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Houses:
    """Every house, by whom it serves."""

    common: House  # whoever has no tenant: the terminal, activities that name none
    page: House  # visitors of the page
    outside: House  # those of them whom a proxy brought that no setting told of: they may be anybody
    own: Mapping[TenantId, House] = field(default_factory=dict)
    stranger: House  # of a tenant that is not configured

    def all(self) -> tuple[House, ...]:
        """Each of them, those of the page apart."""
        return (self.common, self.stranger, *self.own.values())

    def of(self, tenant: TenantId | None) -> House:
        """The house of that tenant's people."""
        return self.common if tenant is None else self.own.get(tenant, self.stranger)
