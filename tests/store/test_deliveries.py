"""Deliveries: created once, due while less was sent than is wanted, and in the order that people need."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.delivery import Notification, NotificationId, Part, Priority, Progress, Subject
from bot.domain.observation import TenantId
from bot.domain.settling import Failed, Gone, Lost, Sent, Throttled, settle
from bot.store import conversations, deliveries, notifications
from bot.store.deliveries import Owed
from bot.store.engine import Store
from bot.store.told import with_own_card

OURS = TenantId("ours")
THEIRS = TenantId("theirs")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def write(store, function, *values, **named):
    async with store.transaction() as db:
        return await function(db, *values, **named)


async def read(store, function, *values, **named):
    async with store.reading() as db:
        return await function(db, *values, **named)


def place(name, tenant=OURS, **changes):
    return Destination(
        **{"id": name, "scope": Scope.CHANNEL, "tenant": tenant, "service_url": "https://smba/", "team": "red"}
        | changes
    )


async def install(store, now, *names, **changes):
    event = [
        (ConversationEvent(life=Life.INSTALLED, destination=place(name, **changes), language="de"), now)
        for name in names
    ]
    await write(store, conversations.record_seen, event)


async def want(store, now, revision=1, *, step=None, spread=False, **changes):
    known = {
        "id": NotificationId(""),
        "subject": Subject.INCIDENT,
        "about": "7K3M9QXD",
        "tenant": OURS,
        "revision": revision,
        "made_at": now,
        "weight": 2,
    }
    wanted = Notification(**known | changes)
    return await write(store, notifications.want, wanted, now=now, step=step, spread=spread)


async def owe(store, notification, now, *names, **changes):
    await write(store, deliveries.owe, notification, [Owed(**{"destination": n, "due": now} | changes) for n in names])


async def due(store, now, tenant=OURS, limit=100):
    return await read(store, deliveries.due, tenant, now, limit)


async def end(store, work, outcome, now, chance=1.0):
    revision = work.delivery.wanted_revision
    after = settle(work.delivery, outcome, revision=revision, final=work.notification.final, now=now, chance=chance)
    await write(store, deliveries.settle, after)


async def send_all(store, now, tenant=OURS):
    """Send whatever is due, and say what it was."""
    sent = []
    while works := await due(store, now, tenant):
        for work in works:
            sent.append((work.delivery.destination, work.delivery.part, work.delivery.wanted_revision))
            await end(store, work, Sent(activity=f"act-{work.delivery.id}"), now)
    return sent


async def test_a_destination_is_owed_the_same_once(store, now):
    await install(store, now, "19:a", "19:b")
    first = await want(store, now)
    assert await want(store, now) == first
    for _ in range(2):
        await owe(store, first, now, "19:a", "19:b")
    assert await send_all(store, now) == [("19:a", Part.CARD, 1), ("19:b", Part.CARD, 1)]
    assert await read(store, deliveries.tenants_with_work) == ()
    assert await read(store, deliveries.next_due, OURS) is None


async def test_a_new_revision_is_due_everywhere_and_an_old_one_nowhere(store, now):
    await install(store, now, "19:a", "19:b")
    await owe(store, await want(store, now, 1), now, "19:a", "19:b")
    await send_all(store, now)
    assert (await want(store, now, 3)).revision == 3
    assert (await want(store, now, 2)).revision == 3
    works = await due(store, now)
    assert [(work.delivery.activity is not None, work.delivery.sent_revision) for work in works] == [(True, 1)] * 2
    assert await send_all(store, now) == [("19:a", Part.CARD, 3), ("19:b", Part.CARD, 3)]


async def test_who_never_got_one_gets_only_the_newest(store, now):
    await install(store, now, "19:a")
    notification = await want(store, now, 1)
    await owe(store, notification, now, "19:a")
    (work,) = await due(store, now)
    await end(store, work, Throttled(until=now + MINUTE), now)
    for revision in (2, 3, 4):
        await want(store, now, revision)
    assert await due(store, now) == ()
    assert await read(store, deliveries.next_due, OURS) == now + MINUTE
    assert await read(store, deliveries.tenants_with_work) == (OURS,)
    assert await send_all(store, now + MINUTE) == [("19:a", Part.CARD, 4)]


async def test_all_that_a_send_needs_comes_with_it(store, now):
    await install(store, now, "19:a")
    await owe(store, await want(store, now), now, "19:a")
    await owe(store, await want(store, now), now, "mail", way=True)
    channel, mail = await due(store, now)
    assert channel.destination == place("19:a")
    assert (channel.language, channel.notification.about, mail.destination) == ("de", "7K3M9QXD", None)
    assert mail.delivery.way


async def test_the_helpdesk_first_then_people_then_the_bigger_trouble_then_who_waits_longest(store, now):
    names = [f"19:{name}" for name in "abcdef"]
    await install(store, now, *names)
    small, big = await want(store, now, about="small", weight=1), await want(store, now, about="big", weight=3)
    await owe(store, small, now, "19:a")
    await owe(store, big, now, "19:b")
    await owe(store, big, now - MINUTE, "19:c")
    await owe(store, small, now, "19:d", priority=Priority.PERSONAL)
    await owe(store, small, now, "19:e", priority=Priority.HELPDESK)
    await owe(store, big, now + MINUTE, "19:f", priority=Priority.HELPDESK)
    order = [work.delivery.destination for work in await due(store, now)]
    assert order == ["19:e", "19:d", "19:c", "19:b", "19:a"]
    assert [work.delivery.destination for work in await due(store, now, limit=2)] == order[:2]


async def test_other_counts_come_after_every_change_of_state(store, now):
    await install(store, now, "19:a", "19:b")
    first, second = await want(store, now, about="first", weight=3), await want(store, now, about="second", weight=1)
    await owe(store, first, now, "19:a")
    await send_all(store, now)
    recount = (notifications.count_anew, OURS, Subject.INCIDENT, "first")
    assert not await write(store, *recount, unchanged_since=now - MINUTE)
    assert await write(store, *recount, unchanged_since=now)
    await owe(store, second, now, "19:b")
    assert await send_all(store, now) == [("19:b", Part.CARD, 1), ("19:a", Part.CARD, 2)]
    assert (await want(store, now, 2, about="first")).revision == 3  # the next change is one more


async def test_a_step_waits_for_its_card_and_is_said_once(store, now):
    await install(store, now, "19:a")
    notification = await want(store, now, 2, step="confirmed")
    for _ in range(2):
        await owe(store, notification, now, "19:a", part=Part.STEP, step="confirmed", revision=2)
    assert await due(store, now) == ()
    await owe(store, notification, now, "19:a")
    (card,) = await due(store, now)
    await end(store, card, Sent(activity="root", thread="thread"), now)
    (step,) = await due(store, now)
    assert (step.delivery.step, step.root, step.root_thread) == ("confirmed", "root", "thread")
    assert await send_all(store, now) == [("19:a", Part.STEP, 2)]
    await want(store, now, 3)
    assert await send_all(store, now) == [("19:a", Part.CARD, 3)]


async def test_a_later_step_overtakes_one_that_was_not_said(store, now):
    await install(store, now, "19:a", "19:b")
    confirmed = await want(store, now, 2, step="confirmed")
    await owe(store, confirmed, now, "19:a", "19:b")
    await owe(store, confirmed, now + MINUTE, "19:a", "19:b", part=Part.STEP, step="confirmed", revision=2)
    await send_all(store, now)
    over = await want(store, now, 3, final=True, step="over")
    await send_all(store, now)
    assert await due(store, now + MINUTE) == ()  # before anybody got round to writing the next step down
    await owe(store, over, now, "19:a", part=Part.STEP, step="over", revision=3)
    assert await send_all(store, now + MINUTE) == [("19:a", Part.STEP, 3)]
    progress = await read(store, deliveries.counts, over.id)
    assert progress == {Progress.DONE: 3, Progress.SUPERSEDED: 1, Progress.OPEN: 1}


async def test_what_was_over_and_begins_again_is_told_where_it_was_told(store, now):
    await install(store, now, "19:a")
    await owe(store, await want(store, now, 1), now, "19:a")
    await want(store, now, 2, final=True)
    await send_all(store, now)
    assert (await want(store, now, 3)).final is False
    assert await send_all(store, now) == [("19:a", Part.CARD, 3)]


async def test_nothing_is_sent_where_the_bot_was_removed_and_the_newest_when_it_is_back(store, now):
    await install(store, now, "19:a", "19:b")
    notification = await want(store, now, 1)
    await owe(store, notification, now, "19:a", "19:b")
    removed = ConversationEvent(life=Life.REMOVED, destination=place("19:a"))
    await write(store, conversations.record, removed, now)
    assert await due(store, now) == ()
    assert await read(store, deliveries.tenants_with_work) == ()
    await want(store, now, 2)
    back = ConversationEvent(life=Life.INSTALLED, destination=place("19:a", service_url="https://smba/moved/"))
    await write(store, conversations.record, back, now + MINUTE)
    (work,) = await due(store, now + MINUTE)
    assert work.destination.service_url == "https://smba/moved/"
    assert await send_all(store, now + MINUTE) == [("19:a", Part.CARD, 2)]


async def test_a_deleted_channel_is_told_in_the_first_one_and_a_deleted_team_takes_all_along(store, now):
    await install(store, now, "19:red", "19:a", "19:b", team="19:red")
    await owe(store, await want(store, now), now, "19:red", "19:a", "19:b")
    deleted = place("19:red", team="19:red", channel="19:a")
    await write(store, conversations.record, ConversationEvent(life=Life.DELETED, destination=deleted), now)
    assert [work.delivery.destination for work in await due(store, now)] == ["19:red", "19:b"]
    deleted = place("19:red", team="19:red", channel="19:red")
    await write(store, conversations.record, ConversationEvent(life=Life.DELETED, destination=deleted), now)
    assert await due(store, now) == ()


async def test_who_was_away_from_first_to_last_hears_nothing_of_it(store, now):
    await install(store, now, "19:a", "19:b")
    await owe(store, await want(store, now, 1), now, "19:b")
    await send_all(store, now)
    await owe(store, await want(store, now, 1), now, "19:a")
    removed = ConversationEvent(life=Life.REMOVED, destination=place("19:a"))
    await write(store, conversations.record, removed, now)
    await want(store, now, 2, final=True)
    await install(store, now + MINUTE, "19:a", "19:b")
    # a card that says "down" is put right, one that was never there is not begun with its end
    assert await send_all(store, now + MINUTE) == [("19:b", Part.CARD, 2)]


async def test_a_card_that_can_not_come_takes_its_steps_along(store, now):
    await install(store, now, "19:a", "19:b")
    notification = await want(store, now, 1, step="confirmed")
    await owe(store, notification, now, "19:a", "19:b")
    await owe(store, notification, now, "19:a", "19:b", part=Part.STEP, step="confirmed", revision=1)
    first, second = await due(store, now)
    await end(store, first, Failed(reason="too large", final=True), now)
    await end(store, second, Gone(reason="blocked"), now)
    assert await read(store, deliveries.tenants_with_work) == ()
    assert await read(store, deliveries.counts, notification.id) == {
        Progress.FAILED: 1, Progress.GONE: 1, Progress.SUPERSEDED: 2,
    }  # fmt: skip


async def test_a_restart_goes_on_where_the_last_committed_outcome_left_it(store, now, clock):
    await install(store, now, "19:a", "19:b", "19:c")
    await owe(store, await want(store, now), now, "19:a", "19:b", "19:c")
    sent, lost, _ = await due(store, now)
    await end(store, sent, Sent(activity="act"), now)
    await end(store, lost, Lost(), now)
    again = await due(store, now + MINUTE)
    assert [(work.delivery.destination, work.delivery.maybe_twice) for work in again] == [
        ("19:c", False),
        ("19:b", True),
    ]


async def test_the_report_names_every_destination_with_its_outcome(store, now):
    await install(store, now, "19:a", "19:b")
    notification = await want(store, now)
    await owe(store, notification, now, "19:a", "19:b")
    await owe(store, notification, now, "mail", way=True)
    first, *_ = await due(store, now)
    await end(store, first, Sent(activity="act"), now)
    lines = await read(store, deliveries.of_notification, notification.id, limit=2)
    rest = await read(store, deliveries.of_notification, notification.id, after=lines[-1].delivery.id)
    assert [(line.delivery.destination, line.scope) for line in (*lines, *rest)] == [
        ("19:a", Scope.CHANNEL), ("19:b", Scope.CHANNEL), ("mail", None),
    ]  # fmt: skip
    assert lines[0].delivery.first_sent_at == now
    assert await read(store, deliveries.heard, notification.id) == {"19:a"}
    assert await read(store, deliveries.heard, notification.id, ways=True) == frozenset()
    assert await read(store, deliveries.with_card, notification.id, ["19:b", "19:c"]) == {"19:b"}


async def test_tenants_are_apart_also_with_the_same_ids(store, now):
    for tenant in (OURS, THEIRS):
        await install(store, now, "19:a", tenant=tenant)
        await owe(store, await want(store, now, tenant=tenant), now, "19:a")
    assert await read(store, deliveries.tenants_with_work) == (OURS, THEIRS)
    assert await send_all(store, now) == [("19:a", Part.CARD, 1)]
    assert await read(store, deliveries.tenants_with_work) == (THEIRS,)


async def test_a_paused_conversation_is_told_later(store, now):
    await install(store, now, "19:a")
    await owe(store, await want(store, now), now, "19:a")
    await write(store, deliveries.postpone, OURS, "19:a", now + MINUTE)
    assert await due(store, now) == ()
    assert len(await due(store, now + MINUTE)) == 1


async def test_who_must_hear_is_written_down_piece_by_piece_and_anew_with_a_newer_revision(store, now):
    await want(store, now, 1, step="confirmed", spread=True)
    (spread,) = await read(store, notifications.spreading, OURS)
    assert (spread.after, spread.step) == ("", "confirmed")
    assert await read(store, deliveries.tenants_with_work) == (OURS,)
    assert await write(store, notifications.spread_to, spread, "19:m")
    (spread,) = await read(store, notifications.spreading, OURS)
    assert spread.after == "19:m"
    await want(store, now, 2, spread=True)
    assert not await write(store, notifications.spread_to, spread, None)
    (spread,) = await read(store, notifications.spreading, OURS)
    assert (spread.after, spread.step, spread.told) == ("", None, 2)
    assert await write(store, notifications.spread_to, spread, None)
    assert await read(store, notifications.spreading, OURS) == ()


async def test_two_writers_who_owe_the_same_make_it_once(migrated_postgres, clock, now):
    url = migrated_postgres()
    one, two = await Store.open(url, clock), await Store.open(url, clock)
    names = [f"19:{number}" for number in range(200)]
    await install(one, now, *names)
    wanted = await asyncio.gather(*(want(store, now, revision) for store in (one, two) for revision in (1, 2, 3)))
    assert len({each.id for each in wanted}) == 1
    await asyncio.gather(owe(one, wanted[0], now, *names), owe(two, wanted[0], now, *names))
    works = await due(one, now, limit=1000)
    assert len(works) == 200
    assert {work.delivery.wanted_revision for work in works} == {3}
    await one.close()
    await two.close()


async def test_ten_thousand_are_owed_and_found(store, now):
    names = [f"19:{number:05}" for number in range(10_000)]
    await install(store, now, *names)
    notification = await want(store, now)
    await owe(store, notification, now, *names)
    works = await due(store, now, limit=500)
    assert len(works) == 500
    tried = [settle(w.delivery, Sent(activity="a"), revision=1, final=False, now=now, chance=0) for w in works]
    await write(store, deliveries.settle_all, tried)
    assert not {w.delivery.id for w in await due(store, now, limit=500)} & {each.id for each in tried}


async def test_an_outcome_touches_nothing_that_others_own(store, now):
    await install(store, now, "19:a")
    await owe(store, await want(store, now), now, "19:a")
    (work,) = await due(store, now)
    other = replace(work.delivery, destination="19:x", priority=Priority.HELPDESK, attempts=3)
    await write(store, deliveries.settle_all, [other])
    (again,) = await due(store, now)
    assert (again.delivery.destination, again.delivery.priority, again.delivery.attempts) == (
        "19:a",
        Priority.CHANNEL,
        3,
    )
    await write(store, deliveries.settle_all, [])


@pytest.mark.parametrize("part", list(Part))
async def test_an_unknown_notification_owes_nothing(store, now, part):
    await install(store, now, "19:a")
    assert await read(store, notifications.get, "nothing") is None
    assert await read(store, notifications.about, OURS, Subject.INCIDENT, "nothing") is None
    notification = await want(store, now, final=True)
    assert await read(store, notifications.get, notification.id) == notification
    await owe(store, notification, now, "19:elsewhere", part=part, way=True, step="over", revision=1)
    (work,) = await due(store, now)
    assert work.destination is None


async def test_a_card_of_many_incidents_leaves_out_those_of_which_the_conversation_has_one(store, now):
    for about, name in {"A": "19:sales", "B": "19:sales", "C": "19:plant"}.items():
        told = await want(store, now, about=about)
        await write(store, deliveries.owe, told, [Owed(destination=name, due=now)])
    asked = (Subject.INCIDENT, ["A", "B", "C", "D"])
    assert await read(store, with_own_card, *asked, OURS, "19:sales") == {"A", "B"}
    assert await read(store, with_own_card, *asked, OURS, "19:plant") == {"C"}
    assert await read(store, with_own_card, *asked, THEIRS, "19:sales") == frozenset()
    assert await read(store, with_own_card, Subject.INCIDENT, [], OURS, "19:sales") == frozenset()
