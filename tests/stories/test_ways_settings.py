"""Ways beside Teams as an operator meets them: what is written, what is shown, what is tried, what is warned of."""

from contextlib import asynccontextmanager

import pytest

from bot.clock import MachineClock
from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.observation import TenantId
from bot.domain.subscription import Subscription, SubscriptionId, Wish
from bot.settings import read_settings
from bot.store import conversations, subscriptions
from bot.store.engine import Store
from tests.replicas.connector import refusal
from tests.replicas.identity import APP_ID, SECOND_APP, SECOND_TENANT, TENANT
from tests.replicas.ways import HookReplica, MailReplica
from tests.seen import card_of
from tests.terminal import Terminal, open_terminal
from tests.world import CHANNEL, open_world

KEY = "k3y-that-nobody-sees"
TOPIC = "topic-that-nobody-sees"
TWO = f"""
fallbacks = ["mailtos://user:{KEY}@mail.example.org?to=a@x.org,b@x.org", "night (down 22:00-07:00) = ntfy://{TOPIC}"]

[tenant.contoso]
app_id = "{APP_ID}"
app_secret = "contoso-secret-words"
tenant_id = "{TENANT}"

[tenant.fabrikam]
app_id = "{SECOND_APP}"
app_secret = "fabrikam-secret-words"
tenant_id = "{SECOND_TENANT}"
fallbacks = ["ops (signs) = jsons://hooks.example.org/{KEY}"]
"""


@pytest.fixture
async def terminal(tmp_path):
    async with open_terminal(tmp_path) as opened:
        yield opened


@pytest.fixture
async def hook():
    replica = HookReplica()
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def mail():
    replica = MailReplica()
    await replica.start()
    yield replica
    await replica.stop()


def written(tmp_path, text=TWO):
    path = tmp_path / "notjustyou.toml"
    path.write_text(text, encoding="utf-8")
    return {"SETTINGS_FILE": str(path)}


async def subscribed(terminal, tenant=TENANT):
    """A channel that wants to be told."""
    clock = MachineClock()
    store = await Store.open(f"sqlite:///{terminal.database.as_posix()}", clock)
    place = Destination(id="19:sales", scope=Scope.CHANNEL, tenant=TenantId(tenant), service_url="http://127.0.0.1:9")
    wish = Subscription(
        id=SubscriptionId(""), tenant=place.tenant, conversation=place.id, scope=place.scope, wish=Wish(),
        made_at=clock.now(),
    )  # fmt: skip
    async with store.transaction() as db:
        await conversations.record(db, ConversationEvent(life=Life.INSTALLED, destination=place), clock.now())
        await subscriptions.save(db, wish)
    await store.close()


# ---------------------------------------------------------------- written and shown


async def test_each_tenant_has_its_own_ways_or_those_at_the_top(tmp_path):
    settings = read_settings({"NOTJUSTYOU_SETTINGS_FILE": written(tmp_path)["SETTINGS_FILE"]})
    contoso, fabrikam = settings.tenants
    assert [way.way.name for way in contoso.fallbacks] == ["mailtos", "night"]
    assert [way.way.name for way in fabrikam.fallbacks] == ["ops"]
    assert {KEY, TOPIC} <= settings.secrets


async def test_every_command_shows_that_they_are_set_and_no_key(terminal, tmp_path):
    told = await terminal.types("settings", "--json", **written(tmp_path))
    shown = {line["name"]: line["value"] for line in told.json if "fallbacks" in line["name"].lower()}
    assert set(shown.values()) == {"set"}
    egress = await terminal.types("sources", "--egress", "--json", **written(tmp_path))
    places = {(one["by"], one["host"]) for one in egress.json if one["by"].startswith("way ")}
    assert places == {
        ("way mailtos of contoso", "mail.example.org"),
        ("way night of contoso", "ntfy.sh"),
        ("way ops of fabrikam", "hooks.example.org"),
    }
    assert all("alerts" in one["sends"] for one in egress.json if one["by"].startswith("way "))
    for out in (told.out, told.err, egress.out, egress.err):
        assert KEY not in out
        assert TOPIC not in out


@pytest.mark.parametrize("wrong", [f"no-address-{KEY}", f"ops (often) = json://{KEY}", f"ops = {KEY}"])
async def test_a_mistake_says_what_is_wanted_and_repeats_no_key(terminal, wrong):
    told = await terminal.types("settings", FALLBACKS=wrong)
    assert told.code == 2
    assert "NOTJUSTYOU_FALLBACKS" in told.err
    assert KEY not in told.out + told.err


