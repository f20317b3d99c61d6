"""Whoever may approve is asked, once for each text that waits, and their cards say what became of it.

It follows from what is saved, whoever saved it and wherever: the job `announce` calls this for every saved revision.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.announcement import Announcement, AnnouncementId
from bot.domain.approving import Asked, Decision, asks, decided
from bot.domain.delivery import Notification, NotificationId, Priority, Subject
from bot.domain.observation import TenantId
from bot.store import deliveries, notifications, readers
from bot.store.deliveries import Owed

MOST_ASKED = 50  # conversations
AUTHOR = "author"  # ends what tells an author of the answer

PeopleOf = Callable[[TenantId | None], Collection[str]]  # directory object ids


def about_of(asked: Asked, *, author: bool = False) -> str:
    """`about` of the question, or of the answer to its author."""
    return f"{asked.announcement}.{asked.revision}.{asked.digest}" + (f".{AUTHOR}" if author else "")


def asked_in(about: str) -> tuple[Asked, bool] | None:
    """The question that this is about, and whether it tells the author of the answer."""
    parts = about.split(".")
    if len(parts) not in (3, 4) or not parts[1].isdecimal():
        return None
    asked = Asked(announcement=AnnouncementId(parts[0]), revision=int(parts[1]), digest=parts[2])
    return asked, parts[3:] == [AUTHOR]


async def whom(db: AsyncConnection, announcement: Announcement, people: Collection[str]) -> tuple[str, ...]:
    """Where to ask: the help desk's destinations, and the chats of `people`, who may approve; never its author."""
    tenant, author = announcement.tenant, announcement.author
    chats = await readers.personal_chats(db, tenant, {*people, author})
    own = chats.pop(author, None)
    places = (*await readers.helpdesk(db, tenant), *(chats[who] for who in sorted(chats)))
    return tuple(place for place in dict.fromkeys(places) if place != own)[:MOST_ASKED]


async def follow(
    db: AsyncConnection, saved: Sequence[Announcement], people_of: PeopleOf, now: datetime
) -> frozenset[TenantId | None]:
    """What these are now means for the questions about them.  Gives the tenants to whom something is owed.

    `people_of`: who may approve in that tenant.
    """
    tenants: set[TenantId | None] = set()
    asking = await notifications.open_of(db, {one.tenant for one in saved}, Subject.APPROVAL)
    by_plan: dict[str, list[Notification]] = {}
    for question in asking:
        by_plan.setdefault(question.about.partition(".")[0], []).append(question)
    for one in saved:
        for question in by_plan.get(one.id, ()):
            if await _end(db, one, question, now):
                tenants.add(one.tenant)
        question_now = asks(one)
        if question_now is not None and await _ask(db, one, question_now, people_of(one.tenant), now):
            tenants.add(one.tenant)
    return frozenset(tenants)


async def _ask(db: AsyncConnection, one: Announcement, asked: Asked, people: Collection[str], now: datetime) -> bool:
    places = await whom(db, one, people)
    if places:
        question = await notifications.want(db, _notification(one, about_of(asked), now), now=now)
        await _owe(db, question, places, now)
    return bool(places)


async def _end(db: AsyncConnection, one: Announcement, question: Notification, now: datetime) -> bool:
    """The cards say what became of it, and its author hears the answer.  False: there is none yet."""
    known = asked_in(question.about)
    decision = decided(known[0], one) if known is not None else None
    if known is None or decision is None:
        return False
    await notifications.want(db, replace(question, revision=question.revision + 1, final=True), now=now)
    if decision is not Decision.NEEDLESS and one.author:
        chats = await readers.personal_chats(db, one.tenant, (one.author,))
        if chats:
            told = replace(_notification(one, about_of(known[0], author=True), now), final=True)
            await _owe(db, await notifications.want(db, told, now=now), tuple(chats.values()), now)
    return True


async def _owe(db: AsyncConnection, what: Notification, places: Sequence[str], now: datetime) -> None:
    await deliveries.owe(db, what, [Owed(destination=place, due=now, priority=Priority.HELPDESK) for place in places])


def _notification(one: Announcement, about: str, now: datetime) -> Notification:
    return Notification(
        id=NotificationId(""),
        subject=Subject.APPROVAL,
        about=about,
        tenant=one.tenant,
        revision=1,
        made_at=now,
        weight=one.level.rank,
        drill=one.drill,
    )
