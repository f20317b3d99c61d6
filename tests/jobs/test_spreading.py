"""Subscribers page by page: what is noted with the first of them who is told aloud."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.clock import SettableClock
from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.incident import Change, Incident, Level, Stage, Transition
from bot.domain.observation import ServiceId, TenantId
from bot.domain.outcome import Reason
from bot.domain.subscription import QuietHours, Subscription, SubscriptionId, Wish
from bot.jobs.gathering import Gathers
from bot.jobs.incident_steps import keep_step
from bot.jobs.leases import AlwaysHeld
from bot.jobs.spreading import Spreading
from bot.store import conversations, incidents, subscriptions
from bot.store.engine import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OURS = TenantId("ours")
OF_A_PAGE = 3
ONLY_DOWN = Wish(level=Level.DOWN)
QUIET_NOW = QuietHours(starts=time(11), ends=time(15), zone="UTC")


class Telling:
    """Steps of one incident, and whoever is owed them."""

    def __init__(self, store):
        self.store, self.clock, self.incident = store, SettableClock(NOON), None
        self.spreading = Spreading(store, self.clock, AlwaysHeld(), lambda _: (), of_a_page=OF_A_PAGE)
        self.spreading.gather = Gathers(lambda _: "UTC").take_in

    async def subscribe(self, *names, wish):
        """These want to be told so much."""
        async with self.store.transaction() as db:
            for name in names:
                place = Destination(id=name, scope=Scope.CHANNEL, tenant=OURS, service_url="https://smba/", team="t")
                await conversations.record(db, ConversationEvent(life=Life.INSTALLED, destination=place), NOON)
                known = {"id": SubscriptionId(""), "scope": Scope.CHANNEL, "made_at": NOON}
                await subscriptions.save(db, Subscription(**known, tenant=OURS, conversation=name, wish=wish))

    async def step(self, change, level):
        """One step, as the judge keeps it, and everybody is asked; what is noted of it."""
        self.clock.set(self.clock.now() + timedelta(minutes=1))
        now, before = self.clock.now(), self.incident
        if before is None:
            after = Incident(
                id=incidents.new_id(), service=ServiceId("teams"), stage=Stage.CONFIRMED, level=level, tenant=OURS,
                opened_at=now, changed_at=now,
            )  # fmt: skip
        else:
            after = replace(before, level=level, changed_at=now, revision=before.revision + 1)
        step = Transition(change=change, incident=after, before=before, at=now, reason=Reason.TWO_KINDS_AGREE)
        self.incident = await keep_step(self.store, AlwaysHeld(), step, now, ())
        await self.spreading.spread(OURS)
        async with self.store.reading() as db:
            return (await incidents.get(db, after.id)).alert_at


@pytest.fixture
async def telling(tmp_path, migrated_file):
    shutil.copy(migrated_file, tmp_path / "bot.db")
    store = await Store.open(f"sqlite:///{tmp_path}/bot.db", SettableClock(NOON))
    yield Telling(store)
    await store.close()


async def test_our_alert_is_the_moment_when_the_first_is_told_however_many_were_asked_before(telling):
    await telling.subscribe(*(f"19:{number}" for number in range(2 * OF_A_PAGE)), wish=ONLY_DOWN)
    assert await telling.step(Change.CONFIRMED, Level.DEGRADED) is None
    await telling.subscribe("19:last", wish=Wish())
    at = await telling.step(Change.FACTS, Level.DEGRADED)
    assert at == telling.clock.now()
    assert await telling.step(Change.WIDER, Level.DOWN) == at, "others are told later"


async def test_who_is_told_after_quiet_hours_was_not_alerted(telling):
    await telling.subscribe("19:night", wish=Wish(quiet=QUIET_NOW))
    assert await telling.step(Change.CONFIRMED, Level.DEGRADED) is None
    await telling.subscribe("19:day", wish=Wish())
    assert await telling.step(Change.FACTS, Level.DEGRADED) == telling.clock.now()
