"""Ways beside Teams: what an operator writes, and what reaches whom."""

from datetime import time, timedelta

import pytest
from structlog.testing import capture_logs

from bot.delivering import speaker
from bot.domain.incident import Level
from bot.logs import redactor
from bot.settings import read_settings
from bot.settings_ways import is_microsofts, ways
from bot.transports.ways import Ways
from tests.replicas.faults import Fault
from tests.replicas.ways import HookReplica, MailReplica


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


def ways_of(text: str, **more) -> Ways:
    read = ways(text)
    redact = redactor(secret for each in read for secret in each.secrets)
    return Ways({each.way.name: each.addresses for each in read}, redact=redact, **more)


def test_a_plain_list_of_addresses_gets_names_from_their_schemes():
    read = ways("mailtos://u:p@example.org?to=a@x.org,b@x.org, ntfy://topic-one, ntfy://topic-two")
    assert [each.way.name for each in read] == ["mailtos", "ntfy", "ntfy-2"]
    assert read[0].addresses == ("mailtos://u:p@example.org?to=a@x.org,b@x.org",)
    assert read[0].way.level is Level.DEGRADED


def test_options_say_from_which_level_and_when_not():
    (read,) = ways("night (down 22:00-07:30 Europe/Berlin drills) = ntfy://topic")
    assert (read.way.name, read.way.level, read.way.drills) == ("night", Level.DOWN, True)
    assert (read.way.quiet.starts, read.way.quiet.ends) == (time(22), time(7, 30))
    assert read.way.quiet.zone == "Europe/Berlin"


def test_the_same_name_again_is_the_next_address_of_that_way():
    (read,) = ways("ops = ntfy://one\nops = json://127.0.0.1/two")
    assert len(read.addresses) == 2


@pytest.mark.parametrize(
    "text",
    [
        "no address",
        "ops (sometimes) = ntfy://topic",
        "ops (25:00-07:00) = ntfy://topic",
        "ops = ntfy://one\nops (down) = ntfy://two",
        "= ntfy://topic",
        "ops (down = ntfy://topic-secret",
    ],
)
def test_what_cannot_be_read_is_refused_without_repeating_an_address(text):
    with pytest.raises(ValueError, match="entry") as refused:
        ways(text)
    assert "topic" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "yes"),
    [
        ("msteams://tokens", True),
        ("workflows://host/one/two", True),
        ("mailtos://me:secret@outlook.com", True),
        ("mailtos://me:secret@smtp.office365.com", True),
        ("mailtos://me:secret@example.org", False),
        ("mailtos://me:secret@notoutlook.com", False),
        ("ntfy://topic", False),
    ],
)
def test_a_way_that_fails_with_microsoft_is_known(address, yes):
    assert is_microsofts(address) is yes


def test_a_way_with_one_address_elsewhere_is_not_microsofts():
    assert [each.way.microsofts for each in ways("a = msteams://t/u\na = ntfy://topic\nb = msteams://t/u")] == [
        False,
        True,
    ]


async def test_words_reach_a_hook_and_a_mailbox(hook, mail):
    sent = ways_of(f"chat = {hook.address()}\npost = {mail.address()}")
    for name in sent.names:
        told = await sent.send(name, title="Teams is down", text="Since 09:40.\nReference AB12.")
        assert (told.ok, told.address, told.reason) == (True, 1, "")
    assert hook.arrived[0]["title"] == "Teams is down"
    assert "Reference AB12." in hook.arrived[0]["message"]
    assert mail.letters[0][0] == "Teams is down"
    assert "Reference AB12." in mail.letters[0][1]


async def test_a_dead_address_is_told_and_the_next_one_is_tried(hook):
    dead = HookReplica()
    await dead.start()
    dead.status = 500
    sent = ways_of(f"ops = {dead.address('key-of-ops')}\nops = {hook.address()}")
    told = await sent.send("ops", title="t", text="x")
    await dead.stop()
    assert (told.ok, told.address) == (True, 2)
    assert "500" in told.reason
    assert len(hook.arrived) == 1


