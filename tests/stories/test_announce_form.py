"""Writing an announcement in the chat: who may, faults, the preview, saving, two who write, a second person's yes."""

from dataclasses import replace

import pytest

from bot.domain.announcement import Draft
from bot.domain.observation import TenantId
from bot.store import announcements
from tests.cards.announcements import WORK
from tests.channels import subscribe
from tests.replicas.identity import TENANT
from tests.stories.announcing import BERLIN, KOLKATA, NIGHT, ROLES, WORDS, Author, deeds, fields, read, refusals, saved
from tests.teams.activities import ANN, BEN
from tests.world import open_world


@pytest.fixture
async def office(tmp_path):
    """Ann announces, Ben approves; two channels want to hear of planned work."""
    async with open_world(tmp_path, **ROLES, ANNOUNCE_APPROVAL_FROM="3") as world:
        await subscribe(world, BERLIN, zone="Europe/Berlin", language="de")
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        yield world


@pytest.mark.parametrize("text", ["announce", "announcements", "announce cancel 7K2M9QXZ"])
async def test_whoever_lacks_the_role_is_told_whom_to_ask(tmp_path, text):
    async with open_world(tmp_path, ADMINS=BEN["aadObjectId"], IT_CONTACT="it@contoso.example") as world:
        refused = await world.says(text)
        assert "it@contoso.example" in refused.text
        assert [role for _, role, _ in deeds(world)] == ["-"]


async def test_the_form_leads_to_a_preview_that_says_when_whom_and_how_long(office):
    ann = Author(office)

    preview = read(await ann.fills(german=True))

    assert "Sat, 7 Mar 2026, 22:00 (UTC+1) to Sun, 8 Mar 2026, 02:00 (UTC+1), Europe/Berlin" in preview
    assert "It reaches 2 conversations." in preview
    assert office.words("announce.rule.once") in preview
    assert not saved(office)


async def test_the_preview_names_languages_without_a_text(office):
    assert "No text in German: 1 conversation" in read(await Author(office).fills())


async def test_the_exact_card_of_each_language_is_one_press_away(office):
    ann = Author(office)
    await ann.fills(german=True)

    german = await ann.presses("announce.look.de")

    assert "Geplante Arbeiten, geplant: Telefonie zieht um" in read(german)
    await ann.presses("announce.preview")
    assert "Planned work, scheduled: Telephony moves" in read(await ann.presses("announce.look.en"))


async def test_saving_is_asked_once_more_and_then_planned(office):
    ann = Author(office)
    await ann.fills()

    question = read(await ann.presses("announce.save"))
    assert "It reaches 2 conversations" in question
    assert not saved(office)

    assert office.words("announce.saved", id="|").split("|")[0] in read(await ann.presses("announce.confirm"))
    assert len(saved(office)) == 1
    assert ("announcer", "announce save") in [(role, what) for _, role, what in deeds(office)]


async def test_what_was_typed_is_kept_for_another_day(office):
    ann = Author(office)
    await ann.writes()
    await ann.presses("announce.times", **WORDS)
    await office.stop()
    await office.start()

    again = await Author(office).writes()

    assert office.words("announce.draft_found") in read(again)
    assert fields(again)["hit"] == WORDS["hit"]
    put_away = await Author(office).writes()
    assert fields(put_away)["title"] == WORDS["title"]


