"""How well each source can be read, and when to ask it next.  Pure: knows no source and no wire.

The state is what operators and the "can't see" line are shown.  Waits follow the sources' common rules: two quick tries
after a failure, then doubling, each wait drawn from the whole of its length so that many bots never ask in step; a
refusal is asked again every quarter of an hour, a challenge page once an hour.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.observation import SourceId, TenantId

BLIND_AFTER = 3  # failures in a row
REFUSED_WAIT = timedelta(minutes=15)
CHALLENGED_WAIT = timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=15)
QUICK_TRIES = 2
REFUSALS = (401, 402, 403)
LEAST_WAIT = timedelta(seconds=5)
POLLS_WORTH = 20  # requests for each poll that the period allows: more in an hour is a mistake of ours or a trap


class SourceState(StrEnum):
    """CONTRACTS: source state.  Only failing and blind stand under "can't see"."""

    OK = "ok"
    FAILING = "failing"
    BLIND = "blind"
    NOT_SET_UP = "not_set_up"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """What became of our last tries to read one source."""

    source: SourceId
    state: SourceState
    since: datetime  # aware UTC: in this state since
    tenant: TenantId | None = None
    last_success: datetime | None = None
    last_try: datetime | None = None
    next_try: datetime | None = None
    period: timedelta = timedelta(minutes=1)
    failures: int = 0  # in a row
    reason: str = ""  # why it can't be read, is off or is not set up
    http_status: int | None = None
    spend: int = 0  # requests made this calendar month, UTC
    spend_hour: int = 0  # and this hour
    told_at: datetime | None = None  # when operators were told that it is blind
    clock_off: timedelta | None = None  # our clock minus theirs, when last compared

    @property
    def is_unreadable(self) -> bool:
        """Whether it stands under "can't see"."""
        return self.state in (SourceState.FAILING, SourceState.BLIND)

    def is_due(self, now: datetime) -> bool:
        """Whether it should be asked now."""
        if self.state in (SourceState.OFF, SourceState.NOT_SET_UP):
            return False
        return self.next_try is None or self.next_try <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many requests a source may be asked; None: no limit."""

    per_hour: int | None = None
    per_month: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFailure:
    """Why a poll gave nothing, in what the next decision needs."""

    reason: str
    http_status: int | None = None
    retry_at: datetime | None = None
    requests: int = 1


def usual_budget(period: timedelta) -> Budget:
    """The limit of a source for which nobody set one."""
    return Budget(per_hour=max(POLLS_WORTH, round(POLLS_WORTH * timedelta(hours=1) / period)))


def requests_left(health: SourceHealth, budget: Budget, now: datetime) -> int | None:
    """How many requests may still be made; None when nothing limits them."""
    limits = ((budget.per_hour, _spent_hour(health, now)), (budget.per_month, _spent(health, now)))
    return min((max(0, most - spent) for most, spent in limits if most is not None), default=None)


def budget_returns(health: SourceHealth, budget: Budget, now: datetime) -> datetime:
    """When a used-up budget begins anew: with the next month or the next hour, UTC."""
    if budget.per_month is not None and _spent(health, now) >= budget.per_month:
        first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first + timedelta(days=32)).replace(day=1)
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def after_success(health: SourceHealth, now: datetime, *, jitter: float, requests: int) -> SourceHealth:
    """The source answered at `now`.  `jitter`: 0 to 1, spreads polls over a tenth of the period."""
    return replace(
        health,
        state=SourceState.OK,
        since=health.since if health.state is SourceState.OK else now,
        last_success=now,
        last_try=now,
        next_try=now + health.period * (0.9 + 0.1 * jitter),
        failures=0,
        reason="",
        http_status=None,
        spend=_spent(health, now) + requests,
        spend_hour=_spent_hour(health, now) + requests,
        told_at=None,
    )


def after_failure(health: SourceHealth, failure: PollFailure, now: datetime, *, jitter: float) -> SourceHealth:
    """The source could not be read at `now`; failing at first, blind from the third time in a row or a refusal."""
    failures = health.failures + 1
    blind = failures >= BLIND_AFTER or failure.http_status in REFUSALS
    state = SourceState.BLIND if blind else SourceState.FAILING
    return replace(
        health,
        state=state,
        since=health.since if health.is_unreadable else now,
        last_try=now,
        next_try=_next_try(health, failure, failures, now, jitter),
        failures=failures,
        reason=failure.reason,
        http_status=failure.http_status,
        spend=_spent(health, now) + failure.requests,
        spend_hour=_spent_hour(health, now) + failure.requests,
    )


def _next_try(health: SourceHealth, failure: PollFailure, failures: int, now: datetime, jitter: float) -> datetime:
    if failure.retry_at is not None:
        return max(failure.retry_at, now + health.period * 0.1)
    if "challenge" in failure.reason:
        return now + CHALLENGED_WAIT
    if failure.http_status in REFUSALS:
        return now + REFUSED_WAIT
    if failures <= QUICK_TRIES:
        return now + _drawn(min(health.period, timedelta(seconds=30)), jitter)
    doubled: timedelta = health.period * 2 ** min(failures - QUICK_TRIES, 10)
    return now + _drawn(min(doubled, max(LONGEST_WAIT, health.period)), jitter)


def _drawn(longest: timedelta, jitter: float) -> timedelta:
    """Full jitter, but never at once."""
    return max(longest * jitter, min(LEAST_WAIT, longest / 2))


def _spent(health: SourceHealth, now: datetime) -> int:
    same_month = health.last_try is not None and (health.last_try.year, health.last_try.month) == (now.year, now.month)
    return health.spend if same_month else 0


def _spent_hour(health: SourceHealth, now: datetime) -> int:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return health.spend_hour if health.last_try is not None and health.last_try >= hour else 0
