"""Alerts reach those who subscribed: once, in one card that stays true."""

from datetime import timedelta

import pytest

from bot.domain.conversation import Scope
from bot.domain.delivery import Part, Progress
from bot.domain.incident import Change, Level, Stage
from bot.domain.subscription import Wish
from tests.replicas.connector import throttled
from tests.trouble import DOWN, OVER, Trouble, posts, seen, subscribe
from tests.world import FABRIKAM, open_world


@pytest.fixture
def trouble(world):
    return Trouble(world)


async def test_an_incident_is_one_card_that_is_edited_and_important_steps_are_said_in_its_thread(world, trouble):
    await subscribe(world, "19:sales")
    await trouble.opens()
    await trouble.goes_on(confidence=0.97)
    await world.advance(seconds=20)
    await trouble.ends()
    card = (await trouble.lines())[("19:sales", Part.CARD)]
    assert seen(world, "19:sales") == [
        ("POST", "", DOWN),
        ("PUT", "", DOWN),
        ("PUT", "", OVER),
        ("POST", card.activity, "Over: Microsoft Teams works again. It lasted 20 s."),
    ]
    assert card.progress is Progress.DONE


async def test_where_there_are_no_threads_an_important_step_is_a_short_message(world, trouble):
    await subscribe(world, "a:ann", scope=Scope.PERSONAL)
    await trouble.opens()
    await trouble.ends()
    assert [(method, thread) for method, thread, _ in seen(world, "a:ann")] == [("POST", ""), ("PUT", ""), ("POST", "")]


async def test_each_reader_gets_it_in_their_own_language(world, trouble):
    await subscribe(world, "19:sales")
    await subscribe(world, "19:werk", language="de")
    await trouble.opens()
    assert posts(world, "19:sales") == [DOWN]
    assert posts(world, "19:werk") == ["Microsoft Teams: ausgefallen (alle)"]


async def test_who_wants_only_worse_hears_nothing(world, trouble):
    await subscribe(world, "19:sales", wish=Wish(level=Level.DOWN))
    await trouble.opens(level=Level.DEGRADED)
    assert seen(world, "19:sales") == []
    await trouble.goes_on(Change.WIDER, level=Level.DOWN)
    assert posts(world, "19:sales") == [DOWN]


async def test_nobody_hears_of_an_end_who_never_heard_of_the_beginning(world, trouble):
    await subscribe(world, "19:sales")
    world.teams.fails["19:sales"] = throttled("600")
    await trouble.opens()
    await trouble.ends()
    del world.teams.fails["19:sales"]
    await world.advance(minutes=11)
    assert posts(world, "19:sales") == [DOWN], "the first try only, which was refused"
    assert (await trouble.lines())[("19:sales", Part.CARD)].first_sent_at is None
    await trouble.goes_on(Change.REOPENED, stage=Stage.CONFIRMED)
    assert posts(world, "19:sales")[:2] == [DOWN, DOWN], "it goes on, so it is told"


async def test_who_was_late_gets_the_newest_only(world, trouble):
    await subscribe(world, "19:sales")
    world.teams.fails["19:sales"] = throttled("60")
    await trouble.opens(level=Level.DEGRADED)
    await trouble.goes_on(Change.WIDER, level=Level.DOWN)
    await trouble.goes_on(confidence=0.99)
    del world.teams.fails["19:sales"]
    await world.advance(seconds=62)
    assert seen(world, "19:sales")[1:] == [("POST", "", DOWN)]


async def test_a_throttled_channel_delays_no_other(world, trouble):
    world.teams.fails["19:sales"] = throttled("300")
    await subscribe(world, "19:sales", *(f"19:{number}" for number in range(7)))
    await trouble.opens()
    assert all(posts(world, f"19:{number}") == [DOWN] for number in range(7))
    line = (await trouble.lines())[("19:sales", Part.CARD)]
    assert line.throttled_until == world.clock.now() + timedelta(minutes=5)


