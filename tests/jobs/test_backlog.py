"""A long list is put in order once for many rows, and ends as soon as there is something more urgent."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import MachineClock
from bot.domain.delivery import Notification, NotificationId, Priority, Subject
from bot.domain.observation import TenantId
from bot.domain.settling import Sent, settle
from bot.jobs.backlog import AHEAD, AT_ONCE, KEPT_FOR, Backlog
from bot.store import deliveries, notifications
from bot.store.deliveries import Owed
from bot.store.engine import Store

OURS = TenantId("ours")
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MANY = [f"19:{number:04}" for number in range(AT_ONCE * 3)]


@pytest.fixture
async def store(url):
    opened = await Store.open(url, MachineClock())
    yield opened
    await opened.close()


async def owe(store, about, *names, revision=1, priority=Priority.CHANNEL, at=NOW):
    """Trouble of which these must hear."""
    told = Notification(
        id=NotificationId(""), subject=Subject.INCIDENT, about=about, tenant=OURS, revision=revision, made_at=at
    )  # fmt: skip
    async with store.transaction() as db:
        kept = await notifications.want(db, told, now=at)
        await deliveries.owe(db, kept, [Owed(destination=name, due=at, priority=priority) for name in names])


async def look(store, backlog, *, at=NOW, news=0):
    """The next few, none of which has been sent."""
    async with store.reading() as db:
        return list(await backlog.next(db, at, news=news, beside=0))


async def send(store, several, at=NOW):
    async with store.transaction() as db:
        for work in several:
            sent = Sent(activity="1")
            await deliveries.settle(
                db, settle(work.delivery, sent, revision=work.notification.revision, final=False, now=at, chance=1)
            )


def names(several):
    return [work.delivery.destination for work in several]


async def test_a_long_list_comes_in_order_and_each_row_once(store):
    await owe(store, "INC-1", *MANY)
    backlog, came = Backlog(OURS), []
    while several := await look(store, backlog):
        came += names(several)
        await send(store, several)
    assert came == MANY
    assert await look(store, backlog) == []


async def test_what_was_said_or_put_off_meanwhile_is_left_out(store):
    await owe(store, "INC-1", *MANY)
    backlog = Backlog(OURS)
    await send(store, await look(store, backlog))
    await send(store, await look(store, backlog))
    assert backlog.goes_on
    async with store.transaction() as db:
        await deliveries.postpone(db, OURS, MANY[-1], NOW + timedelta(minutes=1))
    assert names(await look(store, backlog)) == MANY[2 * AT_ONCE : -1]


async def test_what_is_more_urgent_comes_next_whichever_replica_wrote_it(store):
    await owe(store, "INC-1", *MANY)
    backlog = Backlog(OURS)
    await send(store, await look(store, backlog))
    await send(store, await look(store, backlog))
    await owe(store, "INC-2", "19:desk", priority=Priority.HELPDESK)
    assert names(await look(store, backlog))[0] == "19:desk"


async def test_a_newer_revision_ends_a_list_whose_order_was_kept(store):
    await owe(store, "INC-1", *MANY)
    backlog, later = Backlog(OURS), NOW + timedelta(seconds=1)
    await send(store, await look(store, backlog), later)
    await send(store, await look(store, backlog), later)
    await owe(store, "INC-1", revision=2)
    several = await look(store, backlog, at=later)
    assert names(several) == MANY[2 * AT_ONCE :], "first those who have heard nothing"
    assert {work.notification.revision for work in several} == {2}


@pytest.mark.parametrize(("news", "later"), [(1, timedelta(0)), (0, KEPT_FOR)])
async def test_news_in_this_process_and_a_while_end_it_too(store, news, later):
    await owe(store, "INC-1", *MANY, at=NOW + timedelta(microseconds=1))
    backlog, at = Backlog(OURS), NOW + timedelta(microseconds=1)
    await send(store, await look(store, backlog, at=at), at)
    await send(store, await look(store, backlog, at=at), at)
    async with store.transaction() as db:
        known = await notifications.about(db, OURS, Subject.INCIDENT, "INC-1")
        await deliveries.owe(db, known, [Owed(destination="19:late", due=NOW, priority=Priority.HELPDESK)])
    assert names(await look(store, backlog, at=at + later, news=news))[0] == "19:late"


async def test_no_more_are_kept_than_it_takes(store):
    assert AHEAD < 2000, "what became due since then waits behind them"
    assert await look(store, Backlog(OURS)) == []
