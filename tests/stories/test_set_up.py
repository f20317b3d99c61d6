"""An administrator sets the bot up: every step is looked at in order, and a wrong one says where to click."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.clock import MachineClock
from bot.store import contacts
from bot.store.contacts import Contact
from bot.store.engine import Store
from tests.replicas.certificate import self_signed
from tests.replicas.faults import Fault
from tests.replicas.graph import GraphReplica
from tests.replicas.identity import APP_ID, APP_SECRET, TENANT, Identity
from tests.replicas.reverse_proxy import ReverseProxy
from tests.terminal import first_line, open_terminal

STEPS = [
    "ids", "type", "signing keys", "own token", "public address", "last message received", "last answer sent",
]  # fmt: skip
OTHER_TENANT = "22222222-1111-4111-8111-111111111111"


@pytest.fixture
async def terminal(tmp_path):
    async with open_terminal(tmp_path) as opened:
        yield opened


@pytest.fixture
async def identity():
    replica = Identity(MachineClock())
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
async def proxy(tmp_path):
    """A reverse proxy whose certificate this machine was told to trust; nothing runs behind it."""
    certificate, file = self_signed(tmp_path)
    replica = ReverseProxy(certificate, to="http://127.0.0.1:9")
    replica.trusted = str(file)
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
def registered(identity):
    """What the README tells to set, but for the public address."""
    return {
        "APP_ID": APP_ID,
        "APP_SECRET": APP_SECRET,
        "TENANT_ID": TENANT,
        "LOGIN_URL": identity.login_url,
        "OPENID_URL": identity.metadata_url,
    }


async def checked(terminal, **settings):
    """Each step by its name."""
    told = await terminal.types("check", "teams", "--json", **settings)
    assert told.code == (0 if all(step["ok"] for step in told.json["steps"]) else 4), told.err
    return {step["name"]: step for step in told.json["steps"]}


@asynccontextmanager
async def serving(terminal, **settings):
    """`serve` in a process of its own; gives its address."""
    process = await terminal.starts(
        "serve", SOURCES_OFF="ms_public,probe,neutral,mastodon,hn,dns,endpoints", **settings
    )
    try:
        yield (await first_line(process, "ready ")).removeprefix("ready ")
    finally:
        process.terminate()
        await terminal.waits_for(process)


async def noted(terminal, **fields):
    """What a running bot would have noted of its last exchanges."""
    store = await Store.open(f"sqlite:///{terminal.database.as_posix()}", MachineClock())
    async with store.transaction() as db:
        await contacts.save(db, [Contact(app_id=APP_ID, **fields)])
    await store.close()


async def test_without_an_app_id_the_first_step_says_what_to_set(terminal):
    told = await terminal.types("check", "teams", "--json")
    assert (told.code, told.json["state"]) == (4, "not_set_up")
    assert set(told.json) >= {"source", "state", "http_status", "ms", "bytes", "reason", "observations", "steps"}
    [step] = told.json["steps"]
    assert "NOTJUSTYOU_APP_ID" in step["do"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"APP_ID": "my-bot"}, "NOTJUSTYOU_APP_ID"),
        ({"TENANT_ID": APP_ID}, "NOTJUSTYOU_TENANT_ID"),
        ({"TENANT_ID": ""}, "NOTJUSTYOU_TENANT_ID"),
        ({"APP_SECRET": ""}, "NOTJUSTYOU_APP_SECRET"),
        ({"APP_SECRET": "5b1c0f6e-1111-4c0e-9a57-6f1d7d2a0100"}, "NOTJUSTYOU_APP_SECRET"),
    ],
)
async def test_ids_that_cannot_be_are_named_before_anybody_is_asked(terminal, identity, registered, settings, named):
    told = await terminal.types("check", "teams", "--json", **registered | settings)
    assert told.code == 2
    assert (told.json["state"], told.json["steps"][0]["ok"]) == ("not_set_up", False)
    assert told.json["steps"][0]["says"].startswith(named)
    assert named in told.err
    assert not identity.calls


async def test_a_secret_in_the_place_of_an_id_is_not_shown(terminal, registered):
    told = await terminal.types("check", "teams", "--json", **registered | {"APP_ID": "aB3~very.secret-value"})
    assert told.code == 2
    assert "very.secret" not in told.out + told.err


async def test_a_placeholder_is_no_id(terminal, identity, registered):
    sample = "00001111-aaaa-2222-bbbb-3333cccc4444"
    steps = await checked(terminal, **registered | {"APP_ID": sample})
    assert "NOTJUSTYOU_APP_ID is a placeholder" in steps["ids"]["says"]
    assert "Application (client) ID" in steps["ids"]["do"]
    assert not identity.calls


def refusal(code):
    return 401, {"error": "invalid_client", "error_description": f"AADSTS{code}: No.", "error_codes": [code]}


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (refusal(7000215), ("secret is wrong", "Certificates & secrets: New client secret")),
        (refusal(7000222), ("secret has expired", "Certificates & secrets: New client secret")),
        (refusal(700016), ("not in this tenant", "App registrations, your app, Overview")),
        (refusal(90002), ("no such tenant", "Directory (tenant) ID")),
        (refusal(7000229), ("no service principal", "Enterprise applications")),
        (refusal(7000112), ("switched off", "Enabled for users to sign in")),
        (refusal(53003), ("conditional access", "Conditional Access")),
        (refusal(90033), ("down or busy", "run this again")),
        ((503, {}), ("down or busy", "run this again")),
        (refusal(1234567), ("AADSTS1234567", "compare NOTJUSTYOU_APP_ID")),
    ],
)
async def test_each_refusal_of_the_sign_in_service_is_told_apart(terminal, identity, registered, refused, told):
    identity.refuses = refused
    step = (await checked(terminal, **registered))["own token"]
    assert not step["ok"]
    assert told[0] in step["says"]
    assert told[1] in step["do"]
    assert APP_SECRET not in step["says"] + step["do"]


async def test_a_wrong_secret_is_told_without_showing_it(terminal, registered):
    told = await terminal.types("check", "teams", **registered | {"APP_SECRET": "not-the-secret"})
    assert told.code == 4
    assert "to do: own token: the client secret is wrong (AADSTS7000215)" in told.out
    assert "not-the-secret" not in told.out


async def test_a_sign_in_service_that_cannot_be_reached_is_no_wrong_secret(terminal, identity, registered):
    await identity.stop()
    steps = await checked(terminal, **registered)
    assert "no answer" in steps["own token"]["says"]
    assert "HTTPS_PROXY" in steps["own token"]["do"]
    assert not steps["signing keys"]["ok"]


async def test_a_managed_identity_needs_no_secret_and_a_place_that_knows_it(terminal, identity, registered):
    managed = registered | {"APP_TYPE": "managed_identity", "APP_SECRET": ""}
    place = f"{identity.url}/metadata/identity/oauth2/token"
    steps = await checked(terminal, **managed, MANAGED_IDENTITY_URL=place)
    assert steps["type"]["says"].startswith("a managed identity")
    assert steps["own token"]["ok"]
    steps = await checked(terminal, **managed, MANAGED_IDENTITY_URL="http://127.0.0.1:9/token")
    assert "no managed identity can be reached" in steps["own token"]["says"]
    assert "User assigned" in steps["own token"]["do"]
    identity.refuses = (400, {"error": "invalid_request", "error_description": "Identity not found"})
    steps = await checked(terminal, **managed, MANAGED_IDENTITY_URL=place)
    assert "does not have that identity" in steps["own token"]["says"]


@pytest.mark.parametrize(
    ("address", "says", "do"),
    [
        ("", "not set", "NOTJUSTYOU_PUBLIC_URL"),
        ("http://bot.example.org", "not https", "certificate"),
        ("https://no-such-name.invalid", "its name is not known", "DNS record"),
        ("https://127.0.0.1:9", "nothing listens there", "port 443"),
    ],
)
async def test_an_address_that_cannot_be_reached_says_why(terminal, registered, address, says, do):
    step = (await checked(terminal, **registered, PUBLIC_URL=address))["public address"]
    assert not step["ok"]
    assert says in step["says"]
    assert do in step["do"]


async def test_a_certificate_that_nobody_trusts_is_named(terminal, registered, proxy):
    step = (await checked(terminal, **registered, PUBLIC_URL=proxy.url))["public address"]
    assert "certificate comes from nobody whom Microsoft trusts" in step["says"]
    assert "public authority" in step["do"]


async def test_a_certificate_for_another_name_is_named(terminal, registered, tmp_path):
    certificate, file = self_signed(tmp_path, address="127.0.0.2")
    proxy = ReverseProxy(certificate)
    await proxy.start()
    step = (await checked(terminal, **registered, PUBLIC_URL=proxy.url, CA_FILE=str(file)))["public address"]
    await proxy.stop()
    assert "not valid for this name" in step["says"]


async def test_an_address_that_stays_silent_is_given_up(terminal, registered, proxy):
    proxy.fault = Fault.HANGS
    reached = registered | {"PUBLIC_URL": proxy.url, "CA_FILE": proxy.trusted, "FETCH_TIMEOUT_S": "0.3"}
    step = (await checked(terminal, **reached))["public address"]
    assert "nothing answers in time" in step["says"]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (None, ("the proxy answers 502", "start `notjustyou serve`")),
        ((404, "<html>nginx</html>"), ("another server answers, and knows no /api/messages", "pass /api/messages on")),
        ((200, "<html>Welcome to nginx!</html>"), ("another server answers (200)", "lead to the bot's reverse proxy")),
        ((401, "<html>sign in</html>"), ("wants a login (401)", "without a login")),
    ],
)
async def test_whoever_answers_in_our_place_is_recognised(terminal, registered, proxy, answers, told):
    proxy.answers = answers
    step = (await checked(terminal, **registered, PUBLIC_URL=proxy.url, CA_FILE=proxy.trusted))["public address"]
    assert not step["ok"]
    assert told[0] in step["says"]
    assert told[1] in step["do"]


async def test_a_redirect_to_a_login_page_is_named(terminal, registered, proxy):
    proxy.leads_to = "https://login.example.org/"
    step = (await checked(terminal, **registered, PUBLIC_URL=proxy.url, CA_FILE=proxy.trusted))["public address"]
    assert "leads elsewhere" in step["says"]


async def test_our_own_server_is_known_by_its_words(terminal, registered, proxy):
    reached = registered | {"PUBLIC_URL": proxy.url, "CA_FILE": proxy.trusted}
    async with serving(terminal, **reached) as proxy.to:
        step = (await checked(terminal, **reached))["public address"]
        assert step["ok"], step
        proxy.paths.remove("/api/messages")
        step = (await checked(terminal, **reached))["public address"]
        assert "our page is there, but /api/messages answers 404" in step["says"]
        assert "pass /api/messages on" in step["do"]


async def test_a_server_without_an_app_id_is_told_apart(terminal, registered, proxy):
    async with serving(terminal) as proxy.to:
        step = (await checked(terminal, **registered, PUBLIC_URL=proxy.url, CA_FILE=proxy.trusted))["public address"]
    assert "runs without an app id" in step["says"]
    assert "NOTJUSTYOU_APP_ID" in step["do"]


async def test_a_bot_that_nobody_ever_wrote_to_names_channel_endpoint_and_upload(terminal, registered):
    settings = registered | {"PUBLIC_URL": "https://bot.example.org"}
    steps = await checked(terminal, **settings)
    assert list(steps) == [*STEPS[:-1], "destination of the help desk"]
    for click in ("https://bot.example.org/api/messages", "Channels, Microsoft Teams", "Manage apps: upload"):
        assert click in steps["last message received"]["do"]
    assert not terminal.database.exists()


async def test_the_last_message_and_the_last_answer_are_shown(terminal, registered):
    now = MachineClock().now()
    await noted(terminal, received_at=now)
    steps = await checked(terminal, **registered)
    assert steps["last message received"]["ok"]
    assert "nothing was sent yet" in steps["last answer sent"]["says"]
    await noted(terminal, sent_at=now, send_result="sent", send_error="")
    steps = await checked(terminal, **registered)
    assert steps["last answer sent"]["says"] == now.isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("noted_send", "ok", "do"),
    [
        (("failed", "not_registered: 401 BotNotRegistered"), False, "Microsoft App ID must be"),
        (("failed", "no_token: 401 AADSTS7000222"), False, "own token"),
        (("failed", "unreachable: ClientConnectorError"), False, "HTTPS_PROXY"),
        (("failed", "host_not_allowed: evil.example"), False, "NOTJUSTYOU_SERVICE_HOSTS"),
        (("failed", "something else"), False, "log of serve"),
        (("gone", "not_installed: 403"), True, ""),
        (("throttled", "429"), True, ""),
    ],
)
async def test_a_failed_answer_says_what_mends_it(terminal, registered, noted_send, ok, do):
    now, (result, error) = MachineClock().now(), noted_send
    await noted(terminal, received_at=now, sent_at=now - timedelta(hours=1), send_result=result, send_error=error)
    step = (await checked(terminal, **registered))["last answer sent"]
    assert step["ok"] is ok
    assert error in step["says"]
    assert do in step["do"]


# ---------------------------------------------------------------- Graph


@pytest.fixture
async def graph():
    replica = GraphReplica(MachineClock(), tenant=TENANT, app=APP_ID, secret=APP_SECRET)
    await replica.start()
    yield replica
    await replica.stop()


async def graph_checked(terminal, graph, **settings):
    about = {
        "APP_ID": APP_ID, "APP_SECRET": APP_SECRET, "TENANT_ID": TENANT,
        "LOGIN_URL": graph.url, "GRAPH_URL": graph.url, "OPENID_URL": graph.url,
    }  # fmt: skip
    told = await terminal.types("check", "graph", "--json", **about | settings)
    return told.code, {step["name"]: step for step in told.json["steps"]}


async def test_graph_is_read_step_by_step(terminal, graph):
    code, steps = await graph_checked(terminal, graph)
    assert (code, list(steps)) == (0, ["settings", "cloud", "token", "service health", "planned work"])
    assert all(step["ok"] for step in steps.values())


async def test_the_permission_for_planned_work_may_be_missing(terminal, graph):
    graph.may_read_messages = False
    code, steps = await graph_checked(terminal, graph)
    assert (code, steps["planned work"]["ok"]) == (0, True)
    assert "ServiceMessage.Read.All" in steps["planned work"]["do"]


@pytest.mark.parametrize(
    ("roles", "denies", "told"),
    [
        (None, (403, "Authorization_RequestDenied"), ("403 Authorization_RequestDenied: permission or", "Grant admin")),
        ([], (403, "Forbidden"), ("an admin's consent is missing", "not Delegated")),
        (["ServiceMessage.Read.All"], (403, "Forbidden"), ("the app has ServiceMessage.Read.All", "Add a permission")),
        (["ServiceHealth.Read.All"], (403, "UnknownError"), ("refused although", "wait an hour")),
        (None, (403, "Forbidden", "Tenant does not have a license."), ("no licence", "Billing, Licenses")),
        (None, (401, "InvalidAuthenticationToken"), ("another cloud's", "NOTJUSTYOU_GRAPH_URL")),
        (None, (503, "serviceNotAvailable"), ("down or busy", "run this again")),
    ],
)
async def test_each_refusal_of_graph_is_told_apart(terminal, graph, roles, denies, told):
    graph.roles, graph.denies = roles, denies
    code, steps = await graph_checked(terminal, graph)
    assert (code, steps["token"]["ok"], steps["service health"]["ok"]) == (4, True, False)
    assert told[0] in steps["service health"]["says"]
    assert told[1] in steps["service health"]["do"]


async def test_a_tenant_without_teams_has_no_licence_for_it(terminal, graph):
    del graph.overview["Microsoft Teams"]
    _, steps = await graph_checked(terminal, graph)
    assert "no licence" in steps["service health"]["says"]


@pytest.mark.parametrize(
    ("code", "says"), [(7000222, "has expired"), (90002, "no such tenant"), (700016, "not in this tenant")]
)
async def test_a_bad_secret_is_no_missing_consent(terminal, graph, code, says):
    graph.refusal = code
    _, steps = await graph_checked(terminal, graph)
    assert list(steps) == ["settings", "cloud", "token"]
    assert says in steps["token"]["says"]
    assert "consent" not in steps["token"]["do"]


async def test_two_clouds_are_seen_without_asking_anybody(terminal, graph):
    clouds = {"LOGIN_URL": "https://login.microsoftonline.com", "GRAPH_URL": "https://graph.microsoft.us"}
    code, steps = await graph_checked(terminal, graph, **clouds, SOURCES_OFF="graph")
    assert code == 4
    assert "two clouds" in steps["cloud"]["says"]
    assert "https://login.microsoftonline.us" in steps["cloud"]["do"]
    assert not graph.calls


# ---------------------------------------------------------------- several registrations


async def test_each_registration_is_looked_at_in_the_words_of_its_table(terminal, identity, tmp_path):
    file = tmp_path / "notjustyou.toml"
    file.write_text(
        f"""
        login_url = "{identity.login_url}"
        openid_url = "{identity.metadata_url}"
        [tenant.contoso]
        app_id = "{APP_ID}"
        app_secret = "{APP_SECRET}"
        tenant_id = "{TENANT}"
        [tenant.fabrikam]
        app_id = "00000000-0000-4000-8000-00000000b07f"
        app_secret = "another-secret"
        tenant_id = "{OTHER_TENANT}"
        """
    )
    steps = await checked(terminal, SETTINGS_FILE=str(file))
    assert steps["contoso: own token"]["ok"]
    assert not steps["fabrikam: own token"]["ok"]
    assert "tenant.fabrikam.app_secret" in steps["fabrikam: own token"]["do"]


async def test_graph_is_looked_at_for_each_registration(terminal, graph, tmp_path):
    file = tmp_path / "notjustyou.toml"
    file.write_text(
        f"""
        login_url = "{graph.url}"
        openid_url = "{graph.url}"
        graph_url = "{graph.url}"
        [tenant.contoso]
        app_id = "{APP_ID}"
        app_secret = "{APP_SECRET}"
        tenant_id = "{TENANT}"
        [tenant.fabrikam]
        app_id = "00000000-0000-4000-8000-00000000b07f"
        app_secret = "another-secret"
        tenant_id = "{OTHER_TENANT}"
        """
    )
    told = await terminal.types("check", "graph", "--json", SETTINGS_FILE=str(file))
    assert told.code == 4
    steps = {step["name"]: step for step in told.json["steps"]}
    assert steps["contoso: service health"]["ok"]
    assert "tenant.fabrikam.tenant_id" in steps["fabrikam: token"]["do"]
