"""What is kept of people: who looks, what they find, and how somebody is forgotten."""

import sqlite3
from contextlib import closing
from importlib.metadata import requires
from io import StringIO
from pathlib import Path

import pytest

from bot.logs import configure_logs
from tests.replicas.identity import APP_ID, APP_SECRET, SECOND_APP, SECOND_TENANT, TENANT
from tests.teams.activities import ANN, BEN, PERSONAL
from tests.terminal import Terminal
from tests.world import open_world

WORDS = "xylophone-7731"
DEED = "INSERT INTO audit (tenant, at, who, role, what, before, after) VALUES (?, '2026-03-02 08:00:00', ?, ?, ?, ?, ?)"
BENS = {"conversation": {"conversationType": "personal", "id": "a:ben", "tenantId": TENANT}}


def file_of(world):
    return Path(world.environment["NOTJUSTYOU_DATABASE_URL"].removeprefix("sqlite:///"))


def beside(world):
    """A terminal on the same machine, with the same settings."""
    return Terminal(
        folder=file_of(world).parent, status=world.status, web=world.web, mastodon=world.mastodon, hn=world.hn,
        env=dict(world.environment),
    )  # fmt: skip


def nowhere(folder):
    """A terminal on a machine where nothing ran yet."""
    return Terminal(folder=folder, status=None, web=None, mastodon=None, hn=None)


def rows(world, sql, *values):
    """As anybody finds them who opens the file."""
    with closing(sqlite3.connect(file_of(world))) as raw, raw:
        return raw.execute(sql, values).fetchall()


def everything(world):
    """All bytes of the database: file, and what was written and not yet moved into it."""
    with closing(sqlite3.connect(file_of(world))) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(path.read_bytes() for path in sorted(file_of(world).parent.glob("notjustyou.db*")))


async def speak(world, by, **where):
    """Somebody asks, and says that they have it too."""
    await world.writes("teams won't load", by=by, **where)
    await world.settle()
    await world.advance(seconds=1)


