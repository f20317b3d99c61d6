"""Settings as a file: several registrations, what each inherits, and every mistake with its key."""

import re
from pathlib import Path

import pytest

from bot.settings import SettingsError, described, read_settings

README = Path(__file__).parent.parent / "README.md"
APPS = ("11111111-2222-4333-8444-00000000000a", "11111111-2222-4333-8444-00000000000b")
TENANTS = ("99999999-2222-4333-8444-00000000000a", "99999999-2222-4333-8444-00000000000b")
ADMIN = "77777777-2222-4333-8444-000000000001"
SECRET = "q~8Q~contoso-secret-words"  # noqa: S105 - made up
TWO = f"""
port = 4000
language = "de"
zone = "Europe/Berlin"
admins = ["{ADMIN}"]
it_contact = "it@provider.example"

[source.mastodon]
period_s = 120

[source."statuspage:github"]
url = "https://www.githubstatus.example"

[tenant.contoso]
app_id = "{APPS[0]}"
app_secret_file = "contoso.secret"
tenant_id = "{TENANTS[0]}"
admins = ["{ADMIN}"]
sites = ["Köln", "Graz"]
it_contact = "it@contoso.example"

[tenant.contoso.source.graph]
period_s = 90

[tenant.fabrikam]
app_id = "{APPS[1]}"
app_type = "managed_identity"
tenant_id = "{TENANTS[1]}"
language = "en"
at_work = false
me_too_for_org = 3
sources_off = ["graph"]
it_contact = ""
"""


@pytest.fixture
def written(tmp_path):
    """A way to write a settings file; gives the environment that names it."""
    (tmp_path / "contoso.secret").write_text(f"{SECRET}\n")

    def write(text: str, **more: str) -> dict[str, str]:
        (tmp_path / "bot.toml").write_text(text, encoding="utf-8")
        named = {f"NOTJUSTYOU_{name}": value for name, value in more.items()}
        return {"NOTJUSTYOU_SETTINGS_FILE": str(tmp_path / "bot.toml"), **named}

    return write


def mistakes(env: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsError) as refused:
        read_settings(env)
    assert all(wrong.file for wrong in refused.value.mistakes)
    assert "secret-words" not in str(refused.value)
    return {wrong.name: f"found {wrong.found}; wanted {wrong.wanted}" for wrong in refused.value.mistakes}


def test_two_tenants_have_what_they_say_and_else_what_stands_at_the_top(written):
    settings = read_settings(written(TWO))
    contoso, fabrikam = settings.tenants
    assert (settings.port, settings.sources["mastodon"].period.total_seconds()) == (4000, 120)
    assert settings.sources["statuspage:github"].url == "https://www.githubstatus.example"
    assert (contoso.name, contoso.app_secret, contoso.app_secret_file.name) == ("contoso", SECRET, "contoso.secret")
    assert (contoso.language, contoso.zone, contoso.sites) == ("de", "Europe/Berlin", ("Köln", "Graz"))
    assert contoso.graph.period.total_seconds() == 90
    assert (fabrikam.language, fabrikam.zone, fabrikam.at_work) == ("en", "Europe/Berlin", False)
    assert (fabrikam.me_too_for_org, fabrikam.sources_off) == (3, {"graph"})
    assert (contoso.it_contact, fabrikam.it_contact, settings.it_contact) == (
        "it@contoso.example",
        None,
        "it@provider.example",
    )
    assert settings.is_registered


def test_roles_and_secrets_are_never_inherited(written):
    contoso, fabrikam = read_settings(written(TWO)).tenants
    assert contoso.admins == {ADMIN}
    assert fabrikam.admins == frozenset()
    assert fabrikam.app_secret is None


def test_a_secret_of_a_tenant_is_one_that_must_never_be_seen(written):
    settings = read_settings(written(TWO))
    assert SECRET in settings.secrets
    assert SECRET not in repr(settings)


def test_variables_win_over_the_file_at_the_top(written, tmp_path):
    text = 'port = 4000\n[source.x]\ntoken_file = "x.token"\n'
    assert read_settings(written("port = 4000", PORT="4001")).port == 4001
    outside = {"SOURCE_X_TOKEN": "from-outside"}
    assert read_settings(written(text, **outside)).sources["x"].token == "from-outside"  # noqa: S105 - made up


def test_with_variables_only_there_is_one_registration(written):
    (tenant,) = read_settings(
        {"NOTJUSTYOU_APP_ID": APPS[0], "NOTJUSTYOU_APP_SECRET": "x", "NOTJUSTYOU_TENANT_ID": TENANTS[0]}
    ).tenants
    assert (tenant.name, tenant.app_id, tenant.tenant_id) == ("", APPS[0], TENANTS[0])
    (nobody,) = read_settings({}).tenants
    assert nobody.app_id is None


def test_the_first_tenant_may_stay_in_the_variables(written):
    env = {"APP_ID": APPS[0], "APP_SECRET": "x", "TENANT_ID": TENANTS[0]}
    second = f'[tenant.b]\napp_id = "{APPS[1]}"\napp_secret = "y"\ntenant_id = "{TENANTS[1]}"'
    assert [tenant.name for tenant in read_settings(written(second, **env)).tenants] == ["", "b"]


