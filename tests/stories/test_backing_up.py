"""An operator copies the database while the bot runs, brings it back, and upgrades."""

import sqlite3
from contextlib import closing

import pytest

from bot.store.schema import HEAD
from tests.terminal import first_line, open_terminal


@pytest.fixture
async def terminal(tmp_path):
    async with open_terminal(tmp_path) as opened:
        yield opened


def answers(file):
    with closing(sqlite3.connect(file)) as rows:
        return rows.execute("SELECT count(*) FROM source_health").fetchone()[0]


async def test_a_running_server_is_copied_and_the_copy_brings_another_up(terminal, tmp_path):
    copy, other = tmp_path / "copy.db", tmp_path / "other.db"
    server = await terminal.starts("serve")
    await first_line(server, "ready ")
    made = await terminal.types("backup", str(copy), "--json")
    again = await terminal.types("backup", str(copy))
    back = await terminal.types("restore", str(copy))
    server.terminate()
    await terminal.waits_for(server)
    assert (made.code, made.json["revision"], made.json["file"]) == (0, HEAD, str(copy))
    assert (again.code, "--force" in again.err) == (1, True)
    assert (back.code, "another `notjustyou serve` is using this database" in back.err) == (1, True)
    told = await terminal.types("restore", str(copy), "--json", DATABASE_URL=f"sqlite:///{other}")
    assert (told.code, told.json["rows"]["source_health"]) == (0, answers(copy))
    assert answers(other) == answers(copy)
    deeds = (await terminal.types("audit", "--json", DATABASE_URL=f"sqlite:///{other}")).json
    assert [(deed["what"], deed["role"]) for deed in deeds] == [("restore", "operator")]
    assert "backup" in [deed["what"] for deed in (await terminal.types("audit", "--json")).json]


async def test_plain_tells_of_a_copy_and_of_what_came_back_a_fact_a_line(terminal, tmp_path):
    copy = tmp_path / "copy.db"
    await terminal.types("migrate")
    made = (await terminal.types("backup", str(copy), "--plain")).out.splitlines()
    assert made == [f"file: {copy}", f"revision: {HEAD}", f"bytes: {copy.stat().st_size}"]
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    back = (await terminal.types("restore", str(copy), "--plain", DATABASE_URL=empty)).out.splitlines()
    assert back[0] == f"file: {copy}"
    assert "rows conversations: 0" in back


async def test_a_database_of_a_newer_release_is_refused_by_every_command(terminal, tmp_path):
    await terminal.types("migrate")
    with closing(sqlite3.connect(terminal.database)) as rows, rows:
        rows.execute("UPDATE alembic_version SET version_num = '9999'")
        rows.execute("INSERT INTO releases VALUES ('9999', '9.1.0', '9998')")
    for typed in (("serve",), ("migrate",), ("backup", str(tmp_path / "copy.db")), ("audit",)):
        told = await terminal.waits_for(await terminal.starts(*typed))
        assert told.code == 1, typed
        assert "revision 9999, made by release 9.1.0" in told.err, typed
    assert not (tmp_path / "copy.db").exists()
    asked = await terminal.types("ask", "is Teams down?", "--json")
    assert (asked.code, asked.json["verdict"]) == (0, "fine"), "an answer is given, without the database"
    assert "revision 9999" in asked.err
