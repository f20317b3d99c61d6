"""Nobody has to ask: trouble is told in one card that stays true, and whoever was told wrong hears it."""

from datetime import time, timedelta

import pytest

from bot.domain.conversation import Scope
from bot.domain.incident import Level
from bot.domain.subscription import QuietHours, Wish
from bot.store import subscriptions
from tests.channels import Told, known, subscribe
from tests.replicas.faults import Fault
from tests.replicas.identity import TENANT
from tests.seen import card_of
from tests.teams.activities import ANN, CHANNEL, GROUP, PERSONAL
from tests.world import CROWD_TOKEN, open_world, person

pytestmark = pytest.mark.slow  # hours and days pass in these stories

SALES, HELP = "19:sales@thread.tacv2", "19:help@thread.tacv2"
SOON = {"RECOVER_HOLD_S": "60"}
OFFICIAL = {"SOURCES_OFF": "mastodon,hn,dns,endpoints,neutral,probe", **SOON}  # only Microsoft: so that time flies
TEAMS = "Microsoft Teams"


@pytest.fixture
async def official(tmp_path):
    """Microsoft speaks, and a channel listens."""
    async with open_world(tmp_path, **OFFICIAL) as world:
        await subscribe(world, SALES)
        await world.advance(minutes=1)
        yield world


async def test_an_outage_is_one_card_in_its_channel_from_signs_to_all_clear(tmp_path):
    few = {"SOURCES_OFF": "mastodon,hn,dns,endpoints,neutral,probe", "SOURCE_DOWNDETECTOR_TOKEN": CROWD_TOKEN}
    async with open_world(tmp_path, **few, **SOON) as world:
        await subscribe(world, SALES)
        await subscribe(world, HELP, helpdesk=True)
        await world.advance(minutes=2)
        world.crowd.spikes()
        await world.advance(minutes=2)
        assert len(Told(world, HELP).posts) == 1, "the help desk hears of early signs"
        assert Told(world, SALES).calls == []
        await world.advance(minutes=6)
        world.graph.opens()
        await world.advance(minutes=6)
        world.crowd.calms_down()
        world.graph.closes("TM9000002")
        await world.advance(minutes=40)
        for place in (SALES, HELP):
            told = Told(world, place)
            assert len(told.posts) == 1
            assert told.words[-1].startswith(f"Over: {TEAMS} works again")
            assert len(told.calls) <= 10
        assert [title.partition(":")[2].partition(" (")[0].strip() for title in Told(world, SALES).titles] == [
            "trouble",
            "recovering, being watched",
            "over",
        ]
        assert len(Told(world, SALES).words) == 1
        assert Told(world, HELP).words[0].startswith("Confirmed")


async def test_microsofts_word_is_in_the_channel_within_75_seconds(official):
    official.status.down()
    until = official.clock.now() + timedelta(seconds=75)
    while official.clock.now() < until and not Told(official, SALES).posts:
        await official.advance(seconds=5)
    assert len(Told(official, SALES).posts) == 1


async def test_a_promised_word_is_an_edit_even_without_news(official):
    official.status.down()
    await official.advance(minutes=2)
    before = Told(official, SALES)
    await official.advance(minutes=32)
    after = Told(official, SALES)
    assert len(after.posts) == 1
    assert len(after.edits) > len(before.edits)
    assert after.words == before.words, "an edit makes no noise"
    assert "next word by" in after.card.text.lower()


async def test_who_was_told_that_all_is_fine_hears_once_that_this_was_wrong_and_their_card_shows_it(official):
    alone = await official.says("is Teams down?")
    in_public = await official.says("is Teams down?", to="channel")
    assert "is down" not in alone.summary + in_public.summary
    official.status.down()
    await official.advance(minutes=4)
    for place, where in (("personal", PERSONAL), ("channel", CHANNEL)):
        edits = official.edits(place)
        assert len(edits) == 1
        assert "down" in edits[0].summary
        wrong = [call for call in Told(official, where).calls if "I was wrong at" in str(call.body)]
        assert len(wrong) == 1
    (in_thread,) = [call for call in Told(official, CHANNEL).replies if "I was wrong at" in str(call.body)]
    assert in_thread.conversation.partition(";messageid=")[2], "where it had been said"
    official.status.calm()
    await official.advance(minutes=15)
    official.status.down()
    await official.advance(minutes=5)
    assert sum("I was wrong at" in str(call.body) for call in official.teams.arrived) == 2, "once"


async def test_five_colleagues_make_it_the_organisations_trouble_which_its_help_desk_tells_first(tmp_path):
    async with open_world(tmp_path, HELPDESK=ANN["aadObjectId"], HELPDESK_CHANNELS=GROUP) as world:
        await world.says("whoami", to="group")
        await subscribe(world, SALES)
        card = await world.says("is Teams down?", to="channel")
        await world.advance(minutes=1)
        for number in range(5):
            await world.presses("me_too", on=card, by=person(number), to="channel")
        await world.advance(minutes=6)
        ((incident, _),) = await known(world)
        assert incident.reach == "organisation"
        assert await known(world, None) == []
        asked = [call for call in Told(world, GROUP).posts if incident.id in str(call.body)]
        read = card_of(asked[0].body, "group").text
        assert "DE: 5 reports." in read.splitlines()
        assert "How sure we are" not in read, "of the service's own trouble; this is ours"
        assert Told(world, SALES).calls == [], "not before somebody there has acknowledged it"
        await world.presses("ack", on=card_of(asked[0].body, "group"), to="group")
        await world.advance(minutes=1)
        assert len(Told(world, SALES).posts) == 1
        assert "IT knows" in Told(world, SALES).card.text