@pytest.mark.parametrize(
    ("line", "key", "told"),
    [
        ("prot = 1", "prot", "wanted port"),
        ("Port = 1", "Port", "the key port"),
        ("port = 70000", "port", "a port number"),
        ("port = true", "port", "found True"),
        ("port = [1]", "port", "one text or number"),
        ("zone = 2026-01-01", "zone", "one text"),
        ("admins = [1]", "admins", "a list of texts"),
        ('sites = ["Berlin, Mitte"]', "sites", "without commas"),
        ("at_work = []", "at_work", "yes or no, true or false"),
        ("[port]\nx = 1", "port", "one text or number"),
        ('settings_file = "other.toml"', "settings_file", "only the variable"),
        ("[source]\nx = 1", "source.x", "a table such as"),
        ("[source.x]\nurls = 1", "source.x.urls", "a name that is not a setting"),
        ('[source.x]\ntoken_file = "nowhere"', "source.x.token_file", "a text file that can be read"),
        ("[source.x]\nprice = { a = 1 }", "source.x.price", "a name that is not a setting"),
        ("tenant = 1", "tenant", "tables such as"),
        ("[tenant.'A B']\nx = 1", "tenant.A B", "small letters"),
        ('page_tenant = "99999999-2222-4333-8444-000000000001"', "page_tenant", "a directory id that"),
    ],
)
def test_a_mistake_at_the_top_names_its_key_and_the_file(written, line, key, told):
    assert told in mistakes(written(line))[key]


@pytest.mark.parametrize(
    ("line", "key", "told"),
    [
        ("app_secret = 'q~8Q~secret-words'", "app_id", "the application id"),
        (f"app_id = '{APPS[0]}'", "tenant_id", "the directory id"),
        (f"app_id = '{APPS[0]}'", "app_secret", "managed_identity"),
        ("app_id = 'q~8Q~secret-words'", "app_id", "a value that is not shown"),
        (f"app_id = '{APPS[0]}'\ntenant_id = '{APPS[0]}'", "tenant_id", "the same id as in tenant.a.app_id"),
        (f"app_secret = '{APPS[0]}'", "app_secret", "not its id"),
        ("app_secret = 5\napp_secret_file = 'x'", "app_secret_file", "only one of"),
        ("port = 1", "port", "at the top"),
        ("sources_off = ['x']", "sources_off", "only graph"),
        ("lanugage = 'de'", "lanugage", "tenant.a.language"),
        ("zone = 'Berlin'", "zone", "IANA"),
        ("source.graph.per_hour = 5", "source.graph.per_hour", "a name that is not a setting"),
        ("source.x.url = 'https://x.example'", "source.x.url", "a name that is not a setting"),
    ],
)
def test_a_mistake_of_a_tenant_names_its_key_and_the_file(written, line, key, told):
    assert told in mistakes(written(f"[tenant.a]\n{line}"))[f"tenant.a.{key}"]


@pytest.mark.parametrize("what", ["app_id", "tenant_id"])
def test_two_tenants_with_one_id_are_refused(written, what):
    ids = {"app_id": APPS, "tenant_id": TENANTS} | {what: (APPS[0], APPS[0]) if what == "app_id" else TENANTS[:1] * 2}
    text = "\n".join(
        f'[tenant.{name}]\napp_type = "managed_identity"\napp_id = "{app}"\ntenant_id = "{tenant}"'
        for name, app, tenant in zip("ab", ids["app_id"], ids["tenant_id"], strict=True)
    )
    assert f"the same id as in tenant.a.{what}" in mistakes(written(text))[f"tenant.b.{what}"]


def test_everything_that_is_wrong_is_told_at_once(written):
    found = mistakes(written("prot = 1\nzone = 'x'\n[tenant.a]\nzone = 'y'\n[tenant.b]\nqqqqqqqqqq = 1"))
    assert found.keys() >= {
        "prot",
        "zone",
        "tenant.a.zone",
        "tenant.a.app_id",
        "tenant.b.app_id",
        "tenant.b.qqqqqqqqqq",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"port = \n", "line 1, column 8"),
        (b"app_secret = 'secret-words", "not TOML"),
        (b"\xff\xfe", "bot.toml"),
        (b"a = 1\na = 2", "not TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_mistake_that_repeats_nothing_of_it(written, tmp_path, text, found):
    env = written("")
    (tmp_path / "bot.toml").write_bytes(text)
    assert found in mistakes(env)["NOTJUSTYOU_SETTINGS_FILE"]


def test_a_file_that_is_not_there_is_a_mistake(tmp_path):
    assert (
        "can be read" in mistakes({"NOTJUSTYOU_SETTINGS_FILE": str(tmp_path / "no.toml")})["NOTJUSTYOU_SETTINGS_FILE"]
    )


def test_settings_shows_what_stands_in_the_file_and_what_each_tenant_has(written):
    lines = {line.name: line.value for line in described(written(TWO))}
    assert lines["NOTJUSTYOU_PORT"] == "4000"
    assert lines["tenant.contoso.app_secret"] == "set"  # noqa: S105 - that it is there
    assert (lines["tenant.contoso.language"], lines["tenant.fabrikam.language"]) == ("de", "en")
    assert lines["tenant.fabrikam.app_secret"] == ""
    assert lines["tenant.fabrikam.it_contact"] == ""
    assert lines["tenant.contoso.source.graph.period_s"] == "90"
    assert SECRET not in str(lines)


def test_the_readmes_example_is_one(written, tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    for name in ("x.token", "contoso.secret", "fabrikam.secret"):
        (tmp_path / name).write_text("some-secret-words")
    settings = read_settings(written(example))
    assert [tenant.name for tenant in settings.tenants] == ["contoso", "fabrikam"]
    assert settings.page_is_reached_from_outside
