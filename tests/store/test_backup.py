"""A backup taken in a storm of writes, and its way back into either kind of database."""

import asyncio
import os
import resource
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.domain.observation import ServiceId, TenantId
from bot.store import audit, reports, schema
from bot.store.backup import back_up
from bot.store.engine import Store, StoreError
from bot.store.restore import restore
from bot.store.tables import metadata, releases
from tests.databases import bring_to
from tests.store.test_open import OLD

OURS = TenantId("ours")
TEAMS = ServiceId("teams")


async def rows_of(url, clock):
    """Every row of every table."""
    store = await Store.open(url, clock)
    async with store.reading() as db:
        found = {
            table.name: sorted(map(repr, (await db.execute(select(table))).all())) for table in metadata.sorted_tables
        }
    await store.close()
    return found


async def a_pair(store, now, number):
    """Two rows that belong together: a copy has both or none."""
    async with store.transaction() as db:
        person = f"person-{number}"
        await reports.add(
            db, reports.Report(tenant=OURS, person=person, said=reports.Said.ME_TOO, service=TEAMS, at=now)
        )
        await audit.add(db, audit.Deed(tenant=OURS, at=now, who=person, role="admin", what="tested"))


async def settle_in(url, clock, now, many=30):
    store = await Store.open(url, clock)
    for number in range(many):
        await a_pair(store, now, number)
    return store


@pytest.fixture
def other_url(request, tmp_path):
    """A second, empty database, of the other kind than `any_url`."""
    is_sqlite = "sqlite" in request.node.callspec.params["any_url"]
    return request.getfixturevalue("postgres")() if is_sqlite else f"sqlite:///{tmp_path}/other.db"


async def test_a_copy_in_a_storm_of_writes_is_whole_and_comes_back(any_url, other_url, clock, now, tmp_path):
    store = await settle_in(any_url, clock, now)
    storming = True

    async def storm():
        number = 1000
        while storming:
            await a_pair(store, now, number)
            number += 1

    async with asyncio.TaskGroup() as storms:
        for _ in range(3):
            storms.create_task(storm())
        made = await back_up(any_url, tmp_path / "copy.db", clock)
        storming = False
    await store.close()
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert made.revision == schema.HEAD
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        said = {row[0] for row in copy.execute("SELECT person FROM reports")}
        noted = {row[0] for row in copy.execute("SELECT who FROM audit")}
    assert said == noted
    assert len(said) >= 30
    copied = await restore(other_url, tmp_path / "copy.db", clock)
    assert copied["reports"] == len(said)
    assert await rows_of(other_url, clock) == await rows_of(f"sqlite:///{tmp_path}/copy.db", clock)


async def test_there_and_back_again_nothing_is_lost(any_url, other_url, clock, tmp_path):
    """From a database with a row in most tables, through the other kind and back into a new file."""
    (tmp_path / "state").mkdir()
    bring_to(any_url, OLD[-1].stem, OLD[-1].read_text().splitlines())
    before = await rows_of(any_url, clock)
    await back_up(any_url, tmp_path / "one.db", clock)
    await restore(other_url, tmp_path / "one.db", clock)
    await back_up(other_url, tmp_path / "two.db", clock)
    await restore(f"sqlite:///{tmp_path}/last.db", tmp_path / "two.db", clock)
    assert await rows_of(f"sqlite:///{tmp_path}/last.db", clock) == before == await rows_of(other_url, clock)


async def test_numbered_rows_go_on_being_numbered(any_url, other_url, clock, now, tmp_path):
    await (await settle_in(any_url, clock, now)).close()
    await back_up(any_url, tmp_path / "copy.db", clock)
    await restore(other_url, tmp_path / "copy.db", clock)
    store = await Store.open(other_url, clock)
    await a_pair(store, now, 31)
    async with store.reading() as db:
        assert len(await audit.recent(db, OURS)) == 31
    await store.close()


async def test_a_backup_by_an_older_release_is_brought_forward(any_url, clock, tmp_path):
    bring_to(f"sqlite:///{tmp_path}/old.db", OLD[0].stem, OLD[0].read_text().splitlines())
    before = (tmp_path / "old.db").read_bytes()
    copied = await restore(any_url, tmp_path / "old.db", clock)
    assert copied["answers"] == 1
    assert (tmp_path / "old.db").read_bytes() == before, "the backup stays as it is"


