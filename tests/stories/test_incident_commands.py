"""Somebody at a terminal looks at an incident: what happened when, who was told of it, words ready to be used."""

import csv
import io
from datetime import timedelta

import pytest

from bot.domain.conversation import Scope
from bot.domain.delivery import Notification, NotificationId, Subject
from bot.domain.incident import Acknowledged, Change, Level, Official, Stage
from bot.store import deliveries, notifications
from bot.store.deliveries import Owed
from tests.teams.activities import ANN, BEN
from tests.terminal import Terminal
from tests.trouble import Trouble, subscribe
from tests.world import open_world

pytestmark = pytest.mark.slow  # minutes and hours of an outage pass

MINUTE = timedelta(minutes=1)
KEYS = {"id", "service", "feature", "state", "opened_at", "closed_at", "alert_at", "official_at", "drill"}
LINE = {"destination", "state", "wants", "sent", "due", "attempts", "error", "at"}


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, LANGUAGE="de") as opened:
        yield opened


@pytest.fixture
def trouble(world):
    return Trouble(world)


async def typed(world, *argv, **settings):
    """What a command prints on the machine on which the bot runs."""
    screen = Terminal(
        folder=None, status=world.status, web=world.web, mastodon=world.mastodon, hn=world.hn, env=world.environment
    )
    return await screen.types(*argv, **settings)


async def told_of(world, trouble):
    """An incident from its first evidence to its end, told to two channels and a chat.

    Its moments lie back, so that nobody judges the calm of this world meanwhile.
    """
    await subscribe(world, "19:sales", "19:plant")
    await subscribe(world, "a:1ann", scope=Scope.PERSONAL)
    began = world.clock.now() - 40 * MINUTE
    await trouble.opens(
        level=Level.DOWN, opened_at=began + MINUTE, first_evidence_at=began, alert_at=began + MINUTE, since=began,
        confirmed_at=began + 5 * MINUTE,
    )  # fmt: skip
    said = began + 12 * MINUTE
    official = Official(key="TM1234567", text="Users can't sign in | at all", said_at=said, since=began)
    await trouble.goes_on(Change.FACTS, official=official, official_at=said)
    await trouble.goes_on(Change.RECOVERING, stage=Stage.RECOVERING, recovering_at=began + 32 * MINUTE)
    await trouble.ends()
    return trouble.incident


async def test_incidents_are_listed_newest_first_while_the_bot_runs(world, trouble):
    first = await told_of(world, trouble)
    await world.advance(hours=1)
    await trouble.opens()
    told = await typed(world, "incidents", "--json")
    assert (told.code, [one["id"] for one in told.json]) == (0, [trouble.incident.id, first.id])
    assert all(set(one) >= KEYS for one in told.json)
    assert [one["state"] for one in told.json] == ["confirmed", "over"]
    assert told.json[1]["official_at"] == first.official_at.isoformat()
    assert told.json[0]["closed_at"] is None
    assert [one["id"] for one in (await typed(world, "incidents", "--limit", "1", "--json")).json] == [
        trouble.incident.id
    ]
    assert len((await typed(world, "incidents", "--all", "--plain")).out.splitlines()) == 2
    assert first.id in (await typed(world, "incidents")).out


async def test_without_any_incident_that_is_said(world):
    assert (await typed(world, "incidents")).out == "There was no incident.\n"
    assert (await typed(world, "incidents", "--json")).json == []
    told = await typed(world, "incident", "ABC")
    assert (told.code, told.out) == (2, "")
    assert "There was none." in told.err


async def test_an_unknown_id_names_the_last_ones(world, trouble):
    known = await told_of(world, trouble)
    for command in ("incident", "deliveries"):
        told = await typed(world, command, "NOSUCH")
        assert told.code == 2
        assert known.id in told.err


async def test_the_time_line_sets_what_we_saw_against_what_was_published(world, trouble):
    known = await told_of(world, trouble)
    told = await typed(world, "incident", known.id.lower(), "--json")
    assert told.code == 0
    assert set(told.json) >= KEYS
    assert told.json["measured"]["alert_took_s"] == 60
    assert told.json["measured"]["ahead_s"] > 600, "our alert came before Microsoft's word"
    assert told.json["measured"]["lasted_s"] > 1800
    assert [step["change"] for step in told.json["steps"]] == ["confirmed", "facts", "recovering", "over"]
    assert told.json["official"]["id"] == "TM1234567"
    plain = (await typed(world, "incident", known.id)).out
    assert f"id: {known.id}" in plain
    assert "step: " in plain


async def test_a_report_is_markdown_in_the_organisations_language_or_another(world, trouble):
    known = await told_of(world, trouble)
    ours = (await typed(world, "incident", known.id, "--report")).out
    english = (await typed(world, "incident", known.id, "--report", "--language", "en")).out
    for text, language in ((ours, "de"), (english, "en")):
        assert text.startswith("# ")
        assert world.words("report.official", language) in text
        assert "TM1234567" in text
        assert "sign in" in text
    assert ours != english
    told = await typed(world, "incident", known.id, "--report", "--json")
    assert told.json["report"].startswith("# ")
    assert (await typed(world, "incident", known.id, "--report", "--language", "tlh")).code == 2


