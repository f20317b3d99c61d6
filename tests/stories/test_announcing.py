"""An announcement through its whole life, as channels read it: from the first word to the last, or to its recall."""

import pytest

from bot.domain.conversation import Scope
from tests.channels import Told, subscribe
from tests.replicas.identity import TENANT
from tests.seen import card_of
from tests.stories.announcing import BERLIN, KOLKATA, NIGHT, ROLES, WORDS, Author, deeds, read
from tests.teams.activities import ANN
from tests.world import open_world


@pytest.fixture
async def office(tmp_path):
    """Ann announces; two channels in two zones and languages want to hear of planned work."""
    async with open_world(tmp_path, **ROLES) as world:
        await subscribe(world, BERLIN, zone="Europe/Berlin", language="de")
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        yield world


async def told_of(world, times=NIGHT, **more):
    """Ann writes it, in both languages, and saves it; its reference."""
    ann = Author(world)
    await ann.fills(times=times | more, german=True)
    which = read(await ann.saves()).split("Its reference is ")[1][:8]
    await world.advance(seconds=5)
    return ann, which


async def until(world, day, hour, minute=1):
    """Time passes up to this moment of March, on the clock of UTC."""
    now = world.clock.now()
    await world.sleeps(seconds=(now.replace(day=day, hour=hour, minute=minute, second=0) - now).total_seconds())
    await world.advance(seconds=5)


async def test_it_is_one_card_per_channel_from_the_first_word_to_the_last(office):
    await told_of(office)
    german, english = Told(office, BERLIN), Told(office, KOLKATA)
    assert german.titles == ["Geplante Arbeiten, geplant: Telefonie zieht um"]
    assert english.titles == ["Planned work, scheduled: Telephony moves"]
    assert "{{DATE(2026-03-07T21:00:00Z,SHORT)}} {{TIME(2026-03-07T21:00:00Z)}}" in german.card.text
    assert "Sat, 7 Mar 2026, 22:00 (UTC+1) to Sun, 8 Mar 2026, 02:00 (UTC+1), Europe/Berlin" in read(english.card)

    await until(office, 6, 21)
    await until(office, 7, 20)
    assert Told(office, KOLKATA).titles[-1] == "Planned work, coming soon: Telephony moves"
    await until(office, 7, 21)
    assert Told(office, KOLKATA).titles[-1] == "Planned work, in progress: Telephony moves"

    ended = Told(office, BERLIN)
    assert [len(ended.posts), len(Told(office, KOLKATA).posts)] == [1, 1]
    assert [word.partition(":")[0] for word in ended.words] == ["Zur Erinnerung", "Zur Erinnerung", "Es hat begonnen"]


async def test_each_channels_own_clock_means_the_same_time_of_day_everywhere(office):
    await told_of(office, clockwork="channel", post_date="2026-03-07", post_time="09:00")

    await until(office, 7, 16, 31)  # 22:01 in Kolkata, 17:31 in Berlin
    assert Told(office, KOLKATA).titles[-1] == "Planned work, in progress: Telephony moves"
    assert "in progress" not in str(Told(office, BERLIN).titles)

    await until(office, 7, 21)
    assert Told(office, BERLIN).titles[-1] == "Geplante Arbeiten, läuft: Telefonie zieht um"
    assert "Asia/Kolkata" in read(Told(office, KOLKATA).card)


async def test_past_its_end_the_author_is_asked_and_extends_it_then_ends_it(office):
    ann, which = await told_of(office)
    await until(office, 7, 21)
    posted = len(office.teams.sent())
    await until(office, 8, 1)

    asked = [one for one in office.teams.sent()[posted:] if "planned to end" in str(one)]
    assert len(asked) == 1
    assert Told(office, KOLKATA).titles[-1] == "Planned work, past its planned end: Telephony moves"
    question = card_of(asked[0], "personal")

    await ann.presses("announce.extend.2", on=question)
    await office.advance(seconds=5)
    assert Told(office, KOLKATA).titles[-1] == "Planned work, in progress, takes longer: Telephony moves"
    replayed = read(await ann.presses("announce.extend.2", on=question))
    assert office.words("announce.changed_meanwhile") in replayed

    done = read(await ann.writes(f"announce over {which}"))
    await office.advance(seconds=5)
    assert office.words("announce.done_over", id=which) in done
    assert Told(office, KOLKATA).titles[-1] == "Planned work, over earlier than planned: Telephony moves"
    assert "It takes longer" in str(Told(office, KOLKATA).words)
    said = [what for _, _, what in deeds(office)]
    assert said.count("announce extend") == said.count("announce over") == 1


async def test_it_may_be_extended_to_a_moment_on_its_clock(office):
    ann, which = await told_of(office)
    await until(office, 7, 22)

    await ann.writes(f"announce extend {which}")
    await ann.presses("announce.extend_to", to_date="2026-03-08", to_time="01:00")
    assert office.words("announce.no_such_end") in read(ann.card)
    await ann.writes(f"announce extend {which}")
    await ann.presses("announce.extend_to", to_date="2026-03-08", to_time="05:00")
    await office.advance(seconds=5)

    assert "to Sun, 8 Mar 2026, 05:00 (UTC+1)" in read(Told(office, KOLKATA).card)


async def test_an_edit_changes_every_card_in_place(office):
    ann, which = await told_of(office)

    await ann.writes(f"announce edit {which}")
    await ann.presses("announce.preview", title="Telephony moves twice")
    await ann.saves()
    await office.advance(seconds=5)

    english = Told(office, KOLKATA)
    assert english.titles == [
        "Planned work, scheduled: Telephony moves", "Planned work, scheduled: Telephony moves twice",
    ]  # fmt: skip
    assert len(english.posts) == 1
    assert not english.words


