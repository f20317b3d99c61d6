"""Where the bot can speak: ids and choices, no names.

A row begins when the bot is installed or first spoken to, and is kept a while after the bot was removed, so that a
failed send finds out why.  A row is written only when something changed: most activities change nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.observation import TenantId
from bot.store import deliveries
from bot.store.columns import NOBODY, insert_into
from bot.store.tables import conversations

_AT_ONCE = 1000  # ids in one statement
_ENDINGS = frozenset({Life.REMOVED, Life.DELETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One conversation as it is known now."""

    destination: Destination  # without a thread: that belongs to a single answer
    language: str | None
    zone: str | None
    site: str | None  # one of the organisation's places, chosen by its members
    installed_at: datetime
    gone_at: datetime | None  # None while the bot may speak there
    reason: str | None  # why it may not
    person: str | None = None  # whose personal chat it is


async def record(db: AsyncConnection, event: ConversationEvent, now: datetime) -> None:
    """Take in what happened to a conversation."""
    place = event.destination
    if event.life not in _ENDINGS:
        await _remember(db, event, now)
    elif event.life is Life.DELETED and place.channel and place.channel != place.team:
        await gone(db, place.tenant, place.channel, reason=event.life, now=now)  # told in the team's first channel
    elif place.team is not None and (event.life is Life.REMOVED or place.id == place.team):
        await _end(db, conversations.c.team == place.team, place.tenant, event.life, now)
    else:
        await gone(db, place.tenant, place.id, reason=event.life, now=now)


async def record_seen(db: AsyncConnection, seen: Sequence[tuple[ConversationEvent, datetime]]) -> None:
    """First words from several conversations, in one statement; one that is known keeps what was chosen there."""
    if not seen:
        return
    rows = [_row(event, now) for event, now in seen]
    insert = insert_into(db, conversations)
    told = insert.excluded
    known = {
        "service_url": told.service_url,
        "bot_id": func.coalesce(func.nullif(told.bot_id, ""), conversations.c.bot_id),
        "team": func.coalesce(told.team, conversations.c.team),
        "channel": func.coalesce(told.channel, conversations.c.channel),
        "person": func.coalesce(told.person, conversations.c.person),
        "gone_at": None,
        "reason": None,
    }
    back = await _gone_among(db, seen)
    await db.execute(insert.on_conflict_do_update(index_elements=["tenant", "id"], set_=known), rows)
    for tenant, ids in back.items():
        await deliveries.revive(db, tenant, ids, max(now for _, now in seen))


async def get(db: AsyncConnection, tenant: TenantId | None, conversation: str) -> Conversation | None:
    """This conversation, None when it is not known."""
    row = (await db.execute(select(conversations).where(_is(tenant, conversation)))).one_or_none()
    return None if row is None else _conversation(row)


async def named(db: AsyncConnection, ids: Collection[str]) -> tuple[Conversation, ...]:
    """Those with these ids, of every tenant, in which the bot may speak."""
    wanted = select(conversations).where(conversations.c.id.in_(sorted(ids)), conversations.c.gone_at.is_(None))
    return tuple(_conversation(row) for row in await db.execute(wanted.order_by(conversations.c.tenant)))


async def personal_of(db: AsyncConnection, tenant: TenantId | None, person: str) -> str | None:
    """Id of the personal chat with this person (`Person.lasting_id`), where the bot may speak."""
    mine = and_(conversations.c.tenant == (tenant or NOBODY), conversations.c.person == person)
    wanted = select(conversations.c.id).where(mine, conversations.c.gone_at.is_(None))
    newest = wanted.order_by(conversations.c.installed_at.desc()).limit(1)
    found: str | None = (await db.execute(newest)).scalar_one_or_none()
    return found


async def reachable(db: AsyncConnection, tenant: TenantId | None) -> tuple[Conversation, ...]:
    """Every conversation of this tenant in which the bot may speak, by id."""
    wanted = (
        select(conversations)
        .where(conversations.c.tenant == (tenant or NOBODY), conversations.c.gone_at.is_(None))
        .order_by(conversations.c.id)
    )
    return tuple(_conversation(row) for row in await db.execute(wanted))


async def tenants(db: AsyncConnection) -> tuple[TenantId | None, ...]:
    """Those with a conversation in which the bot may speak; None: somebody without a tenant."""
    wanted = select(conversations.c.tenant).where(conversations.c.gone_at.is_(None)).distinct()
    found = await db.execute(wanted.order_by(conversations.c.tenant))
    return tuple(TenantId(name) if name else None for name in found.scalars())


async def all_reachable(db: AsyncConnection, *, limit: int) -> tuple[Conversation, ...]:
    """Conversations of every tenant in which the bot may speak, newest first, at most `limit`."""
    wanted = (
        select(conversations)
        .where(conversations.c.gone_at.is_(None))
        .order_by(conversations.c.installed_at.desc(), conversations.c.id)
        .limit(limit)
    )
    return tuple(_conversation(row) for row in await db.execute(wanted))


