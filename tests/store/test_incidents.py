"""Incidents, subscriptions, who waits, and leases: what is kept comes back, counts once and belongs to one tenant."""

import asyncio
from dataclasses import fields, replace
from datetime import time, timedelta

import pytest

from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.incident import (
    Acknowledged,
    Change,
    Incident,
    IncidentId,
    Level,
    Official,
    Pending,
    Reach,
    Stage,
    Transition,
)
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.outcome import Outcome, Reason
from bot.domain.subscription import Matter, QuietHours, Subscription, SubscriptionId, Wish
from bot.store import answers, conversations, incidents, leases, subscriptions, waiting
from bot.store.engine import Store, StoreError
from bot.store.forget import FORGOTTEN, Meant, forget
from bot.store.incidents import ANY, OvertakenError
from bot.store.leases import LostLease
from bot.store.prune import Retention, prune
from bot.store.waiting import Waiting

OURS = TenantId("ours")
THEIRS = TenantId("theirs")
TEAMS = ServiceId("teams")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TERM = timedelta(seconds=6)
SALES = "19:sales@thread.tacv2"
RETENTION = Retention(
    observations=DAY,
    answers=DAY,
    reports=DAY,
    conversations=DAY,
    audit=DAY,
    incidents=2 * DAY,
    deliveries=DAY,
)


async def write(store, function, *values, **named):
    async with store.transaction() as db:
        return await function(db, *values, **named)


async def read(store, function, *values, **named):
    async with store.reading() as db:
        return await function(db, *values, **named)


def incident(now, **changes):
    known = {
        "id": incidents.new_id(),
        "service": TEAMS,
        "stage": Stage.SIGNS,
        "level": Level.SIGNS,
        "opened_at": now,
        "changed_at": now,
        "tenant": OURS,
    }
    return Incident(**known | changes)


async def speaks(store, now, name=SALES, life=Life.INSTALLED, **changes):
    known = {"id": name, "scope": Scope.CHANNEL, "tenant": OURS, "service_url": "https://smba/"}
    event = ConversationEvent(life=life, destination=Destination(**known | changes), language="de")
    await write(store, conversations.record, event, now)


def subscription(now, name=SALES, **changes):
    known = {"id": SubscriptionId(""), "tenant": OURS, "conversation": name, "scope": Scope.CHANNEL, "made_at": now}
    return Subscription(**known | {"wish": Wish()} | changes)


async def test_an_incident_comes_back_with_every_field(store, now):
    full = incident(
        now,
        stage=Stage.RECOVERING,
        level=Level.DOWN,
        drill=True,
        reach=Reach.SITE,
        site="Köln",
        since=now - MINUTE,
        feature=Feature.MEETINGS,
        region="Europe",
        cause=ServiceId("entra"),
        outcome=Outcome.DOWN,
        reason=Reason.TWO_KINDS_AGREE,
        confidence=0.93,
        kinds=frozenset({"official", "people"}),
        official=Official(key="TM1", text="„Besprechungen“", link="https://x/", said_at=now, next_word_at=now + MINUTE),
        acknowledged=Acknowledged(by_role="helpdesk", at=now, next_word_at=now + MINUTE),
        confirmed_at=now,
        recovering_at=now,
        closed_at=now,
        alert_at=now,
        official_at=now,
        first_evidence_at=now,
        next_word_at=now,
        worst=Level.DOWN,
        pending=Pending(stage=Stage.OVER, level=Level.DOWN, since=now, count=3, seen_at=now, easing=True),
        blind_since=now,
        merged_into=IncidentId("00000000"),
        revision=7,
    )
    assert all(getattr(full, field.name) is not None for field in fields(Incident))
    await write(store, incidents.save, full)
    assert await read(store, incidents.get, full.id) == full


async def test_the_moment_of_our_alert_is_kept_by_who_saves_what_was_read_before_it(store, now):
    read_before = incident(now)
    await write(store, incidents.save, read_before)
    for minute in (1, 2):
        await write(store, incidents.alerted, read_before.id, now + minute * MINUTE)
    await write(store, incidents.save, replace(read_before, revision=2), read_before)
    assert (await read(store, incidents.get, read_before.id)).alert_at == now + MINUTE


