"""Which card of a notification stands in a conversation: what a press on it has to prove, and what a link leads to."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import NotificationId, Part, Subject
from bot.domain.observation import TenantId
from bot.store.columns import NOBODY
from bot.store.tables import deliveries, notifications


@dataclass(frozen=True, slots=True, kw_only=True)
class CardThere:
    """A card that this conversation has, or is owed."""

    notification: NotificationId
    subject: Subject
    about: str  # id of the incident, of what else it tells
    activity: str | None  # the platform's id of the card, once it was sent
    thread: str | None


async def card_about(
    db: AsyncConnection, subject: Subject, about: str, tenant: TenantId | None, conversation: str
) -> CardThere | None:
    """The card that tells this conversation of that."""
    return await _card(
        db, tenant, conversation, and_(notifications.c.subject == subject, notifications.c.about == about)
    )


async def with_own_card(
    db: AsyncConnection, subject: Subject, several: Collection[str], tenant: TenantId | None, conversation: str
) -> frozenset[str]:
    """Those of these of which this conversation has, or is owed, a card of their own."""
    if not several:
        return frozenset()
    mine = (notifications.c.tenant == (tenant or NOBODY), notifications.c.subject == subject)
    wanted = (
        select(notifications.c.about)
        .join_from(notifications, deliveries, deliveries.c.notification == notifications.c.id)
        .where(*mine, notifications.c.about.in_(sorted(several)))
        .where(deliveries.c.destination == conversation, deliveries.c.part == Part.CARD)
    )
    return frozenset((await db.execute(wanted)).scalars())


async def _card(
    db: AsyncConnection,
    tenant: TenantId | None,
    conversation: str,
    which: ColumnElement[bool],
) -> CardThere | None:
    wanted = (
        select(
            notifications.c.id,
            notifications.c.subject,
            notifications.c.about,
            deliveries.c.activity,
            deliveries.c.thread,
        )
        .join_from(notifications, deliveries, deliveries.c.notification == notifications.c.id)
        .where(which, notifications.c.tenant == (tenant or NOBODY), deliveries.c.tenant == (tenant or NOBODY))
        .where(deliveries.c.destination == conversation, deliveries.c.part == Part.CARD, deliveries.c.way.is_(False))
    )
    row = (await db.execute(wanted)).first()
    if row is None:
        return None
    return CardThere(
        notification=NotificationId(row.id),
        subject=Subject(row.subject),
        about=row.about,
        activity=row.activity,
        thread=row.thread,
    )
