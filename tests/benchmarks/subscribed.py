"""Tenants with subscribed channels, and trouble that they are to hear of: where benchmarks of delivery begin."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert, literal, select, text

from bot.clock import MachineClock
from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.incident import Change, Incident, Level, Stage
from bot.domain.observation import ServiceId, TenantId
from bot.domain.outcome import Outcome, Reason
from bot.domain.subscription import Subscription, SubscriptionId, Wish
from bot.sources import SOURCES
from bot.store import conversations, incidents, notifications, subscriptions, tables
from bot.store.engine import Db, Store

TOGETHER = 500  # conversations in one statement


def settings_for(url: str) -> dict[str, str]:
    """A bot that listens nowhere and asks nobody."""
    return {
        "NOTJUSTYOU_DATABASE_URL": url,
        "NOTJUSTYOU_SOURCES_OFF": ",".join(SOURCES),
        "NOTJUSTYOU_LOG_LEVEL": "warning",
    }


async def fill(
    url: str, service_url: str, tenants: int | Sequence[str], each: int, *, level: Level | None = Level.DOWN
) -> list[Incident]:
    """Tenants with so many subscribed channels each, and in each an incident that nobody was told of.

    `tenants`: how many, or their names; `level`: None means that there is no incident.
    """
    store, now = await Store.open(url, MachineClock()), MachineClock().now()
    named = [f"tenant{number}" for number in range(tenants)] if isinstance(tenants, int) else tenants
    made = []
    for tenant in map(TenantId, named):
        async with store.transaction() as db:
            await _subscribe(db, [_place(f"{tenant}~{one}", tenant, service_url) for one in range(each)], now)
            if level is not None:
                made.append(await open_incident(db, tenant, level, now))
    async with store.transaction() as db:
        await db.execute(text("ANALYZE"))  # PostgreSQL does so by itself, but not within the seconds of a benchmark
    await store.close()
    return made


async def open_incident(db: Db, tenant: TenantId, level: Level, now: datetime) -> Incident:
    """Trouble begins there, and must be known."""
    incident = Incident(
        id=incidents.new_id(), tenant=tenant, service=ServiceId("teams"), stage=Stage.CONFIRMED, level=level,
        worst=level, opened_at=now, changed_at=now, since=now, outcome=Outcome.DOWN,
        reason=Reason.TWO_KINDS_AGREE, confidence=0.95,
    )  # fmt: skip
    await incidents.save(db, incident)
    await _want(db, incident, now)
    return incident


async def revise(store: Store, now: datetime, level: Level = Level.DOWN) -> None:
    """News of every incident."""
    async with store.transaction() as db:
        for before in await incidents.open_of(db, incidents.ANY):
            after = replace(before, revision=before.revision + 1, changed_at=now, level=level)
            await incidents.save(db, after, before)
            await _want(db, after, now)


async def _want(db: Db, incident: Incident, now: datetime) -> None:
    told = Notification(
        id=NotificationId(""), subject=Subject.INCIDENT, about=incident.id, tenant=incident.tenant,
        revision=incident.revision, made_at=now,
    )  # fmt: skip
    step = Change.CONFIRMED if incident.revision == 1 else None
    await notifications.want(db, told, now=now, step=step, spread=True)


async def _subscribe(db: Db, places: Sequence[Destination], now: datetime) -> None:
    """The first one as everybody does; the others want what it wants, in one statement: there may be many."""
    seen = [(ConversationEvent(life=Life.INSTALLED, destination=place), now) for place in places]
    for start in range(0, len(seen), TOGETHER):
        await conversations.record_seen(db, seen[start : start + TOGETHER])
    first = places[0]
    wanted = Subscription(
        id=SubscriptionId(""), tenant=first.tenant, conversation=first.id, scope=first.scope, wish=Wish(), made_at=now
    )
    await subscriptions.save(db, wanted)
    known, one = tables.conversations.c, tables.subscriptions.c
    own = {"conversation": known.id, "id": literal("subscription of ").concat(known.id)}
    copied = (
        select(*(own.get(column.name, column) for column in one))
        .select_from(tables.conversations.join(tables.subscriptions, one.tenant == known.tenant))
        .where(one.tenant == first.tenant, one.conversation == first.id, known.id != first.id)
    )
    await db.execute(insert(tables.subscriptions).from_select([column.name for column in one], copied))


def _place(name: str, tenant: TenantId, service_url: str) -> Destination:
    return Destination(id=name, scope=Scope.CHANNEL, tenant=tenant, service_url=service_url, bot_id="28:bot", team="t")
