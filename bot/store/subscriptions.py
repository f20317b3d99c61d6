"""Which conversations want to be told what.  A conversation has one subscription: subscribing again changes it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.conversation import Destination, Scope
from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.subscription import Matter, QuietHours, Subscription, SubscriptionId, Wish
from bot.store.columns import NOBODY, insert_into
from bot.store.forget import FORGOTTEN
from bot.store.ids import new_row_id
from bot.store.nested import listed, packed, unlisted, unpacked
from bot.store.tables import conversations, subscriptions

CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A subscription, and how to speak there."""

    subscription: Subscription
    destination: Destination
    language: str | None  # its own wish, else the conversation's; None: the organisation's
    zone: str | None
    site: str | None  # one of the organisation's places


async def save(db: AsyncConnection, subscription: Subscription) -> Subscription:
    """Keep this wish; a conversation that has one already changes it.  Gives it as it is kept, with its id."""
    named = subscription if subscription.id else replace(subscription, id=SubscriptionId(new_row_id()))
    row = _row(named)
    insert = insert_into(db, subscriptions).values(**row)
    first_made = {"tenant", "conversation", "id", "made_at"}
    changes = {name: insert.excluded[name] for name in row if name not in first_made}
    kept = await db.execute(
        insert.on_conflict_do_update(index_elements=["tenant", "conversation"], set_=changes).returning(
            subscriptions.c.id, subscriptions.c.made_at
        )
    )
    found = kept.one()
    return replace(named, id=SubscriptionId(found.id), made_at=found.made_at)


async def get(db: AsyncConnection, tenant: TenantId | None, conversation: str) -> Subscription | None:
    """What this conversation wants; None: nothing."""
    row = (await db.execute(select(subscriptions).where(_is(tenant, conversation)))).one_or_none()
    return None if row is None else _subscription(row)


async def among(db: AsyncConnection, tenant: TenantId | None, several: Collection[str]) -> dict[str, Subscription]:
    """What these conversations want; those that want nothing are left out."""
    mine = and_(subscriptions.c.tenant == (tenant or NOBODY), subscriptions.c.conversation.in_(sorted(several)))
    return {row.conversation: _subscription(row) for row in await db.execute(select(subscriptions).where(mine))}


async def by_id(db: AsyncConnection, tenant: TenantId | None, subscription: str) -> Subscription | None:
    """The one with this id, if it is of that tenant."""
    mine = and_(subscriptions.c.tenant == (tenant or NOBODY), subscriptions.c.id == subscription)
    row = (await db.execute(select(subscriptions).where(mine))).one_or_none()
    return None if row is None else _subscription(row)


async def of_advisories(db: AsyncConnection) -> tuple[Subscription, ...]:
    """Those of every tenant who hear of narrow advisories, too."""
    mine = select(subscriptions).where(subscriptions.c.level == Level.ADVISORY)
    return tuple(_subscription(row) for row in await db.execute(mine))


async def of_helpdesks(db: AsyncConnection) -> tuple[Subscription, ...]:
    """Those of the help desks' own destinations, of every tenant."""
    rows = await db.execute(select(subscriptions).where(subscriptions.c.helpdesk))
    return tuple(_subscription(row) for row in rows)


async def all_of(db: AsyncConnection, tenant: TenantId | None, *, limit: int = CHUNK) -> tuple[Subscription, ...]:
    """Every subscription of this tenant, oldest first, also where the bot may no longer speak."""
    mine = select(subscriptions).where(subscriptions.c.tenant == (tenant or NOBODY))
    aged = mine.order_by(subscriptions.c.made_at, subscriptions.c.conversation).limit(limit)
    return tuple(_subscription(row) for row in await db.execute(aged))


