"""`sources`: every source, how well it can be read, and why."""

from datetime import datetime

from bot.assembly import choice_of
from bot.clock import MachineClock
from bot.domain.source_health import SourceHealth, SourceState
from bot.settings import Settings
from bot.sources.chosen import chosen_sources
from bot.store import observations as rows
from bot.store.engine import StoreError
from bot.store.peek import open_to_look
from bot.terminal.output import Output

DONE = 0
HEADS = ("source", "state", "last success", "every", "requests this month", "why")


async def sources(out: Output, settings: Settings) -> int:
    """Every source: from the database where it has been asked before, else as the settings have it."""
    clock = MachineClock()
    asked, others = chosen_sources(choice_of(settings), clock.now())
    known = {(health.source, health.tenant): health for health in await _stored(settings, clock)}
    healths = [*others]
    for source in asked:
        fallback = SourceHealth(
            source=source.id, state=SourceState.OK, since=clock.now(), period=source.period, reason="not asked yet"
        )
        healths.append(known.get((source.id, source.tenant), fallback))
    listed = sorted(healths, key=lambda health: health.source)
    if out.form == "json":
        out.json([_as_json(health) for health in listed])
    else:
        out.table(HEADS, [_row(health) for health in listed])
    return DONE


async def _stored(settings: Settings, clock: MachineClock) -> tuple[SourceHealth, ...]:
    """What was noted; nothing when there is no database that can be read, since looking must not make one."""
    try:
        store = await open_to_look(settings.database_url, clock)
    except StoreError:
        return ()
    try:
        async with store.reading() as db:
            return await rows.load_health(db)
    except StoreError:
        return ()
    finally:
        await store.close()


def _as_json(health: SourceHealth) -> dict[str, object]:
    return {
        "source": health.source,
        "state": health.state.value,
        "since": _iso(health.since),
        "last_success": _iso(health.last_success),
        "period_s": health.period.total_seconds(),
        "spend": health.spend,
        "reason": health.reason,
    }


def _row(health: SourceHealth) -> list[str]:
    asked = health.state in (SourceState.OK, SourceState.FAILING, SourceState.BLIND)
    return [
        health.source,
        health.state.value,
        _iso(health.last_success) or "-",
        f"{health.period.total_seconds():g} s" if asked else "-",
        str(health.spend),
        health.reason,
    ]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
