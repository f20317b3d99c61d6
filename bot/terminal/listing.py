"""`sources` and `settings`: what is set, and how well each source can be read."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bot.assembly import choice_of
from bot.clock import MachineClock
from bot.domain.source_health import SourceHealth, SourceState
from bot.settings import Settings, described
from bot.sources.chosen import chosen_sources
from bot.store import observations as rows
from bot.store.engine import Store, StoreError
from bot.terminal.output import Output


def settings(out: Output, env: Mapping[str, str]) -> int:
    """Every setting with its meaning, default and present value; secrets as "set"."""
    lines = described(env)
    if out.form == "json":
        out.json([dataclasses.asdict(line) for line in lines])
    else:
        out.table(["setting", "value", "default", "meaning"], [
            [line.name, line.value, line.default, line.meaning] for line in lines
        ])  # fmt: skip
    return 0


async def sources(out: Output, chosen: Settings) -> int:
    """Every source: from the database where a server has polled it, else as the settings have it."""
    clock = MachineClock()
    asked, others = chosen_sources(choice_of(chosen), clock.now())
    known = {health.source: health for health in await _stored(chosen, clock)}
    healths = [*others]
    for source in asked:
        fallback = SourceHealth(
            source=source.id, state=SourceState.OK, since=clock.now(), period=source.period, reason="not asked yet"
        )
        healths.append(known.get(source.id, fallback))
    listed = sorted(healths, key=lambda health: health.source)
    if out.form == "json":
        out.json([_as_json(health) for health in listed])
    else:
        out.table(["source", "state", "last success", "every", "requests", "why"], [_row(one) for one in listed])
    return 0


async def _stored(chosen: Settings, clock: MachineClock) -> tuple[SourceHealth, ...]:
    """What a server noted; nothing when there is no database yet, since looking must not make one."""
    if _is_missing(chosen.database_url):
        return ()
    try:
        store = await Store.open(chosen.database_url, clock, exclusive=False)
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


def _is_missing(url: str) -> bool:
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists()