async def test_a_database_with_rows_or_a_server_is_left_alone(any_url, clock, now, tmp_path):
    store = await settle_in(any_url, clock, now, many=1)
    await back_up(any_url, tmp_path / "copy.db", clock)
    await store.close()
    with pytest.raises(StoreError, match=r"holds rows already \(audit, .*empty database"):
        await restore(any_url, tmp_path / "copy.db", clock)
    store = await Store.open(any_url, clock, exclusive=True)
    async with store.transaction() as db:
        for table in metadata.sorted_tables:
            await db.execute(table.delete())
    with pytest.raises(StoreError, match="stop it"):
        await restore(any_url, tmp_path / "copy.db", clock)
    await store.close()
    assert (await restore(any_url, tmp_path / "copy.db", clock))["audit"] == 1


async def test_an_existing_file_is_replaced_only_when_told(url, clock, now, tmp_path):
    await (await settle_in(url, clock, now, many=1)).close()
    (tmp_path / "copy.db").write_text("last year's")
    with pytest.raises(StoreError, match="--force"):
        await back_up(url, tmp_path / "copy.db", clock)
    assert (tmp_path / "copy.db").read_text() == "last year's"
    await back_up(url, tmp_path / "copy.db", clock, force=True)
    assert (await restore(f"sqlite:///{tmp_path}/new.db", tmp_path / "copy.db", clock))["audit"] == 1


async def test_the_database_itself_a_folder_or_a_device_is_never_replaced(url, clock, now, tmp_path):
    await (await settle_in(url, clock, now, many=1)).close()
    source = Path(url.removeprefix("sqlite:///"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.db").symlink_to(source)
    os.mkfifo(tmp_path / "pipe")
    for place in (source, source.with_name(f"{source.name}-wal"), tmp_path / "link.db"):
        with pytest.raises(StoreError, match="the database itself: name another file"):
            await back_up(url, place, clock, force=True)
    for place in (tmp_path / "folder", tmp_path / "pipe", Path()):
        with pytest.raises(StoreError, match="name a file"):
            await back_up(url, place, clock, force=True)
    with closing(sqlite3.connect(source)) as kept:
        assert kept.execute("SELECT count(*) FROM audit").fetchone() == (1,)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


async def test_what_cannot_be_written_is_told_and_leaves_nothing(any_url, clock, now, tmp_path):
    await (await settle_in(any_url, clock, now, many=1)).close()
    with pytest.raises(StoreError, match=r"copy\.db: the backup can't be written"):
        await back_up(any_url, tmp_path / "nowhere" / "copy.db", clock)
    (tmp_path / "backups").mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "backup", str(tmp_path / "backups" / "copy.db"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"NOTJUSTYOU_DATABASE_URL": any_url},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)),
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 1, (out, err)
    assert b"disk" in err
    assert list((tmp_path / "backups").iterdir()) == []


async def test_what_is_no_backup_is_told(url, clock, tmp_path):
    (tmp_path / "letter").write_text("dear somebody" * 99)
    with pytest.raises(StoreError, match="is no SQLite database"):
        await restore(url, tmp_path / "letter", clock)
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(StoreError, match="is no backup of this program"):
        await restore(url, tmp_path / "empty.db", clock)
    with pytest.raises(StoreError, match="there is no such file"):
        await restore(url, tmp_path / "nowhere.db", clock)


@pytest.mark.parametrize("oldest", [schema.HEAD, "9998"])
async def test_a_newer_release_s_backup_goes_back_by_that_release_only(url, clock, now, tmp_path, oldest):
    store = await settle_in(url, clock, now, many=1)
    async with store.transaction() as db:
        await db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await db.execute(releases.insert().values(revision="9999", program="9.0", oldest=oldest))
    await store.close()
    if oldest == schema.HEAD:
        await back_up(url, tmp_path / "copy.db", clock)  # every page is copied, whatever it holds
        with pytest.raises(StoreError, match="newer release"):
            await restore(f"sqlite:///{tmp_path}/new.db", tmp_path / "copy.db", clock)
    else:
        with pytest.raises(StoreError, match=r"release 9\.0"):
            await back_up(url, tmp_path / "copy.db", clock)
