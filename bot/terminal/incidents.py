"""`incidents`: those that are open and those that were, newest first."""

from typing import Any

from bot.domain.incident import Incident
from bot.settings import Settings
from bot.store import incidents as rows
from bot.store.engine import StoreError
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output
from bot.terminal.recorded import iso, looked_at

DONE = 0
EVERY = 1_000_000
HEADS = ("id", "service", "part", "state", "level", "opened", "our alert", "official", "closed", "whose")


async def incidents(out: Output, settings: Settings, *, limit: int | None) -> int:
    """Print them: the newest `limit`, or all that are kept."""
    try:
        async with looked_at(settings) as store, store.reading() as db:
            found = await rows.recent(db, rows.ANY, limit=limit or EVERY)
    except StoreError as error:
        return unreadable(out, error)
    if out.form == "json":
        out.json([facts(one) for one in found])
    elif found or out.form == "plain":
        out.table(HEADS, [_row(settings, one) for one in found])
    else:
        out.line("There was no incident.")
    return DONE


def facts(incident: Incident) -> dict[str, Any]:
    """With the names of CONTRACTS, and what else an operator asks first."""
    return {
        "id": incident.id,
        "service": incident.service,
        "feature": incident.feature,
        "state": incident.stage,
        "opened_at": iso(incident.opened_at),
        "closed_at": iso(incident.closed_at),
        "alert_at": iso(incident.alert_at),
        "official_at": iso(incident.official_at),
        "drill": incident.drill,
        "tenant": incident.tenant,
        "level": incident.level,
        "worst": incident.worst,
        "reach": incident.reach,
        "site": incident.site,
        "region": incident.region,
        "cause": incident.cause,
        "next_word_at": iso(incident.next_word_at) if incident.stage.is_open else None,
        "official_id": incident.official.key if incident.official else None,
    }


def _row(settings: Settings, one: Incident) -> list[str]:
    moments = (one.opened_at, one.alert_at, one.official_at, one.closed_at)
    whose = settings.tenant_named(one.tenant) or one.tenant or "everyone"
    return [
        one.id,
        one.service,
        one.feature or "-",
        f"{one.stage} (drill)" if one.drill else one.stage,
        one.level,
        *(iso(moment) or "-" for moment in moments),
        whose,
    ]
