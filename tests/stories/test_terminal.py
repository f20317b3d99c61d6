"""Somebody asks at a terminal: an answer here and now, facts for scripts, and plain words when something is wrong."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta

import pytest

from bot.clock import MachineClock
from bot.sources import SOURCES
from bot.store.schema import HEAD
from tests.replicas.faults import Fault
from tests.replicas.identity import APP_ID, APP_SECRET, TENANT
from tests.replicas.web_targets import BROKEN, DOORS
from tests.terminal import first_line, open_terminal

ASKED = {
    "verdict", "confidence", "probs", "reason", "service", "feature", "region", "since", "evidence", "unreachable",
    "steps", "do_not", "drill",
}  # fmt: skip
CLASSES = {"down", "degraded", "maintenance", "your_org", "your_network", "just_you"}
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
SILENT_NAMES = """
import socket, time
known = socket.getaddrinfo
def asks_a_silent_server(host, *more, **named):
    if host not in (None, "127.0.0.1", "localhost"):
        time.sleep(20)
    return known(host, *more, **named)
socket.getaddrinfo = asks_a_silent_server
"""
REGISTERED = {"APP_ID": APP_ID, "APP_SECRET": APP_SECRET, "TENANT_ID": TENANT}


@pytest.fixture
async def terminal(tmp_path):
    async with open_terminal(tmp_path) as opened:
        yield opened


async def outage(terminal):
    """Doors fail and Microsoft says so."""
    terminal.web.says(BROKEN, *DOORS)
    terminal.status.down(next_update=MachineClock().now() + timedelta(hours=2))


def rows(terminal):
    """Everything in the database, table by table."""
    with closing(sqlite3.connect(terminal.database)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 our own names


# ---------------------------------------------------------------- ask


async def test_all_calm_is_fine_and_no_trouble_for_a_script(terminal):
    told = await terminal.types("ask", "is Teams down?", "--json")
    assert told.code == 0
    assert told.json["verdict"] == "fine"
    assert set(told.json) >= ASKED
    assert set(told.json["probs"]) == CLASSES
    assert told.json["drill"] is False
    assert all(
        set(seen) == {"source", "kind", "health", "text", "seen_at", "said_at", "link"}
        for seen in told.json["evidence"]
    )
    assert {seen["source"] for seen in told.json["evidence"]} >= {"probe", "ms_public"}


async def test_an_outage_is_told_to_people_with_evidence_and_numbered_steps(terminal):
    await outage(terminal)
    told = await terminal.types("ask", "is Teams down?")
    assert told.code == 3
    lines = told.out.splitlines()
    assert lines[0].startswith("Microsoft Teams is down for everyone")
    steps = lines[lines.index("What to do now") + 1 :]
    assert [step[:5] for step in steps if re.match(r"  \d\. ", step)][:3] == ["  1. ", "  2. ", "  3. "]
    assert any("Microsoft" in line and line.startswith("  ") for line in lines)
    assert "\x1b" not in told.out  # nobody looks at it


async def test_a_screen_gets_colours_unless_they_are_not_wanted(terminal):
    await outage(terminal)
    coloured = await terminal.types("ask", "is Teams down?", screen=True)
    assert coloured.out.startswith("\x1b[1;31mMicrosoft Teams is down for everyone")
    for told in (
        await terminal.types("ask", "is Teams down?", screen=True, NO_COLOR="1"),
        await terminal.types("ask", "--plain", "is Teams down?", screen=True),
        await terminal.types("ask", "--json", "is Teams down?", screen=True),
    ):
        assert told.code == 3
        assert "\x1b" not in told.out


async def test_without_internet_it_is_this_machine_and_not_teams(terminal):
    for replica in (terminal.status, terminal.web, terminal.mastodon, terminal.hn):
        await replica.dies()
    told = await terminal.types("ask", "is Teams down?")
    assert told.code == 3
    assert "no way out" in told.out.splitlines()[0]
    assert "answers others" not in told.out
    assert "Can't see: Microsoft's public status page" in told.out
    assert "does any site outside" not in told.out
    told = await terminal.types("ask", "is Teams down?", "--json")
    assert (told.json["verdict"], told.json["reason"]) == ("your_network", "no_way_out")
    assert {blind["source"] for blind in told.json["unreachable"]} >= {"ms_public", "mastodon"}


async def test_the_answer_is_in_the_language_of_the_question(terminal):
    told = await terminal.types("ask", "ist Teams gestört?")
    assert "Wie sicher wir sind" in told.out
    assert "How sure" not in told.out


async def test_small_talk_is_no_verdict(terminal):
    told = await terminal.types("ask", "thanks", "--json")
    assert (told.code, told.json["verdict"]) == (0, None)


async def test_hostile_words_of_others_steer_no_terminal(terminal):
    terminal.web.says(BROKEN, *DOORS)
    terminal.status.says("Service outage", impact="Microsoft Teams \x1b[2J\x9b31m\u202eis\x07 down", more="Teams")
    for form in ((), ("--plain",), ("--json",)):
        told = await terminal.types("ask", "is Teams down?", *form, screen=True)
        assert not STEERING.search(re.sub("\x1b\\[[0-9;]*m", "", told.out)), form
        assert "2J" not in told.out.replace("[2J", "") or form == ("--json",)


async def test_who_asks_again_soon_costs_the_sources_nothing(terminal):
    await terminal.types("ask", "is Teams down?")
    asked = len(terminal.status.calls), len(terminal.mastodon.calls)
    told = await terminal.types("ask", "is Teams down?", "--json")
    assert told.json["verdict"] == "fine"
    assert (len(terminal.status.calls), len(terminal.mastodon.calls)) == asked


async def test_a_database_that_cannot_be_used_costs_no_answer(terminal):
    terminal.database.write_text("this is no database, but a letter to somebody, and a long one at that" * 9)
    told = await terminal.types("ask", "is Teams down?")
    assert told.code == 0
    assert "Answering without the database." in told.err
    assert "is no SQLite database" in told.err
    assert told.out.startswith("Microsoft Teams looks fine.")


async def test_sources_that_hang_are_told_and_waited_for_only_so_long(terminal):
    for replica in (terminal.status, terminal.web, terminal.mastodon, terminal.hn):
        replica.fault = Fault.HANGS
    told = await terminal.types("ask", "is Teams down?", "--json", FETCH_TIMEOUT_S="0.3")
    assert told.code in (3, 4)
    assert {blind["source"] for blind in told.json["unreachable"]} >= {"ms_public", "mastodon"}


@pytest.mark.slow
async def test_with_every_source_hanging_the_answer_comes_within_ten_seconds(terminal):
    for replica in (terminal.status, terminal.web, terminal.mastodon, terminal.hn):
        replica.fault = Fault.HANGS
    clock = MachineClock()
    started = clock.monotonic()
    told = await terminal.waits_for(await terminal.starts("ask", "is Teams down?", "--json", FETCH_TIMEOUT_S=""))
    assert clock.monotonic() - started < 10
    assert {blind["source"] for blind in told.json["unreachable"]} >= {"ms_public", "mastodon"}


# ---------------------------------------------------------------- beside a server


async def test_a_server_keeps_its_database_and_askers_only_look(terminal):
    server = await terminal.starts("serve")
    try:
        ready = await first_line(server, "ready ")
        assert re.fullmatch(r"ready http://127\.0\.0\.1:\d+", ready)
        port = ready.rpartition(":")[2]
        await asked_by(terminal, server)

        before, calls = rows(terminal), len(terminal.mastodon.calls)
        told = await terminal.types("ask", "is Teams down?", "--json")
        assert told.json["verdict"] == "fine"
        assert len(terminal.mastodon.calls) == calls
        assert {name: len(kept) for name, kept in rows(terminal).items()} == {
            name: len(kept) for name, kept in before.items()
        }

        listed = {one["source"]: one for one in (await terminal.types("sources", "--json")).json}
        assert listed["mastodon"]["last_success"]
        assert listed["mastodon"]["spend"] > 0

        second = await terminal.waits_for(await terminal.starts("serve"))
        assert second.code == 1
        assert "another `notjustyou serve` is using this database" in second.err
        taken = await terminal.waits_for(
            await terminal.starts("serve", PORT=port, DATABASE_URL=f"sqlite:///{terminal.folder / 'other.db'}")
        )
        assert taken.code == 1
        assert f"Can't listen on 127.0.0.1:{port}" in taken.err
        assert "Is another one running?" in taken.err
        assert "Traceback" not in second.err + taken.err
    finally:
        server.send_signal(signal.SIGTERM)
        ended = await terminal.waits_for(server)
    assert ended.code == 0
    assert "Traceback" not in ended.err


async def asked_by(terminal, server):
    """Wait until the server has asked every source once and noted it."""
    async with asyncio.timeout(20):
        while {"mastodon", "ms_public", "probe", "neutral"} - {
            row[1] for row in rows(terminal).get("source_health", ())
        }:
            assert server.returncode is None
            await MachineClock().sleep(timedelta(milliseconds=50))


# ---------------------------------------------------------------- check, sources, settings


async def test_check_tells_what_a_source_says_now(terminal):
    told = await terminal.types("check", "ms_public", "--json")
    assert told.code == 0
    assert set(told.json) >= {"source", "state", "http_status", "ms", "bytes", "reason", "observations"}
    assert (told.json["state"], told.json["http_status"]) == ("ok", 200)
    assert told.json["observations"][0]["health"] == "fine"
    terminal.status.fault = Fault.FORBIDDEN
    told = await terminal.types("check", "ms_public")
    assert told.code == 4
    assert "state: failing" in told.out
    assert "403" in told.out


async def test_check_says_why_a_source_is_off_and_what_switching_it_on_means(terminal):
    told = await terminal.types("check", "downdetector")
    assert told.code == 4
    assert "state: not_set_up" in told.out
    assert "NOTJUSTYOU_SOURCE_DOWNDETECTOR_TOKEN" in told.out
    assert re.search(r"cost: .*contract", told.out)
    assert re.search(r"to switch on: .*NOTJUSTYOU_SOURCES_ON.*forbid", told.out)
    told = await terminal.types("check", "mastodon", SOURCES_OFF="mastodon")
    assert "take mastodon out of NOTJUSTYOU_SOURCES_OFF" in told.out
    told = await terminal.types("check", "twitter")
    assert told.code == 2
    assert "Sources: graph, ms_public" in told.err


async def test_sources_are_listed_without_making_a_database(terminal):
    told = await terminal.types("sources", "--json")
    assert told.code == 0
    assert set(told.json[0]) >= {"source", "state", "since", "last_success", "period_s", "spend", "reason"}
    assert {one["source"]: one["state"] for one in told.json}["x"] == "not_set_up"
    assert not terminal.database.exists()
    told = await terminal.types("sources", "--plain")
    assert [line.split("\t")[0] for line in told.out.splitlines()] == sorted(SOURCES)
    assert len({line.count("\t") for line in told.out.splitlines()}) == 1


async def test_settings_show_everything_but_secrets(terminal):
    told = await terminal.types("settings", "--json", **REGISTERED)
    assert told.code == 0
    assert set(told.json[0]) == {"name", "meaning", "default", "value"}
    assert {one["name"]: one["value"] for one in told.json}["NOTJUSTYOU_APP_SECRET"] == "set"  # noqa: S105 - that is the word for it
    assert APP_SECRET not in told.out + told.err


@pytest.mark.parametrize(
    "command", [("settings",), ("ask", "x"), ("sources",), ("serve",), ("check", "x"), ("migrate",)]
)
async def test_every_mistake_in_the_settings_is_told_at_once(terminal, command):
    told = await terminal.types(*command, PORT="many", LANGUAGE="klingon!", PRT="1", ZONE="Mars/Olympus")
    assert told.code == 2
    for name in ("NOTJUSTYOU_PORT: found 'many'", "NOTJUSTYOU_LANGUAGE", "NOTJUSTYOU_PRT", "NOTJUSTYOU_ZONE"):
        assert name in told.err
    assert "Traceback" not in told.err


async def test_a_file_without_certificates_is_a_mistake_in_the_settings(terminal, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    told = await terminal.types("ask", "is Teams down?", CA_FILE=str(tmp_path / "ca.pem"))
    assert told.code == 2
    assert "NOTJUSTYOU_CA_FILE" in told.err


async def test_migrate_makes_the_database_and_says_where(terminal):
    told = await terminal.types("migrate", "--json")
    assert told.code == 0
    assert told.json == {"database": str(terminal.database), "migrated": True, "from": None, "to": HEAD}
    assert (await terminal.types("migrate")).out.endswith(f"(revision {HEAD}, as before).\n")
    plain = (await terminal.types("migrate", "--plain")).out.splitlines()
    assert plain == [f"database: {terminal.database}", "migrated: True", f"from: {HEAD}", f"to: {HEAD}"]
    assert "observations" in rows(terminal)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ((), "usage:"),
        (("dance",), "invalid choice"),
        (("ask",), "required: text"),
        (("ask", "--json", "--plain", "x"), "not allowed with"),
        (("serve", "--drill", "flood"), "There is no drill 'flood'."),
        (("serve", "--speed", "3"), "--speed"),
        (("serve", "--drill", "outage", "--speed", "nan"), "--speed"),
        (("understand", "/no/such/file"), "Can't read /no/such/file"),
    ],
)
async def test_wrong_usage_is_told_in_words(terminal, typed, said):
    told = await terminal.types(*typed)
    assert told.code == 2
    assert said in told.err
    assert "Traceback" not in told.err


# ---------------------------------------------------------------- streams


async def test_messages_are_understood_line_by_line(terminal, tmp_path):
    lines = [
        "is teams down?",
        json.dumps({"text": "AADSTS50126 beim Anmelden", "locale": "de"}),
        "{broken",
        "",
        "Ü\u2028x",
    ]
    (tmp_path / "asked").write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\n" + b'{"text": "\\ud800"}\n')
    told = await terminal.types("understand", str(tmp_path / "asked"))
    assert told.code == 0
    assert len(told.lines) == 7
    wanted = {"text", "intent", "service", "feature", "client", "region", "since", "codes", "confidence", "addressed"}
    assert set(told.lines[0]) == wanted
    assert told.lines[0]["intent"] == "ask_status"
    assert told.lines[1]["codes"] == ["AADSTS50126"]
    assert told.lines[2]["line"] == 3
    assert "error" in told.lines[2]
    assert told.lines[6]["text"] == "\ud800"


async def test_posts_are_labelled_line_by_line(terminal, tmp_path):
    (tmp_path / "posts").write_text(json.dumps({"id": "7", "text": "Teams is down again", "lang": "en"}) + "\n[]\n{}\n")
    told = await terminal.types("posts", str(tmp_path / "posts"))
    assert set(told.lines[0]) == {"id", "label", "kind", "service", "feature", "confidence"}
    assert (told.lines[0]["id"], told.lines[0]["label"]) == ("7", "report")
    assert told.lines[2]["line"] == 3


async def test_a_spike_is_one_alarm_at_the_moment_it_is_seen(terminal, tmp_path):
    quiet = [
        f"2026-03-0{day} {hour:02}:{minute:02}:00,2"
        for day in (1, 2)
        for hour in range(24)
        for minute in range(0, 60, 15)
    ]
    burst = [f"2026-03-03 00:{minute:02}:00,{value}" for minute, value in ((0, 2), (5, 40), (10, 60), (15, 50))]
    (tmp_path / "counts").write_text(
        "\n".join(["timestamp,value", *quiet, "noon,many", *burst, "2026-03-01 00:00:00,1"])
    )
    told = await terminal.types("spikes", str(tmp_path / "counts"))
    errors = [line["line"] for line in told.lines if "error" in line]
    alarms = [line for line in told.lines if "error" not in line]
    assert errors == [194, 199]
    assert len(alarms) == 1
    assert (alarms[0]["timestamp"], alarms[0]["state"]) == ("2026-03-03 00:05:00", "spike")
    assert alarms[0]["since"] <= alarms[0]["timestamp"]
    assert alarms[0]["strength"] > 3


async def test_a_time_line_is_replayed_minute_by_minute(terminal, tmp_path):
    setup = {
        "t": "2026-03-02T08:00:00Z",
        "end": "2026-03-02T08:03:00Z",
        "source": "operator",
        "kind": "setup",
        "replay": "short",
    }
    (tmp_path / "line").write_text(json.dumps(setup) + "\n")
    told = await terminal.types("replay", str(tmp_path / "line"))
    assert [line["t"] for line in told.lines] == [f"2026-03-02T08:0{minute}:00Z" for minute in range(3)]
    assert set(told.lines[0]) >= {"replay", "t", "verdict", "confidence", "probs", "feature", "incident", "alerts"}


# ---------------------------------------------------------------- as a process


async def test_short_commands_start_at_once(terminal):
    for command, most_s in (("--version", 0.3), ("settings", 0.5)):
        before = os.times()
        told = await terminal.waits_for(await terminal.starts(command))
        after = os.times()
        assert told.code == 0
        used = after.children_user + after.children_system - before.children_user - before.children_system
        assert used < most_s, command


async def test_each_line_is_answered_as_it_comes_and_an_interrupt_ends_it_quietly(terminal):
    process = await terminal.starts("understand")
    process.stdin.write("läuft teams?\n".encode())
    assert json.loads(await first_line(process, "{"))["text"] == "läuft teams?"
    process.send_signal(signal.SIGINT)
    told = await terminal.waits_for(process)
    assert (told.code, told.out, told.err) == (130, "", "")


async def test_a_reader_that_leaves_is_no_error(terminal):
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "settings", stdout=writing, stderr=asyncio.subprocess.PIPE
    )
    os.close(writing)
    told = await terminal.waits_for(process)
    assert (told.code, told.err) == (0, "")


async def test_a_name_server_that_is_silent_holds_nobody_up(terminal, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SILENT_NAMES)
    own = dict.fromkeys(
        ("SOURCE_MS_PUBLIC_URL", "SOURCE_PROBE_URL", "SOURCE_NEUTRAL_URL", "SOURCE_MASTODON_URL", "SOURCE_HN_URL"), ""
    )
    clock = MachineClock()
    started = clock.monotonic()
    terminal.env["PYTHONPATH"] = str(tmp_path)
    told = await terminal.waits_for(
        await terminal.starts("ask", "is Teams down?", "--json", FETCH_TIMEOUT_S="0.5", **own)
    )
    assert clock.monotonic() - started < 15
    assert (told.code, told.json["verdict"], told.err) == (3, "your_network", "")


REGISTERED = {"APP_ID": APP_ID, "APP_SECRET": APP_SECRET, "TENANT_ID": TENANT}


async def test_the_start_names_addresses_that_can_be_opened(terminal):
    server = await terminal.starts("serve", PORT="0", BIND="0.0.0.0", **REGISTERED)  # noqa: S104
    try:
        port = (await first_line(server, "ready http://0.0.0.0:")).rpartition(":")[2]
        assert (await first_line(server, "  ask on the page:")).endswith(f" http://127.0.0.1:{port}/")
        assert f" http://127.0.0.1:{port}/api/messages " in await first_line(server, "  ask in a chat:")
    finally:
        server.send_signal(signal.SIGTERM)
        await terminal.waits_for(server)


async def test_an_address_of_another_machine_is_told_as_such(terminal):
    told = await terminal.waits_for(await terminal.starts("serve", BIND="192.0.2.1", **REGISTERED))
    assert told.code == 1
    assert "no address of this machine: set NOTJUSTYOU_BIND" in told.err
    assert "another one running" not in told.err