@pytest.mark.parametrize("use", ["phone", "sms", "mail", "intranet"])
async def test_words_are_ready_for_each_use(world, trouble, use):
    known = await told_of(world, trouble)
    told = await typed(world, "incident", known.id, "--text", use)
    assert told.code == 0
    assert known.id in told.out
    ready = (await typed(world, "incident", known.id, "--text", use, "--json")).json["text"]
    assert ready["use"] == use
    assert all(len(part) <= 160 for part in ready["parts"] if use == "sms")
    assert bool(ready["subject"]) is (use == "mail")


async def test_a_report_while_it_lasts_knows_who_has_acknowledged_it(world, trouble):
    await trouble.opens()
    now = world.clock.now()
    known = Acknowledged(by_role="helpdesk", at=now, next_word_at=now + 30 * MINUTE)
    await trouble.goes_on(Change.ACKNOWLEDGED, acknowledged=known, next_word_at=known.next_word_at)
    told = (await typed(world, "incident", trouble.incident.id, "--json")).json
    assert told["acknowledged"] == {
        "by_role": "helpdesk", "at": now.isoformat(), "next_word_at": known.next_word_at.isoformat(),
    }  # fmt: skip
    assert told["next_word_at"] == known.next_word_at.isoformat()
    assert told["closed_at"] is None
    report = (await typed(world, "incident", trouble.incident.id, "--report", "--language", "en")).out
    assert "\n- IT knows" in report
    assert "overdue" in report, "this machine's clock is months ahead of the story's"


async def test_deliveries_tell_each_destination_and_how_far_it_is(world, trouble):
    known = await told_of(world, trouble)
    lines = (await typed(world, "deliveries", known.id, "--json")).json
    assert all(set(line) >= LINE for line in lines)
    cards = {line["destination"]: line for line in lines if line["part"] == "card"}
    assert set(cards) == {"19:sales", "19:plant", "a:1ann"}
    for line in cards.values():
        assert line["sent"] == line["wants"]
        assert line["state"] in ("edited", "done")
        assert line["at"]
    steps = [line["step"] for line in lines if line["part"] == "step" and line["destination"] == "19:sales"]
    assert steps[-1] == "over"
    table = (await typed(world, "deliveries", known.id, "--plain")).out.splitlines()
    assert len(table) == len(lines)


async def test_what_was_told_beside_the_card_is_listed_too(world, trouble):
    known = await told_of(world, trouble)
    now = world.clock.now()
    async with world.parts.store.transaction() as db:
        back = await notifications.want(
            db,
            Notification(
                id=NotificationId(""), subject=Subject.BACK, about=f"{known.id}.1", tenant=known.tenant, revision=1,
                made_at=now, final=True,
            ),
            now=now,
        )  # fmt: skip
        await deliveries.owe(db, back, [Owed(destination="=HYPERLINK(1)", due=now)])
    lines = (await typed(world, "deliveries", known.id, "--json")).json
    assert {line["subject"] for line in lines} == {"incident", "back"}
    told = (await typed(world, "deliveries", known.id, "--csv")).out
    rows = list(csv.DictReader(io.StringIO(told)))
    assert len(rows) == len(lines)
    assert rows[-1]["destination"] == "'=HYPERLINK(1)", "no spreadsheet runs it"
    assert {name for name in LINE} <= set(rows[0])


# ---------------------------------------------------------------- the same in the chat


@pytest.fixture
async def desk(tmp_path):
    async with open_world(tmp_path, HELPDESK=ANN["aadObjectId"]) as opened:
        yield opened


async def test_the_help_desk_reads_incidents_and_who_was_told_in_the_chat(desk):
    trouble = Trouble(desk)
    for typed_words in ("incidents", "deliveries"):
        assert desk.words("telling.none", "en") in (await desk.says(typed_words)).text
    known = await told_of(desk, trouble)
    listed = await desk.says("incidents")
    assert known.id in listed.text
    told = await desk.says(f"deliveries {known.id.lower()}")
    assert desk.words("deliveries.title_of", "en", id=known.id) in told.text
    assert "19:sales" in told.text
    assert known.id in (await desk.says("deliveries")).text, "the newest"
    unknown = await desk.says("deliveries NOSUCH")
    assert known.id in unknown.text
    in_german = await desk.says("zeige Störungen", locale="de-DE")
    assert known.id in in_german.text


async def test_ids_of_conversations_are_shown_to_the_help_desk_only_and_only_alone(desk):
    known = await told_of(desk, Trouble(desk))
    assert "19:sales" not in (await desk.says(f"deliveries {known.id}", by=BEN)).text
    in_channel = await desk.says(f"deliveries {known.id}", to="channel")
    assert "19:sales" not in in_channel.text
    assert desk.words("recorded.alone", "en") in in_channel.text
