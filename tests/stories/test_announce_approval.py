"""A second person's yes: asked for, given or refused, bound to what was shown, and never the author's own."""

import asyncio

import pytest

from bot.domain.announcement import Draft
from bot.domain.approving import digest
from bot.domain.observation import TenantId
from bot.store import announcements
from tests.channels import Told, subscribe
from tests.replicas.connector import refusal
from tests.replicas.identity import TENANT
from tests.seen import card_of
from tests.stories.announcing import BERLIN, KOLKATA, ROLES, WORDS, Author, deeds, fields, read, refusals, saved
from tests.stories.test_keeping import rows
from tests.teams.activities import ANN, BEN, PERSONAL
from tests.world import open_world


@pytest.fixture
async def office(tmp_path):
    """Ann announces, Ben approves; two channels want to hear of planned work."""
    async with open_world(tmp_path, **ROLES, ANNOUNCE_APPROVAL_FROM="3") as world:
        await subscribe(world, BERLIN, zone="Europe/Berlin", language="de")
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        yield world


@pytest.fixture
async def many(office):
    await subscribe(office, "19:third@thread.tacv2")
    place = {"conversation": {"conversationType": "personal", "id": "a:ben", "tenantId": TENANT}}
    await office.writes("hello", by=BEN, **place)
    await office.advance(seconds=10)
    return office


async def _asked(office):
    ann = Author(office)
    await ann.fills()
    posted = len(office.teams.sent())
    told = read(await ann.saves())
    await office.advance(seconds=2)
    return told, office.teams.sent()[posted:]


async def test_it_waits_until_somebody_else_says_yes_to_exactly_this(many):
    told, sent = await _asked(many)

    assert many.words("announce.waits", id="|").split("|")[0] in told
    assert not saved(many)
    (asked,) = sent
    card = card_of(asked, "personal")
    assert WORDS["hit"] in read(card)
    ben = Author(many, by=BEN)
    done = await ben.presses("announce.approve", on=card)
    assert many.words("announce.saved", id="|").split("|")[0] in read(done)
    assert {data["verb"] for data in done.buttons.values() if ".text." not in data["verb"]} == {"announce.list"}
    assert len(saved(many)) == 1
    assert (BEN["aadObjectId"], "approver", "announce approve") in deeds(many)
    assert many.words("announce.needs_approval") not in read(Told(many, "a:ben").card)
    await many.advance(seconds=2)
    bens, anns = Told(many, "a:ben"), Told(many, PERSONAL)
    assert [many.words("announce.decided.approved", role="|", at="").partition("|")[0] in read(bens.card)] == [True]
    assert len(bens.edits) == 1
    assert "announce.approve" not in str(bens.card.buttons)
    assert "was approved by: approver" in str(anns.posts[-1].body)


@pytest.mark.slow  # minutes pass
async def test_who_could_not_be_asked_before_the_bot_stopped_is_asked_once_after_its_start(many):
    many.teams.fails["a:ben"] = refusal(500, "ServiceError")
    await _asked(many)
    await many.stop()
    many.teams.fails.clear()
    tried = len(Told(many, "a:ben").posts)

    await many.start()
    await many.advance(minutes=6)

    posts = Told(many, "a:ben").posts[tried:]
    assert [WORDS["hit"] in read(card_of(call.body)) for call in posts] == [True]


async def test_its_author_can_not_approve_it(tmp_path):
    roles = {"ANNOUNCERS": ANN["aadObjectId"], "APPROVERS": ANN["aadObjectId"], "ANNOUNCE_APPROVAL_FROM": "1"}
    async with open_world(tmp_path, **roles) as office:
        await subscribe(office, BERLIN)
        ann = Author(office)
        await ann.fills()
        waiting = await ann.saves()
        assert office.words("announce.asked_nobody") in read(waiting)
        which = read(waiting).split("reference is ")[1][:8]
        digest = await _digest(office, which)

        refused = await ann.sends({"v": 1, "verb": "announce.approve", "id": f"a-{which}-{digest}"})

        assert office.words("announce.refused.own", id=which) in read(refused)
        assert not saved(office)
        assert "refused: announce approve" in refusals(office)


async def test_an_older_revision_is_not_approved(many):
    await _asked(many)
    which = (await _only(many)).id

    ben = Author(many, by=BEN)
    for mark in ("0123456789", "a", ""):
        await ben.sends({"v": 1, "verb": "announce.approve", "id": f"a-{which}-{mark}"})

    assert not saved(many)


async def test_who_may_approve_finds_it_in_the_list(many):
    await _asked(many)
    which = (await _only(many)).id
    ben = Author(many, by=BEN)
    await ben.sends({"v": 1, "verb": "announce.list", "id": "a-list-0"})

    opened = await ben.sends({"v": 1, "verb": f"announce.open.{which.lower()}", "id": "a-list-0"})

    assert WORDS["hit"] in read(opened)
    await ben.presses("announce.approve", on=opened)
    assert len(saved(many)) == 1


async def test_a_no_gives_it_back_to_its_author(many):
    await _asked(many)
    plan = await _only(many)

    ben = Author(many, by=BEN)
    await ben.sends({"v": 1, "verb": "announce.decline", "id": f"a-{plan.id}-{await _digest(many, plan.id)}"})

    await many.advance(seconds=2)
    assert many.words("announce.decided.declined") in read(Told(many, "a:ben").card)
    assert "was not approved" in str(Told(many, PERSONAL).posts[-1].body)
    assert len(saved(many, "draft")) == 1
    assert fields(await Author(many).writes())["title"] == WORDS["title"]


