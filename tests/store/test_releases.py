"""Several releases on one database: who may run on whose tables, and what those are told who may not."""

import pytest
from sqlalchemy import select, text

from bot.domain.observation import ServiceId, TenantId
from bot.store import reports, schema
from bot.store.engine import Store, StoreError
from bot.store.peek import open_to_look
from bot.store.tables import releases
from tests.databases import bring_to

OURS = TenantId("ours")


async def later_release(url, clock, *, oldest, program="9.0.0"):
    """Somebody's newer release has been here."""
    store = await Store.open(url, clock)
    async with store.transaction() as db:
        await db.execute(text("ALTER TABLE reports ADD COLUMN later VARCHAR"))
        await db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        if oldest:
            await db.execute(releases.insert().values(revision="9999", program=program, oldest=oldest))
    await store.close()


async def test_who_migrates_signs_each_step_and_says_who_may_stay(any_url, file, clock):
    file.parent.mkdir()
    bring_to(any_url, schema.OLDEST)
    store = await Store.open(any_url, clock)
    assert (store.brought.before, store.brought.after) == (schema.OLDEST, schema.HEAD)
    async with store.reading() as db:
        rows = (await db.execute(select(releases).order_by(releases.c.revision))).all()
    await store.close()
    assert [row.revision for row in rows] == list(store.brought.steps)
    assert {(row.program, row.oldest) for row in rows} == {(schema.program_version(), schema.OLDEST)}
    again = await Store.open(any_url, clock)
    assert again.brought.steps == ()
    await again.close()


async def test_the_release_before_goes_on_running_on_the_new_tables(any_url, clock, now):
    await later_release(any_url, clock, oldest=schema.HEAD)
    store = await Store.open(any_url, clock)
    said = reports.Report(tenant=OURS, person="a", said=reports.Said.ME_TOO, service=ServiceId("teams"), at=now)
    async with store.transaction() as db:
        assert await reports.add(db, said)
    await store.close()
    await (await open_to_look(any_url, clock)).close()


@pytest.mark.parametrize("opened", [Store.open, open_to_look], ids=["to_serve", "to_look"])
async def test_a_release_that_is_too_old_is_told_who_was_here_and_what_to_do(any_url, clock, opened):
    await later_release(any_url, clock, oldest="9998")
    with pytest.raises(StoreError, match=r"revision 9999, made by release 9\.0\.0.*install that release.*restore"):
        await opened(any_url, clock)


@pytest.mark.parametrize("opened", [Store.open, open_to_look], ids=["to_serve", "to_look"])
async def test_tables_that_nobody_signed_are_not_touched(any_url, clock, opened):
    await later_release(any_url, clock, oldest=None)
    with pytest.raises(StoreError, match="revision 9999, made by a release that this one does not know"):
        await opened(any_url, clock)


def test_what_the_release_before_runs_on_is_one_of_our_revisions():
    assert schema.OLDEST in schema._REVISIONS
    assert tuple(sorted(schema._REVISIONS)) == schema._REVISIONS
    assert schema._REVISIONS[-1] == schema.HEAD
