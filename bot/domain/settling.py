"""One try to deliver and its outcome -> what the delivery is now.  Pure: knows no sender and no database."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, Part, Progress

LOST_RETRY = timedelta(seconds=30)  # design: a post whose answer was lost is tried once more, not at once
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=5)
SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_THROTTLE = timedelta(hours=1)  # a longer Retry-After is a mistake of the other side
MOST_TRIES = 100  # about four hours at the longest wait with jitter: then it is given up, and says so
LOST = "answer lost"
VANISHED = "card vanished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The other side has it."""

    activity: str | None = None  # its id there; None with an edit: unchanged
    thread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """Told to wait."""

    until: datetime | None = None  # the service's own word; None: it named no time


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The conversation is not there any more, or the app not in it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Not delivered."""

    reason: str
    final: bool = False  # trying again can't help


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer came: the other side may have it or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """The card that was to be edited is not there any more; the conversation is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """Told by another way, because Teams failed; the card here still follows."""

    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needless:
    """Not worth saying any more, such as an end where nobody heard of the beginning.  A later revision may be."""

    reason: str


Outcome = Sent | Throttled | Gone | Failed | Lost | Vanished | HandedOver | Needless


def settle(  # noqa: PLR0911, PLR0913 - one line per outcome, with everything that it needs
    delivery: Delivery, outcome: Outcome, *, revision: int, final: bool, now: datetime, chance: float
) -> Delivery:
    """The delivery after this try.

    `revision`: the one that was tried; `final`: none will follow it; `chance`: from 0 up to 1, spreads the waits.
    """
    tried = replace(delivery, attempts=delivery.attempts + 1, settled_at=now, throttled_until=None)
    match outcome:
        case Sent():
            return _sent(tried, outcome, revision=revision, final=final, now=now)
        case Throttled(until=until):
            due = _backoff(tried, now, chance) if until is None else min(max(until, now), now + LONGEST_THROTTLE)
            return replace(tried, due=due, throttled_until=due, error="throttled")
        case Gone(reason=reason):
            return replace(tried, progress=Progress.GONE, error=reason)
        case Failed(reason=reason, final=hopeless):
            given_up = hopeless or tried.attempts >= MOST_TRIES
            progress = Progress.FAILED if given_up else delivery.progress
            said = delivery.error if progress is Progress.HANDED_OVER else reason  # who told it says more
            return replace(tried, progress=progress, due=_backoff(tried, now, chance), error=said)
        case Lost():
            return _lost(tried, revision=revision, final=final, now=now, chance=chance)
        case Vanished():
            progress = Progress.SUPERSEDED if delivery.part is Part.STEP else Progress.OPEN
            return replace(tried, activity=None, sent_revision=0, due=now, progress=progress, error=VANISHED)
        case Needless(reason=reason):
            left = Progress.SUPERSEDED if delivery.part is Part.STEP else Progress.OPEN
            return replace(tried, attempts=0, sent_revision=revision, progress=left, error=reason)
    told_by = f"told by {outcome.way}"
    return replace(tried, progress=Progress.HANDED_OVER, due=_backoff(tried, now, chance), error=told_by)


def is_overtaken(step: Delivery, card: Delivery, *, newest: int) -> bool:
    """Whether a short word in the thread is not worth saying any more.

    `newest`: the latest revision of which a step is owed there.  What has not been said before the next step is; and
    under a card that was never sent nothing is said: the card tells the newest when it comes.
    """
    return newest > step.wanted_revision or card.first_sent_at is None or card.progress in (
        Progress.GONE, Progress.FAILED,
    )  # fmt: skip


def _sent(tried: Delivery, outcome: Sent, *, revision: int, final: bool, now: datetime) -> Delivery:
    said = final or tried.part is Part.STEP
    return replace(
        tried,
        sent_revision=max(revision, tried.sent_revision),
        activity=outcome.activity or tried.activity,
        thread=outcome.thread or tried.thread,
        due=now,
        attempts=0,
        progress=Progress.DONE if said else Progress.OPEN,
        error="",
        first_sent_at=tried.first_sent_at or now,
    )


def _lost(tried: Delivery, *, revision: int, final: bool, now: datetime, chance: float) -> Delivery:
    """An edit may be repeated; a post is repeated once, since a second card is worse than none."""
    if tried.activity is not None:
        return replace(tried, due=_backoff(tried, now, chance), error=LOST)
    if tried.error != LOST:
        return replace(tried, due=now + LOST_RETRY, maybe_twice=True, error=LOST)
    given_up = _sent(tried, Sent(), revision=revision, final=final, now=now)  # the next revision posts anew
    return replace(given_up, maybe_twice=True, error=LOST)


def _backoff(tried: Delivery, now: datetime, chance: float) -> datetime:
    """Exponential with full jitter, bounded: many that failed together do not come back together."""
    doubled = FIRST_WAIT * float(2 ** min(tried.attempts, 10))
    most = min(doubled, LONGEST_WAIT)
    return now + max(SHORTEST_WAIT, most * chance)
