"""How fast we may speak: Teams' published limits, kept on our side so that it never has to say 429.

Every outgoing connector call passes here.  A wait belongs to one conversation and delays no other.  Deliveries leave a
small part of the tenant's rate free, so that an answer never queues behind a fan-out.  Knows no HTTP.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from pyrate_limiter import InMemoryBucket, Rate, RateItem

IDLE_CONVERSATIONS = 20_000  # beyond this many the one that was silent longest is forgotten
PER_TENANT = 50  # requests a second per app and tenant; vendor's rate-limit page, Aug 2026; "may change"
KEPT_FOR_ANSWERS = 2  # of these, never used by deliveries: 48 a second is 96 % of what is allowed
SET_BACK_MS = 2000  # a call noted so far ahead of now was noted before the clock was set back
PER_CONVERSATION = ((7, 1), (8, 2), (60, 30), (1800, 3600))  # sends in so many seconds; same page


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the service lets us do."""

    per_tenant: int = PER_TENANT
    kept_for_answers: int = KEPT_FOR_ANSWERS
    per_conversation: tuple[tuple[int, int], ...] = PER_CONVERSATION  # (sends, seconds)


class _Call(int):
    """The moment of a call, in milliseconds: all that a bucket asks of an item.

    An hour of a large fan-out is a hundred thousand of them; the library's own items take four times as much room.
    """

    __slots__ = ()
    name, weight = "", 1

    @property
    def timestamp(self) -> int:
        """As the bucket asks for it."""
        return self


@dataclass(slots=True)
class _Windows:
    """One conversation's recent sends, and the moment before which the service told us to be silent."""

    bucket: InMemoryBucket | None = None  # made with the first send: making one takes longer than asking it
    silent_until: datetime = field(default=datetime.min.replace(tzinfo=UTC))


class Limits:
    """When the next call may go out.  One for each registration; used from one event loop."""

    def __init__(self, allowance: Allowance) -> None:
        """`Allowance()` holds the vendor's published figures."""
        self._allowance = allowance
        self._rates = _rates(allowance.per_conversation)
        self._conversations: OrderedDict[str, _Windows] = OrderedDict()
        self._tenants: dict[str | None, InMemoryBucket] = {}

    def ready_at(self, conversation: str, now: datetime, *, tenant: str | None = None, first: bool = False) -> datetime:
        """The earliest moment at which a call may go there; `now` when that is at once.  Takes nothing.

        `first`: an answer to a person, which may use what deliveries must leave.
        """
        return self._ready(self._windows(conversation), self._tenant(tenant), now, first=first)

    def tenant_ready_at(self, tenant: str | None, now: datetime) -> datetime:
        """The earliest moment at which any delivery to that tenant may go out; `now` when that is at once."""
        return _free_at(self._tenant(tenant), self._allowance.kept_for_answers, now)

    @property
    def deliveries_per_second(self) -> int:
        """How many deliveries to one tenant may go out in a second."""
        return max(1, self._allowance.per_tenant - self._allowance.kept_for_answers)

    def take(
        self, conversation: str, now: datetime, *, tenant: str | None = None, first: bool = False
    ) -> datetime | None:
        """Count one call and return None, or count nothing and return when to try again."""
        windows, shared = self._windows(conversation), self._tenant(tenant)
        ready = self._ready(windows, shared, now, first=first)
        if ready > now:
            return ready
        call = cast("RateItem", _Call(_ms(now)))
        if windows.bucket is None:
            windows.bucket = InMemoryBucket(self._rates)
        for bucket in (windows.bucket, shared):
            _forget_what_is_ahead(bucket, _ms(now))
        windows.bucket.put(call)
        shared.put(call)
        return None

    def _ready(self, windows: "_Windows", shared: InMemoryBucket, now: datetime, *, first: bool) -> datetime:
        kept = 0 if first else self._allowance.kept_for_answers
        here = now if windows.bucket is None else _free_at(windows.bucket, 0, now)
        return max(now, windows.silent_until, here, _free_at(shared, kept, now))

    def hush(self, conversation: str, until: datetime) -> None:
        """The service said 429 there: nothing goes to that conversation before `until`."""
        windows = self._windows(conversation)
        windows.silent_until = max(windows.silent_until, until)

    def _windows(self, conversation: str) -> _Windows:
        windows = self._conversations.get(conversation)
        if windows is None:
            windows = _Windows()
            self._conversations[conversation] = windows
            if len(self._conversations) > IDLE_CONVERSATIONS:
                self._conversations.popitem(last=False)
        self._conversations.move_to_end(conversation)
        return windows

    def _tenant(self, tenant: str | None) -> InMemoryBucket:
        if tenant not in self._tenants:
            self._tenants[tenant] = InMemoryBucket(_rates(((self._allowance.per_tenant, 1),)))
        return self._tenants[tenant]


def _rates(windows: tuple[tuple[int, int], ...]) -> list[Rate]:
    return [Rate(sends, seconds * 1000) for sends, seconds in windows]


def _free_at(bucket: InMemoryBucket, kept: int, now: datetime) -> datetime:
    """When each window of the bucket has room: the moment its oldest counted call, seen from the limit, leaves it.

    The bucket itself tells this only after it was asked to count a call, and we must know before we take one.
    """
    if bucket.count() < bucket.rates[0].limit - kept:
        return now  # not even the smallest window can be full
    free = _ms(now)
    _forget_what_is_ahead(bucket, free)
    bucket.leak(free)
    for rate in bucket.rates:
        blocking = bucket.peek(max(0, rate.limit - 1 - kept))
        if blocking is not None:
            free = max(free, blocking.timestamp + rate.interval + 1)  # a window holds both of its edges
    return datetime.fromtimestamp(free / 1000, UTC) if free > _ms(now) else now


def _forget_what_is_ahead(bucket: InMemoryBucket, now: int) -> None:
    """A clock that was set back by an hour must not keep us silent for one."""
    newest = bucket.peek(0)
    if newest is not None and newest.timestamp > now + SET_BACK_MS:
        bucket.flush()


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def backoff(attempt: int, chance: float) -> timedelta:
    """Our own wait when the service names none: doubling from one second to a minute, with full jitter.

    `attempt` counts from 1; `chance` is uniform in [0, 1).
    """
    return timedelta(seconds=min(60.0, 2.0 ** min(attempt, 6)) * chance)
