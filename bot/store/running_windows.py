"""Announced windows that run, with their texts, and the incidents that they explain."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.incident import Incident
from bot.domain.observation import TenantId
from bot.domain.planned_work import Window, explaining, is_running
from bot.store import announcements, incidents, notifications, occurrences
from bot.store.incidents import ANY, Whose


async def windows_of(db: AsyncConnection, whose: Whose = ANY) -> tuple[Window, ...]:
    """Those that have begun and of whose end nobody has heard."""
    running = await occurrences.running(db, whose)
    texts = await announcements.several(db, [each.announcement for each in running]) if running else {}
    return tuple(
        Window(announcement=texts[each.announcement], occurrence=each) for each in running if each.announcement in texts
    )


async def explained_by(db: AsyncConnection, window: Window, now: datetime) -> tuple[Incident, ...]:
    """Open incidents that this window explains: lines of its card where alerts are folded into it."""
    found = await incidents.open_of(db, window.announcement.tenant)
    return tuple(each for each in found if explaining((window,), each, now) is not None)


async def resume(db: AsyncConnection, tenant: TenantId | None, now: datetime) -> int:
    """What is bad and not explained any more must be known; whoever knows it already hears nothing new."""
    left = [each for each in await windows_of(db, tenant) if is_running(each, now)]
    untold = 0
    for incident in await incidents.open_of(db, tenant):
        known = await notifications.about(db, tenant, Subject.INCIDENT, incident.id)
        if known is None and explaining(left, incident, now) is None:
            await notifications.want(db, _of(incident, now), now=now, spread=True)
            untold += 1
    return untold


def _of(incident: Incident, now: datetime) -> Notification:
    return Notification(
        id=NotificationId(""),
        subject=Subject.INCIDENT,
        about=incident.id,
        tenant=incident.tenant,
        revision=incident.revision,
        made_at=now,
        weight=incident.level.rank,
        drill=incident.drill,
    )
