"""Planned work from beside the chat while the bot runs: from a terminal, from Microsoft, from a status page."""

import csv
import io
from datetime import timedelta

import pytest

from bot.clock import MachineClock
from tests.channels import Told, subscribe
from tests.replicas.connector import refusal
from tests.replicas.statuspage import StatuspageReplica
from tests.replicas.ways import HookReplica
from tests.stories.announcing import BERLIN, KOLKATA, ROLES, Author, read
from tests.teams.activities import BEN
from tests.terminal import Terminal
from tests.world import open_world

pytestmark = pytest.mark.slow  # each command is a process of its own, and hours pass

FILE = """
kind = "maintenance"
from = "{begins:%Y-%m-%dT%H:%M}"
to = "{ends:%Y-%m-%dT%H:%M}"
zone = "UTC"
language = "en"
services = ["teams"]
features = ["calling"]
[words.en]
title = "{title}"
"""


class Beside:
    """A terminal on the machine where `serve` runs, on the same file.  It has the machine's clock."""

    def __init__(self, world, folder):
        self.world, self.folder = world, folder
        self.begins = MachineClock().now() + timedelta(days=2)
        self.terminal = Terminal(
            folder=folder, status=world.status, web=world.web, mastodon=world.mastodon, hn=world.hn,
            env=world.environment,
        )  # fmt: skip

    async def types(self, *argv, code=0):
        """Runs `announce …` in a process of its own; then the server's clock has gone on by some seconds."""
        told = await self.terminal.waits_for(await self.terminal.starts("announce", *argv))
        assert told.code == code, told
        behind = MachineClock().now() - self.world.clock.now()
        await self.world.advance(seconds=max(0.0, behind.total_seconds()) + 12)
        return told

    def file(self, title="Telephony moves"):
        """What is to be announced: work in two days."""
        file, ends = self.folder / "plan.toml", self.begins + timedelta(hours=4)
        file.write_text(FILE.format(begins=self.begins, ends=ends, title=title), encoding="utf-8")
        return str(file)


@pytest.fixture
async def beside(tmp_path):
    async with open_world(tmp_path, start=False, **ROLES) as world:
        world.clock.set(MachineClock().now())
        await world.start()
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        yield Beside(world, tmp_path)


async def test_what_is_typed_at_a_terminal_reaches_the_channels_of_the_running_bot(beside):
    world = beside.world
    one = (await beside.types("add", beside.file(), "--yes", "--json")).json["id"]
    assert Told(world, KOLKATA).titles == ["Planned work, scheduled: Telephony moves"]

    await beside.types("edit", one, beside.file("Telephony moves twice"), "--yes")
    assert Told(world, KOLKATA).titles[-1] == "Planned work, scheduled: Telephony moves twice"

    ann = Author(world)
    assert f"{one}: Planned work, planned" in read(await ann.writes("announcements"))
    report = list(csv.DictReader(io.StringIO((await beside.types("report", one, "1", "--csv")).out)))
    assert [(line["destination"], line["state"], line["text"]) for line in report] == [(KOLKATA, "sent", "2")]

    await beside.types("cancel", one)
    told = Told(world, KOLKATA)
    assert told.titles[-1] == "Planned work, cancelled: Telephony moves twice"
    assert len(told.posts) == 1
    assert [word.partition(":")[0] for word in told.words] == ["Cancelled"]

    await beside.types("recall", one)
    assert Told(world, KOLKATA).titles[-1].startswith("Planned work, withdrawn")
    again = await beside.types("recall", one, code=2)
    assert "already" in again.err


async def test_a_window_that_runs_is_extended_and_ended_at_a_terminal(beside):
    world = beside.world
    beside.begins = MachineClock().now() + timedelta(minutes=5)
    one = (await beside.types("add", beside.file(), "--yes", "--json")).json["id"]
    idle = await beside.types("over", one, code=2)
    assert "not in progress" in idle.err
    await world.advance(minutes=6)
    assert Told(world, KOLKATA).titles[-1] == "Planned work, in progress: Telephony moves"

    assert "is no length of time" in (await beside.types("extend", one, "tomorrow", code=2)).err
    assert "is extended" in (await beside.types("extend", one, "2h")).out
    assert Told(world, KOLKATA).titles[-1] == "Planned work, in progress, takes longer: Telephony moves"
    await beside.types("over", one)
    assert Told(world, KOLKATA).titles[-1] == "Planned work, over earlier than planned: Telephony moves"
    assert len(Told(world, KOLKATA).posts) == 1


