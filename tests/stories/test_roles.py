"""Who may do what, through the real door: roles of the settings, owners of a team, and what the audit then says."""

import pytest

from bot.commands import table
from bot.commands.audited import audited
from bot.commands.desk import Turn
from bot.commands.table import Command
from bot.domain.conversation import Face, Phrase, Reply, Role
from bot.store.engine import StoreError
from tests.stories.test_keeping import rows
from tests.teams.activities import ANN, BEN
from tests.world import open_world

HELPDESK, OWNERS = frozenset({Role.HELPDESK}), frozenset({Role.HELPDESK, Role.TEAM_OWNER})
MEMBERS = {ANN["aadObjectId"]: True, BEN["aadObjectId"]: False}


async def says_so(turn: Turn) -> Reply:
    return Reply(face=Face.NOTICE, notes=(Phrase(key="note.thanks"),), at=turn.now, language=turn.language)


async def changes_something(turn: Turn) -> Reply:
    async with audited(turn) as change:
        change.before, change.after = "off", "on"
    return await says_so(turn)


async def fails_half_way(turn: Turn) -> Reply:
    async with audited(turn) as change:
        change.before, change.after = "off", "on"
        raise StoreError("the disk is full")


@pytest.fixture
def given(monkeypatch):
    """A command that needs a role, behind the word `mute`, which every message may hold."""

    def put(run, roles):
        monkeypatch.setitem(table.COMMANDS, "mute", Command(run=run, roles=roles))

    return put


def read(card):
    """As it is shown: without the marks that keep a value from being taken for mark-up."""
    return card.text.replace("\\", "")


def deeds(world):
    return rows(world, "SELECT who, role, what, before, after FROM audit ORDER BY id")


async def test_with_no_admin_a_refusal_names_the_setting_and_the_id(world, given):
    given(says_so, HELPDESK)
    refused = await world.says("mute 2h")
    assert "NOTJUSTYOU_ADMINS" in read(refused)
    assert ANN["aadObjectId"] in refused.text
    assert deeds(world) == [(ANN["aadObjectId"], "-", "refused: mute", None, None)]
    german = await world.says("mute 2h", locale="de-DE")
    assert "trägt Ihre Kennung in NOTJUSTYOU_ADMINS ein" in read(german)


@pytest.mark.parametrize(("contact", "said"), [("it@corp.example", "Ask it@corp.example"), ("", "who gives it")])
async def test_with_admins_it_says_whom_to_ask(tmp_path, given, contact, said):
    given(says_so, HELPDESK)
    async with open_world(tmp_path, ADMINS=BEN["aadObjectId"], IT_CONTACT=contact) as world:
        refused = await world.says("mute 2h")
        assert said in refused.text
        assert "NOTJUSTYOU_ADMINS" not in read(refused)
        assert BEN["aadObjectId"] not in refused.text


async def test_the_role_that_allows_it_stands_in_the_audit_with_what_changed(tmp_path, given):
    given(changes_something, HELPDESK)
    async with open_world(tmp_path, ADMINS=BEN["aadObjectId"], HELPDESK=ANN["aadObjectId"]) as world:
        for who in (ANN, BEN):
            assert world.words("note.thanks") in (await world.says("mute 2h", by=who)).text
        assert deeds(world) == [
            (ANN["aadObjectId"], "helpdesk", "mute", "off", "on"),
            (BEN["aadObjectId"], "admin", "mute", "off", "on"),
        ]


async def test_a_command_that_says_nothing_is_noted_with_its_argument(tmp_path, given):
    given(says_so, HELPDESK)
    async with open_world(tmp_path, HELPDESK=ANN["aadObjectId"]) as world:
        await world.says("mute 2h")
        ((_, role, what, before, _),) = deeds(world)
        assert (role, what, before) == ("helpdesk", "mute", None)


async def test_what_was_not_kept_is_not_noted_as_done(tmp_path, given):
    given(fails_half_way, HELPDESK)
    async with open_world(tmp_path, HELPDESK=ANN["aadObjectId"]) as world:
        assert world.words("note.not_stored") in (await world.says("mute 2h")).text
        assert deeds(world) == [(ANN["aadObjectId"], "helpdesk", "failed: mute", None, None)]


class TestTeamOwners:
    """A command that owners may give in their own team."""

    async def test_an_owner_may_in_their_team_and_nowhere_else(self, world, given):
        given(changes_something, OWNERS)
        world.graph.members[world.teams.group] = MEMBERS
        assert world.words("note.thanks") in (await world.says("mute 2h", to="channel")).text
        for by, to in ((ANN, "personal"), (BEN, "channel")):
            assert "team owner" in (await world.says("mute 2h", by=by, to=to)).text
        assert [deed[1] for deed in deeds(world)] == ["team_owner", "-", "-"]

    async def test_without_consent_the_refusal_says_that_it_could_not_be_found_out(self, world, given):
        given(says_so, OWNERS)
        world.graph.may_read_members = False
        refused = await world.says("mute 2h", to="channel")
        assert world.words("note.owner_unknown") in refused.text

    async def test_graph_is_not_asked_for_commands_that_owners_may_not_give(self, tmp_path, given):
        async with open_world(tmp_path, HELPDESK=ANN["aadObjectId"]) as world:
            world.graph.members[world.teams.group] = MEMBERS
            given(says_so, HELPDESK)
            await world.says("mute 2h", by=BEN, to="channel")
            given(says_so, OWNERS)
            await world.says("mute 2h", by=ANN, to="channel")  # has the role anyway
            assert not [call for call in world.graph.calls if "members" in call.path]


async def test_without_an_app_id_a_local_client_has_only_the_roles_that_the_settings_name(tmp_path, given):
    given(changes_something, HELPDESK)
    unregistered = {"APP_ID": "", "APP_SECRET": "", "TENANT_ID": ""}
    async with open_world(tmp_path, HELPDESK=ANN["aadObjectId"], **unregistered) as world:
        assert world.words("note.thanks") in (await world.says("mute 2h", by=ANN)).text
        assert world.words("note.thanks") not in (await world.says("mute 2h", by=BEN)).text
        assert "roles: helpdesk" in (await world.says("whoami", by=ANN)).text
        assert "roles: -" in (await world.says("whoami", by=BEN)).text
        assert [deed[1] for deed in deeds(world)] == ["helpdesk", "-"]


async def test_whoami_says_which_settings_give_roles(tmp_path):
    async with open_world(tmp_path, ADMINS=ANN["aadObjectId"]) as world:
        mine = await world.says("whoami")
        assert ANN["aadObjectId"] in mine.text
        assert "admin" in mine.text
        assert "NOTJUSTYOU_HELPDESK" in read(mine)
        assert "NOTJUSTYOU_HELPDESK" in read(await world.says("wer bin ich", locale="de-DE"))
