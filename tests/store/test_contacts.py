"""When the bot service was last in touch with us: noted in memory, written at most once a minute."""

from datetime import timedelta

import pytest

from bot.store import contacts
from bot.store.contacts import Contact, RecentContacts
from bot.store.engine import StoreError

APP = "app-1"


async def kept(store, app=APP):
    async with store.reading() as db:
        return await contacts.get(db, app)


async def test_nothing_is_known_of_an_app_that_was_never_reached(store):
    assert await kept(store) == Contact(app_id=APP)


async def test_what_came_and_what_was_sent_stand_in_one_row(store, now):
    recent = RecentContacts(store)
    recent.received(APP, now)
    recent.sent(APP, now, result="failed", error="401 BotNotRegistered")
    await recent.flush()
    assert await kept(store) == Contact(
        app_id=APP, received_at=now, sent_at=now, send_result="failed", send_error="401 BotNotRegistered"
    )
    recent.sent(APP, now + timedelta(seconds=1), result="sent")
    await recent.flush()
    after = await kept(store)
    assert (after.received_at, after.send_result, after.send_error) == (now, "sent", None)


async def test_an_error_stays_while_only_messages_arrive(store, now):
    recent = RecentContacts(store)
    recent.sent(APP, now, result="failed", error="no token")
    await recent.flush()
    recent.received(APP, now + timedelta(minutes=5))
    await recent.flush()
    assert (await kept(store)).send_error == "no token"


async def test_it_is_noted_once_a_minute_at_most(store, now):
    recent = RecentContacts(store)
    for second in range(90):
        recent.received(APP, now + timedelta(seconds=second))
        recent.sent(APP, now + timedelta(seconds=second), result="sent")
    await recent.flush()
    known = await kept(store)
    assert known.received_at == known.sent_at == now + timedelta(minutes=1)


async def test_registrations_are_noted_apart(store, now):
    recent = RecentContacts(store)
    recent.received(APP, now)
    recent.received("app-2", now + timedelta(hours=1))
    await recent.flush()
    assert (await kept(store)).received_at == now
    assert (await kept(store, "app-2")).received_at == now + timedelta(hours=1)


async def test_what_could_not_be_written_is_written_later(store, now):
    class Moody:
        refuses = True

        def transaction(self):
            if self.refuses:
                raise StoreError("disk is full")
            return store.transaction()

    moody = Moody()
    recent = RecentContacts(moody)
    recent.received(APP, now)
    with pytest.raises(StoreError):
        await recent.flush()
    recent.sent(APP, now, result="sent")
    moody.refuses = False
    await recent.flush()
    assert await kept(store) == Contact(app_id=APP, received_at=now, sent_at=now, send_result="sent")