async def test_a_draft_of_the_chat_that_says_nothing_yet_is_listed_and_shown_at_a_terminal(beside):
    ann = Author(beside.world)
    await ann.writes("announce Telephony moves")
    listed = (await beside.types("list", "--json")).json
    assert [(each["state"], each["title"], each["times"]) for each in listed] == [
        ("draft", {"en": "Telephony moves"}, []),
    ]  # fmt: skip
    assert "en title: Telephony moves" in (await beside.types("show", listed[0]["id"])).out


async def test_a_card_that_a_terminal_recalls_with_delete_is_gone(beside):
    one = (await beside.types("add", beside.file(), "--yes", "--json")).json["id"]
    await beside.types("recall", one, "--delete")

    assert [call.method for call in Told(beside.world, KOLKATA).calls] == ["POST", "DELETE"]


async def test_what_waits_for_a_yes_is_asked_by_the_running_bot(tmp_path):
    async with open_world(tmp_path, start=False, ANNOUNCE_APPROVAL_FROM="1", **ROLES) as world:
        world.clock.set(MachineClock().now())
        await world.start()
        await subscribe(world, KOLKATA)
        await subscribe(world, BERLIN, helpdesk=True)
        beside = Beside(world, tmp_path)
        one = (await beside.types("add", beside.file(), "--yes", "--json")).json
        assert one["state"] == "waiting"
        assert not Told(world, KOLKATA).posts
        own = await beside.types("approve", one["id"], code=2)
        assert "a second person must" in own.err
        assert one["id"] in read(Told(world, BERLIN).card)
        assert "announce.approve" in [data["verb"] for data in Told(world, BERLIN).card.buttons.values()]


async def test_who_changes_a_text_at_a_terminal_can_not_approve_it_there_and_a_change_of_the_chat_can_be(tmp_path):
    async with open_world(tmp_path, start=False, ANNOUNCE_APPROVAL_FROM="1", **ROLES) as world:
        world.clock.set(MachineClock().now())
        await world.start()
        await subscribe(world, KOLKATA, language="en")
        beside, ann, ben = Beside(world, tmp_path), Author(world), Author(world, by=BEN)
        one = (await beside.types("add", beside.file(), "--yes", "--json")).json
        await ben.sends({"v": 1, "verb": "announce.approve", "id": f"a-{one['id']}-{one['digest'][:10]}"})
        await world.advance(seconds=5)
        assert Told(world, KOLKATA).titles == ["Planned work, scheduled: Telephony moves"]

        waits = (await beside.types("edit", one["id"], beside.file("Telephony moves twice"), "--yes", "--json")).json
        assert (waits["state"], waits["changes"]) == ("waiting", one["id"])
        assert "a second person must" in (await beside.types("approve", waits["id"], code=2)).err
        await ben.sends({"v": 1, "verb": "announce.approve", "id": f"a-{waits['id']}-{waits['digest'][:10]}"})
        await ann.writes(f"announce edit {one['id']}")
        await ann.presses("announce.preview", title="Telephony moves on")
        draft = read(await ann.saves()).split("Its reference is ")[1][:8]
        approved = await beside.types("approve", draft, "--json")
        assert (approved.json["id"], approved.json["state"]) == (one["id"], "planned")
        assert Told(world, KOLKATA).titles[-1] == "Planned work, scheduled: Telephony moves on"
        assert len(Told(world, KOLKATA).posts) == 1
        assert "waits for nobody" in (await beside.types("approve", draft, code=2)).err


async def test_what_was_approved_goes_on_while_a_change_from_a_terminal_waits_and_nobody_reads_that(tmp_path):
    async with open_world(tmp_path, start=False, ANNOUNCE_APPROVAL_FROM="1", **ROLES) as world:
        world.clock.set(MachineClock().now())
        await world.start()
        await subscribe(world, KOLKATA, language="en")
        beside, ben = Beside(world, tmp_path), Author(world, by=BEN)
        beside.begins = world.clock.now() + timedelta(minutes=9)
        one = (await beside.types("add", beside.file(), "--yes", "--json")).json
        await ben.sends({"v": 1, "verb": "announce.approve", "id": f"a-{one['id']}-{one['digest'][:10]}"})
        await world.advance(seconds=5)

        said = (await beside.types("edit", one["id"], beside.file("Nobody said yes"), "--yes")).out
        assert f"Until then {one['id']} stays as it is." in said
        assert "Telephony moves" in read(await ben.writes(f"announce text {one['id']}"))
        await world.advance(minutes=10)
        assert Told(world, KOLKATA).titles[-1] == "Planned work, in progress: Telephony moves"


WORK = "<p>Calls are not possible from March 3, 2026, {hour}:30 AM UTC to March 3, 2026, 11:00 AM UTC.</p>"
QUIET = "mastodon,hn,dns,endpoints,neutral,probe"  # so that hours pass quickly


