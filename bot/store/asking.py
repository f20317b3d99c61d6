"""The question to an author whether a window is extended or over, past its planned end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.announcement import Announcement
from bot.domain.delivery import Notification, NotificationId, Priority, Subject
from bot.domain.occurring import Step, Taken
from bot.store import deliveries, notifications, readers
from bot.store.deliveries import Owed
from bot.store.tables import notifications as notification_rows

CHUNK = 500
QUESTION = "over"  # `about` of the question: the occurrence's id, a full stop, and this
_ANSWERS = (Step.EXTENDED, Step.COMPLETED, Step.ENDED_EARLY, Step.CANCELLED, Step.WITHDRAWN)


async def follow(db: AsyncConnection, steps: Sequence[tuple[Announcement, Taken]], now: datetime) -> None:
    """Ask where a step asks, in the author's own chat or else at the help desk; an answer ends the question."""
    answered = [(whose, taken) for whose, taken in steps if taken.step in _ANSWERS]
    asked = await _asked(db, [_about(taken) for _, taken in answered])
    ended = [(whose, taken) for whose, taken in answered if _about(taken) in asked]
    for announcement, taken in (*ended, *((whose, taken) for whose, taken in steps if taken.asks)):
        question = await notifications.want(db, _question(announcement, taken, now), now=now)
        if taken.asks:
            await deliveries.owe(db, question, await _whom(db, announcement, now))


async def _asked(db: AsyncConnection, abouts: Sequence[str]) -> frozenset[str]:
    """Which of these questions were asked."""
    found: set[str] = set()
    for start in range(0, len(abouts), CHUNK):
        mine = notification_rows.c.about.in_(abouts[start : start + CHUNK])
        wanted = select(notification_rows.c.about).where(notification_rows.c.subject == Subject.ANNOUNCEMENT, mine)
        found |= set((await db.execute(wanted)).scalars())
    return frozenset(found)


def _about(taken: Taken) -> str:
    return f"{taken.occurrence.id}.{QUESTION}"


async def _whom(db: AsyncConnection, announcement: Announcement, now: datetime) -> list[Owed]:
    chat = await readers.personal_chat(db, announcement.tenant, announcement.author) if announcement.author else None
    places = (chat,) if chat is not None else await readers.helpdesk(db, announcement.tenant)
    return [Owed(destination=place, due=now, priority=Priority.HELPDESK) for place in places]


def _question(announcement: Announcement, taken: Taken, now: datetime) -> Notification:
    return Notification(
        id=NotificationId(""),
        subject=Subject.ANNOUNCEMENT,
        about=_about(taken),
        tenant=announcement.tenant,
        revision=taken.occurrence.revision,
        made_at=now,
        weight=announcement.level.rank,
        drill=announcement.drill,
        final=not taken.asks,
    )