async def test_a_way_that_is_quite_dead_says_why_and_names_no_key(hook):
    hook.status = 403
    told = await ways_of(f"ops = {hook.address('key-of-ops')}").send("ops", title="t", text="x")
    assert not told.ok
    assert told.reason
    assert "key-of-ops" not in told.reason


async def test_a_way_that_hangs_is_given_up(hook):
    hook.fault = Fault.HANGS
    told = await ways_of(f"ops = {hook.address()}?rto=1&cto=1", deadline=timedelta(milliseconds=200)).send(
        "ops", title="t", text="x"
    )
    hook.heals()
    assert not told.ok
    assert "no answer" in told.reason


async def test_an_unknown_service_is_told():
    told = await ways_of("ops = carrierpigeon://loft").send("ops", title="t", text="x")
    assert told.reason == "this is no address that Apprise knows"


@pytest.fixture
def kept(hook, tmp_path):
    """A file of ways as operators have it, and who speaks on them."""
    file = tmp_path / "ways"
    file.write_text(f"ops (signs) = {hook.address('key-number-one')}")
    settings = read_settings({"NOTJUSTYOU_FALLBACKS_FILE": str(file)})
    return file, speaker(settings.tenants[0].fallbacks)


async def test_an_address_that_is_renewed_in_its_file_is_used_at_once_and_its_key_never_shown(hook, kept):
    file, ways_beside = kept
    assert (await ways_beside.send("ops", title="t", text="x")).ok
    other = HookReplica()
    await other.start()
    file.write_text(f"ops (signs) = {other.address('key-number-two')}\n")
    with capture_logs() as logs:
        assert (await ways_beside.send("ops", title="t", text="x")).ok
        assert (await ways_beside.send("ops", title="t", text="x")).ok
    assert (len(hook.arrived), len(other.arrived)) == (1, 2)
    assert [line["event"] for line in logs] == ["renewed secret is used"]
    other.status = 403
    told = await ways_beside.send("ops", title="t", text="x")
    await other.stop()
    assert "403" in told.reason
    assert "key-number-two" not in f"{told.reason} {logs}"


async def test_a_file_that_is_broken_meanwhile_is_told_once_and_the_old_address_serves(hook, kept):
    file, ways_beside = kept
    file.write_text("ops = no-address-but-key-number-two")
    with capture_logs() as logs:
        for _ in range(2):
            assert (await ways_beside.send("ops", title="t", text="x")).ok
    (told,) = logs
    assert told["event"] == "renewed secret can't be used"
    assert "key-number-two" not in str(told)
    assert len(hook.arrived) == 2


async def test_other_ways_and_options_wait_for_the_next_start_and_that_is_said(hook, kept):
    file, ways_beside = kept
    file.write_text(f"mine = {hook.address('key-number-two')}\nops (down) = {hook.address('key-number-three')}")
    with capture_logs() as logs:
        assert (await ways_beside.send("ops", title="t", text="x")).ok
        assert not (await ways_beside.send("mine", title="t", text="x")).ok
    (told,) = [line for line in logs if line["event"] == "ways changed"]
    assert told["ways"] == ["mine", "ops"]
    assert "restart" in told["do"]


def test_tenants_that_share_the_common_ways_share_their_file(tmp_path):
    (tmp_path / "ways").write_text("ops = ntfy://topic-of-all")
    (tmp_path / "own").write_text("ops = ntfy://topic-of-two")
    (tmp_path / "set.toml").write_text(
        'fallbacks_file = "ways"\n'
        + "".join(
            f'[tenant.t{n}]\napp_id = "{n}0000000-0000-4000-8000-00000000000a"\napp_secret = "a-secret-{n}"\n'
            f'tenant_id = "{n}0000000-0000-4000-8000-00000000000b"\n{more}\n'
            for n, more in ((1, ""), (2, 'fallbacks_file = "own"'))
        )
    )
    settings = read_settings({"NOTJUSTYOU_SETTINGS_FILE": str(tmp_path / "set.toml")})
    assert [one.fallbacks[0].file.name for one in settings.tenants] == ["ways", "own"]
