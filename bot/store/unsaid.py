"""What is owed of a subject and was said nowhere yet: looked at, and taken back when it is not true any more."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import NotificationId, Part, Progress, Subject
from bot.domain.observation import TenantId
from bot.store.columns import NOBODY
from bot.store.delivery_rows import ALL
from bot.store.tables import deliveries, notifications

_UNSAID = and_(
    deliveries.c.part == Part.CARD,
    deliveries.c.first_sent_at.is_(None),
    deliveries.c.reached < ALL,
    deliveries.c.way.is_(False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """A notification that somebody is owed still."""

    notification: NotificationId
    about: str
    made_at: datetime


async def unsaid(
    db: AsyncConnection, tenant: TenantId | None, subject: Subject, *, drill: bool = False
) -> tuple[Unsaid, ...]:
    """Those of this subject, oldest first."""
    mine = (notifications.c.tenant == (tenant or NOBODY), notifications.c.subject == subject)
    owed = exists().where(deliveries.c.notification == notifications.c.id, _UNSAID)
    wanted = select(notifications.c.id, notifications.c.about, notifications.c.made_at)
    found = wanted.where(*mine, notifications.c.drill == drill, owed).order_by(notifications.c.made_at)
    return tuple(
        Unsaid(notification=NotificationId(row.id), about=row.about, made_at=row.made_at)
        for row in await db.execute(found)
    )


async def take_back(db: AsyncConnection, several: Collection[NotificationId], reason: str) -> frozenset[str]:
    """Nobody is owed these any more: the conversations to which they were not said."""
    if not several:
        return frozenset()
    given_up = update(deliveries).where(deliveries.c.notification.in_(sorted(several)), _UNSAID)
    ended = given_up.values(progress=Progress.SUPERSEDED, reached=ALL, error=reason)
    return frozenset((await db.execute(ended.returning(deliveries.c.destination))).scalars())
