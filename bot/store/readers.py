"""Who may be told of an announcement: conversations where the bot may speak, with their wishes and tags.

`bot.domain.announced_to` decides; here only who is worth asking is looked up, page by page.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.announced_to import Listener
from bot.domain.announcement import Announcement, Audience, Reader
from bot.domain.conversation import Scope
from bot.domain.observation import TenantId
from bot.store import subscriptions
from bot.store.columns import NOBODY, insert_into
from bot.store.tables import conversation_tags, conversations
from bot.store.tables import subscriptions as wishes

PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Whom an announcement would reach, for its preview and for the rule of two."""

    count: int
    languages: dict[str, int]  # how many of each
    zones: dict[str, int]
    wrong_tongue: tuple[str, ...]  # conversations without a text in their language, 50 at most


async def page(
    db: AsyncConnection,
    announcement: Announcement,
    *,
    after: str = "",
    limit: int = PAGE,
    zone: str,
) -> tuple[Listener, ...]:
    """Conversations that might be told, by id, behind `after`.  `zone`: of those that have none of their own."""
    place, tenant = conversations.c, announcement.tenant or NOBODY
    wanted = _worth_asking(announcement.audience, tenant).with_only_columns(
        place.id, place.scope, place.team, func.coalesce(wishes.c.zone, place.zone).label("local")
    )
    rows = (await db.execute(wanted.where(place.id > after).order_by(place.id).limit(limit))).all()
    ids = [row.id for row in rows]
    known = await subscriptions.among(db, announcement.tenant, ids)
    tags = await _tags_of(db, tenant, ids) if announcement.audience.reader is Reader.TAG else {}
    return tuple(
        Listener(
            conversation=row.id,
            tenant=announcement.tenant,
            scope=Scope(row.scope),
            zone=row.local or zone,
            team=row.team,
            tags=frozenset(tags.get(row.id, ())),
            subscription=known.get(row.id),
        )
        for row in rows
    )


async def zones(db: AsyncConnection, announcement: Announcement, *, zone: str) -> frozenset[str]:
    """The zones of its readers."""
    local = func.coalesce(wishes.c.zone, conversations.c.zone)
    wanted = _worth_asking(announcement.audience, announcement.tenant or NOBODY)
    found = await db.execute(wanted.with_only_columns(local).distinct())
    return frozenset(name or zone for name in found.scalars()) or frozenset({zone})


async def audience(db: AsyncConnection, announcement: Announcement, *, language: str, zone: str) -> Readers:
    """Whom it would reach.  `language`, `zone`: of those that have none of their own."""
    place = conversations.c
    wanted = _worth_asking(announcement.audience, announcement.tenant or NOBODY).with_only_columns(
        place.id,
        func.coalesce(wishes.c.language, place.language).label("spoken"),
        func.coalesce(wishes.c.zone, place.zone).label("local"),
    )
    rows = (await db.execute(wanted.order_by(place.id))).all()
    spoken = [(row.id, (row.spoken or language).split("-")[0]) for row in rows]
    wrong = [place_id for place_id, tongue in spoken if tongue not in announcement.words]
    return Readers(
        count=len(rows),
        languages=dict(Counter(tongue for _, tongue in spoken)),
        zones=dict(Counter(row.local or zone for row in rows)),
        wrong_tongue=tuple(wrong[:50]),
    )


async def languages(db: AsyncConnection, tenant: TenantId | None, ids: Collection[str]) -> dict[str, str | None]:
    """Which language each of these conversations speaks; None: the organisation's."""
    place, beside = conversations.c, wishes.c
    both = and_(beside.tenant == place.tenant, beside.conversation == place.id)
    wanted = select(place.id, func.coalesce(beside.language, place.language).label("spoken")).select_from(
        conversations.outerjoin(wishes, both)
    )
    several = sorted(set(ids))
    found: dict[str, str | None] = {}
    for start in range(0, len(several), PAGE):
        some = place.id.in_(several[start : start + PAGE])
        rows = await db.execute(wanted.where(place.tenant == (tenant or NOBODY), some))
        found |= {row.id: row.spoken for row in rows}
    return found


async def personal_chat(db: AsyncConnection, tenant: TenantId | None, person: str) -> str | None:
    """The chat in which this person alone can be asked."""
    place = conversations.c
    mine = and_(place.tenant == (tenant or NOBODY), place.person == person, place.scope == Scope.PERSONAL)
    found = await db.execute(select(place.id).where(mine, place.gone_at.is_(None)).order_by(place.id).limit(1))
    return found.scalars().first()


