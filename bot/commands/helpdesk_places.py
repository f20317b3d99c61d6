"""The help desk's own conversations, named in the settings: told first, and of early signs, without having asked."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import structlog

from bot.commands.desk import Desk
from bot.commands.wishing import EVERYDAY
from bot.domain.incident import Level
from bot.domain.observation import TenantId
from bot.domain.subscription import Matter, Subscription, SubscriptionId, Wish
from bot.store import conversations, subscriptions
from bot.store.conversations import Conversation
from bot.store.engine import Db

log = structlog.get_logger(__name__)

MADE_BY = "settings"


async def appoint(desk: Desk, now: datetime, only: Collection[str] | None = None) -> None:
    """Let the subscriptions be as the settings name them.  `only`: these conversations.  Raises StoreError."""
    named = {place for house in desk.houses.all() for place in house.helpdesk_channels}
    wanted = named if only is None else named & set(only)
    if only is not None and not wanted:
        return
    async with desk.store.transaction() as db:
        places = await conversations.named(db, wanted) if wanted else ()
        for place in places:
            if _is_named(desk, place.destination.tenant, place.destination.id):
                await _appoint(desk, db, place, now)
        for one in await subscriptions.of_helpdesks(db) if only is None else ():
            if not _is_named(desk, one.tenant, one.conversation):
                await _dismiss(db, one)


def _is_named(desk: Desk, tenant: TenantId | None, conversation: str) -> bool:
    return conversation in desk.house_of(tenant).helpdesk_channels


async def _appoint(desk: Desk, db: Db, place: Conversation, now: datetime) -> None:
    where = place.destination
    found = await subscriptions.get(db, where.tenant, where.id)
    if found is not None and found.helpdesk:
        return
    drills = frozenset({Matter.DRILLS}) if desk.house_of(where.tenant).rehearsing else frozenset[Matter]()
    new = Subscription(
        id=SubscriptionId(""),
        tenant=where.tenant,
        conversation=where.id,
        scope=where.scope,
        wish=Wish(level=Level.SIGNS, matters=EVERYDAY | drills),
        made_at=now,
        made_by=MADE_BY,
    )
    await subscriptions.save(db, replace(found or new, helpdesk=True))
    log.info("help desk destination appointed", tenant=where.tenant, conversation=where.id)


async def _dismiss(db: Db, one: Subscription) -> None:
    """No longer named: what the settings had made goes with them, what people had asked for stays."""
    if one.made_by == MADE_BY:
        await subscriptions.remove(db, one.tenant, one.conversation)
    else:
        await subscriptions.save(db, replace(one, helpdesk=False))
    log.info("help desk destination dismissed", tenant=one.tenant, conversation=one.conversation)