async def of_tenant(
    db: AsyncConnection, tenant: TenantId | None, *, after: str = "", limit: int | None = None
) -> tuple[Subscriber, ...]:
    """Subscribers of this tenant where the bot may speak, by conversation; `after`: those behind this one."""
    place = conversations.c
    both = and_(place.tenant == subscriptions.c.tenant, place.id == subscriptions.c.conversation)
    wanted = (
        select(
            subscriptions,
            place.service_url,
            place.bot_id,
            place.team,
            place.channel,
            place.site,
            func.coalesce(subscriptions.c.language, place.language).label("spoken"),
            func.coalesce(subscriptions.c.zone, place.zone).label("local"),
        )
        .join_from(subscriptions, conversations, both)
        .where(subscriptions.c.tenant == (tenant or NOBODY), subscriptions.c.conversation > after)
        .where(place.gone_at.is_(None), place.id > after)  # said of both: so neither is read from its beginning
        .order_by(subscriptions.c.conversation)
        .limit(limit)
    )
    return tuple(_subscriber(row) for row in await db.execute(wanted))


async def tenants(db: AsyncConnection) -> tuple[TenantId | None, ...]:
    """Those with a subscription; None: somebody without a tenant."""
    found = await db.execute(select(subscriptions.c.tenant).distinct().order_by(subscriptions.c.tenant))
    return tuple(TenantId(name) if name else None for name in found.scalars())


async def remove(db: AsyncConnection, tenant: TenantId | None, conversation: str) -> bool:
    """It wants to be told nothing any more.  False: it did not want anything."""
    return (await db.execute(delete(subscriptions).where(_is(tenant, conversation)))).rowcount > 0


async def mute(db: AsyncConnection, tenant: TenantId | None, conversation: str, until: datetime | None) -> bool:
    """Nothing until then; None: speak again.  False: there is no subscription."""
    changed = update(subscriptions).where(_is(tenant, conversation)).values(muted_until=until)
    return (await db.execute(changed)).rowcount > 0


def _is(tenant: TenantId | None, conversation: str) -> ColumnElement[bool]:
    return and_(subscriptions.c.tenant == (tenant or NOBODY), subscriptions.c.conversation == conversation)


def _row(subscription: Subscription) -> dict[str, Any]:
    wish = subscription.wish
    return {
        "tenant": subscription.tenant or NOBODY,
        "conversation": subscription.conversation,
        "id": subscription.id,
        "scope": subscription.scope,
        "services": listed(wish.services),
        "features": listed(wish.features),
        "places": listed(wish.places),
        "level": wish.level,
        "matters": listed(wish.matters),
        "quiet": packed(wish.quiet),
        "loud_when_down": wish.loud_when_down,
        "made_at": subscription.made_at,
        "made_by": subscription.made_by,
        "language": subscription.language,
        "zone": subscription.zone,
        "mention": subscription.mention,
        "muted_until": subscription.muted_until,
        "helpdesk": subscription.helpdesk,
    }


def _subscriber(row: Row[Any]) -> Subscriber:
    subscription = _subscription(row)
    return Subscriber(
        subscription=subscription,
        destination=Destination(
            id=row.conversation,
            scope=subscription.scope,
            tenant=subscription.tenant,
            service_url=row.service_url,
            bot_id=row.bot_id,
            team=row.team,
            channel=row.channel,
        ),
        language=row.spoken,
        zone=row.local,
        site=row.site,
    )


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=SubscriptionId(row.id),
        tenant=TenantId(row.tenant) if row.tenant else None,
        conversation=row.conversation,
        scope=Scope(row.scope),
        wish=Wish(
            services=frozenset(ServiceId(one) for one in unlisted(row.services)),
            features=frozenset(Feature(one) for one in unlisted(row.features)),
            places=unlisted(row.places),
            level=Level(row.level),
            matters=frozenset(Matter(one) for one in unlisted(row.matters)),
            quiet=unpacked(row.quiet, QuietHours),
            loud_when_down=row.loud_when_down,
        ),
        made_at=row.made_at,
        made_by=row.made_by,
        language=row.language,
        zone=row.zone,
        mention=None if row.mention == FORGOTTEN else row.mention,
        muted_until=row.muted_until,
        helpdesk=row.helpdesk,
    )