async def test_it_is_not_told_again_after_a_restart_in_mid_trouble(world, trouble):
    await subscribe(world, "19:sales", "19:plant")
    await trouble.opens()
    await world.stop()
    await world.advance(minutes=2)
    await world.start()
    await world.advance(seconds=30)
    assert posts(world, "19:sales") == posts(world, "19:plant") == [DOWN]
    await trouble.ends()
    assert [said for _, _, said in seen(world, "19:plant")][1] == OVER


async def test_what_was_owed_when_it_stopped_is_told_when_it_starts(world, trouble):
    await subscribe(world, "19:sales", "19:plant")
    world.teams.fails["19:plant"] = throttled("30")
    await trouble.opens()
    await world.stop()
    del world.teams.fails["19:plant"]
    await world.advance(minutes=2)
    await world.start()
    assert posts(world, "19:plant")[1:] == [DOWN]
    assert posts(world, "19:sales") == [DOWN]


async def test_a_large_channel_list_stays_within_every_limit(world, trouble):
    names = [f"19:{number}" for number in range(150)]
    await subscribe(world, *names)
    world.teams.limits_by(world.clock.monotonic)
    await trouble.opens()
    await world.advance(seconds=4)
    assert all(posts(world, name) == [DOWN] for name in names), "nobody was refused, nobody told twice"


async def test_a_newer_revision_overtakes_the_older_one_in_mid_fan_out(world, trouble):
    names = [f"19:{number}" for number in range(120)]
    await subscribe(world, *names)
    world.teams.limits_by(world.clock.monotonic)
    await trouble.opens(level=Level.DEGRADED)
    await world.advance(seconds=0.5)
    early = {name for name in names if posts(world, name)}
    assert 10 < len(early) < 60
    await trouble.goes_on(Change.EASED, level=Level.DOWN)
    await world.advance(seconds=6)
    for name in names:
        (first, *_) = posts(world, name)
        assert (first == DOWN) is (name not in early), "who had nothing yet gets the newest only"
    lines = await trouble.lines()
    assert {line.sent_revision for (_, part), line in lines.items() if part is Part.CARD} == {2}


async def test_helpdesk_hears_first_and_channels_last(world, trouble):
    await subscribe(world, *(f"19:{number}" for number in range(12)))
    await subscribe(world, "a:ann", scope=Scope.PERSONAL)
    await subscribe(world, "19:desk", helpdesk=True)
    await trouble.opens()
    await world.advance(seconds=1)
    order = [call.conversation for call in world.teams.arrived]
    assert set(order[:2]) == {"19:desk", "a:ann"}
    assert len(order) == 14


async def test_another_tenants_trouble_is_not_told(tmp_path):
    async with open_world(tmp_path, fabrikam="") as world:
        await subscribe(world, "19:sales")
        await subscribe(world, "19:fabrikam", tenant=FABRIKAM)
        await Trouble(world, FABRIKAM).opens()
        assert posts(world, "19:fabrikam") == [DOWN]
        assert seen(world, "19:sales") == []


async def test_who_asked_to_be_mentioned_is_called_by_the_card_and_each_important_step_and_by_no_edit(world, trouble):
    await subscribe(world, "19:sales", mention="29:ann")
    await subscribe(world, "19:werk", mention="29:bob", language="de")
    await subscribe(world, "19:plant")
    await trouble.opens()
    await trouble.goes_on(confidence=0.97)
    await world.advance(seconds=20)
    await trouble.ends()
    called = [("POST", "29:ann"), ("PUT", None), ("PUT", None), ("POST", "29:ann")]
    assert mentions(world, "19:sales") == called
    assert {whom for _, whom in mentions(world, "19:plant")} == {None}
    assert world.teams.sent("19:sales")[0]["text"] == "<at>Owner</at>", "no name: none is kept"
    assert world.teams.sent("19:werk")[0]["text"] == "<at>Zuständige Person</at>"
    assert [first for first, _ in mentions(world, "19:werk")] == [method for method, _ in called]


def mentions(world, name):
    """Calls in a conversation, each with whom it mentions."""
    calls = [call for call in world.teams.arrived if call.conversation.partition(";")[0] == name]
    several = [[entity["mentioned"]["id"] for entity in call.body.get("entities") or []] for call in calls]
    return [(call.method, *(whom or [None])) for call, whom in zip(calls, several, strict=True)]