async def test_quiet_hours_end_in_one_card_of_what_is_still_open_and_it_tells_the_end(tmp_path):
    async with open_world(tmp_path, **OFFICIAL) as world:  # nine in Berlin
        night = QuietHours(starts=time(8), ends=time(9, 20), zone="Europe/Berlin")
        await subscribe(world, SALES, wish=Wish(quiet=night, loud_when_down=False))
        await subscribe(world, HELP)
        world.status.down()
        await world.advance(minutes=15)
        assert len(Told(world, HELP).posts) == 1
        assert Told(world, SALES).calls == []
        await world.advance(minutes=6)
        (summary,) = Told(world, SALES).posts
        assert "Quiet hours are over. 1 incident is still open." in str(summary.body)
        world.status.calm()
        await world.advance(minutes=36)
        told = Told(world, SALES)
        assert len(told.posts) == 1
        assert told.edits
        assert told.titles[-1] == "What was open at the end of your quiet hours is over."
        assert [word.partition(":")[0] for word in told.words] == ["Over"]


async def test_quiet_hours_in_which_all_ended_well_end_in_nothing(tmp_path):
    async with open_world(tmp_path, **OFFICIAL) as world:
        night = QuietHours(starts=time(8), ends=time(9, 15), zone="Europe/Berlin")
        await subscribe(world, SALES, wish=Wish(quiet=night, loud_when_down=False))
        world.status.down()
        await world.advance(minutes=3)
        world.status.calm()
        await world.advance(minutes=15)
        assert Told(world, SALES).calls == []


async def test_the_help_desk_hears_once_of_a_source_that_stays_blind_and_of_its_return(tmp_path):
    async with open_world(tmp_path, BLIND_AFTER_S="300", HELPDESK_CHANNELS=HELP, **OFFICIAL) as world:
        await subscribe(world, HELP, helpdesk=True)
        await subscribe(world, SALES)
        world.status.fault = Fault.SERVER_ERROR
        await world.advance(minutes=9)
        (card,) = Told(world, HELP).posts
        assert "We can't read this source since" in str(card.body)
        await world.stop()
        await world.start()
        await world.advance(minutes=2)
        world.status.heals()
        await world.advance(minutes=17)
        told = Told(world, HELP)
        assert len(told.posts) == 1
        assert "We can read this source again" in told.card.text
        assert len(told.words) == 1
        assert Told(world, SALES).calls == []


async def test_a_tenant_and_the_public_are_told_apart(tmp_path):
    async with open_world(tmp_path, **OFFICIAL) as world:
        await subscribe(world, SALES)
        await subscribe(world, PERSONAL, scope=Scope.PERSONAL)
        world.status.down()
        await world.advance(minutes=3)
        public = await known(world, None)
        ours = await known(world, TENANT)
        assert len(public) == len(ours) == 1
        assert public[0][0].id != ours[0][0].id
        assert len(Told(world, SALES).posts) == len(Told(world, PERSONAL).posts) == 1


async def test_an_advisory_alone_waits_for_the_next_mornings_digest(tmp_path):
    async with open_world(tmp_path, **OFFICIAL) as world:  # it is three at night in New York
        await subscribe(world, SALES, zone="America/New_York", wish=Wish(level=Level.ADVISORY))
        await subscribe(world, HELP)
        world.graph.opens(classification="advisory", feature="Calling", title="Some users can't park calls")
        await world.advance(minutes=3)
        assert Told(world, SALES).calls == []
        await world.sleeps(hours=5, minutes=58)
        await world.advance(minutes=5)
        (digest,) = Told(world, SALES).posts
        assert "1 advisory of Microsoft today, not an outage." in str(digest.body)
        assert "TM9000002" in str(digest.body)
        assert Told(world, HELP).calls == [], "it is off by default"
        await world.advance(minutes=3)
        assert len(Told(world, SALES).posts) == 1


async def test_who_paused_gets_no_digest(tmp_path):
    async with open_world(tmp_path, **OFFICIAL) as world:
        later = world.clock.now() + timedelta(hours=8)
        await subscribe(world, SALES, HELP, zone="America/New_York", wish=Wish(level=Level.ADVISORY))
        await subscribe(world, SALES, zone="America/New_York", wish=Wish(level=Level.ADVISORY), muted_until=later)
        world.graph.opens(classification="advisory", feature="Calling", title="Some users can't park calls")
        await world.advance(minutes=3)
        await world.sleeps(hours=5, minutes=58)
        await world.advance(minutes=5)
        assert len(Told(world, HELP).posts) == 1
        assert Told(world, SALES).calls == []


async def test_who_paused_is_told_what_is_still_open_only_after_the_pause(tmp_path):
    async with open_world(tmp_path, **OFFICIAL) as world:  # nine in Berlin
        night = QuietHours(starts=time(8), ends=time(9, 20), zone="Europe/Berlin")
        await subscribe(world, SALES, wish=Wish(quiet=night, loud_when_down=False))
        world.status.down()
        await world.advance(minutes=10)
        async with world.parts.store.transaction() as db:
            until = world.clock.now() + timedelta(minutes=50)
            await subscriptions.mute(db, TENANT, SALES, until)
        await world.advance(minutes=40)
        assert Told(world, SALES).calls == []
        await world.advance(minutes=50)
        (summary,) = Told(world, SALES).posts
        assert "1 incident is still open." in str(summary.body)