async def test_its_reference_is_found_as_people_type_it(store, now):
    known = incident(now, id=IncidentId("0J1K9QXD"))
    await write(store, incidents.save, known)
    for typed in ("0J1K9QXD", " ojlk9qxd ", "0jik9qxd"):
        assert await read(store, incidents.get, typed, OURS) == known
    assert await read(store, incidents.get, "0J1K9QXD", THEIRS) is None
    assert await read(store, incidents.get, "0J1K9QXD", None) is None


async def test_references_are_short_and_differ():
    made = {incidents.new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(one) for one in made} == {8}
    assert not set("".join(made)) & set("ILOU")


async def test_a_state_is_kept_over_the_one_that_it_was_made_from(store, now):
    first = incident(now)
    await write(store, incidents.save, first)
    confirmed = replace(first, stage=Stage.CONFIRMED, revision=2)
    await write(store, incidents.save, confirmed, first)
    with pytest.raises(OvertakenError):
        await write(store, incidents.save, replace(first, level=Level.DOWN, revision=2), first)
    assert await read(store, incidents.get, first.id) == confirmed


async def test_a_service_has_one_open_incident_in_a_tenant(store, now):
    first = incident(now)
    await write(store, incidents.save, first)
    with pytest.raises(OvertakenError):
        await write(store, incidents.save, incident(now))
    for beside in ({"tenant": None}, {"tenant": THEIRS}, {"drill": True}, {"service": ServiceId("exchange")}):
        await write(store, incidents.save, incident(now, **beside))
    await write(store, incidents.save, replace(first, stage=Stage.OVER, closed_at=now, revision=2), first)
    second = incident(now + MINUTE)
    await write(store, incidents.save, second)
    assert await read(store, incidents.newest_of, OURS, TEAMS) == second
    assert (await read(store, incidents.last_closed_of, OURS, TEAMS, now - MINUTE)).id == first.id
    assert await read(store, incidents.last_closed_of, OURS, TEAMS, now) is None
    assert len(await read(store, incidents.open_of, OURS)) == 3
    assert len(await read(store, incidents.open_of, ANY)) == 5
    assert [one.tenant for one in await read(store, incidents.open_of, None)] == [None]


async def test_the_newest_are_listed_first_and_drills_only_when_asked_for(store, now):
    old = incident(now, stage=Stage.OVER, closed_at=now)
    drill, public = incident(now + MINUTE, drill=True), incident(now + 2 * MINUTE, tenant=None)
    for one in (old, drill, public):
        await write(store, incidents.save, one)
    assert await read(store, incidents.recent, ANY) == (public, drill, old)
    assert await read(store, incidents.recent, OURS, drills=False) == (old,)
    assert await read(store, incidents.recent, ANY, limit=1) == (public,)
    assert await read(store, incidents.newest_of, THEIRS, TEAMS) is None


async def test_the_time_line_holds_each_step_once(store, now):
    first = incident(now)
    after = replace(first, stage=Stage.CONFIRMED, level=Level.DOWN, revision=2)
    for change, one, at in ((Change.OPENED, first, now), (Change.CONFIRMED, after, now + MINUTE)) * 2:
        step = Transition(change=change, incident=one, before=None, at=at, reason=Reason.TWO_KINDS_AGREE)
        await write(store, incidents.add_step, step)
    line = await read(store, incidents.steps, first.id)
    assert [(one.change, one.at, one.stage, one.level, one.revision) for one in line] == [
        (Change.OPENED, now, Stage.SIGNS, Level.SIGNS, 1),
        (Change.CONFIRMED, now + MINUTE, Stage.CONFIRMED, Level.DOWN, 2),
    ]