# ---------------------------------------------------------------- tried


async def test_each_address_of_a_way_is_tried_and_told(terminal, hook, mail):
    ways = f"ops = {hook.address(KEY)}\nops = {mail.address()}\nnight = {hook.address('other')}"
    told = await terminal.types("send-test", "ops", "--json", FALLBACKS=ways)
    assert told.code == 0
    assert [(one["destination"], one["address"], one["ok"]) for one in told.json] == [
        ("ops", 1, True),
        ("ops", 2, True),
    ]
    assert "ops" in str(hook.arrived[0])
    assert "test" in mail.letters[0][1]
    assert len(hook.arrived) == len(mail.letters) == 1
    deeds = (await terminal.types("audit", "--json")).json
    assert (deeds[0]["what"], deeds[0]["after"]) == ("send-test", "way ops: 2 of 2 arrived")


async def test_a_dead_address_is_told_without_its_key_also_when_another_works(terminal, hook):
    hook.status = 500
    ways = f"ops = {hook.address(KEY)}\nops = json://127.0.0.1:9/{KEY}"
    told = await terminal.types("send-test", "ops", FALLBACKS=ways)
    assert told.code == 1
    assert told.out.count("no") >= 2
    assert KEY not in told.out + told.err


async def test_a_name_that_nothing_has_lists_those_that_are(terminal, hook):
    told = await terminal.types("send-test", "opps", FALLBACKS=f"ops = {hook.address()}")
    assert told.code in (1, 2)
    assert "opps" in told.err
    await subscribed(terminal)
    told = await terminal.types("send-test", "opps", FALLBACKS=f"ops = {hook.address()}")
    assert told.code == 2
    assert "Ways: ops." in told.err
    assert hook.arrived == []


async def test_a_name_that_two_tenants_use_wants_to_know_whose(terminal, hook, tmp_path):
    text = TWO + f'\n[tenant.third]\napp_id = "{SECOND_APP[:-1]}0"\napp_secret = "third-secret-words"\n'
    text += f'tenant_id = "{SECOND_TENANT[:-1]}0"\nfallbacks = ["ops = {hook.address()}"]\n'
    told = await terminal.types("send-test", "ops", **written(tmp_path, text))
    assert told.code == 2
    assert "--tenant" in told.err
    told = await terminal.types("send-test", "ops", "--tenant", "third", **written(tmp_path, text))
    assert (told.code, len(hook.arrived)) == (0, 1)
    assert (await terminal.types("send-test", "ops", "--tenant", "fourth", **written(tmp_path, text))).code == 2
    by_id = await terminal.types(
        "send-test", "ops", "--tenant", f"{SECOND_TENANT[:-1]}0".upper(), **written(tmp_path, text)
    )
    assert by_id.code == told.code


@asynccontextmanager
async def at_work(tmp_path):
    """The bot at work in a channel, and a terminal on its machine."""
    async with open_world(tmp_path) as world:
        await world.happens("installationUpdate", to="channel", action="add")
        await world.advance(minutes=1)
        yield world, Terminal(
            folder=tmp_path, status=world.status, web=world.web, mastodon=world.mastodon, hn=world.hn,
            env=world.environment,
        )  # fmt: skip


async def test_a_conversation_gets_a_marked_card_while_the_bot_runs(tmp_path):
    async with at_work(tmp_path) as (world, terminal):
        posted = len(world.teams.sent())
        told = await terminal.types("send-test", CHANNEL, "--json")
        assert (told.code, told.json[0]["says"]) == (0, "taken")
        (activity,) = world.teams.sent()[posted:]
        assert world.words("send_test.card", "en") in card_of(activity, "channel").text
        deeds = (await terminal.types("audit", "--json")).json
        assert deeds[0]["after"] == "a channel: 1 of 1 arrived"


async def test_a_conversation_that_is_gone_says_so(tmp_path):
    async with at_work(tmp_path) as (world, terminal):
        world.teams.fails[CHANNEL] = refusal(403, "BotNotInConversationRoster")
        told = await terminal.types("send-test", CHANNEL)
        assert told.code == 1
        assert "not_installed" in told.out


# ---------------------------------------------------------------- warned of