async def test_of_a_yes_and_a_no_in_the_same_moment_the_later_one_is_told_that_it_changed_nothing(many):
    await _asked(many)
    plan = await _only(many)
    row = f"a-{plan.id}-{await _digest(many, plan.id)}"
    both = [{"v": 1, "verb": f"announce.{verb}", "id": row} for verb in ("approve", "decline")]
    yes, no = map(read, await asyncio.gather(*(Author(many, by=BEN).sends(data) for data in both)))

    is_saved, late = bool(saved(many)), many.words("announce.changed_meanwhile")
    waits_no_more = many.words("announce.refused.not_waiting", id=plan.id)
    assert (late in no or waits_no_more in no) is is_saved
    assert (late in yes or waits_no_more in yes) is not is_saved
    noted = [after for (after,) in rows(many, "SELECT after FROM audit WHERE what LIKE 'announce %'")]
    assert (f"{plan.id} planned" in noted, f"{plan.id} draft" in noted) == (is_saved, not is_saved)


async def test_a_change_that_was_declined_in_the_same_moment_is_not_made(many):
    ann = Author(many)
    await _asked(many)
    plan = await _only(many)
    await _approves(many, plan.id)
    await ann.writes(f"announce edit {plan.id}")
    await ann.presses("announce.preview", title="Telephony moves twice")
    await ann.saves()
    waits = await _only(many)
    row = f"a-{waits.id}-{await _digest(many, waits.id)}"
    both = [{"v": 1, "verb": f"announce.{verb}", "id": row} for verb in ("decline", "approve")]
    no, _ = map(read, await asyncio.gather(*(Author(many, by=BEN).sends(data) for data in both)))

    (now,) = saved(many)
    assert ("Telephony moves twice" in now) is not (many.words("announce.declined", id=waits.id) in no)


async def test_a_yes_to_a_change_that_somebody_elses_overtook_gives_it_back(many):
    ann = Author(many)
    await _asked(many)
    plan = await _only(many)
    await _approves(many, plan.id)
    for title in ("Telephony moves twice", "Telephony moves away"):
        await ann.writes(f"announce edit {plan.id}")
        await ann.presses("announce.preview", title=title)
        await ann.saves()
        await many.advance(seconds=2)
    async with many.parts.store.reading() as db:
        first, second = await announcements.recent(db, TenantId(TENANT), drafts=(Draft.WAITING,))
    await _approves(many, first.id)
    late = await _approves(many, second.id)
    assert many.words("announce.approved_in_vain", id=plan.id) in read(late)
    await many.advance(seconds=2)
    assert len(saved(many, "waiting")) == 0
    assert "was not approved" in str(Told(many, PERSONAL).posts[-1].body)

    await ann.writes(f"announce edit {plan.id}")
    await ann.presses("announce.preview", title="Telephony moves on")
    await ann.saves()
    (third,) = [await _only(many)]
    await ann.writes(f"announce cancel {plan.id}")
    gone = await _approves(many, third.id)
    assert many.words("announce.called_off", id=plan.id) in read(gone)
    assert len(saved(many, "waiting")) == 0


async def test_a_change_made_from_one_that_waits_changes_the_same_announcement(many):
    ann = Author(many)
    await _asked(many)
    plan = await _only(many)
    await _approves(many, plan.id)
    await many.advance(seconds=2)
    await ann.writes(f"announce edit {plan.id}")
    await ann.presses("announce.preview", title="Telephony moves twice")
    await ann.saves()
    waits = await _only(many)
    await ann.writes(f"announce edit {waits.id}")
    assert f"This changes {plan.id}" in read(await ann.presses("announce.preview", title="Telephony moves on"))
    await _approves(many, read(await ann.saves()).split("Its reference is ")[1][:8])
    await many.advance(seconds=2)

    told = Told(many, KOLKATA)
    assert told.titles == [f"Planned work, scheduled: {title}" for title in (WORDS["title"], "Telephony moves on")]
    assert len(told.posts) == 1, "one card"
    assert many.words("announce.approved_in_vain", id=plan.id) in read(await _approves(many, waits.id))


async def test_a_yes_after_the_end_tells_that_nobody_would_hear_of_it(many):
    await _asked(many)
    plan = await _only(many)
    await many.sleeps(days=6)
    await many.advance(seconds=2)

    late = await _approves(many, plan.id)

    assert many.words("announce.approved_too_late", id=plan.id) in read(late)
    assert len(saved(many, "draft")) == 1


async def _approves(world, which):
    """Ben's yes to how it stands now."""
    row = f"a-{which}-{await _digest(world, which)}"
    return await Author(world, by=BEN).sends({"v": 1, "verb": "announce.approve", "id": row})


async def _only(world):
    async with world.parts.store.reading() as db:
        (plan,) = await announcements.recent(db, TenantId(TENANT), drafts=(Draft.WAITING,))
    return plan


async def _digest(world, which):
    async with world.parts.store.reading() as db:
        plan = await announcements.get(db, which)
    return digest(plan)[:10]
