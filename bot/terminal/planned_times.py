"""`announce times RULE`: when a rule would take place, saved nowhere."""

from datetime import UTC, datetime

from bot.clock import MachineClock
from bot.domain.schedule import RuleError, moment, read_rule, upcoming, zone_of
from bot.terminal.output import Output

DONE, USAGE, UNKNOWN = 0, 2, 4
MOST_TIMES = 1000
HEADS = ("local", "offset", "zone", "UTC")


def times(out: Output, rule: str, *, zone: str, start: str | None, count: int) -> int:
    """Print the next `count` times from `start` (inclusive; ISO, on the zone's clock unless it names an offset) on.

    0 when there are any, 4 when there is none, 2 when rule, zone, start or count can't be used.
    """
    try:
        place, begins = zone_of(zone), _begins(start, zone)
        if not 0 < count <= MOST_TIMES:
            raise RuleError(f"--count from 1 to {MOST_TIMES}")
        wall = begins.astimezone(place).replace(tzinfo=None, fold=0)
        found = upcoming(read_rule(rule, start=wall, zone=zone), zone, begins, count)
    except RuleError as error:
        out.complain("That can't be planned.", [f"wanted: {error.wanted}"])
        return USAGE
    rows = [told(at, zone) for at in found]
    if out.form == "json":
        out.json(rows)
    elif rows:
        out.table(HEADS, [(row["local"], row["offset"], row["zone"], row["utc"]) for row in rows])
    else:
        out.line("There is no such time within nine years.")
    return DONE if rows else UNKNOWN


def _begins(text: str | None, zone: str) -> datetime:
    if text is None:
        return MachineClock().now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise RuleError("--from as 2026-03-28T02:30, with an offset or on the clock of the zone") from None
    return at.astimezone(UTC) if at.tzinfo else moment(at, zone)


def told(at: datetime, zone: str) -> dict[str, str]:
    """One time as JSON and tables tell it: UTC, wall clock, offset and zone."""
    local = at.astimezone(zone_of(zone))
    offset = local.strftime("%z")
    return {
        "utc": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "local": local.strftime("%Y-%m-%dT%H:%M:%S"),
        "offset": f"{offset[:3]}:{offset[3:5]}",
        "zone": zone,
    }
