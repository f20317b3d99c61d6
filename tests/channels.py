"""Conversations that want to be told, and what they are told."""

from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.delivery import Subject
from bot.domain.observation import TenantId
from bot.domain.subscription import Subscription, SubscriptionId, Wish
from bot.store import conversations, deliveries, incidents, notifications, subscriptions
from tests.replicas.identity import APP_ID, TENANT
from tests.seen import card_of


async def subscribe(world, *names, scope=Scope.CHANNEL, tenant=TENANT, wish=None, **more):
    """These conversations want to be told."""
    now = world.clock.now()
    async with world.parts.store.transaction() as db:
        for name in names:
            place = Destination(
                id=name, scope=scope, tenant=TenantId(tenant), service_url=world.teams.service_url,
                bot_id=f"28:{APP_ID}", team="team-1" if scope is Scope.CHANNEL else None,
            )  # fmt: skip
            await conversations.record(db, ConversationEvent(life=Life.INSTALLED, destination=place), now)
            kept = Subscription(
                id=SubscriptionId(""), tenant=TenantId(tenant), conversation=name, scope=scope, made_at=now,
                wish=wish or Wish(), **more,
            )  # fmt: skip
            await subscriptions.save(db, kept)


class Told:
    """What one conversation was told, in order."""

    def __init__(self, world, name):
        calls = [call for call in world.teams.arrived if call.conversation.partition(";")[0] == name]
        self.posts = [call for call in calls if call.method == "POST" and ";messageid=" not in call.conversation]
        self.replies = [call for call in calls if call.method == "POST" and ";messageid=" in call.conversation]
        self.edits = [call for call in calls if call.method == "PUT"]
        self.calls = calls

    @property
    def titles(self):
        """First lines of the card, from its post through its edits; each once in a row."""
        told = [card_of(call.body).text.partition("\n")[0] for call in (*self.posts, *self.edits)]
        return [title for number, title in enumerate(told) if number == 0 or told[number - 1] != title]

    @property
    def words(self):
        """First lines of what was said in the thread."""
        return [card_of(call.body).text.partition("\n")[0] for call in self.replies]

    @property
    def card(self):
        """The card as it is now."""
        return card_of((self.edits or self.posts)[-1].body)


async def known(world, tenant=TENANT, *, service="teams"):
    """Incidents of this service, oldest first, each with its time line."""
    async with world.parts.store.reading() as db:
        found = await incidents.recent(db, TenantId(tenant) if tenant else None)
        mine = [one for one in reversed(found) if one.service == service]
        return [(one, [step.change for step in await incidents.steps(db, one.id)]) for one in mine]


async def lines(world, subject, tenant=TENANT):
    """Every delivery of this kind of news."""
    async with world.parts.store.reading() as db:
        told = [one for one in await notifications.open_about(db, subject)] if subject is Subject.BLINDNESS else []
        return [line for one in told for line in await deliveries.of_notification(db, one.id)]