async def test_work_in_microsofts_message_center_goes_out_changes_and_is_cancelled_with_its_source(tmp_path):
    async with open_world(tmp_path, SOURCES_OFF=QUIET, IMPORT_PLANNED="send", **ROLES) as world:
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        world.graph.plans(text=WORK.format(hour=8))
        await world.advance(minutes=17)  # messages are asked for every quarter of an hour
        told = Told(world, KOLKATA)
        assert [title.partition(": ")[0] for title in told.titles] == ["Planned work, scheduled"]
        assert "MC9000001" in read(told.card)
        assert "Tue, 3 Mar 2026, 08:30 (UTC+0)" in read(told.card)

        world.graph.messages.clear()
        world.graph.plans(text=WORK.format(hour=9))
        await world.advance(minutes=17)
        told = Told(world, KOLKATA)
        assert "Tue, 3 Mar 2026, 09:30 (UTC+0)" in read(told.card)
        assert [word.partition(":")[0] for word in told.words] == ["Reminder", "Changed"]

        world.graph.messages.clear()
        await world.advance(minutes=17)
        told = Told(world, KOLKATA)
        assert told.titles[-1].startswith("Planned work, cancelled: ")
        assert len(told.posts) == 1


@pytest.fixture
async def github(tmp_path):
    """A bot that follows GitHub's status page, where nothing is planned yet."""
    async with open_world(tmp_path, start=False, SOURCES_OFF=f"graph,{QUIET}", **ROLES) as world:
        page = StatuspageReplica(world.clock)
        await page.start()
        world.environment["NOTJUSTYOU_SOURCE_STATUSPAGE_GITHUB_URL"] = page.url
        world.environment["NOTJUSTYOU_IMPORT_PLANNED"] = "send"
        yield world, page
        await world.stop()
        await page.stop()


async def test_work_on_a_followed_status_page_goes_out_by_itself_at_its_times(github):
    world, page = github
    await world.start()
    await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
    page.plans(begins=timedelta(minutes=30))
    await world.advance(minutes=3)
    assert Told(world, KOLKATA).titles == ["Planned work, scheduled: Database work"]
    assert "Concerns: github." in read(Told(world, KOLKATA).card)
    assert "Teams may not open" not in read(Told(world, KOLKATA).card)

    await world.advance(minutes=30)
    assert Told(world, KOLKATA).titles[-1] == "Planned work, in progress: Database work"


async def test_work_on_a_followed_status_page_waits_as_a_draft_that_can_be_sent(github):
    world, page = github
    world.environment["NOTJUSTYOU_IMPORT_PLANNED"] = "draft"
    await world.start()
    await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
    page.plans(begins=timedelta(hours=2))
    await world.advance(minutes=3)
    assert not Told(world, KOLKATA).posts

    ann = Author(world)
    listed = read(await ann.writes("announcements"))
    assert "Planned work, draft" in listed
    which = listed.partition(": Planned work, draft")[0][-8:]
    await ann.presses(f"announce.open.{which.lower()}")
    await ann.presses("announce.edit")
    await ann.presses("announce.times")
    await ann.presses("announce.preview")
    await ann.saves()
    await world.advance(seconds=5)
    assert Told(world, KOLKATA).titles == ["Planned work, scheduled: Database work"]
    assert "Concerns: github." in read(Told(world, KOLKATA).card), "and it never becomes work on Teams"


async def test_work_that_is_in_progress_is_told_another_way_when_teams_fails(tmp_path):
    hook = HookReplica()
    await hook.start()
    try:
        ways = f"ops = {hook.address('ops')}"
        async with open_world(tmp_path, FALLBACKS=ways, SOURCES_OFF=f"graph,{QUIET}", **ROLES) as world:
            names = tuple(f"19:{number}@thread.tacv2" for number in range(4))
            await subscribe(world, *names, language="en")
            ann = Author(world)
            soon = {"from_date": "2026-03-02", "to_date": "2026-03-02", "from_time": "09:05", "to_time": "12:00"}
            await ann.fills(times=soon)
            which = read(await ann.saves()).split("Its reference is ")[1][:8]
            await world.advance(minutes=2)
            assert {len(Told(world, name).posts) for name in names} == {1}
            assert hook.arrived == []

            world.teams.fails[""] = refusal(500, "ServiceError")
            await world.advance(minutes=6)
            (told,) = hook.arrived
            said = f"{told['title']}\n{told['message']}"
            assert "Telephony moves" in said
            assert which in said
            assert "It has begun" in said

            world.teams.fails.clear()
            await world.advance(minutes=12)
            assert len(hook.arrived) == 1, "once"
            for name in names:
                assert Told(world, name).titles[-1] == "Planned work, in progress: Telephony moves"
    finally:
        await hook.stop()
