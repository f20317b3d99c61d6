"""What sources said last and how well each can be read, kept so that a restart forgets nothing."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.observation import Observation, SourceId, TenantId
from bot.domain.source_health import SourceHealth, SourceState
from bot.store.columns import NOBODY, upsert
from bot.store.tables import observations, source_health

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Observation).decode
_MILLISECOND = timedelta(milliseconds=1)


async def save_poll(
    db: AsyncConnection, source: SourceId, tenant: TenantId | None, seen: Sequence[Observation]
) -> None:
    """Replace what this source said before: what it does not say again, it no longer says."""
    owner = tenant or NOBODY
    await db.execute(delete(observations).where(observations.c.tenant == owner, observations.c.source == source))
    newest = {_key(one): one for one in sorted(seen, key=lambda one: one.seen_at)}
    if newest:
        rows = [
            {"tenant": owner, "source": source, "key": key, "until": one.until, "body": _encode(one).decode()}
            for key, one in newest.items()
        ]
        await db.execute(insert(observations), rows)


async def load(
    db: AsyncConnection, now: datetime, *, sources: Collection[SourceId] | None = None
) -> tuple[Observation, ...]:
    """Everything that is still believed at `now`, in a stable order.  `sources`: of these only."""
    wanted = (
        select(observations.c.body)
        .where(observations.c.until > now)
        .order_by(observations.c.tenant, observations.c.source, observations.c.key)
    )
    if sources is not None:
        wanted = wanted.where(observations.c.source.in_(sources))
    read = (_read(body) for body in (await db.execute(wanted)).scalars())
    return tuple(one for one in read if one is not None)


async def save_health(db: AsyncConnection, health: SourceHealth) -> None:
    """Keep how well this source can be read."""
    row = {
        "tenant": health.tenant or NOBODY,
        "source": health.source,
        "state": health.state,
        "since": health.since,
        "last_success": health.last_success,
        "last_try": health.last_try,
        "next_try": health.next_try,
        "period_ms": health.period // _MILLISECOND,
        "failures": health.failures,
        "reason": health.reason,
        "http_status": health.http_status,
        "spend": health.spend,
        "told_at": health.told_at,
        "spend_hour": health.spend_hour,
        "clock_off_ms": None if health.clock_off is None else health.clock_off // _MILLISECOND,
    }
    await upsert(db, source_health, row)


async def load_health(db: AsyncConnection) -> tuple[SourceHealth, ...]:
    """The last known health of every source that was ever polled, by id."""
    wanted = select(source_health).order_by(source_health.c.source, source_health.c.tenant)
    return tuple(
        SourceHealth(
            source=SourceId(row.source),
            state=SourceState(row.state),
            since=row.since,
            tenant=TenantId(row.tenant) if row.tenant else None,
            last_success=row.last_success,
            last_try=row.last_try,
            next_try=row.next_try,
            period=row.period_ms * _MILLISECOND,
            failures=row.failures,
            reason=row.reason,
            http_status=row.http_status,
            spend=row.spend,
            told_at=row.told_at,
            spend_hour=row.spend_hour,
            clock_off=None if row.clock_off_ms is None else row.clock_off_ms * _MILLISECOND,
        )
        for row in await db.execute(wanted)
    )


def _key(seen: Observation) -> str:
    """What makes two statements of one source the same statement: the newer one replaces the older."""
    return "\x1f".join((seen.service, seen.feature or "", seen.region or "", seen.key))


def _read(body: str) -> Observation | None:
    """The statement, or None when a newer release wrote words into it that this one does not know."""
    try:
        return _decode(body)
    except msgspec.ValidationError:
        return None
