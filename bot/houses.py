"""From the settings to the houses: what each tenant's people are shown, and what those without a tenant are.

Who has no tenant gets what stands at the top of the settings; on a page that is reached from outside nobody's contact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from bot.commands.houses import House, Houses
from bot.content.catalogue import Catalogue
from bot.content.texts import Texts
from bot.domain.conversation import Role
from bot.domain.observation import TenantId
from bot.domain.planned_work import Alerts
from bot.domain.verdict import Policy
from bot.settings import Settings, TenantSettings
from bot.settings_values import is_loopback
from bot.settings_ways import WAY

log = structlog.get_logger(__name__)


def houses_of(settings: Settings, texts: Texts, catalogue: Catalogue, *, drill: str | None) -> Houses:
    """Every house.  `drill`: the name of the one that is played."""
    builder = _Builder(settings=settings, texts=texts, catalogue=catalogue, drill=drill)
    common = builder.house(settings)
    own = {
        TenantId(tenant.tenant_id): builder.house(tenant)
        for tenant in settings.tenants
        if tenant.app_id is not None and tenant.tenant_id is not None
    }
    if not settings.is_registered:
        page, outside = _page(settings, common, own), _outside(common)
        return Houses(common=common, page=page, outside=outside, own=own, stranger=common)
    # A managed identity may not know its tenant: then everybody who comes is of it.
    stranger = _anybodys(common) if own else common
    common = replace(common, roles={})  # roles are given in a directory: who shows none has none
    page, outside = _page(settings, common, own), _outside(common)
    return Houses(common=common, page=page, outside=outside, own=own, stranger=stranger)


def _page(settings: Settings, common: House, own: Mapping[TenantId, House]) -> House:
    if settings.page_tenant is not None:
        return own.get(TenantId(settings.page_tenant), common)
    return _anybodys(common) if settings.page_is_reached_from_outside else common


def _outside(common: House) -> House:
    """Nobody there sits at the server's place either."""
    return replace(_anybodys(common), visitor_here=False)


def _anybodys(house: House) -> House:
    """Without what is only for the organisation's own people."""
    return replace(house, it_contact=None, ticket_url=None, sites=(), roles={})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    settings: Settings
    texts: Texts
    catalogue: Catalogue
    drill: str | None

    def house(self, said: TenantSettings | Settings) -> House:
        """What stands there for one tenant, or at the top."""
        language, is_spoken = self.texts.choose(said.language, "en")
        if not is_spoken:
            log.warning("language not spoken", wanted=said.language, spoken=self.texts.languages, instead=language)
        return House(
            languages=self.texts.languages,
            language=language,
            zone=said.zone,
            it_contact=said.it_contact,
            ticket_url=said.ticket_url,
            page_url=self.settings.public_url,
            test_site=said.test_site,
            sites=said.sites,
            at_work=said.at_work,
            roles=_roles(said),
            admins_at=_admins_at(said),
            subscribe_by_owners=said.subscribe_by == "owners",
            helpdesk_channels=frozenset(each for each in said.helpdesk_channels if not each.startswith(WAY)),
            rehearsing=self.drill is not None and not self.settings.is_registered and is_loopback(self.settings.bind),
            approval_from=said.announce_approval_from,
            announce_closest=self.settings.announce_closest,
            folds_alerts=said.announce_alerts == Alerts.FOLD,
            sends_per_second=max(1, self.settings.limit_per_tenant - self.settings.limit_kept_for_answers),
            visitor_here=self.settings.visitor_here,
            drill=self.drill,
            policy=self._policy(said),
        )

    def _policy(self, said: TenantSettings | Settings) -> Policy:
        return Policy(
            sure_from=self.settings.sure_from,
            colleagues_for_org=said.me_too_for_org,
            related={service.id: service.leans_on for service in self.catalogue.services.values()},
        )


def _admins_at(said: TenantSettings | Settings) -> str:
    name = said.name if isinstance(said, TenantSettings) else ""
    return f"tenant.{name}.admins" if name else "NOTJUSTYOU_ADMINS"


def _roles(said: TenantSettings | Settings) -> dict[str, frozenset[Role]]:
    given = {
        Role.ADMIN: said.admins,
        Role.HELPDESK: said.helpdesk,
        Role.ANNOUNCER: said.announcers,
        Role.APPROVER: said.approvers,
    }
    everybody = frozenset[str]().union(*given.values())
    return {person: frozenset(role for role, people in given.items() if person in people) for person in everybody}