class TestForgetting:
    """`forget` while the bot runs."""

    async def test_a_person_is_forgotten_while_the_bot_runs_and_nothing_comes_back(self, world):
        await world.says("teams won't load")
        await world.presses("me_too")
        await world.advance(seconds=1)
        assert rows(world, "SELECT person FROM conversations") == [(ANN["aadObjectId"],)]
        told = await beside(world).types("forget", ANN["aadObjectId"], "--json")
        assert told.code == 0
        assert told.json["erased"]["conversations"] == 1
        assert told.json["erased"]["answers"] >= 1
        assert told.json["erased"]["reports"] == 1
        await world.advance(minutes=40)
        assert ANN["aadObjectId"].encode() not in everything(world)
        assert PERSONAL.encode() not in everything(world)
        await world.stop()
        assert ANN["aadObjectId"].encode() not in everything(world)

    async def test_whoever_writes_again_begins_anew_and_is_answered(self, world):
        await world.says("is Teams down?")
        await world.advance(seconds=1)
        await beside(world).types("forget", PERSONAL)
        await world.advance(minutes=1)
        assert "Teams" in (await world.says("is Teams down?")).text
        await world.advance(seconds=1)
        assert rows(world, "SELECT id, person FROM conversations") == [(PERSONAL, ANN["aadObjectId"])]

    async def test_a_chat_from_before_learns_whose_it_is_so_that_it_can_be_forgotten(self, world):
        await world.says("is Teams down?")
        await world.advance(seconds=1)
        await world.stop()
        rows(world, "UPDATE conversations SET person = NULL")
        await world.start()
        await world.says("is Teams down?")
        await world.advance(seconds=1)
        assert rows(world, "SELECT person FROM conversations") == [(ANN["aadObjectId"],)]

    async def test_without_a_database_nothing_is_made(self, world, tmp_path):
        told = await beside(world).types("forget", ANN["aadObjectId"], DATABASE_URL=f"sqlite:///{tmp_path}/none.db")
        assert told.code == 1
        assert not (tmp_path / "none.db").exists()

    @pytest.mark.parametrize(("tenant", "gone"), [(TENANT.upper(), 1), (SECOND_TENANT, 0)])
    async def test_it_may_be_told_for_one_tenant_only(self, world, tenant, gone):
        await world.says("is Teams down?")
        await world.advance(seconds=1)
        rows(world, DEED, SECOND_TENANT, "id-1", "admin", "mute", "off", "on")  # once, it was served too
        told = await beside(world).types("forget", ANN["aadObjectId"].upper(), "--tenant", tenant, "--json")
        assert told.json["erased"]["conversations"] == gone
        assert rows(world, "SELECT count(*) FROM conversations") == [(1 - gone,)]

    @pytest.mark.parametrize("tenant", ["contosso", ""])
    @pytest.mark.parametrize("command", [("forget", ANN["aadObjectId"]), ("audit",), ("send-test", "ops")])
    async def test_a_mistyped_tenant_is_refused_with_those_there_are_and_nothing_is_erased(
        self, world, command, tenant
    ):
        await world.says("is Teams down?")
        await world.advance(seconds=1)
        rows(world, "UPDATE day_keys SET tenant = ?", SECOND_TENANT)
        told = await beside(world).types(*command, "--tenant", tenant)
        assert (told.code, told.out) == (2, "")
        assert f"There is no tenant {tenant!r}." in told.err
        assert TENANT in told.err
        assert (f"{SECOND_TENANT} (rows only)" in told.err) is (command[0] != "send-test")
        assert rows(world, "SELECT count(*) FROM conversations") == [(1,)]
        assert rows(world, "SELECT count(*) FROM audit") == [(0,)]

    async def test_that_nothing_is_kept_of_somebody_is_said_plainly(self, world):
        told = await beside(world).types("forget", BEN["aadObjectId"], "--tenant", TENANT)
        assert told.code == 0
        assert told.out.startswith(f"Nothing is kept under {BEN['aadObjectId']} in the tenant '{TENANT}', so nothing")
        assert (await beside(world).types("forget", BEN["aadObjectId"], "--json")).json["rows"] == 0

    async def test_others_stay(self, world):
        await speak(world, ANN)
        await speak(world, BEN, **BENS)
        told = await beside(world).types("forget", BEN["aadObjectId"], "--plain")
        assert "conversations\t1" in told.out.splitlines()
        assert rows(world, "SELECT id FROM conversations") == [(PERSONAL,)]

    @pytest.mark.parametrize("nobody", ["Ann", "ann@corp.example", "29:", "22222222"])
    async def test_what_is_no_id_is_refused_with_what_is_wanted(self, world, nobody):
        told = await beside(world).types("forget", nobody)
        assert (told.code, told.out) == (2, "")
        assert "directory object id" in told.err
        assert "whoami" in told.err

    async def test_that_somebody_was_forgotten_is_in_the_audit_without_saying_whom(self, world):
        await beside(world).types("forget", ANN["aadObjectId"])
        (deed,) = (await beside(world).types("audit", "--json")).json
        assert (deed["what"], deed["role"], deed["after"]) == ("forget", "operator", "0 rows")
        assert deed["who"].startswith("local:")


async def test_removing_the_bot_erases_all_that_refers_to_the_conversation_after_its_time(tmp_path):
    kept = {"RETENTION_ANSWERS_DAYS": "300", "RETENTION_CONVERSATIONS_DAYS": "2"}
    async with open_world(
        tmp_path, **kept, SOURCES_OFF="graph,ms_public,probe,neutral,dns,mastodon,hn,endpoints"
    ) as world:
        await world.happens("installationUpdate", action="add")
        await world.says("teams won't load")
        await world.advance(seconds=1)
        await world.happens("installationUpdate", action="remove")
        await world.sleeps(days=1, hours=22)
        assert rows(world, "SELECT count(*) FROM answers") == [(1,)]
        await world.sleeps(hours=4)
        assert rows(world, "SELECT count(*) FROM conversations") == [(0,)]
        assert rows(world, "SELECT count(*) FROM answers") == [(0,)]
        assert PERSONAL.encode() not in everything(world)