async def test_check_warns_when_somebody_waits_and_there_is_no_other_way(terminal):
    calm = await terminal.types("check", "hn")
    assert "way beside Teams" not in calm.err
    await subscribed(terminal)
    told = await terminal.types("check", "hn")
    assert told.code == 0
    assert "no way beside Teams" in told.err
    assert "NOTJUSTYOU_FALLBACKS" in told.err


async def test_check_warns_when_every_other_way_is_microsofts(terminal):
    theirs = f"mailtos://user:{KEY}@outlook.com"
    told = await terminal.types("check", "hn", FALLBACKS=theirs)
    assert "needs Microsoft too (mailtos)" in told.err
    assert "way beside" not in (await terminal.types("check", "hn", FALLBACKS=f"{theirs}\njson://127.0.0.1/x")).err


async def test_a_bot_that_knows_no_tenant_has_ways_for_all_of_them(terminal):
    managed = {"APP_ID": APP_ID, "APP_TYPE": "managed_identity", "FALLBACKS": "json://127.0.0.1/x"}
    assert "no way beside Teams" not in (await terminal.types("check", "hn", **managed)).err


async def test_check_teams_shows_it_as_a_step_that_could_be_better(terminal):
    registered = {"APP_ID": APP_ID, "APP_SECRET": "contoso-secret-words", "TENANT_ID": TENANT}
    await subscribed(terminal)
    told = await terminal.types(
        "check", "teams", "--json", **registered, LOGIN_URL="http://127.0.0.1:9", OPENID_URL="http://127.0.0.1:9"
    )
    (step,) = [one for one in told.json["steps"] if one["name"] == "ways beside Teams"]
    assert step["ok"]
    assert "NOTJUSTYOU_FALLBACKS" in step["do"]


async def test_a_start_warns_once_that_nobody_could_be_reached_when_teams_fails(tmp_path, capsys):
    async with open_world(tmp_path) as world:
        assert "no sure way" not in capsys.readouterr().out
        await world.happens("installationUpdate", to="channel", action="add")
        await world.says("subscribe all", to="channel")
        await world.stop()
        await world.start()
        assert capsys.readouterr().out.count("no sure way beside Teams") == 1


# ---------------------------------------------------------------- warned of: a help desk that hears nothing


REGISTERED = {"APP_ID": APP_ID, "APP_SECRET": "contoso-secret-words", "TENANT_ID": TENANT}


async def test_check_warns_in_one_line_when_nobody_is_told_what_colleagues_report(terminal):
    told = await terminal.types("check", "hn", **REGISTERED)
    assert told.code == 0
    (line,) = [line for line in told.err.splitlines() if "help desk" in line]
    assert "5 colleagues" in line
    assert "To do: write whoami" in line
    assert "NOTJUSTYOU_HELPDESK_CHANNELS" in line
    assert "help desk" not in (await terminal.types("check", "hn", **REGISTERED, HELPDESK_CHANNELS=CHANNEL)).err
    assert "help desk" not in (await terminal.types("check", "hn")).err, "a bot that is tried out"


async def test_each_registration_is_warned_of_by_its_own_name(terminal, tmp_path):
    one = TWO.replace("[tenant.fabrikam]", f'helpdesk_channels = ["{CHANNEL}"]\n[tenant.fabrikam]')
    told = await terminal.types("check", "hn", **written(tmp_path, one))
    assert "fabrikam: no destination of the help desk" in told.err
    assert "tenant.fabrikam.helpdesk_channels" in told.err
    assert "contoso: no destination" not in told.err


async def test_check_teams_shows_that_too_as_a_step_that_could_be_better(terminal):
    nowhere = {"LOGIN_URL": "http://127.0.0.1:9", "OPENID_URL": "http://127.0.0.1:9"}
    told = await terminal.types("check", "teams", "--json", **REGISTERED, **nowhere)
    (step,) = [one for one in told.json["steps"] if one["name"] == "destination of the help desk"]
    assert step["ok"]
    assert "NOTJUSTYOU_HELPDESK_CHANNELS" in step["do"]


async def test_a_start_warns_once_that_the_help_desk_is_told_nothing(tmp_path, capsys):
    async with open_world(tmp_path):
        assert capsys.readouterr().out.count("help desk is told nothing") == 1
    async with open_world(tmp_path, HELPDESK_CHANNELS=CHANNEL):
        assert "help desk is told nothing" not in capsys.readouterr().out
