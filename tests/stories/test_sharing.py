"""Many people read one card: what they share, what stays with each of them, and what no other organisation sees."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.store import answers
from tests.replicas.faults import Fault
from tests.replicas.identity import TENANT
from tests.replicas.web_targets import BROKEN, DOORS
from tests.teams.activities import ANN, BEN, CHANNEL
from tests.world import CROWD_TOKEN, FABRIKAM, IDS, open_world, person

MAC = [{"type": "clientInfo", "platform": "Mac", "country": "AT", "timezone": "Europe/Vienna", "locale": "en-GB"}]


@pytest.fixture
async def calm(tmp_path):
    """A busy report site says that all is quiet outside, so that what colleagues say is their own."""
    settings = {"SOURCE_DOWNDETECTOR_TOKEN": CROWD_TOKEN, "SITES": "Berlin,Hamburg"}
    async with open_world(tmp_path, fabrikam="", **settings) as world:
        world.crowd.usual, world.crowd.reports = 40, 38
        await world.advance(minutes=10)
        yield world


def headline(world, outcome):
    """What a card with this verdict says first."""
    return world.words(f"verdict.{outcome}", "en", service="Microsoft Teams")


async def have_it_too(world, card, people):
    """They press, one after the other; what the last of them sees."""
    for number in people:
        seen = await world.presses("me_too", on=card, by=person(number))
    return seen


async def nothing_tells(world):
    """No source can be read that speaks of others: only an asker's own test can tell."""
    world.status.fault = world.mastodon.fault = Fault.SERVER_ERROR
    await world.advance(minutes=10)


@pytest.mark.parametrize("place", ["group", "channel"])
async def test_who_asks_makes_no_difference_to_the_card_that_all_read(tmp_path, place):
    async with open_world(tmp_path, HELPDESK=ANN["aadObjectId"]) as world:
        await nothing_tells(world)
        mine = await world.says("nothing loads in Teams", by=ANN)
        mine = await world.presses("test.no", on=mine, by=ANN)
        assert headline(world, "your_network") in mine.text
        anns = await world.says("nothing loads in Teams", by=ANN, to=place, entities=[*MAC])
        bens = await world.says("nothing loads in Teams", by=BEN, to=place)
        assert anns.text == bens.text
        assert [data["verb"] for data in anns.buttons.values()] == [data["verb"] for data in bens.buttons.values()]
        assert headline(world, "your_network") not in anns.text


@pytest.mark.parametrize("place", ["group", "channel"])
async def test_a_personal_answer_stays_with_the_person_who_gave_it(world, place):
    await nothing_tells(world)
    shared = await world.says("nothing loads in Teams", to=place)
    chosen = await world.presses("client.web", on=shared, by=ANN)
    assert "Noted where it fails: browser" in chosen.text
    mine = await world.presses("test.no", on=chosen, by=ANN)
    assert "other sites do not open" in mine.text
    assert headline(world, "your_network") in mine.text
    await have_it_too(world, shared, [1])  # so that the card is edited at all
    await world.advance(minutes=2)
    edited = world.edits(place)[-1]
    bens = await world.presses("again", on=shared, by=BEN)
    for others in (edited, bens):
        assert headline(world, "fine") in others.text
        assert not any(said in others.text for said in ("other sites do not open", "Where it fails for you"))


async def test_without_news_for_all_no_press_edits_the_card(world):
    await nothing_tells(world)
    shared = await world.says("nothing loads in Teams", to="channel")
    for verb in ("test.no", "client.mac", "more_steps", "still_broken", "tell_it", "again"):
        data = {"v": 1, "verb": verb, "id": shared.data("again")["id"]}
        status, _ = await world.invoke(data, to="channel")
        assert status == 200
    await world.advance(minutes=2)
    assert world.edits("channel") == []


async def test_a_new_verdict_reaches_the_card_of_all_before_anybody_presses(world):
    shared = await world.says("is Teams down?", to="channel")
    world.web.says(BROKEN, *DOORS)
    world.status.down()
    await world.advance(minutes=20)
    edits = world.edits("channel")
    assert 1 <= len(edits) <= 3
    assert "is down" in edits[-1].summary
    again = await world.presses("again", on=shared, by=BEN)
    assert "still down" in again.text.splitlines()[0]