async def test_of_two_replicas_that_see_it_begin_one_opens_it(migrated_postgres, clock, now):
    url = migrated_postgres()
    one, two = await Store.open(url, clock), await Store.open(url, clock)
    ended = await asyncio.gather(
        *(write(store, incidents.save, incident(now)) for store in (one, two)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in ended) == ["NoneType", "OvertakenError"]
    (known,) = await read(one, incidents.open_of, OURS)
    ended = await asyncio.gather(
        *(write(store, incidents.save, replace(known, revision=2), known) for store in (one, two)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, StoreError) for each in ended) == 1
    await one.close()
    await two.close()


async def test_an_incident_goes_when_its_time_is_over_with_all_that_belongs_to_it(store, now):
    lasting, over = incident(now, service=ServiceId("exchange")), incident(now, stage=Stage.OVER, closed_at=now)
    for one in (lasting, over):
        await write(store, incidents.save, one)
        step = Transition(change=Change.OPENED, incident=one, before=None, at=now, reason=Reason.ALL_QUIET)
        await write(store, incidents.add_step, step)
        await write(store, incidents.mute, OURS, one.id, SALES, now)
    for _ in range(2):
        await write(store, prune, now + 2 * DAY, RETENTION)
    assert await read(store, incidents.recent, ANY) == (lasting,)
    assert await read(store, incidents.steps, over.id) == ()
    assert await read(store, incidents.muted_in, OURS, over.id) == frozenset()
    assert await read(store, incidents.muted_in, OURS, lasting.id) == {SALES}


async def test_an_incident_is_muted_in_one_conversation(store, now):
    known = incident(now)
    for _ in range(2):
        await write(store, incidents.mute, OURS, known.id, SALES, now)
    assert await read(store, incidents.muted_in, OURS, known.id, [SALES, "19:b"]) == {SALES}
    assert await read(store, incidents.muted_in, OURS, known.id, ["19:b"]) == frozenset()
    assert await read(store, incidents.muted_in, THEIRS, known.id) == frozenset()
    await write(store, incidents.unmute, OURS, known.id, SALES)
    assert await read(store, incidents.muted_in, OURS, known.id) == frozenset()


async def test_subscribing_the_same_channel_twice_is_one_subscription_with_the_newest_wish(store, now):
    await speaks(store, now)
    first = await write(store, subscriptions.save, subscription(now))
    wish = Wish(
        services=frozenset({TEAMS}),
        features=frozenset({Feature.CHAT}),
        places=frozenset({"Köln"}),
        level=Level.DOWN,
        matters=frozenset({Matter.DRILLS}),
        quiet=QuietHours(starts=time(22), ends=time(6, 30), zone="Europe/Berlin"),
        loud_when_down=False,
    )
    newer = subscription(now + MINUTE, wish=wish, zone="Asia/Tokyo", mention="29:anna", made_by="id", helpdesk=True)
    second = await write(store, subscriptions.save, newer)
    assert second == replace(newer, id=first.id, made_at=now)
    assert await read(store, subscriptions.all_of, OURS) == (second,)
    (subscriber,) = await read(store, subscriptions.of_tenant, OURS)
    assert subscriber.subscription == second
    assert (subscriber.destination.service_url, subscriber.language, subscriber.zone) == (
        "https://smba/", "de", "Asia/Tokyo",
    )  # fmt: skip


async def test_only_where_the_bot_may_speak_somebody_is_told(store, now):
    for name in ("19:a", "19:b", "19:c"):
        await speaks(store, now, name)
        await write(store, subscriptions.save, subscription(now, name))
    await speaks(store, now, "19:b", Life.REMOVED)
    names = [one.destination.id for one in await read(store, subscriptions.of_tenant, OURS)]
    assert names == ["19:a", "19:c"]
    (next_one,) = await read(store, subscriptions.of_tenant, OURS, after="19:a", limit=1)
    assert next_one.destination.id == "19:c"
    await speaks(store, now, "19:b", service_url="https://smba/moved/")
    found = await read(store, subscriptions.of_tenant, OURS, after="19:a", limit=1)
    assert [one.destination.service_url for one in found] == ["https://smba/moved/"]


async def test_a_subscription_is_muted_and_ends(store, now):
    await write(store, subscriptions.save, subscription(now))
    await write(store, subscriptions.save, subscription(now, tenant=None))
    assert await write(store, subscriptions.mute, OURS, SALES, now + MINUTE)
    assert (await read(store, subscriptions.get, OURS, SALES)).muted_until == now + MINUTE
    assert await read(store, subscriptions.tenants) == (None, OURS)
    assert await write(store, subscriptions.remove, OURS, SALES)
    assert not await write(store, subscriptions.remove, OURS, SALES)
    assert not await write(store, subscriptions.mute, OURS, SALES, None)
    assert await read(store, subscriptions.get, OURS, SALES) is None
    assert await read(store, subscriptions.tenants) == (None,)


async def test_a_subscription_goes_with_its_conversation(store, now):
    await speaks(store, now)
    await write(store, subscriptions.save, subscription(now))
    await speaks(store, now, life=Life.REMOVED)
    await write(store, prune, now + DAY, RETENTION)
    assert await read(store, subscriptions.get, OURS, SALES) is None


async def test_who_is_forgotten_is_mentioned_no_more(store, now):
    await write(store, subscriptions.save, subscription(now, mention="29:anna", made_by="29:anna"))
    await forget(store.transaction, Meant(persons=frozenset({"29:anna"})))
    kept = await read(store, subscriptions.get, OURS, SALES)
    assert (kept.mention, kept.made_by) == (None, FORGOTTEN)


async def test_who_waits_is_told_once(store, now):
    anna = Waiting(tenant=OURS, service=TEAMS, conversation="a:anna", person="anna", asked_at=now)
    assert await write(store, waiting.add, anna)
    assert not await write(store, waiting.add, replace(anna, asked_at=now + MINUTE))
    assert await read(store, waiting.those_for, OURS, TEAMS) == (anna,)
    assert await read(store, waiting.those_for, THEIRS, TEAMS) == ()
    assert await read(store, waiting.those_for, OURS, TEAMS, drill=True) == ()
    assert await write(store, waiting.take, OURS, TEAMS, now) == (anna,)
    assert await write(store, waiting.take, OURS, TEAMS, now) == ()
    again = replace(anna, asked_at=now + DAY, incident=IncidentId("7K3M9QXD"))
    assert await write(store, waiting.add, again)
    assert await read(store, waiting.those_for, OURS, TEAMS) == (again,)
    assert await write(store, waiting.cancel, again)
    assert not await write(store, waiting.cancel, again)


async def test_answers_that_may_be_wrong_are_found(store, now):
    for number, (tenant, service, ago, activity) in enumerate(
        (
            (OURS, TEAMS, 0, "act"),
            (OURS, TEAMS, 1, None),
            (OURS, TEAMS, 3, "act"),
            (THEIRS, TEAMS, 0, "act"),
            (OURS, ServiceId("exchange"), 0, "act"),
        )
    ):
        known = {"shared": False, "intent": "ask_status", "conversation": "a:anna", "at": now - ago * MINUTE}
        one = answers.Answer(id=f"answer-{number}", tenant=tenant, service=service, activity=activity, **known)
        await write(store, answers.add, one)
    found = await read(store, answers.given_since, OURS, TEAMS, now - 2 * MINUTE)
    assert [one.id for one in found] == ["answer-0"]


async def test_a_right_is_held_by_one_at_a_time(store, now):
    when = {"now": now}
    first = await write(store, leases.take, "watch", "one", TERM, **when)
    assert await write(store, leases.take, "watch", "two", TERM, **when) is None
    assert (await write(store, leases.take, "watch", "one", TERM, **when)).epoch == first.epoch
    assert (await write(store, leases.renew, first, TERM, **when)).until >= first.until
    await read(store, leases.guard, first)
    await write(store, leases.give_back, first)
    second = await write(store, leases.take, "watch", "two", TERM, **when)
    assert second.epoch > first.epoch
    with pytest.raises(LostLease):
        await read(store, leases.guard, first)
    with pytest.raises(LostLease):
        await write(store, leases.renew, first, TERM, **when)
    await write(store, leases.give_back, first)
    await read(store, leases.guard, second)


async def test_a_right_that_ran_out_is_taken_by_the_next_one(store, now):
    term = timedelta(milliseconds=1)
    frozen = await write(store, leases.take, "replica 1", "one", term, now=now)
    async with asyncio.timeout(60):
        while not await read(store, leases.expired, "replica ", now=now + TERM):
            pass
    taken = await write(store, leases.take, "replica 1", "two", TERM, now=now + TERM)
    assert taken.epoch == frozen.epoch + 1
    with pytest.raises(LostLease):
        await read(store, leases.guard, frozen)
    assert await read(store, leases.expired, "replica ", now=now + TERM) == ()
    await write(store, leases.erase, taken)
    assert (await write(store, leases.take, "replica 1", "three", TERM, now=now)).epoch == 1


async def test_without_a_moment_it_runs_by_the_databases_clock(store):
    lease = await write(store, leases.take, "watch", "one", TERM)
    assert lease.until.tzinfo is not None
    assert await write(store, leases.take, "watch", "two", TERM) is None
    assert (await write(store, leases.renew, lease, 2 * TERM)).until > lease.until
    assert await read(store, leases.expired, "watch") == ()


async def test_of_many_who_want_a_right_one_has_it(migrated_postgres, clock):
    store = await Store.open(migrated_postgres(), clock)
    taken = await asyncio.gather(*(write(store, leases.take, "watch", str(number), TERM) for number in range(8)))
    assert sum(lease is not None for lease in taken) == 1
    await store.close()
