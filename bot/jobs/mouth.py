"""How one delivery is said: drawn, posted or edited in Teams, or told another way.  Keeps nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.domain import settling
from bot.domain.conversation import Destination, Scope
from bot.domain.delivery import Part
from bot.domain.failing import Try
from bot.domain.observation import TenantId
from bot.domain.settling import Needless
from bot.jobs.attempts import as_evidence, ended, told
from bot.jobs.runner import guarded
from bot.store.deliveries import Work
from bot.transports.outgoing import Failed, FailedReason, Gone, GoneReason, Outcome, Outgoing, Sent, Throttled
from bot.transports.teams.front import Front
from bot.transports.ways import Ways

log = structlog.get_logger(__name__)

LONGEST_TEXT = 4000  # characters, in place of a card that was too large

Draw = Callable[[Work, datetime], Awaitable[Outgoing | Needless]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mouth:
    """What deliveries go out through."""

    teams: Front
    draw: Draw  # what this delivery should say now
    ways_of: Callable[[TenantId | None], Ways]
    chance: Callable[[], float]  # uniform in [0, 1)
    left: Callable[[Destination], None] = lambda _: None  # we may speak there no more
    tried: Callable[[Work, Try, datetime], None] = lambda _work, _how, _at: None


async def drawn(mouth: Mouth, work: Work, now: datetime) -> Outgoing | settling.Outcome:
    """What to say; or how the attempt ends without saying anything."""
    words: Outgoing | Needless | None = None

    async def draw() -> None:
        nonlocal words
        words = await mouth.draw(work, now)

    trouble = await guarded("draw", draw)
    if words is None:
        return settling.Failed(reason=f"could not be drawn: {type(trouble).__name__}")
    return words


async def say(mouth: Mouth, work: Work, words: Outgoing, clock: Clock) -> settling.Outcome | datetime:
    """One attempt: how it ended; a moment: it was held back until then, and nothing was sent."""
    if work.delivery.way:
        ways = mouth.ways_of(work.delivery.tenant)
        return told(await ways.send(work.delivery.destination, title=words.summary, text=words.text))
    if work.destination is None:
        return settling.Gone(reason="not known any more")
    outcome = await _put(mouth.teams, work, work.destination, words)
    how = as_evidence(outcome)
    if how is not None:
        mouth.tried(work, how, clock.now())
    if (known := ended(outcome)) is not None:
        return _with_thread(work, work.destination, known)
    return outcome.until if isinstance(outcome, Throttled) else clock.now()


async def _put(teams: Front, work: Work, place: Destination, words: Outgoing) -> Outcome:
    """Post or edit; a card that is too large becomes its words."""
    outcome = await _post_or_edit(teams, work, place, words)
    if isinstance(outcome, Failed) and outcome.reason is FailedReason.TOO_LARGE and words.card is not None:
        log.warning("card too large", notification=work.notification.id, said=outcome.said)
        outcome = await _post_or_edit(teams, work, place, replace(words, card=None, text=words.text[:LONGEST_TEXT]))
    return outcome


async def _post_or_edit(teams: Front, work: Work, place: Destination, words: Outgoing) -> Outcome:
    delivery = work.delivery
    if delivery.part is Part.STEP:
        thread = work.root if place.scope is Scope.CHANNEL else None
        return await teams.send(replace(place, thread=thread), words)
    if delivery.activity is not None and words.gone:
        outcome = await teams.delete(replace(place, thread=None), delivery.activity)
        was_gone = isinstance(outcome, Gone) and outcome.reason is GoneReason.NO_ACTIVITY
        return Sent(id=delivery.activity) if was_gone else outcome
    if delivery.activity is not None:
        return await teams.update(replace(place, thread=None), delivery.activity, words)
    return await teams.send(place, words)  # a first card has a thread only where it answers something there


def _with_thread(work: Work, place: Destination, outcome: settling.Outcome) -> settling.Outcome:
    """A card in a channel begins a thread, which is called like the card."""
    if isinstance(outcome, settling.Sent) and work.delivery.part is Part.CARD and place.scope is Scope.CHANNEL:
        return replace(outcome, thread=outcome.activity)
    return outcome
