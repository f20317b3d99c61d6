"""Those who only look at a database change nothing in it, and need no server to be gone."""

import sqlite3
from contextlib import closing

import pytest

from bot.store import observations, schema
from bot.store.engine import Store, StoreError
from bot.store.errors import NothingKept
from bot.store.peek import is_served, open_to_look
from tests.databases import bring_to


async def test_who_looks_reads_and_is_refused_every_write(any_url, clock):
    await (await Store.open(any_url, clock)).close()
    store = await open_to_look(any_url, clock)
    async with store.reading() as db:
        assert await observations.load_health(db) == ()
    with pytest.raises(StoreError, match="only to be looked at"):
        async with store.transaction():
            raise AssertionError("let in")
    assert store.open_work == 0
    await store.close()


async def test_looking_makes_no_table(any_url, clock):
    for _ in range(2):
        with pytest.raises(NothingKept, match="there is no database yet"):
            await open_to_look(any_url, clock)


async def test_looking_makes_no_file(url, file, clock):
    with pytest.raises(NothingKept, match="there is no database yet"):
        await open_to_look(url, clock)
    assert not file.exists()


async def test_an_empty_file_is_no_database_yet_and_another_programs_is_none_of_ours(url, file, clock):
    file.parent.mkdir()
    file.touch()
    with pytest.raises(NothingKept):
        await open_to_look(url, clock)
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE bookmarks (name TEXT)")
    with pytest.raises(StoreError, match="holds no tables of this program"):
        await open_to_look(url, clock)


async def test_tables_of_an_older_release_are_named_with_what_brings_them_forward(any_url, file, clock):
    file.parent.mkdir()
    bring_to(any_url, schema.OLDEST)
    for _ in range(2):
        with pytest.raises(StoreError, match=rf"older release \(revision {schema.OLDEST}.*`notjustyou migrate`"):
            await open_to_look(any_url, clock)
    await (await Store.open(any_url, clock)).close()
    await (await open_to_look(any_url, clock)).close()


@pytest.mark.parametrize("opened", [Store.open, open_to_look], ids=["to_serve", "to_look"])
async def test_a_folder_is_no_file(url, file, clock, opened):
    file.mkdir(parents=True)
    with pytest.raises(StoreError, match="is a folder: name a file"):
        await opened(url, clock)


async def test_what_is_no_database_is_named(url, file, clock):
    file.parent.mkdir()
    file.write_text("a letter to somebody" * 99)
    with pytest.raises(StoreError, match="is no SQLite database"):
        await open_to_look(url, clock)


async def test_a_file_is_served_while_its_server_holds_it(url, file, clock):
    assert not is_served(url)
    server = await Store.open(url, clock, exclusive=True)
    assert is_served(url)
    await server.close()
    assert not is_served(url)
    asker = await Store.open(url, clock)
    assert not is_served(url)
    await asker.close()


def test_a_database_server_may_always_have_others():
    assert is_served("postgresql://bot@db.example/bot")