async def test_two_who_press_at_once_are_both_counted_and_cost_one_edit(calm):
    shared = await calm.says("teams wont load", to="channel")
    await asyncio.gather(*(calm.presses("me_too", on=shared, by=one) for one in (ANN, BEN)))
    await calm.advance(seconds=30)
    assert len(calm.edits("channel")) == 1
    assert "2 people here have it too" in calm.edits("channel")[0].text


async def test_a_crowd_that_presses_at_once_is_counted_to_the_last_and_costs_a_handful_of_edits(calm):
    shared = await calm.says("teams wont load", to="channel")
    for _ in range(3):  # some press again and again
        await asyncio.gather(*(calm.presses("me_too", on=shared, by=person(number)) for number in range(40)))
        await calm.advance(seconds=10)
    await calm.advance(seconds=30)
    assert "40 people here have it too" in calm.edits("channel")[-1].text
    assert len(calm.edits("channel")) <= 2


async def test_a_card_that_cannot_be_drawn_keeps_no_other_waiting(calm):
    """A row of a release that knew a service which this one does not."""
    shared = await calm.says("teams wont load", to="channel")
    await calm.advance(seconds=1)
    async with calm.parts.store.transaction() as db:
        row = await answers.get(db, shared.data("again")["id"], TenantId(TENANT), CHANNEL)
        await answers.add(db, replace(row, id="of-another-release", service=ServiceId("gone"), activity="1"))
        await answers.mark_dirty(db, "of-another-release")
    await have_it_too(calm, shared, [1])
    with capture_logs() as lines:
        await calm.advance(seconds=35)
    assert ["1 person here has it too" in edit.text for edit in calm.edits("channel")] == [True]
    assert len([line for line in lines if line["event"] == "job failed"]) <= 2, "it is tried again after the pause only"


async def test_a_person_counts_once_in_a_quarter_of_an_hour_and_then_no_more(calm):
    shared = await calm.says("teams wont load", to="channel")
    seen = await have_it_too(calm, shared, [1, 1, 1])
    assert "1 person here has it too" in seen.text
    await calm.advance(minutes=10)
    seen = await have_it_too(calm, shared, [2])
    assert "2 people here have it too" in seen.text
    await calm.advance(minutes=6)
    again = await calm.presses("again", on=shared, by=BEN)
    assert "1 person here has it too" in again.text, "the first one pressed 16 minutes ago"
    await calm.advance(minutes=10)
    again = await calm.presses("again", on=shared, by=BEN)
    assert "has it too" not in again.text
    seen = await have_it_too(calm, shared, [1])
    assert "1 person here has it too" in seen.text


async def test_colleagues_at_several_sites_make_it_the_organisations_trouble(calm):
    cards = []
    for place, site in (("channel", "Berlin"), ("group", "Hamburg")):
        await calm.says(f"site {site}", to=place)
        cards.append(await calm.says("teams wont load", to=place))
    await have_it_too(calm, cards[0], [1, 2, 3])
    seen = await have_it_too(calm, cards[1], [4, 5])
    assert headline(calm, "your_org") in seen.text
    assert calm.words("reason.colleagues_only") in seen.text
    assert "Berlin" in seen.text
    assert "Hamburg" in seen.text
    assert headline(calm, "your_org") in (await calm.says("teams wont load")).text
    for stranger in (await calm.says("is Teams down?", to="fabrikam"), await calm.page("/?q=is+Teams+down")):
        text = stranger[1] if isinstance(stranger, tuple) else stranger.text
        assert headline(calm, "fine") in text
        assert "Hamburg" not in text
        assert "have it too" not in text


async def test_colleagues_at_one_site_only_make_it_that_sites_network(calm):
    await calm.says("site Berlin", to="channel")
    shared = await calm.says("teams wont load", to="channel")
    seen = await have_it_too(calm, shared, [1, 2, 3, 4, 5])
    assert headline(calm, "your_network") in seen.text
    assert calm.words("reason.one_site_only", site="Berlin") in seen.text
    assert headline(calm, "fine") in (await calm.says("is Teams down?", to="fabrikam")).text


