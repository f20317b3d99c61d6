"""What the board watches over beside what sources say: budgets, long blindness, our own clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_low

import structlog

from bot.domain.blindness import BLIND_AFTER, CLOCK_MAY_BE_OFF, remedy
from bot.domain.observation import Health, Kind, Observation, ServiceId
from bot.domain.source_health import Budget, PollFailure, SourceHealth, SourceState, usual_budget
from bot.http import FetchError
from bot.http_tally import Tally
from bot.metrics import SOURCE_AGE, SOURCE_SPEND, SOURCE_STATE
from bot.sources.source import Source, SourceError

log = structlog.get_logger(__name__)

BY_BADNESS = [SourceState.OFF, SourceState.NOT_SET_UP, SourceState.OK, SourceState.FAILING, SourceState.BLIND]
CLOCKS_THAT_AGREE = 2  # sources that must tell another time than we do


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What operators want to be told, and what may be asked."""

    blind_after: timedelta = BLIND_AFTER
    budgets: Mapping[str, Budget] = field(default_factory=dict)  # by source id; the others have the usual one
    words: Callable[[SourceHealth], str] = lambda health: remedy(health).value  # what to do, as the log tells it

    def budget(self, source: str, period: timedelta) -> Budget:
        """What this source may be asked; where nothing is said of the hour, the usual."""
        said = self.budgets.get(source, Budget())
        return Budget(per_hour=said.per_hour or usual_budget(period).per_hour, per_month=said.per_month)


class ClockCheck:
    """Compares our clock with the dates of answers; told once when it is off, and once when it is right again."""

    def __init__(self) -> None:
        """Nothing was compared yet."""
        self._is_off = False

    def compare(self, offs: list[timedelta]) -> None:
        """`offs`: our clock minus theirs, one per source; a single one that differs may itself be wrong."""
        if len(offs) < CLOCKS_THAT_AGREE:
            return
        usual = median_low(offs)
        is_off = abs(usual) > CLOCK_MAY_BE_OFF
        if is_off and not self._is_off:
            log.warning("our clock is off", ahead_s=round(usual.total_seconds()), do="set this machine's clock (NTP)")
        elif self._is_off and not is_off:
            log.info("our clock is right again")
        self._is_off = is_off


def failure_of(error: SourceError | FetchError | TimeoutError, tally: Tally) -> PollFailure:
    """What an error that ended a poll means for the source's health."""
    match error:
        case SourceError():
            return PollFailure(
                reason=error.reason, http_status=error.http_status, retry_at=error.retry_at, requests=tally.requests
            )
        case FetchError():
            return PollFailure(reason=error.said, requests=tally.requests)
        case _:
            return PollFailure(reason="timed out: the whole poll took too long", requests=tally.requests)


def show(healths: Iterable[SourceHealth], now: datetime) -> None:
    """Bring the gauges of these sources up to date.  One that is asked for several tenants counts as its worst."""
    by_source: dict[str, list[SourceHealth]] = {}
    for health in healths:
        by_source.setdefault(health.source, []).append(health)
    for source, same in by_source.items():
        worst = max((health.state for health in same), key=BY_BADNESS.index)
        for state in SourceState:
            SOURCE_STATE.labels(source=source, state=state).set(state is worst)
        SOURCE_SPEND.labels(source=source).set(sum(health.spend for health in same))
        if read_at := [health.last_success for health in same if health.last_success is not None]:
            SOURCE_AGE.labels(source=source).set((now - min(read_at)).total_seconds())


def unasked(source: Source, now: datetime) -> SourceHealth:
    """A source of which nothing is known yet."""
    return SourceHealth(
        source=source.id,
        state=SourceState.OK,
        since=now,
        tenant=source.tenant,
        period=source.period,
        reason="not asked yet",
    )


def cannot_see(source: Source | None, health: SourceHealth, now: datetime) -> Observation:
    """What could not be read, said as an observation; `source`: None where it is off or not set up."""
    return Observation(
        source=health.source,
        kind=source.about.kind if source else Kind.NEUTRAL,
        origin=health.source,
        key="unreachable",
        service=ServiceId("teams"),
        health=Health.UNREACHABLE,
        seen_at=now,
        until=now + timedelta(minutes=5),
        since=health.since,
        tenant=health.tenant,
        text=health.reason,
    )