async def personal_chats(db: AsyncConnection, tenant: TenantId | None, people: Collection[str]) -> dict[str, str]:
    """The chats in which these can be asked alone, by person; those who have none are left out."""
    place, several = conversations.c, sorted({each for each in people if each})
    found: dict[str, str] = {}
    for start in range(0, len(several), PAGE):
        mine = and_(place.tenant == (tenant or NOBODY), place.person.in_(several[start : start + PAGE]))
        wanted = select(place.person, place.id).where(mine, place.scope == Scope.PERSONAL, place.gone_at.is_(None))
        for row in await db.execute(wanted.order_by(place.id.desc())):
            found[row.person] = row.id
    return found


async def helpdesk(db: AsyncConnection, tenant: TenantId | None) -> tuple[str, ...]:
    """The help desk's destinations."""
    both = and_(wishes.c.tenant == conversations.c.tenant, wishes.c.conversation == conversations.c.id)
    wanted = select(conversations.c.id).join_from(conversations, wishes, both)
    mine = (conversations.c.tenant == (tenant or NOBODY), conversations.c.gone_at.is_(None), wishes.c.helpdesk)
    return tuple((await db.execute(wanted.where(*mine).order_by(conversations.c.id))).scalars())


async def tag(db: AsyncConnection, tenant: TenantId | None, name: str, places: Collection[str]) -> None:
    """These conversations carry this tag, besides those that do already."""
    rows = [{"tenant": tenant or NOBODY, "tag": name, "conversation": place} for place in sorted(set(places))]
    if rows:
        await db.execute(insert_into(db, conversation_tags).on_conflict_do_nothing(), rows)


async def untag(db: AsyncConnection, tenant: TenantId | None, name: str, places: Collection[str]) -> None:
    """These no longer carry it."""
    mine = (conversation_tags.c.tenant == (tenant or NOBODY), conversation_tags.c.tag == name)
    await db.execute(delete(conversation_tags).where(*mine, conversation_tags.c.conversation.in_(sorted(set(places)))))


async def tags_of(db: AsyncConnection, tenant: TenantId | None, conversation: str) -> tuple[str, ...]:
    """What this conversation carries, by name."""
    mine = (conversation_tags.c.tenant == (tenant or NOBODY), conversation_tags.c.conversation == conversation)
    wanted = select(conversation_tags.c.tag).where(*mine).order_by(conversation_tags.c.tag)
    return tuple((await db.execute(wanted)).scalars())


async def tags(db: AsyncConnection, tenant: TenantId | None) -> dict[str, int]:
    """Every tag of this tenant, and how many conversations carry it."""
    mine = conversation_tags.c.tenant == (tenant or NOBODY)
    counted = (
        select(conversation_tags.c.tag, func.count().label("places")).where(mine).group_by(conversation_tags.c.tag)
    )
    return {row.tag: row.places for row in await db.execute(counted.order_by(conversation_tags.c.tag))}


def _worth_asking(meant: Audience, tenant: str) -> Select[Any]:
    """Conversations where the bot may speak and that the author means, with their wish beside them."""
    place = conversations.c
    both = and_(wishes.c.tenant == place.tenant, wishes.c.conversation == place.id)
    beside = conversations.outerjoin(wishes, both)
    wanted = select(place.id).select_from(beside).where(place.tenant == tenant, place.gone_at.is_(None))
    names = sorted(meant.names)
    match meant.reader:
        case Reader.ALL:
            return wanted.where(wishes.c.conversation.is_not(None))
        case Reader.LIST:
            return wanted.where(place.id.in_(names))
        case Reader.TEAM:
            return wanted.where(place.team.in_(names))
    carry = select(conversation_tags.c.conversation).where(
        conversation_tags.c.tenant == tenant, conversation_tags.c.tag.in_(names)
    )
    return wanted.where(place.id.in_(carry))


async def _tags_of(db: AsyncConnection, tenant: str, ids: Collection[str]) -> dict[str, list[str]]:
    mine = (conversation_tags.c.tenant == tenant, conversation_tags.c.conversation.in_(sorted(ids)))
    found: dict[str, list[str]] = {}
    for row in await db.execute(select(conversation_tags).where(*mine)):
        found.setdefault(row.conversation, []).append(row.tag)
    return found
