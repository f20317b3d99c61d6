"""An incident that a story leads through its life, and conversations that want to be told of it."""

from dataclasses import replace

from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.incident import Change, Incident, Level, Stage, Transition
from bot.domain.observation import ServiceId, TenantId
from bot.domain.outcome import Outcome, Reason
from bot.domain.subscription import Subscription, SubscriptionId, Wish
from bot.store import conversations, deliveries, incidents, notifications, subscriptions
from tests.replicas.identity import APP_ID, TENANT
from tests.seen import card_of

DOWN, OVER = "Microsoft Teams: down (everyone)", "Microsoft Teams: over"


class Trouble:
    """One incident, kept as the watch keeps it."""

    def __init__(self, world, tenant=TENANT, *, consequences=()):
        self.world, self.tenant, self.consequences = world, TenantId(tenant), consequences
        self.incident = None

    async def opens(self, level=Level.DOWN, stage=Stage.CONFIRMED, **more):
        """It is there."""
        now = self.world.clock.now()
        known = {
            "id": incidents.new_id(), "tenant": self.tenant, "service": ServiceId("teams"), "stage": stage,
            "level": level, "worst": level, "opened_at": now, "changed_at": now, "since": now,
            "outcome": Outcome.DOWN, "reason": Reason.TWO_KINDS_AGREE, "confidence": 0.95,
        }  # fmt: skip
        self.incident = None
        await self._keep(Incident(**known | more), Change.CONFIRMED if stage is Stage.CONFIRMED else Change.OPENED)

    async def goes_on(self, change=Change.FACTS, **changes):
        """One more step."""
        now = self.world.clock.now()
        await self._keep(replace(self.incident, revision=self.incident.revision + 1, changed_at=now, **changes), change)

    async def ends(self):
        """It is over."""
        await self.goes_on(Change.OVER, stage=Stage.OVER, closed_at=self.world.clock.now())

    async def lines(self):
        """Who is told, by destination and part; of steps the newest."""
        async with self.world.parts.store.reading() as db:
            about = await notifications.about(db, self.tenant, Subject.INCIDENT, self.incident.id)
            lines = await deliveries.of_notification(db, about.id)
        return {(line.delivery.destination, line.delivery.part): line.delivery for line in lines}

    async def _keep(self, after, change):
        now, store = self.world.clock.now(), self.world.parts.store
        transition = Transition(change=change, incident=after, before=self.incident, at=now, reason=after.reason)
        wanted = Notification(
            id=NotificationId(""), subject=Subject.INCIDENT, about=after.id, tenant=after.tenant,
            revision=after.revision, made_at=now, weight=after.level.rank, drill=after.drill,
            final=not after.stage.is_open,
        )  # fmt: skip
        async with store.transaction() as db:
            await incidents.save(db, after, self.incident)
            await incidents.add_step(db, transition)
            await notifications.want(db, wanted, now=now, step=change if change.is_important else None, spread=True)
            for consequence in self.consequences:
                await consequence(db, transition)
        self.incident = after
        await self.world.parts.desk.news.tell(self.tenant)
        await self.world.settle()


async def subscribe(world, *names, scope=Scope.CHANNEL, tenant=TENANT, service_url=None, **more):
    """These conversations want to be told."""
    now = world.clock.now()
    async with world.parts.store.transaction() as db:
        for name in names:
            place = Destination(
                id=name, scope=scope, tenant=TenantId(tenant), service_url=service_url or world.teams.service_url,
                bot_id=f"28:{APP_ID}", team="team-1" if scope is Scope.CHANNEL else None,
            )  # fmt: skip
            await conversations.record(db, ConversationEvent(life=Life.INSTALLED, destination=place), now)
            known = {"made_at": now, "wish": Wish(), "scope": scope, "conversation": name, "tenant": TenantId(tenant)}
            await subscriptions.save(db, Subscription(**{"id": SubscriptionId("")} | known | more))


def seen(world, name):
    """What was posted and edited in a conversation, in order: method, thread, first line."""
    calls = [call for call in world.teams.arrived if call.conversation.partition(";")[0] == name]
    return [
        (call.method, call.conversation.partition(";messageid=")[2], card_of(call.body).text.partition("\n")[0])
        for call in calls
    ]


def posts(world, name):
    """First lines of what was posted there."""
    return [said for method, _, said in seen(world, name) if method == "POST"]
