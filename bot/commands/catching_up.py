"""Whoever subscribes in the middle of trouble is told of it at once, not with its next step."""

from datetime import datetime

from bot.domain.audience import Told, hears
from bot.domain.delivery import Subject
from bot.domain.subscription import Subscription
from bot.store import deliveries, incidents, notifications
from bot.store.deliveries import Owed
from bot.store.engine import Db


async def owe_what_is_open(db: Db, subscription: Subscription, now: datetime) -> None:
    """The cards of incidents that are open already, as far as this conversation wants them; once, as all cards are."""
    here, tenant = subscription.conversation, subscription.tenant
    several = await incidents.open_of(db, tenant)  # a handful
    for incident in several:
        told = hears(subscription, incident, None, now, has_card=False, others=several)
        if not isinstance(told, Told) or told.summary:
            continue
        known = await notifications.about(db, tenant, Subject.INCIDENT, incident.id)
        if known is not None and here not in await incidents.muted_in(db, tenant, incident.id, {here}):
            await deliveries.owe(db, known, [Owed(destination=here, due=told.due, priority=told.priority)])
