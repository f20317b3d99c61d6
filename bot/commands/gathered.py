"""What one card tells of several incidents: after quiet hours, or a day's advisories.

Decided when it is drawn, for the conversation that reads it: what it wants to hear of and has no own card of.  A first
card tells what is open then, or is not sent; later it goes on telling the same until all of that is over.
"""

from dataclasses import replace
from datetime import datetime

from bot.cards.words import digest_reply, step_reply, summary_reply
from bot.commands.desk import Desk
from bot.commands.telling import Reader, view_of
from bot.domain.audience import STARTS, Told, hears
from bot.domain.conversation import Reply, Scope
from bot.domain.delivery import Part, Subject
from bot.domain.incident import Change, Incident, Stage
from bot.domain.narrow import advisories, as_told
from bot.domain.settling import Needless
from bot.domain.subscription import Subscription
from bot.domain.telling import OpenLine, Why
from bot.store import gatherings, incidents, subscriptions
from bot.store.deliveries import Work
from bot.store.told import with_own_card

NOTHING_OPEN = Needless(reason="nothing was open any more")
PAUSED = Needless(reason="the conversation has paused")  # until the next step after that, if something is open then
NO_WISH = Needless(reason="nothing is wanted there any more")


async def gathered_reply(desk: Desk, work: Work, now: datetime) -> Reply | Needless:
    """The card, or the short word under it.  Raises StoreError."""
    delivery = work.delivery
    async with desk.store.reading() as db:
        wish = await subscriptions.get(db, delivery.tenant, delivery.destination)
        several = await gatherings.gathered(db, work.notification.id)
        others = await incidents.open_of(db, delivery.tenant)
        ids = [one.id for one in several]
        own = await with_own_card(db, Subject.INCIDENT, ids, delivery.tenant, delivery.destination)
    if wish is None:
        return NO_WISH
    if delivery.first_sent_at is None and wish.muted_until is not None and now < wish.muted_until:
        return PAUSED
    if work.notification.subject is Subject.DIGEST:
        known = {one.official.key for one in several if one.official is not None}
        seen = advisories(desk.board.look(delivery.tenant, now))
        several += tuple(as_told(one, delivery.tenant) for one in seen if one.key not in known)
    told = [one for one in several if one.id not in own and _is_wanted(wish, one, others, now)]
    shown = told if delivery.part is Part.STEP else [one for one in told if _is_shown(one, delivery.first_sent_at)]
    if not shown:
        return NOTHING_OPEN
    is_alone = wish.scope is Scope.PERSONAL
    reader = Reader(
        why=Why.HELPDESK if wish.helpdesk else Why.PERSONAL if is_alone else Why.CHANNEL,
        language=work.language,
        zone=work.zone,
        shared=not is_alone,
    )
    newest = max(shown, key=lambda one: (one.changed_at, one.id))
    view = view_of(desk, newest, reader, now)
    if delivery.part is Part.STEP:
        return step_reply(view, Change(delivery.step or Change.FACTS))
    reply = digest_reply if work.notification.subject is Subject.DIGEST else summary_reply
    return replace(reply(view, [OpenLine(incident=one) for one in shown]), row=work.notification.id)


def _is_shown(incident: Incident, at: datetime | None) -> bool:
    """Whether the first card, sent at that moment or now, tells of it."""
    if at is None:
        return incident.stage in STARTS
    recovered = incident.recovering_at if incident.stage is not Stage.CONFIRMED else None
    ended = recovered or incident.closed_at
    return incident.opened_at <= at and (ended is None or ended > at)


def _is_wanted(wish: Subscription, incident: Incident, others: tuple[Incident, ...], now: datetime) -> bool:
    """Whether it would be told as it was at its worst."""
    at_its_worst = replace(incident, stage=Stage.CONFIRMED, level=incident.worst)
    loud = replace(wish, muted_until=None)
    return isinstance(hears(loud, at_its_worst, None, now, has_card=False, others=others), Told)