async def test_a_new_one_takes_no_other_drafts_place(office):
    ann = Author(office)
    await ann.writes()
    await ann.presses("announce.times", **WORDS)
    (first,) = saved(office, "draft")

    second = await ann.writes("announce Mail moves")

    assert fields(second)["title"] == "Mail moves"
    assert len(saved(office, "draft")) == 2
    kept = read(second).partition("Your draft ")[2][:8]
    listed = read(await ann.writes("announcements"))
    assert f"{kept}: Planned work, draft. Telephony moves" in listed
    await ann.presses(f"announce.open.{kept.lower()}")
    assert fields(await ann.presses("announce.edit"))["hit"] == WORDS["hit"]
    assert first in saved(office, "draft")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (NIGHT | {"to_date": "2026-03-06"}, "announce.fault.end_before_start"),
        (NIGHT | {"to_date": "", "to_time": ""}, "announce.fault.no_end"),
        (NIGHT | {"from_date": "2026-02-07"}, "announce.fault.starts_in_past"),
        (NIGHT | {"zone": "Europe/Atlantis"}, "announce.wrong.zone"),
        (NIGHT | {"reader": "list", "names": ""}, "announce.fault.empty_audience"),
        (NIGHT | {"reader": "list", "names": "19:nowhere"}, "announce.no_readers"),
        (NIGHT | {"repeat": "daily", "except": "never"}, "announce.wrong.days"),
        (NIGHT | {"repeat": "daily", "until": "2026-03-06"}, "announce."),
        (NIGHT | {"repeat": "daily", "to_date": "2026-03-09"}, "announce.fault.windows_overlap"),
        (NIGHT | {"post_date": "2026-03-08", "post_time": "12:00"}, "announce.fault.posted_after_start"),
        (NIGHT | {"from_time": "half past"}, "announce.wrong.clock"),
    ],
)
async def test_what_is_wrong_is_named_on_its_page_and_nothing_typed_is_lost(office, typed, said):
    ann = Author(office)
    await ann.writes()
    await ann.presses("announce.times", **WORDS)

    page = await ann.presses("announce.preview", **typed)

    wanted = office.words(said, field="|", limit="|").split("|")[-1] if "fault" in said else ""
    wanted = wanted or (office.words(said) if said.count(".") > 1 or said.endswith("readers") else "")
    assert wanted in read(page)
    assert "from_date" in fields(page)
    assert fields(await Author(office).writes())["title"] == WORDS["title"]
    assert not saved(office)


async def test_thirty_thousand_characters_are_answered_clearly_and_kept(office):
    ann = Author(office)
    await ann.writes()

    page = await ann.presses("announce.times", **WORDS | {"hit": "Störung " * 3_750})

    assert "30,000 characters, at most 2,000 fit" in read(page)
    assert "Störung " * 3_000 in saved(office, "draft")[0]
    await ann.presses("announce.times", hit="Shorter.")
    assert fields(await ann.presses("announce.words"))["hit"] == "Shorter."


async def test_more_than_any_card_of_ours_sends_is_told_as_an_old_card(office):
    ann = Author(office)
    card = await ann.writes()
    for more in ({"title": "x" * 50_000}, {f"f{n}": "x" for n in range(40)}):
        answer = await ann.sends({**card.data("announce.times"), **more})
        assert office.words("teams.card_is_old") in answer.text
    assert not saved(office)


async def test_a_window_over_a_clock_change_is_previewed_in_real_time(office):
    ann = Author(office)
    over = {"from_date": "2026-03-28", "from_time": "22:00", "to_date": "2026-03-29", "to_time": "04:00"}

    preview = read(await ann.fills(times=over))

    assert "22:00 (UTC+1) to Sun, 29 Mar 2026, 04:00 (UTC+2), Europe/Berlin, 5 h in real time" in preview
    assert office.words("announce.warning.clock_change", at="|").split("|")[0] in preview


async def test_half_past_two_on_the_day_without_it_begins_at_the_first_moment_after(office):
    gap = {"from_date": "2026-03-29", "from_time": "02:30", "to_date": "2026-03-29", "to_time": "06:00"}

    preview = read(await Author(office).fills(times=gap))

    assert "Sun, 29 Mar 2026, 03:00 (UTC+2) to" in preview
    assert office.words("announce.warning.skipped", at="|").split("|")[0] in preview


async def test_a_recurring_one_is_read_back_in_words_with_its_next_five_times(office):
    weekly = NIGHT | {"repeat": "weekly", "every": "2", "days": "SA"}

    preview = read(await Author(office).fills(times=weekly))

    assert "Every 2 weeks on Saturday at 22:00." in preview
    assert preview.count("h in real time") == 5
    assert "Sat, 4 Apr 2026, 22:00 (UTC+2)" in preview


