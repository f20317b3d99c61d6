"""What the page is handed: who answers, whom it shows, and what operators see beside it.  Decides nothing."""

from functools import partial

from bot.assembly import Parts
from bot.cards.blindness import blind_line
from bot.cards.open_now import open_lines
from bot.cards.source_table import Reader, heads, rows
from bot.domain.observation import TenantId
from bot.settings_values import is_loopback
from bot.store.prune import Retention
from bot.web.keeping import lines
from bot.web.pages import PageParts, Pages
from bot.web.visitors import Visitors

MOST_OPEN = 3  # incidents that are shown


def page_of(parts: Parts, retention: Retention) -> Pages:
    """The page, and all that it shows."""
    settings, house = parts.settings, parts.desk.houses.page
    visitors = Visitors(
        asks_a_minute=settings.page_asks_a_minute,
        trusted_proxies=settings.trusted_proxies,
        public_url=settings.public_url,
        only_loopback=not settings.is_registered and is_loopback(settings.page_bind),
    )
    return Pages(
        PageParts(
            answer=parts.reply_to,
            texts=parts.texts,
            clock=parts.clock,
            language=house.language,
            zone=house.zone,
            tenant=TenantId(settings.page_tenant) if settings.page_tenant else None,
            visitors=visitors,
            drill=house.drill is not None,
            blind=partial(_blind, parts) if settings.page_for_operators else None,
            sources=partial(_sources, parts) if settings.page_for_operators else None,
            open_now=partial(_open_now, parts),
            kept=lambda language: lines(parts.texts, language, retention.of),
            contact=house.it_contact if settings.page_for_operators or settings.page_tenant else None,
            is_stated=settings.page_is_reached_from_outside,
        )
    )


def _open_now(parts: Parts, language: str, tenant: TenantId | None) -> list[tuple[str, ...]]:
    """Open incidents, for each a title and its lines: of everybody, and of that tenant."""
    house = parts.desk.houses.page
    now, found = parts.clock.now(), parts.desk.open.all_of(tenant)[:MOST_OPEN]
    return [open_lines(one, parts.texts, language, house.zone, now=now) for one in found]


def _blind(parts: Parts, language: str) -> list[str]:
    """What operators were told of sources that are blind, in the page's language."""
    now, settings = parts.clock.now(), parts.settings
    return [
        blind_line(health, parts.texts, language, zone=settings.zone, now=now, app=settings.app_of(health.tenant))
        for health in parts.board.healths()
        if health.told_at is not None and health.is_unreadable
    ]


def _sources(parts: Parts, language: str) -> list[tuple[str, ...]]:
    """Every source with its state, for operators: heads first."""
    now = parts.clock.now()
    settings = parts.settings
    reader = Reader(texts=parts.texts, language=language, zone=settings.zone, now=now, named=settings.tenant_named)
    return [heads(reader), *rows(parts.board.healths(), parts.board.look(None, now), reader)]
