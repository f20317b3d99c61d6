"""Who hears of an occurrence: the readers that its author means, page by page -> what each of them is owed."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.domain.announced_to import Listener, hears_of
from bot.domain.announcement import Announcement, Occurrence, Phase
from bot.domain.audience import Told
from bot.domain.delivery import Part, Priority, Subject
from bot.domain.observation import TenantId
from bot.domain.occurring import Step
from bot.domain.quiet import quiet_ends_at
from bot.domain.ways import Way
from bot.jobs.spreading import PAGE, Page
from bot.metrics import UNTOLD
from bot.store import announcements, deliveries, handing_over, notifications, occurrences, readers
from bot.store.deliveries import Owed
from bot.store.engine import Db
from bot.store.notifications import Spread

_WORTH_A_WAY = (Phase.IN_PROGRESS, Phase.EXTENDED, Phase.OVERRUN)
ZoneOf = Callable[[TenantId | None], str]


def pages(zone_of: ZoneOf) -> Page:
    """For `Spreading.pages`.  `zone_of`: the zone of conversations that have none of their own."""

    async def page(db: Db, spread: Spread, now: datetime) -> tuple[list[Owed], str | None]:
        known = await _about(db, spread.notification.about)
        if known is None:
            return [], None
        announcement, occurrence = known
        asked = await readers.page(db, announcement, after=spread.after, limit=PAGE, zone=zone_of(announcement.tenant))
        names = [each.conversation for each in asked]
        have = await deliveries.with_card(db, spread.notification.id, names)
        owed = [
            one
            for each in asked
            for one in _owed(announcement, occurrence, each, spread, now, has_card=each.conversation in have)
        ]
        return owed, names[-1] if len(asked) == PAGE else None

    return page


def _owed(  # noqa: PLR0913 - one conversation and one step
    announcement: Announcement,
    occurrence: Occurrence,
    listener: Listener,
    spread: Spread,
    now: datetime,
    *,
    has_card: bool,
) -> list[Owed]:
    told = hears_of(announcement, occurrence, listener, now, has_card=has_card, is_important=spread.step is not None)
    if not isinstance(told, Told):
        UNTOLD.labels(reason=told.reason).inc()
        return []
    if told.hushed is not None:
        UNTOLD.labels(reason=told.hushed).inc()
    card = Owed(destination=listener.conversation, due=told.due, priority=told.priority)
    return [card, _step(listener.conversation, told.priority, spread, told.due)] if told.with_step else [card]


def _step(place: str, priority: Priority, spread: Spread, due: datetime) -> Owed:
    return Owed(
        destination=place,
        due=due,
        priority=priority,
        part=Part.STEP,
        step=spread.step,
        revision=spread.told,
    )


async def owe_ways(db: Db, tenant: TenantId | None, ways: Sequence[Way], now: datetime) -> bool:
    """Teams fails: ways beside it tell what is in progress, each occurrence once.  Whether there was anything."""
    owed_any = False
    for occurrence in await occurrences.running(db, tenant):
        told = await notifications.about(db, tenant, Subject.ANNOUNCEMENT, occurrence.id)
        if told is None or occurrence.phase not in _WORTH_A_WAY:
            continue
        known = await handing_over.on_ways(db, told.id)
        owed = [
            Owed(
                destination=way.name,
                due=quiet_ends_at(way.quiet, now) or now,
                priority=Priority.HELPDESK,
                way=True,
                part=Part.STEP,
                step=Step.STARTED,
                revision=occurrence.revision,
            )
            for way in ways
            if way.name not in known
        ]
        await deliveries.owe(db, told, owed)
        owed_any |= bool(owed)
    return owed_any


async def _about(db: Db, about: str) -> tuple[Announcement, Occurrence] | None:
    occurrence = await occurrences.get(db, about.partition(".")[0])
    announcement = await announcements.get(db, occurrence.announcement) if occurrence is not None else None
    return None if occurrence is None or announcement is None else (announcement, occurrence)