class TestForgery:
    """What a card sends is a wish: without effect, answered kindly, and noted."""

    async def test_a_page_that_is_sent_again_changes_nothing(self, office):
        ann = Author(office)
        card = await ann.writes()
        data = {**card.data("announce.times"), **fields(card), **WORDS}
        await ann.sends(data)

        again = await ann.sends(data | {"title": "Another"})

        assert office.words("announce.old_form") in read(again)
        assert refusals(office) == ["refused: announce.times"]
        assert "Another" not in saved(office, "draft")[0]

    async def test_saving_again_saves_once(self, office):
        ann = Author(office)
        await ann.fills()
        question = await ann.presses("announce.save")
        await ann.presses("announce.confirm", on=question)

        again = await ann.presses("announce.confirm", on=question)

        assert office.words("announce.already_saved") in read(again)
        assert len(saved(office)) == 1

    async def test_somebody_elses_form_is_not_mine(self, office):
        data = dict((await Author(office).writes()).data("announce.times"))
        ben = Author(office, by=BEN)

        refused = await ben.sends(data | WORDS)

        assert "announcer" in read(refused)  # Ben approves, and announces nothing
        assert not [body for body in saved(office, "draft") if WORDS["hit"] in body]
        assert refusals(office) == ["refused: announce times"]

    @pytest.mark.parametrize("row", ["a-AAAAAAAA-1", "a-list-0", "x", "a-7K2M9QXZ", "a--"])
    async def test_a_row_that_nobody_was_given_opens_nothing(self, office, row):
        ann = Author(office)
        card = await ann.writes()

        answer = await ann.sends({**card.data("announce.times"), "id": row, **WORDS})

        assert office.words("announce.unknown_card") in read(answer)
        assert refusals(office)

    async def test_a_card_of_another_release_has_no_effect(self, office):
        ann = Author(office)
        card = await ann.writes()

        answer = await ann.sends({**card.data("announce.times"), "v": 2, **WORDS})

        assert office.words("announce.old_card") in read(answer)
        assert WORDS["hit"] not in saved(office, "draft")[0]

    async def test_a_form_of_another_tenant_is_not_known(self, tmp_path):
        ours = f'announcers = "{ANN["aadObjectId"]}"'
        async with open_world(tmp_path, fabrikam=ours, **ROLES) as world:
            data = dict((await Author(world).writes()).data("announce.times"))

            answer = await Author(world, to="fabrikam").sends(data | WORDS)

            assert world.words("announce.unknown_card") in read(answer)
            assert WORDS["hit"] not in saved(world, "draft")[0]


class TestTwoWhoWrite:
    """Nobody's words are lost."""

    async def test_the_second_to_save_sees_both_texts_and_may_use_their_own(self, tmp_path):
        both = f"{ANN['aadObjectId']},{BEN['aadObjectId']}"
        async with open_world(tmp_path, ANNOUNCERS=both) as office:
            await subscribe(office, BERLIN)
            ann, ben = Author(office), Author(office, by=BEN)
            await ann.fills()
            which = read(await ann.saves()).split("reference is ")[1][:8]
            for who in (ann, ben):
                await who.writes(f"announce edit {which}")
            await ann.presses("announce.preview", title="Anns title")
            await ann.saves()
            await ben.presses("announce.preview", title="Bens title")

            conflict = read(await ben.saves())

            assert "Anns title" in conflict
            assert "Bens title" in conflict
            assert "Anns title" in saved(office)[0]
            await ben.presses("announce.mine")
            await ben.saves()
            assert "Bens title" in saved(office)[0]
            assert len(saved(office)) == 1


async def test_what_others_announced_waits_as_a_draft_that_any_announcer_may_take_over(office):
    async with office.parts.store.transaction() as db:
        theirs = replace(
            WORK, tenant=TenantId(TENANT), id="", origin="graph:MC123", draft=Draft.DRAFT, services=frozenset()
        )
        which = (await announcements.save(db, theirs)).id
    ann = Author(office)

    assert f"{which}: Planned work, draft" in read(await ann.writes("announcements"))
    await ann.presses(f"announce.open.{which.lower()}")
    page = await ann.presses("announce.edit")

    assert fields(page)["title"] == "Teams telephony moves"
    await ann.presses("announce.preview")
    await ann.saves()
    assert len(saved(office)) == 1
    assert "announce take over" in [what for _, _, what in deeds(office)]