async def test_message_text_is_neither_stored_nor_logged(tmp_path):
    lines = StringIO()
    async with open_world(tmp_path, start=False) as world:
        configure_logs(level="debug", form="json", secrets=frozenset(), stream=lines)
        await world.start()
        text = f"teams wont load {WORDS}"
        await world.says(text)
        await world.says(text, to="channel")
        await world.says(text, to="group")
        await world.presses("again", to="personal")
        await world.page(f"/?q={text.replace(' ', '+')}")
        await world.page(f"/nowhere/{WORDS}")
        assert (await world.page(f"/?q={WORDS}{'x' * 9000}"))[0] == 400
        await world.page("/", **{f"X-{WORDS}": "y" * 9000})
        await world.invoke({"v": 1, "verb": WORDS, "id": "x", "typed": WORDS})
        await world.post(f'{{"text": "{WORDS}"'.encode())
        await world.advance(seconds=30)
        assert WORDS.encode() not in everything(world)
        await world.stop()
        assert WORDS.encode() not in everything(world)
        told = await beside(world).types("ask", text, "--json")
        assert told.code in (0, 3, 4)
        assert WORDS.encode() not in everything(world)
        assert WORDS not in told.err
    assert "stopping" in lines.getvalue()
    assert WORDS not in lines.getvalue()