async def set_language(db: AsyncConnection, tenant: TenantId | None, conversation: str, language: str) -> None:
    """Somebody chose the language of this conversation."""
    await db.execute(update(conversations).where(_is(tenant, conversation)).values(language=language))


async def set_site(db: AsyncConnection, tenant: TenantId | None, conversation: str, site: str) -> None:
    """Somebody said at which place the members of this conversation are."""
    await db.execute(update(conversations).where(_is(tenant, conversation)).values(site=site))


async def gone(db: AsyncConnection, tenant: TenantId | None, conversation: str, *, reason: str, now: datetime) -> None:
    """The bot may no longer speak there."""
    await _end(db, conversations.c.id == conversation, tenant, reason, now)


async def _remember(db: AsyncConnection, event: ConversationEvent, now: datetime) -> None:
    insert = insert_into(db, conversations).values(**_row(event, now))
    now_known: Mapping[str, Any] = _changes(event, insert.excluded)
    differs = or_(*(conversations.c[name].is_distinct_from(value) for name, value in now_known.items()))
    back = await _gone_among(db, ((event, now),))
    await db.execute(
        insert.on_conflict_do_update(index_elements=["tenant", "id"], set_=now_known, where=differs),
    )
    for tenant, ids in back.items():
        await deliveries.revive(db, tenant, ids, now)


async def _gone_among(
    db: AsyncConnection, seen: Sequence[tuple[ConversationEvent, datetime]]
) -> dict[TenantId | None, list[str]]:
    """Which of these were gone until now, by tenant."""
    places = {(event.destination.tenant or NOBODY, event.destination.id) for event, _ in seen}
    ids = sorted({place for _, place in places})
    back: dict[TenantId | None, list[str]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        named = conversations.c.id.in_(ids[start : start + _AT_ONCE])
        gone_ones = select(conversations.c.tenant, conversations.c.id).where(
            named, conversations.c.gone_at.is_not(None)
        )
        for row in await db.execute(gone_ones):
            if (row.tenant, row.id) in places:
                back.setdefault(TenantId(row.tenant) if row.tenant else None, []).append(row.id)
    return back


def _row(event: ConversationEvent, now: datetime) -> dict[str, Any]:
    place = event.destination
    return {
        "tenant": place.tenant or NOBODY,
        "id": place.id,
        "scope": place.scope,
        "service_url": place.service_url,
        "bot_id": place.bot_id,
        "team": place.team,
        "channel": place.channel,
        "language": event.language,
        "zone": event.zone,
        "person": event.person,
        "installed_at": now,
        "gone_at": None,
        "reason": None,
    }


def _changes(event: ConversationEvent, told: Any) -> dict[str, Any]:  # noqa: ANN401 - SQLAlchemy's `excluded` columns
    """What an event says anew about a known conversation.  A language that was chosen stays."""
    changes = {"service_url": told.service_url, "gone_at": None, "reason": None}
    changes |= {"bot_id": told.bot_id} if event.destination.bot_id else {}
    changes |= {"team": told.team} if event.destination.team else {}
    changes |= {"channel": told.channel} if event.destination.channel else {}
    changes |= {"person": told.person} if event.person else {}
    if event.language:
        changes["language"] = func.coalesce(conversations.c.language, told.language)
    if event.zone:  # people travel, channels do not
        travels = event.destination.scope is Scope.PERSONAL
        changes["zone"] = told.zone if travels else func.coalesce(conversations.c.zone, told.zone)
    return changes


async def _end(
    db: AsyncConnection, which: ColumnElement[bool], tenant: TenantId | None, reason: str, now: datetime
) -> None:
    mine = and_(conversations.c.tenant == (tenant or NOBODY), which, conversations.c.gone_at.is_(None))
    ended = update(conversations).where(mine).values(gone_at=now, reason=reason).returning(conversations.c.id)
    if places := (await db.execute(ended)).scalars().all():
        await deliveries.gone(db, tenant, places, reason)


def _is(tenant: TenantId | None, conversation: str) -> ColumnElement[bool]:
    return and_(conversations.c.tenant == (tenant or NOBODY), conversations.c.id == conversation)


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        destination=Destination(
            id=row.id,
            scope=Scope(row.scope),
            tenant=TenantId(row.tenant) if row.tenant else None,
            service_url=row.service_url,
            bot_id=row.bot_id,
            team=row.team,
            channel=row.channel,
        ),
        language=row.language,
        zone=row.zone,
        site=row.site,
        installed_at=row.installed_at,
        gone_at=row.gone_at,
        reason=row.reason,
        person=row.person,
    )
