"""Alerts reach those who subscribed: once, in one card that stays true."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.delivery import Notification, NotificationId, Part, Subject
from bot.domain.incident import Change, Incident, Level, Stage, Transition
from bot.domain.observation import ServiceId, TenantId
from bot.domain.outcome import Outcome, Reason
from bot.domain.subscription import Subscription, SubscriptionId, Wish
from bot.store import conversations, deliveries, incidents, notifications, subscriptions
from tests.replicas.identity import APP_ID, TENANT
from tests.seen import card_of

MINUTE = timedelta(minutes=1)


class Trouble:
    """An incident that a story leads through its life."""

    def __init__(self, world, tenant=TENANT):
        self.world, self.tenant = world, TenantId(tenant)
        self.incident = None

    async def opens(self, level=Level.DOWN, stage=Stage.CONFIRMED, **more):
        now = self.world.clock.now()
        self.incident = None
        incident = Incident(
            **{
                "id": incidents.new_id(),
                "tenant": self.tenant,
                "service": ServiceId("teams"),
                "stage": stage,
                "level": level,
                "worst": level,
                "opened_at": now,
                "changed_at": now,
                "since": now,
                "outcome": Outcome.DOWN,
                "reason": Reason.TWO_KINDS_AGREE,
                "confidence": 0.95,
            }
            | more
        )
        await self._keep(incident, Change.CONFIRMED if stage is Stage.CONFIRMED else Change.OPENED)

    async def goes_on(self, change, **changes):
        now = self.world.clock.now()
        after = replace(self.incident, revision=self.incident.revision + 1, changed_at=now, **changes)
        await self._keep(after, change)

    async def ends(self):
        await self.goes_on(Change.OVER, stage=Stage.OVER, closed_at=self.world.clock.now())

    async def _keep(self, after, change):
        now, store = self.world.clock.now(), self.world.parts.store
        transition = Transition(change=change, incident=after, before=self.incident, at=now, reason=after.reason)
        async with store.transaction() as db:
            await incidents.save(db, after, self.incident)
            await incidents.add_step(db, transition)
            wanted = Notification(
                id=NotificationId(""), subject=Subject.INCIDENT, about=after.id, tenant=after.tenant,
                revision=after.revision, made_at=now, weight=after.level.rank, drill=after.drill,
                final=not after.stage.is_open,
            )  # fmt: skip
            await notifications.want(db, wanted, now=now, step=change if change.is_important else None, spread=True)
        self.incident = after
        await self.world.advance(seconds=10)

    async def lines(self):
        """Who was told, and how far."""
        async with self.world.parts.store.reading() as db:
            about = await notifications.about(db, self.tenant, Subject.INCIDENT, self.incident.id)
            return {
                (one.delivery.destination, one.delivery.part): one.delivery
                for one in await deliveries.of_notification(db, about.id)
            }


async def subscribe(world, *names, scope=Scope.CHANNEL, tenant=TENANT, **more):
    """These conversations want to be told."""
    now = world.clock.now()
    async with world.parts.store.transaction() as db:
        for name in names:
            place = Destination(
                id=name, scope=scope, tenant=TenantId(tenant), service_url=world.teams.service_url,
                bot_id=f"28:{APP_ID}", team="team-1" if scope is Scope.CHANNEL else None,
            )  # fmt: skip
            event = ConversationEvent(life=Life.INSTALLED, destination=place)
            await conversations.record(db, event, now)
            wish = Subscription(
                id=SubscriptionId(""), tenant=TenantId(tenant), conversation=name, scope=scope,
                made_at=now, **{"wish": Wish(), **more},
            )  # fmt: skip
            await subscriptions.save(db, wish)


@pytest.fixture
def trouble(world):
    return Trouble(world)


def seen(world, name):
    """What was posted and edited in a conversation, in order: method, thread, first line."""
    calls = [call for call in world.teams.arrived if call.conversation.partition(";")[0] == name]
    return [
        (call.method, call.conversation.partition(";messageid=")[2], card_of(call.body).text.partition("\n")[0])
        for call in calls
    ]


async def test_an_incident_is_one_card_that_is_edited_and_important_steps_are_said_in_its_thread(world, trouble):
    await subscribe(world, "19:sales")
    await trouble.opens()
    await trouble.goes_on(Change.FACTS, confidence=0.97)
    await trouble.ends()
    card = (await trouble.lines())[("19:sales", Part.CARD)].activity
    assert seen(world, "19:sales") == [
        ("POST", "", "Microsoft Teams: down (everyone)"),
        ("PUT", "", "Microsoft Teams: down (everyone)"),
        ("PUT", "", "Microsoft Teams: over"),
        ("POST", card, "Over: Microsoft Teams works again. It lasted 20 s."),
    ]