async def test_a_country_is_no_site(calm):
    shared = await calm.says("teams wont load", to="channel")  # all their programs are set to Germany
    seen = await have_it_too(calm, shared, [1, 2, 3, 4, 5])
    assert headline(calm, "your_org") in seen.text
    assert "DE: 5 people" in seen.text


async def test_the_site_is_asked_by_one_tap_where_nothing_tells_it(calm):
    shared = await calm.says("teams wont load", to="channel")
    asked = await calm.presses("me_too", on=shared, by=person(7), entities=[])
    sites = {title: data["verb"] for title, data in asked.buttons.items()}
    assert sites == {"Berlin": "site.0", "Hamburg": "site.1"}
    for number in (7, 7, 8):
        counted = await calm.presses("site.1", on=asked, by=person(number), entities=[])
    assert "2 people here have it too" in counted.text
    await have_it_too(calm, shared, [1, 2, 3])
    told = await calm.says("teams wont load")
    assert "Hamburg: 2 people" in told.text
    beyond = {**asked.data("site.1"), "verb": "site.9"}
    status, answer = await calm.invoke(beyond, to="channel", entities=[], by=person(9))
    assert (status, "5 people" in str(answer)) == (200, True), "a place that is not on the list counts nobody"


def secret(text, **parts):
    """Something that only one organisation knows."""
    now = parts.pop("now")
    return Observation(
        source=SourceId("graph"), kind=Kind.OFFICIAL_TENANT, origin="microsoft", key=text, service=ServiceId("teams"),
        health=Health.DOWN, seen_at=now, said_at=now, since=now, until=now + timedelta(hours=1),
        tenant=TenantId(TENANT), text=f"{text} is affected", link=f"https://admin.microsoft.com/{text}",
        region=text, **parts,
    )  # fmt: skip


async def test_no_byte_of_one_organisation_reaches_another(calm):
    """Contoso has an incident of its own, sites and reports; Fabrikam presses and asks all it can, and sees none."""
    marks = ["TM9999999", "Oberwesel", "Q7Q7"]
    calm.parts.board.put(SourceId("graph"), TenantId(TENANT), [secret("TM9999999", now=calm.clock.now())])
    await calm.says("site Oberwesel Q7Q7", to="channel")
    shared = await calm.says("teams wont load", to="channel")
    seen = await have_it_too(calm, shared, range(1, 8))
    assert all(mark in json.dumps(seen.body) for mark in marks), "Contoso itself sees them"
    row = shared.data("again")["id"]
    heard = []
    for text in ("is Teams down?", "teams wont load", "calls drop", "help", "whoami", "site", "AADSTS50126 at sign in"):
        card = await calm.says(text, to="fabrikam")
        heard.append(card)
        heard += [await calm.presses(data["verb"], on=card) for data in card.buttons.values()]
    for verb in ("again", "me_too", "site.0", "test.no", "more_steps", "still_broken", "tell_it", "fixed"):
        _, stolen = await calm.invoke({"v": 1, "verb": verb, "id": row}, to="fabrikam")
        assert calm.words("note.card_unknown", "en") in str(stolen)
        heard.append(stolen)
    heard += [await calm.page(path) for path in ("/", "/?q=is+Teams+down", "/healthz", "/readyz", "/metrics")]
    heard.append([call.body for call in calm.teams.arrived if call.conversation == IDS["fabrikam"]])
    for one in heard:
        said = str(one)
        assert not any(mark in said for mark in marks), said
        assert TENANT not in said
        assert "7 people" not in said
        assert "8 people" not in said
    again = await calm.presses("again", on=shared)
    assert "7 people here have it too" in again.text, "nor did Fabrikam's presses count"


async def test_the_same_person_in_two_organisations_counts_in_each_on_their_own(calm):
    ours = await calm.says("teams wont load", to="channel")
    theirs = await calm.says("teams wont load", to="fabrikam")
    for card in (ours, theirs):
        assert "1 person here has it too" in (await calm.presses("me_too", on=card, by=ANN)).text
    assert FABRIKAM not in str(ours.body)