async def test_an_edit_can_not_move_what_has_not_begun_into_the_past(office):
    ann, which = await told_of(office)

    await ann.writes(f"announce edit {which}")
    await ann.presses("announce.times")
    page = await ann.presses("announce.preview", from_date="2026-02-07")

    assert office.words("announce.fault.starts_in_past", field="|").split("|")[-1] in read(page)


async def test_other_times_are_said_aloud_too(office):
    ann, which = await told_of(office)

    await ann.writes(f"announce edit {which}")
    await ann.presses("announce.times")
    await ann.presses("announce.preview", from_time="23:00")
    await ann.saves()
    await office.advance(seconds=5)

    assert "Changed: Telephony moves" in str(Told(office, KOLKATA).words)
    assert "23:00 (UTC+1)" in read(Told(office, KOLKATA).card)


async def test_a_cancelled_one_says_so_on_its_card_and_is_not_told_again(office):
    ann, which = await told_of(office)

    await ann.writes(f"announce show {which}")
    await ann.presses("announce.cancel")
    await ann.presses("announce.cancel.yes")
    await office.advance(seconds=5)
    assert Told(office, KOLKATA).titles[-1] == "Planned work, cancelled: Telephony moves"
    seen = len(Told(office, KOLKATA).calls)

    await until(office, 7, 21)
    assert len(Told(office, KOLKATA).calls) == seen
    assert office.words("announce.called_off", id=which) in read(await ann.writes(f"announce cancel {which}"))


async def test_recall_marks_the_cards_as_withdrawn(office):
    ann, which = await told_of(office)

    await ann.writes(f"announce show {which}")
    await ann.presses("announce.recall")
    await ann.presses("announce.recall.edit")
    await office.advance(seconds=5)

    english = Told(office, KOLKATA)
    assert english.titles[-1] == "Planned work, withdrawn: Telephony moves"
    assert WORDS["hit"] not in english.card.text
    assert len(english.posts) == 1


async def test_recall_deletes_the_cards_where_its_author_wants_that(office):
    ann, which = await told_of(office)

    await ann.writes(f"announce recall {which} delete")
    await office.advance(seconds=5)

    for name in (BERLIN, KOLKATA):
        assert [call.method for call in Told(office, name).calls][-1] == "DELETE"


async def test_a_missing_language_is_framed_in_the_readers(office):
    ann = Author(office)
    await ann.fills()
    await ann.saves()
    await office.advance(seconds=5)

    german = Told(office, BERLIN).card
    assert "Es gibt keinen deutschen Text" in german.text
    assert WORDS["hit"] in german.text
    assert '"lang": "en"' in str(german.body).replace("'", '"')


async def test_a_notice_is_told_at_once_and_to_whom_its_author_names(office):
    await subscribe(office, "19:sales@thread.tacv2")
    ann = Author(office)
    await ann.writes()
    await ann.presses("announce.times", **WORDS, kind="notice")
    await ann.presses("announce.preview", reader="list", names=KOLKATA)
    await ann.saves()
    await office.advance(seconds=5)

    told = Told(office, KOLKATA)
    assert told.titles == ["Notice: Telephony moves"]
    assert office.words("announcement.stop.organisation") in told.card.text
    assert not Told(office, BERLIN).posts
    assert not Told(office, "19:sales@thread.tacv2").posts


async def test_a_person_who_subscribed_alone_reads_it_in_their_own_zone(office):
    await subscribe(office, "a:carl", scope=Scope.PERSONAL, zone="America/New_York", language="en")
    await told_of(office)

    assert "From Sat 7 Mar, 16:00 to Sat 7 Mar, 20:00 (America/New_York)" in read(Told(office, "a:carl").card)
    assert office.words("telling.why.personal") in Told(office, "a:carl").card.text


async def test_the_report_says_who_got_it(office):
    ann, which = await told_of(office)

    report = read(await ann.writes(f"announce report {which}"))

    assert BERLIN in report
    assert KOLKATA in report
    assert office.words("deliveries.sent") in report


async def test_a_recurring_one_comes_again_and_its_exceptions_do_not(office):
    await told_of(office, repeat="daily", every="1", **{"except": "2026-03-08"})

    for day in (7, 8, 9):
        await until(office, day, 20)
        await until(office, day, 21)
    told = "\n".join(read(card_of(call.body)) for call in Told(office, KOLKATA).posts)
    assert "Sat, 7 Mar 2026, 22:00" in told
    assert "Mon, 9 Mar 2026, 22:00" in told
    assert "On the clock of its zone: Sun, 8 Mar 2026" not in told


async def test_nobody_of_another_tenant_can_act_on_it(tmp_path):
    ours = f'announcers = "{ANN["aadObjectId"]}"'
    async with open_world(tmp_path, fabrikam=ours, **ROLES) as world:
        await subscribe(world, KOLKATA, tenant=TENANT)
        ann = Author(world)
        await ann.fills()
        which = read(await ann.saves()).split("Its reference is ")[1][:8]

        there = Author(world, to="fabrikam")
        assert world.words("announce.unknown", id=which) in read(await there.writes(f"announce cancel {which}"))
        forged = await there.sends({"v": 1, "verb": "announce.cancel.yes", "id": f"a-{which}-1"})
        assert world.words("announce.unknown_card") in read(forged)
        assert "planned" in read(await ann.writes(f"announce show {which}"))
