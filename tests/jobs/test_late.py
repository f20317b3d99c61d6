"""What was said while the database was away is kept when it is back, unless somebody else has said it meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import MachineClock
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.observation import TenantId
from bot.domain.settling import Sent, settle
from bot.jobs.late import Late
from bot.jobs.leases import AlwaysHeld
from bot.jobs.settlements import Settled, Settlements
from bot.store import deliveries, notifications
from bot.store.deliveries import Owed
from bot.store.engine import Store

OURS = TenantId("ours")
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
async def store(url):
    opened = await Store.open(url, MachineClock())
    yield opened
    await opened.close()


@pytest.fixture
async def before(store):
    """One delivery that is due."""
    told = Notification(
        id=NotificationId(""), subject=Subject.INCIDENT, about="INC-1", tenant=OURS, revision=1, made_at=NOW
    )
    async with store.transaction() as db:
        kept = await notifications.want(db, told, now=NOW)
        await deliveries.owe(db, kept, [Owed(destination="19:sales", due=NOW)])
    async with store.reading() as db:
        (work,) = await deliveries.due(db, OURS, NOW, 10)
    return work.delivery


@pytest.fixture
def late(store):
    return Late(store, Settlements(store, AlwaysHeld().guard))


def sent(delivery, activity, at=NOW):
    return settle(delivery, Sent(activity=activity), revision=1, final=False, now=at, chance=1)


async def activity(store, delivery):
    async with store.reading() as db:
        return (await deliveries.as_it_is(db, delivery.id)).activity


async def test_what_nobody_tried_since_is_kept(store, before, late, capsys):
    late.add(OURS, before, Settled(delivery=sent(before, "1")))
    await late.keep(TenantId("theirs"))
    assert await activity(store, before) is None
    await late.keep(OURS)
    assert await activity(store, before) == "1"
    await late.keep(OURS)
    assert "too late" not in capsys.readouterr().out


async def test_what_another_replica_said_meanwhile_stays_and_is_named(store, before, late, capsys):
    late.add(OURS, before, Settled(delivery=sent(before, "1")))
    async with store.transaction() as db:
        await deliveries.settle(db, sent(before, "2", NOW + timedelta(seconds=9)))
    await late.keep(OURS)
    assert await activity(store, before) == "2"
    assert "outcome came too late" in capsys.readouterr().out


async def test_what_was_kept_after_all_is_nothing_to_tell(store, before, late, capsys):
    after = sent(before, "1")
    async with store.transaction() as db:
        await deliveries.settle(db, after)
    late.add(OURS, before, Settled(delivery=after))
    await late.keep(OURS)
    assert await activity(store, before) == "1"
    assert "too late" not in capsys.readouterr().out
