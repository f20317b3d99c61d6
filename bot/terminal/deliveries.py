"""`deliveries ID`: how far each destination has an incident, whatever is told of it; as a table, JSON or CSV."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from bot.cards.delivered import HEADS, delivery_rows, state_of
from bot.clock import MachineClock
from bot.domain.incident import Incident
from bot.settings import Settings
from bot.store.engine import Store, StoreError
from bot.store.incident_deliveries import CHUNK, OwedAbout, owed_about
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output
from bot.terminal.recorded import iso, looked_at, meant

DONE, USAGE = 0, 2
ALL_HEADS = ("subject", *HEADS)


async def deliveries(out: Output, settings: Settings, typed: str, *, as_csv: bool) -> int:
    """Print a line a delivery.  2 when there is no such incident."""
    now = MachineClock().now()
    try:
        async with looked_at(settings) as store:
            found = await meant(out, store, typed)
            if found is None:
                return USAGE
            owed = [one async for one in _all(store, found)]
    except StoreError as error:
        return unreadable(out, error)
    if out.form == "json":
        out.json([_as_json(one, now) for one in owed])
    elif as_csv:
        out.lines(_csv(cells) for cells in (ALL_HEADS, *(_row(one, now) for one in owed)))
    elif owed or out.form == "plain":
        out.table(ALL_HEADS, [_row(one, now) for one in owed])
    else:
        out.line("Nobody was to be told of it.")
    return DONE


async def _all(store: Store, incident: Incident) -> AsyncIterator[OwedAbout]:
    """Page by page, so that no server waits for us."""
    last = 0
    while True:
        async with store.reading() as db:
            page = await owed_about(db, incident, after=last)
        for one in page:
            yield one
        if len(page) < CHUNK:
            return
        last = page[-1].delivery.id


def _row(one: OwedAbout, now: datetime) -> tuple[str, ...]:
    (row,) = delivery_rows([one.delivery], one.wanted, now)
    return (one.subject, *row)


def _csv(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _as_json(one: OwedAbout, now: datetime) -> dict[str, Any]:
    """With the names of CONTRACTS; cells of a spreadsheet are made safe, these are as they are."""
    each = one.delivery
    aim = each.wanted_revision if each.step else one.wanted
    return {
        "destination": each.destination,
        "state": state_of(each, aim, now),
        "wants": aim,
        "sent": each.sent_revision,
        "due": iso(each.due),
        "attempts": each.attempts,
        "error": each.error,
        "at": iso(each.settled_at),
        "subject": one.subject,
        "part": each.part,
        "step": each.step,
        "way": each.way,
        "priority": each.priority,
        "maybe_twice": each.maybe_twice,
        "throttled_until": iso(each.throttled_until),
        "first_sent_at": iso(each.first_sent_at),
    }
