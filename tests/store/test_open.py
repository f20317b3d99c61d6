"""Opening: tables are made or brought forward, a second server is refused, and trouble is told in plain words."""

import os
import shutil
import sqlite3
import stat
import tempfile
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import alembic.autogenerate
import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bot.domain.observation import ServiceId, TenantId
from bot.store import (
    answers,
    audit,
    conversations,
    deliveries,
    incidents,
    observations,
    offers,
    own_tests,
    reports,
    schema,
    subscriptions,
    waiting,
)
from bot.store.engine import Store, StoreError
from bot.store.tables import metadata
from tests.databases import bring_to, migration_config

from .conftest import PATIENCE

OURS = TenantId("ours")
OLD = sorted((Path(__file__).parent / "old").glob("*.sql"))


async def test_migrations_make_exactly_the_tables_that_the_code_knows(any_url, clock):
    store = await Store.open(any_url, clock)
    async with store.reading() as db:
        differences = await db.run_sync(
            lambda connection: alembic.autogenerate.compare_metadata(MigrationContext.configure(connection), metadata)
        )
    await store.close()
    assert differences == []


def test_the_newest_revision_is_the_one_that_start_up_looks_for():
    scripts = ScriptDirectory.from_config(migration_config())
    assert scripts.get_heads() == [schema.HEAD]
    assert {script.revision for script in scripts.walk_revisions()} == set(schema._REVISIONS)
    assert [rows.stem for rows in OLD] == sorted(schema._REVISIONS), (
        "each release's database with rows in tests/store/old"
    )


@pytest.mark.parametrize("rows", OLD, ids=lambda rows: rows.stem)
async def test_rows_of_an_older_release_are_read(any_url, file, clock, now, rows):
    file.parent.mkdir()
    bring_to(any_url, rows.stem, rows.read_text().splitlines())
    store = await Store.open(any_url, clock)
    async with store.reading() as db:
        assert [one.key for one in await observations.load(db, now)] == ["k"]
        assert [health.source for health in await observations.load_health(db)] == ["x"]
        assert (await conversations.get(db, OURS, "19:sales")).destination.team == "red"
        assert (await answers.get(db, "old-answer", OURS, "19:sales")).codes == ("AADSTS50126",)
        assert (await reports.count(db, OURS, ServiceId("teams"), now)).reports == 1
        assert len(await own_tests.load(db, OURS, "code", now)) == 1
        assert len(await offers.shown(db, "old-answer", "code")) == 1
        assert len(await audit.recent(db, OURS)) == 1
    await store.close()


async def test_incidents_and_what_is_owed_are_read_from_an_older_release(any_url, file, clock, now):
    file.parent.mkdir()
    rows = OLD[0].with_name("0004.sql")
    bring_to(any_url, rows.stem, rows.read_text().splitlines())
    store = await Store.open(any_url, clock)
    async with store.reading() as db:
        (incident,) = await incidents.open_of(db, OURS)
        assert (incident.official.key, incident.pending.count, len(incident.kinds)) == ("TM1", 2, 2)
        assert len(await incidents.steps(db, incident.id)) == 1
        assert await incidents.muted_in(db, OURS, incident.id) == {"19:sales"}
        (subscriber,) = await subscriptions.of_tenant(db, OURS)
        assert subscriber.subscription.wish.quiet.zone == "Europe/Berlin"
        assert len(await waiting.those_for(db, OURS, ServiceId("teams"))) == 1
        (work,) = await deliveries.due(db, OURS, now, 10)
        assert (work.delivery.activity, work.notification.about) == ("act-1", incident.id)
    await store.close()


async def test_opening_again_changes_nothing(any_url, clock):
    for _ in range(2):
        store = await Store.open(any_url, clock)
        async with store.reading() as db:
            assert (await db.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == schema.HEAD
        await store.close()


async def test_folder_and_file_are_made_for_this_user_only(url, file, clock):
    store = await Store.open(url, clock)
    assert store.place == str(file)
    await store.close()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_second_server_on_the_same_file_is_refused_and_told_what_to_do(url, clock):
    first = await Store.open(url, clock, exclusive=True)
    with pytest.raises(StoreError, match=r"another `notjustyou serve` is using this database.*NOTJUSTYOU_DATABASE_URL"):
        await Store.open(url, clock, exclusive=True)
    looking = await Store.open(url, clock)  # a command beside it may read
    await looking.close()
    await first.close()
    again = await Store.open(url, clock, exclusive=True)
    await again.close()


@contextmanager
def somebody_else():
    """Root may write everywhere: what a file's mode forbids shows only to others."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder():
    """A folder that everybody may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def test_a_dozen_may_read_at_the_same_time_as_at_the_start(url, clock):
    store = await Store.open(url, clock, patience=timedelta(milliseconds=20))
    async with AsyncExitStack() as stack:
        for _ in range(12):
            db = await stack.enter_async_context(store.reading())
            assert (await db.execute(text("SELECT 1"))).scalar_one() == 1
    await store.close()


async def test_a_file_that_may_not_be_written_is_told_plainly(open_folder, clock):
    url = f"sqlite:///{open_folder}/bot.db"
    await (await Store.open(url, clock)).close()
    (open_folder / "bot.db").chmod(0o444)
    open_folder.chmod(0o555)
    with somebody_else(), pytest.raises(StoreError, match=r"bot\.db.*(can't be written|can't be opened).*folder"):
        await Store.open(url, clock, patience=PATIENCE)
    with somebody_else(), pytest.raises(StoreError, match=r"bot\.db\.lock: can't be written"):
        await Store.open(url, clock, exclusive=True, patience=PATIENCE)
    with somebody_else(), pytest.raises(StoreError, match="can't be made"):
        await Store.open(f"sqlite:///{open_folder}/deeper/bot.db", clock, patience=PATIENCE)
    open_folder.chmod(0o755)


async def test_a_file_that_is_no_database_is_told_plainly(url, file, clock):
    file.parent.mkdir()
    file.write_bytes(b"PK\x03\x04 this is something else" * 100)
    with pytest.raises(StoreError, match="is no SQLite database: name another file"):
        await Store.open(url, clock, patience=PATIENCE)
    with pytest.raises(StoreError, match="is a folder"):
        await Store.open(f"sqlite:///{file.parent}", clock, patience=PATIENCE)


async def test_a_file_that_is_locked_is_told_plainly_and_left_as_it_was(url, file, clock):
    await (await Store.open(url, clock)).close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="another program holds the database locked"):
        await Store.open(url, clock, exclusive=True, patience=PATIENCE)
    other.execute("ROLLBACK")
    other.close()
    await (await Store.open(url, clock, exclusive=True)).close()


async def test_a_server_that_is_not_there_is_told_without_the_password(clock):
    with pytest.raises(StoreError) as refused:
        await Store.open(
            "postgresql://bot:secret-words@127.0.0.1:9/bot?sslpassword=key-words", clock, patience=timedelta(seconds=1)
        )
    assert "127.0.0.1" in str(refused.value)
    assert "words" not in str(refused.value)
    with pytest.raises(StoreError, match="can't be read"):
        await Store.open("postgresql://bot:secret-words@[::1:x/bot", clock)


async def test_a_replica_that_stands_still_in_mid_transaction_holds_nobody_up_for_ever(migrated_postgres, clock):
    store = await Store.open(migrated_postgres(), clock)
    async with store.transaction() as db:
        assert (await db.execute(text("SHOW idle_in_transaction_session_timeout"))).scalar_one() == "8s"
    await store.close()
