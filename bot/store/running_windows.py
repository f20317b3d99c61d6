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


async def folded_into(db: AsyncConnection, window: Window, now: datetime) -> tuple[Incident, ...]:
    """Open incidents that this window explains and that have no alert of their own, oldest first.

    Where alerts are folded, these are lines of its card.
    """
    tenant = window.announcement.tenant
    if not is_running(window, now):
        return ()
    running = await windows_of(db, tenant)
    mine = [each for each in await incidents.open_of(db, tenant) if _is_of(window, explaining(running, each, now))]
    told = await notifications.known_about(db, tenant, Subject.INCIDENT, [each.id for each in mine])
    return tuple(sorted((each for each in mine if each.id not in told), key=lambda each: (each.opened_at, each.id)))


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


def _is_of(window: Window, found: Window | None) -> bool:
    return found is not None and found.occurrence.id == window.occurrence.id


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