class TestAudit:
    """Who did what with a role."""

    async def test_deeds_are_listed_newest_first_and_are_safe_in_a_spreadsheet(self, world):
        rows(world, DEED, "t1", "id-1", "admin", "mute", "off", "=HYPERLINK(1)")
        rows(world, DEED, "t2", "id-2", "-", "refused: mute", None, "on")
        told = await beside(world).types("audit", "--json")
        assert [deed["who"] for deed in told.json] == ["id-2", "id-1"]
        assert told.json[1] == {
            "tenant": "t1", "when": "2026-03-02T08:00:00+00:00", "who": "id-1", "role": "admin", "what": "mute",
            "before": "off", "after": "=HYPERLINK(1)",
        }  # fmt: skip
        plain = await beside(world).types("audit", "--plain", "--tenant", "t1")
        assert plain.out == "2026-03-02T08:00:00+00:00\tid-1\tadmin\tmute\toff\t'=HYPERLINK(1)\tt1\n"
        assert len((await beside(world).types("audit", "--limit", "1", "--json")).json) == 1
        for wrong in ("0", "-3", "many"):
            told = await beside(world).types("audit", "--limit", wrong)
            assert (told.code, told.out) == (2, "")
            assert "a number of 1 or more" in told.err

    async def test_a_tenant_may_be_written_in_any_case_or_by_the_name_of_its_table(self, world, tmp_path):
        rows(world, DEED, TENANT, "id-1", "admin", "mute", "off", "on")
        rows(world, DEED, "t2", "id-2", "-", "refused: mute", None, "on")
        file = tmp_path / "settings.toml"
        app = f'app_id = "{APP_ID}"\napp_secret = "{APP_SECRET}"'
        file.write_text(f'[tenant.contoso]\n{app}\ntenant_id = "{TENANT.upper()}"\n')
        named = {"SETTINGS_FILE": str(file), "APP_ID": "", "APP_SECRET": "", "TENANT_ID": ""}
        for tenant, settings in ((TENANT.upper(), {}), ("contoso", named)):
            told = await beside(world).types("audit", "--json", "--tenant", tenant, **settings)
            assert [deed["who"] for deed in told.json] == ["id-1"]


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize(
    "command",
    [
        ("audit",),
        ("forget", ANN["aadObjectId"]),
        ("backup", "copy.db"),
        ("incidents",),
        ("incident", "A1"),
        ("deliveries", "A1"),
        ("send-test", "ops"),
        ("announce", "list"),
        ("announce", "cancel", "A1"),
    ],
)
async def test_where_nothing_was_kept_yet_that_is_said_with_what_makes_it_and_nothing_is_made(
    command, form, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    told = await nowhere(tmp_path).types(*command, *form, DATABASE_URL=f"sqlite:///{tmp_path}/none/x.db")
    assert (told.code, told.out) == (1, "")
    assert "Nothing has been kept yet." in told.err
    assert "notjustyou serve" in told.err
    assert list(tmp_path.iterdir()) == []


async def test_the_operator_of_a_machine_has_every_role_and_sees_how_many_each_setting_names(world):
    told = await beside(world).types("whoami", "--json", ADMINS=f"{ANN['aadObjectId']},{BEN['aadObjectId']}")
    assert told.json["id"].startswith("local:")
    assert set(told.json["roles"]) == {"admin", "helpdesk", "announcer", "approver"}
    assert told.json["settings"]["NOTJUSTYOU_ADMINS"] == 2
    assert ANN["aadObjectId"] not in told.out
    assert "NOTJUSTYOU_ADMINS" in (await beside(world).types("whoami")).out.splitlines()[-1]


@pytest.mark.parametrize("form", [(), ("--json",), ("--plain",)])
async def test_whoami_is_the_same_however_it_is_asked_at_the_terminal(tmp_path, form):
    here = nowhere(tmp_path)
    told = await here.types("whoami", *form)
    assert (told.code, "local:" in told.out) == (0, True)
    for words in (("whoami",), ("Who", "am", "I?"), ("wer bin ich",)):
        assert await here.types("ask", *words, *form) == told
    assert list(tmp_path.iterdir()) == []


async def test_a_visitor_is_told_where_ids_and_roles_are_and_gets_none(world):
    assert world.words("note.whoami_nobody", "en") in (await world.page("/?q=whoami"))[1].replace("&#39;", "'")
    _, refused = await world.page("/?q=announce")
    assert "write it to the bot in Teams" in refused
    assert "NOTJUSTYOU_ADMINS" not in refused


async def test_with_several_tenants_whoami_names_the_table_in_which_nobody_is_an_admin(world, tmp_path):
    file = tmp_path / "settings.toml"
    tables = (
        ("contoso", APP_ID, TENANT, f'admins = ["{ANN["aadObjectId"]}"]'),
        ("fabrikam", SECOND_APP, SECOND_TENANT, ""),
    )
    file.write_text("".join(
        f'[tenant.{name}]\napp_id = "{app}"\napp_secret = "{APP_SECRET}"\ntenant_id = "{tenant}"\n{more}\n'
        for name, app, tenant, more in tables
    ))  # fmt: skip
    named = {"SETTINGS_FILE": str(file), "APP_ID": "", "APP_SECRET": "", "TENANT_ID": ""}
    told = await beside(world).types("whoami", "--json", **named)
    assert told.json["settings"]["tenant.contoso.admins"] == 1
    assert told.json["settings"]["tenant.fabrikam.admins"] == 0
    (line,) = (line for line in (await beside(world).types("whoami", **named)).out.splitlines() if "Nobody" in line)
    assert "tenant.fabrikam.admins" in line


async def test_every_dependency_is_listed_with_its_licence(world):
    listed = {one["name"]: one for one in (await beside(world).types("licences", "--json")).json}
    ours = {line.split("[")[0].split(">")[0].split("=")[0] for line in requires("notjustyou") if "extra" not in line}
    assert ours <= set(listed)
    assert {"yarl", "msrest", "mako"} <= set(listed)  # what those rest on
    assert "pytest" not in listed
    assert all(one["version"] and one["licence"] for one in listed.values())
    assert len((await beside(world).types("licences", "--plain")).out.splitlines()) == len(listed)
