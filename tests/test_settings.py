"""Settings: what an operator may write, and what is said about mistakes."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from bot.settings import Settings, SettingsError, TenantSettings, default_database_url, described, read_settings
from bot.settings_clouds import CLOUDS
from bot.settings_specs import SPECS
from bot.source_setups import choice_of
from bot.sources.chosen import chosen_sources
from bot.sources.graph_token import NATIONAL
from bot.transports.teams.hosts import may_see_token

ID = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-2222-3333-4444-555555555555"
APP = {"NOTJUSTYOU_APP_ID": ID, "NOTJUSTYOU_APP_SECRET": "s3cret-words", "NOTJUSTYOU_TENANT_ID": TENANT}


def mistakes(env: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsError) as refused:
        read_settings(env)
    return {wrong.name.removeprefix("NOTJUSTYOU_"): wrong.wanted for wrong in refused.value.mistakes}


def test_nothing_set_gives_a_bot_that_only_this_machine_reaches():
    settings = read_settings({"HOME": "/home/anna"})
    assert (settings.bind, settings.port, settings.page_bind, settings.page_port) == (
        "127.0.0.1",
        3978,
        "127.0.0.1",
        3978,
    )
    assert settings.visitor_here
    assert settings.app_id is None
    assert settings.login_url == "https://login.microsoftonline.com"
    assert settings.openid_url == "https://login.botframework.com/v1/.well-known/openidconfiguration"
    assert settings.graph_url == "https://graph.microsoft.com"
    assert settings.service_hosts >= {"smba.trafficmanager.net"}
    assert settings.test_site == "x.com"
    assert settings.sites == ()
    assert settings.sources == {}


def test_every_listed_setting_has_a_field_of_its_name_and_none_is_left_over():
    more = {"sources", "tenants", "heartbeat_url_file"}
    assert {spec.field for spec in SPECS} | more == {field.name for field in fields(Settings)}
    own = {spec.field for spec in SPECS if spec.per_tenant}
    assert own | {"name", "app_secret_file", "graph"} == {field.name for field in fields(TenantSettings)}
    assert all(spec.meaning for spec in SPECS)


@pytest.mark.parametrize(
    ("env", "platform", "file"),
    [
        ({"XDG_STATE_HOME": "/var/state"}, "linux", "sqlite:////var/state/notjustyou/notjustyou.db"),
        ({"HOME": "/home/anna"}, "linux", "sqlite:////home/anna/.local/state/notjustyou/notjustyou.db"),
        (
            {"LOCALAPPDATA": "C:/Users/anna/AppData/Local"},
            "win32",
            "sqlite:///C:/Users/anna/AppData/Local/notjustyou/notjustyou.db",
        ),
    ],
)
def test_the_database_lives_where_the_platform_keeps_state(env, platform, file):
    assert default_database_url(env, platform) == file


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("PORT", "70000", "a port number from 0 to 65535"),
        ("PORT", "39 78", "a port number"),
        ("BIND", "my-host", "an address of this machine"),
        ("PUBLIC_URL", "teams.example", "an http:// or https:// address"),
        ("PUBLIC_URL", "https://user:word@teams.example", "without a user name"),
        ("LOGIN_URL", "http://login.example", "an https:// address, or http:// to this machine"),
        ("OPENID_URL", "http://169.254.1.1/x", "an https:// address, or http:// to this machine"),
        ("OPENID_URL", "http://127.0.0.1.evil.example/", "an https:// address"),
        ("GRAPH_URL", "ftp://graph", "an https:// address"),
        ("DATABASE_URL", "mysql://x", "sqlite:///FILE"),
        ("DATABASE_URL", "sqlite://", "sqlite:///FILE"),
        ("DATABASE_URL", "postgresql://bot:word@[::1:x/bot", "postgresql://"),
        ("DATABASE_URL", "sqlite:///:memory:", "sqlite:///FILE"),
        ("SERVICE_HOSTS", "*.trafficmanager.net", "exact host names"),
        ("SERVICE_HOSTS", "https://smba.trafficmanager.net", "exact host names"),
        ("ADMINS", "anna@contoso.example", "directory object ids"),
        ("APP_ID", "notjustyou", "an id such as"),
        ("APP_TYPE", "multi_tenant", "one of single_tenant, managed_identity"),
        ("ZONE", "Berlin", "an IANA time zone"),
        ("ZONE", "../../etc/passwd", "an IANA time zone"),
        ("LANGUAGE", "Deutsch!", "a language tag"),
        ("CA_FILE", "/nowhere/ca.pem", "a file that exists"),
        ("SOURCES_ON", "masto don", "source ids"),
        ("SOURCES_ON", "mastodons", "one of graph, ms_public"),
        ("TRUSTED_PROXIES", "10.0.0.0/99", "addresses or networks"),
        ("VISITOR_HERE", "perhaps", "yes or no"),
        ("SURE_FROM", "80", "a number from 0.5 to 1"),
        ("ME_TOO_FOR_ORG", "1", "a whole number from 2"),
        ("FETCH_TIMEOUT_S", "soon", "seconds, from"),
        ("RETENTION_ANSWERS_DAYS", "0", "days, from 1"),
        ("TEST_SITE", "https://x.com", "one host name"),
        ("SOURCE_X_PERIOD_S", "-1", "seconds, from"),
        ("SOURCE_X_URL", "localhost", "an http:// or https:// address"),
        ("IT_CONTACT", "it@contoso.example\nBcc: all", "one line"),
    ],
)
def test_a_mistake_names_the_setting_what_was_found_and_what_is_wanted(name, text, wanted):
    with pytest.raises(SettingsError) as refused:
        read_settings({f"NOTJUSTYOU_{name}": text})
    (wrong,) = [wrong for wrong in refused.value.mistakes if wrong.name == f"NOTJUSTYOU_{name}"]
    assert wanted in wrong.wanted
    assert f"{wrong.name}: found {wrong.found}; wanted {wrong.wanted}" in str(refused.value)


def test_all_mistakes_are_told_at_once():
    found = mistakes({"NOTJUSTYOU_PORT": "x", "NOTJUSTYOU_ZONE": "x", "NOTJUSTYOU_SOURCE_X_URL": "x"})
    assert set(found) == {"PORT", "ZONE", "SOURCE_X_URL"}


def test_a_mistyped_name_is_a_mistake_and_the_nearest_is_suggested():
    assert mistakes({"NOTJUSTYOU_APP_SECRT": "x"}) == {"APP_SECRT": "NOTJUSTYOU_APP_SECRET"}
    assert "lists" in mistakes({"NOTJUSTYOU_QQQQQQQQQQQ": "x"})["QQQQQQQQQQQ"]


def test_without_an_app_id_the_bot_listens_to_this_machine_only():
    assert "NOTJUSTYOU_APP_ID" in mistakes({"NOTJUSTYOU_BIND": "0.0.0.0"})["BIND"]  # noqa: S104 - refused
    assert read_settings({"NOTJUSTYOU_BIND": "0.0.0.0", **APP}).bind == "0.0.0.0"  # noqa: S104 - a value, not bound
    assert not read_settings({"NOTJUSTYOU_BIND": "0.0.0.0", **APP}).visitor_here  # noqa: S104
    assert read_settings({"NOTJUSTYOU_BIND": "::1"}).bind == "::1"


def test_an_app_id_needs_its_secret_unless_it_is_a_managed_identity():
    assert set(mistakes({"NOTJUSTYOU_APP_ID": ID})) == {"APP_SECRET", "TENANT_ID"}
    assert set(mistakes({"NOTJUSTYOU_APP_SECRET": "x"})) == {"APP_ID"}
    settings = read_settings({"NOTJUSTYOU_APP_ID": ID, "NOTJUSTYOU_APP_TYPE": "managed_identity"})
    assert settings.managed_identity_url == "http://169.254.169.254/metadata/identity/oauth2/token"


def test_a_managed_identity_of_the_hosting_service_is_found_by_itself():
    settings = read_settings(
        {
            "NOTJUSTYOU_APP_ID": ID,
            "NOTJUSTYOU_APP_TYPE": "managed_identity",
            "IDENTITY_ENDPOINT": "http://127.0.0.1:41/token",
            "IDENTITY_HEADER": "header-words",
        }
    )
    assert settings.managed_identity_url == "http://127.0.0.1:41/token"
    assert "header-words" in settings.secrets


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "secret").write_text("s3cret-words\n")
    env = {**APP, "NOTJUSTYOU_APP_SECRET": "", "NOTJUSTYOU_APP_SECRET_FILE": str(tmp_path / "secret")}
    assert read_settings(env).app_secret == "s3cret-words"  # noqa: S105 - made up
    (tmp_path / "token").write_text("bearer-words")
    settings = read_settings({"NOTJUSTYOU_SOURCE_X_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.sources["x"].token == "bearer-words"  # noqa: S105 - made up


def test_what_windows_writes_before_and_after_a_secret_is_no_part_of_it(tmp_path):
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfs3cret-words\r\n")
    env = {**APP, "NOTJUSTYOU_APP_SECRET": "", "NOTJUSTYOU_APP_SECRET_FILE": str(tmp_path / "secret")}
    assert read_settings(env).app_secret == APP["NOTJUSTYOU_APP_SECRET"]
    (tmp_path / "set.toml").write_bytes(b'\xef\xbb\xbfzone = "Europe/Berlin"\r\n')
    assert read_settings({"NOTJUSTYOU_SETTINGS_FILE": str(tmp_path / "set.toml")}).zone == "Europe/Berlin"


def test_a_secret_file_that_is_missing_empty_binary_or_beside_the_variable_is_a_mistake(tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "empty", "binary"):
        assert "SOURCE_X_TOKEN_FILE" in mistakes({"NOTJUSTYOU_SOURCE_X_TOKEN_FILE": str(tmp_path / name)})
    both = {"NOTJUSTYOU_SOURCE_X_TOKEN": "x", "NOTJUSTYOU_SOURCE_X_TOKEN_FILE": str(tmp_path / "empty")}
    assert "only one of" in mistakes(both)["SOURCE_X_TOKEN_FILE"]


def test_no_secret_is_ever_repeated(tmp_path):
    env = {
        **APP,
        "NOTJUSTYOU_SOURCE_X_TOKEN": "bearer-words",
        "NOTJUSTYOU_DATABASE_URL": "postgresql://bot:data%2Dwords@db/bot?sslpassword=key%2Dwords",
        "NOTJUSTYOU_FALLBACKS": "mailto://who:mail-words@example",
    }
    settings = read_settings(env)
    secrets = ("s3cret-words", "bearer-words", "data-words", "mail-words")
    shown = repr(settings) + repr(described(env))
    assert not [secret for secret in secrets if secret in shown]
    assert {"s3cret-words", "bearer-words", "data-words", "key-words"} <= settings.secrets
    with pytest.raises(SettingsError) as refused:
        read_settings(
            {"NOTJUSTYOU_APP_SECRET": "s3cret\x07words", "NOTJUSTYOU_DATABASE_URL": "oracle://a:data-words@b"}
        )
    assert "words" not in str(refused.value)


@pytest.mark.parametrize("name", ["LOGIN_URL", "OPENID_URL", "GRAPH_URL", "PUBLIC_URL", "TICKET_URL", "SOURCE_X_URL"])
@pytest.mark.parametrize("address", ["https://who:pass-w0rds@a.example/x", "https://who:pass/w0rds@a.example"])
def test_a_password_within_an_address_is_refused_and_never_repeated(name, address, tmp_path):
    env = {f"NOTJUSTYOU_{name}": address}
    with pytest.raises(SettingsError) as refused:
        read_settings(env)
    file = tmp_path / "settings.toml"
    key = "source.x.url" if name == "SOURCE_X_URL" else name.lower()
    file.write_text(f'{key} = ["{address}", 3]')
    with pytest.raises(SettingsError) as refused_in_file:
        read_settings({"NOTJUSTYOU_SETTINGS_FILE": str(file)})
    shown = f"{refused.value} {refused_in_file.value} {described(env)}"
    assert "w0rds" not in shown
    assert "without a user name or password" in str(refused.value)


@pytest.mark.parametrize("name", ["APP_ID", "TENANT_ID"])
def test_a_secret_pasted_where_an_id_belongs_is_not_shown_in_the_list(name):
    shown = repr(described({f"NOTJUSTYOU_{name}": "abc~s3cret"}))
    assert "s3cret" not in shown
    assert "a value that is not shown" in shown


def test_an_address_that_only_looks_as_if_it_held_a_password_is_shown_whole():
    address = "https://mastodon.example:8443/@who"
    (shown,) = [line for line in described({"NOTJUSTYOU_TICKET_URL": address}) if line.name == "NOTJUSTYOU_TICKET_URL"]
    assert shown.value == address


def test_sources_have_an_address_a_token_and_a_period_each_also_status_pages():
    settings = read_settings(
        {
            "NOTJUSTYOU_SOURCE_MS_PUBLIC_URL": "http://127.0.0.1:9/status",
            "NOTJUSTYOU_SOURCE_MASTODON_PERIOD_S": "0.5",
            "NOTJUSTYOU_SOURCE_STATUSPAGE_GITHUB_URL": "https://www.githubstatus.example",
            "NOTJUSTYOU_SOURCES_ON": "hn, statuspage:github",
            "NOTJUSTYOU_SOURCES_OFF": "x",
        }
    )
    assert settings.sources["ms_public"].url == "http://127.0.0.1:9/status"
    assert settings.sources["mastodon"].period == timedelta(seconds=0.5)
    assert settings.sources["statuspage:github"].url == "https://www.githubstatus.example"
    assert settings.sources_on == {"hn", "statuspage:github"}
    assert "no source of" in mistakes({"NOTJUSTYOU_SOURCES_ON": "x", "NOTJUSTYOU_SOURCES_OFF": "x"})["SOURCES_OFF"]


def test_the_list_shows_every_setting_with_meaning_default_and_value():
    lines = {
        shown.name: shown for shown in described({**APP, "NOTJUSTYOU_ZONE": "Europe/Berlin", "HOME": "/home/anna"})
    }
    assert lines["NOTJUSTYOU_ZONE"].value == "Europe/Berlin"
    assert lines["NOTJUSTYOU_ZONE"].default == "UTC"
    assert lines["NOTJUSTYOU_PORT"].value == "3978"
    assert lines["NOTJUSTYOU_APP_SECRET"].value == "set"
    assert lines["NOTJUSTYOU_SOURCE_X_TOKEN"].value == ""
    assert lines["NOTJUSTYOU_DATABASE_URL"].value.endswith("notjustyou.db")
    assert set(lines) >= {f"NOTJUSTYOU_{spec.name}" for spec in SPECS}


def test_the_addresses_that_are_not_set_follow_from_the_cloud():
    settings = read_settings({**APP, "NOTJUSTYOU_CLOUD": "GCC_High", "NOTJUSTYOU_GRAPH_URL": "https://graph.example"})
    assert settings.login_url == "https://login.microsoftonline.us"
    assert settings.openid_url == "https://login.botframework.azure.us/v1/.well-known/openidconfiguration"
    assert settings.service_hosts == {"smba.infra.gov.teams.microsoft.us"}
    assert settings.tenants[0].graph_url == "https://graph.example", "what is set counts"
    assert read_settings({"NOTJUSTYOU_CLOUD": "dod"}).tenants[0].graph_url == "https://dod-graph.microsoft.us"
    (shown,) = [one for one in described({"NOTJUSTYOU_CLOUD": "dod"}) if one.name == "NOTJUSTYOU_SERVICE_HOSTS"]
    assert shown.value == shown.default == "smba.infra.dod.teams.microsoft.us"
    assert "gcc_high" in mistakes({"NOTJUSTYOU_CLOUD": "china"})["CLOUD"]


def test_hosts_of_every_cloud_may_see_a_token_and_each_graph_has_its_scope():
    for cloud in CLOUDS.values():
        assert all(may_see_token(f"https://{host}/teams/") for host in cloud.service_hosts)
        assert urlsplit(cloud.graph_url).hostname in NATIONAL


def test_sources_of_the_worldwide_cloud_tell_nobody_elsewhere_about_it():
    def asked(**said):
        settings = read_settings({f"NOTJUSTYOU_{name}": value for name, value in said.items()})
        return {source.id for source in chosen_sources(choice_of(settings), datetime(2026, 3, 2, tzinfo=UTC))[0]}

    assert asked() - asked(CLOUD="gcc_high") == {"ms_public", "probe", "endpoints"}
    assert asked() - asked(CLOUD="dod", SOURCES_ON="probe", SOURCES_OFF="hn") == {"ms_public", "endpoints", "hn"}


@pytest.mark.parametrize(
    ("typed", "meant"), [("APPID", "NOTJUSTYOU_APP_ID"), ("LANGUGE", "NOTJUSTYOU_LANGUAGE"), ("COLOUR", "`settings`")]
)
def test_a_mistyped_name_is_recognised_and_a_strange_one_taken_for_no_other(typed, meant):
    assert meant in mistakes({f"NOTJUSTYOU_{typed}": "x"})[typed]


def test_sites_and_people_are_lists():
    settings = read_settings(
        {"NOTJUSTYOU_SITES": "Köln, Graz\nPorto, Köln", "NOTJUSTYOU_ADMINS": f"{ID.upper()},{TENANT}"}
    )
    assert settings.sites == ("Köln", "Graz", "Porto")
    assert settings.admins == {ID, TENANT}


@pytest.mark.parametrize(
    ("env", "outside"),
    [
        ({}, False),
        ({"PUBLIC_URL": "http://127.0.0.1:3978"}, False),
        ({"PUBLIC_URL": "http://localhost/"}, False),
        ({"PUBLIC_URL": "https://status.example"}, True),  # a reverse proxy on the same machine
        ({"PAGE_BIND": "0.0.0.0"}, True),  # noqa: S104 - a value, not bound
        ({"PAGE_BIND": "::1"}, False),
        ({"PUBLIC_URL": "https://status.example", "VISITOR_HERE": "yes"}, True),
    ],
)
def test_a_page_that_others_reach_is_not_taken_for_one_of_this_place(env, outside):
    settings = read_settings({f"NOTJUSTYOU_{name}": value for name, value in env.items()})
    assert settings.page_is_reached_from_outside is outside
    assert settings.page_for_operators is not outside
    assert settings.visitor_here is (not outside or "VISITOR_HERE" in env)
