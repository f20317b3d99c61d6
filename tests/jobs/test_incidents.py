"""Verdicts become incidents while the clock runs: each step kept whole, told once, over restarts and failures."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.incident import Acknowledged, Stage
from bot.domain.lifecycle import acknowledge
from bot.domain.observation import Health, Kind, Strength
from bot.store import incidents
from bot.store.errors import StoreError
from bot.store.leases import LostLease

from .judged import OURS, SIGNIN, Judged, crowd, judged, official, probe

FINE = (official(Health.FINE, key="page"), probe(Health.FINE), crowd(Health.FINE))
BAD = (official(), probe(), crowd())
ONE = Strength(reports=1, authors=1, window=timedelta(minutes=15), usual=0.0)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """A database with tables, of both kinds."""
    if request.param == "postgresql":
        return request.getfixturevalue("migrated_postgres")()
    file = tmp_path / "bot.db"
    shutil.copy(request.getfixturevalue("migrated_file"), file)
    return f"sqlite:///{file}"


@pytest.fixture
async def bot(url):
    async with judged(url) as opened:
        yield opened


async def again(bot, **more):
    """Stopped and started: what was in memory is gone."""
    return Judged(bot.store, bot.clock, **more)


async def test_an_outage_is_one_incident_from_its_beginning_to_its_end(bot):
    bot.says(*FINE)
    await bot.passes(5)
    assert await bot.life() == []
    bot.says(*BAD)
    await bot.passes(10)
    bot.says(*FINE)
    await bot.passes(60)
    ((incident, changes),) = await bot.life()
    assert incident.stage is Stage.OVER
    assert [changes[0], *changes[-2:]] == ["opened", "recovering", "over"]
    assert len(changes) <= 5
    told = await bot.wanted(incident)
    assert told.final
    assert told.revision == incident.revision
    assert len(bot.delivers) == len(changes), "whoever delivers hears of each step"


async def test_trouble_that_began_while_we_were_stopped_is_told(bot):
    bot.says(*FINE)
    await bot.passes(5)
    bot.clock.set(bot.clock.now() + timedelta(hours=1))
    after = await again(bot)
    after.says(*BAD)
    await after.looks()
    ((_, changes),) = await after.life()
    assert changes == ["opened"]
    assert after.delivers == [None]


async def test_what_was_told_before_a_stop_is_not_told_again(bot):
    bot.says(*BAD)
    await bot.passes(10)
    before = await bot.life()
    after = await again(bot)
    after.says(*BAD)
    await after.passes(2)
    assert [changes for _, changes in await after.life()] == [changes for _, changes in before]
    assert after.delivers == []


async def test_how_long_it_has_been_well_survives_a_stop(bot):
    bot.says(*BAD)
    await bot.passes(10)
    bot.says(*FINE)
    await bot.passes(8)
    after = await again(bot)
    after.says(*FINE)
    await after.passes(4)
    ((incident, _),) = await after.life()
    assert incident.stage is Stage.RECOVERING, "eight minutes before the stop and two after it are ten"


async def test_a_step_that_cannot_be_kept_is_kept_later_and_told_once(url):
    failures = [StoreError("disk full"), StoreError("disk full")]

    async def fails(_db, _transition):
        if failures:
            raise failures.pop()

    async with judged(url, also=(fails,)) as bot:
        bot.says(*BAD)
        await bot.passes(0.5)
        assert await bot.life() == []
        assert bot.delivers == [], "nothing is told that was not kept"
        await bot.passes(1)
        ((_, changes),) = await bot.life()
        assert changes == ["opened"]
        assert bot.delivers == [None]


async def test_two_replicas_that_both_believe_to_be_the_one_open_it_once(bot, url):
    other = await again(bot)
    for each in (bot, other):
        each.says(*BAD)
        await each.looks()
    await bot.passes(3)
    await other.looks()
    ((_, changes),) = await bot.life()
    assert changes.count("opened") == 1
    assert bot.delivers.count(None) + other.delivers.count(None) == len(changes)


async def test_who_lost_the_right_to_judge_keeps_nothing(url):
    class Lost:
        async def guard(self, _):
            raise LostLease("watch")

    async with judged(url, holding=Lost()) as bot:
        bot.says(*BAD)
        await bot.passes(2)
        assert await bot.life() == []
        assert bot.delivers == []


async def test_an_acknowledgement_from_elsewhere_is_seen_and_its_promise_kept(bot):
    bot.says(*BAD)
    await bot.passes(6)
    ((incident, before),) = await bot.life()
    now = bot.clock.now()
    promised = now + timedelta(minutes=5)
    known = Acknowledged(by_role="helpdesk", at=now, next_word_at=promised)
    after, step = acknowledge(incident, known, now)
    async with bot.store.transaction() as db:
        await incidents.save(db, after, incident)
        await incidents.add_step(db, step)
    await bot.passes(6)
    ((incident, changes),) = await bot.life()
    assert changes[len(before) :] == ["acknowledged", "word_due"]
    assert incident.acknowledged == known
    assert incident.changed_at == promised, "to the moment that was promised"


async def test_a_promised_word_comes_even_without_news(bot):
    bot.says(*BAD)
    await bot.passes(1)
    ((opened, _),) = await bot.life()
    await bot.passes(35)
    ((incident, changes),) = await bot.life()
    assert changes[-1] == "word_due"
    assert incident.changed_at <= opened.next_word_at + timedelta(seconds=15)
    assert incident.next_word_at > bot.clock.now()


async def test_a_source_that_gives_its_incident_a_new_number_at_each_poll_makes_one_incident_of_few_words(bot):
    for number in range(60):
        bot.says(official(key=f"TM{number:06}"), probe(), crowd())
        await bot.passes(1)
    ((_, changes),) = await bot.life()
    assert len(changes) <= 9, "a word for each promise, and one each ten minutes for what its owner says anew"


async def test_a_vendor_that_forgets_to_close_does_not_keep_it_open_for_ever(bot):
    bot.says(*BAD)
    await bot.passes(20)
    told = official(Health.DEGRADED)
    bot.says(told, probe(Health.FINE), crowd(Health.FINE))
    for _ in range(24):
        await bot.passes(10)
    ((incident, changes),) = await bot.life()
    assert len(changes) <= 20
    assert incident.level.rank <= incident.worst.rank


async def test_going_to_and_fro_costs_few_words(bot):
    for number in range(40):
        bot.says(*(BAD if number % 2 else FINE))
        await bot.passes(2)
    found = await bot.life()
    assert len(found) <= 2
    assert sum(len(changes) for _, changes in found) <= 12


async def test_long_blindness_ends_in_we_cannot_see_told_once(bot):
    bot.says(*BAD)
    await bot.passes(10)
    bot.says()
    await bot.passes(90)
    ((incident, changes),) = await bot.life()
    assert incident.stage is Stage.UNSEEN
    assert changes.count("unseen") == 1


async def test_a_clock_that_jumps_forward_ends_nothing(bot):
    bot.says(*BAD)
    await bot.passes(10)
    bot.says(*FINE)
    bot.clock.set(bot.clock.now() + timedelta(hours=9))
    await bot.looks()
    await bot.passes(1)
    ((incident, _),) = await bot.life()
    assert incident.stage is Stage.CONFIRMED, "what passes unwatched proves nothing"


async def test_a_false_alarm_of_its_owner_is_withdrawn(bot):
    bot.says(official(), probe(Health.FINE), crowd(Health.FINE))
    await bot.passes(5)
    bot.says(
        replace(official(Health.FINE), text="False positive. TM1: trouble"), probe(Health.FINE), crowd(Health.FINE)
    )
    await bot.passes(15)
    ((incident, changes),) = await bot.life()
    assert incident.stage is Stage.WITHDRAWN, changes


async def test_trouble_with_sign_in_and_the_teams_trouble_that_it_makes_are_told_as_one(bot):
    at_the_root = official(service=SIGNIN, key="AAD1"), probe(service=SIGNIN, key="signin")
    bot.says(*at_the_root, probe(), crowd())
    await bot.passes(15)
    (teams, _), (signin, _) = (*await bot.life(), *await bot.life(service=SIGNIN))
    assert teams.cause == SIGNIN
    assert (teams.merged_into, signin.merged_into) == (signin.id, None), "the worst of them speaks"


async def test_each_tenant_is_judged_by_what_it_sees_and_hears_of_its_own_incident_only(url):
    async with judged(url, tenants=(None, OURS)) as bot:
        graph = official(Health.DOWN, key="TM2", tenant=OURS)
        bot.says(
            replace(graph, source="graph", kind=Kind.OFFICIAL_TENANT),
            official(Health.FINE, key="page"),
            probe(Health.FINE),
        )
        await bot.passes(5)
        assert [changes for _, changes in await bot.life(OURS)] == [["opened"]]
        assert await bot.life(None) == []
        assert set(bot.delivers) == {OURS}


async def test_whoever_has_left_is_judged_until_their_incident_has_ended(url):
    async with judged(url, tenants=(None, OURS)) as bot:
        bot.says(*BAD)
        await bot.passes(5)
        bot.whom = (None,)
        bot.says(*FINE)
        await bot.passes(60)
        ((incident, _),) = await bot.life(OURS)
        assert incident.stage is Stage.OVER


async def test_a_drill_that_nobody_plays_any_more_is_over_at_the_next_start(url):
    async with judged(url, drill=True) as drill:
        drill.says(*(replace(one, drill=True) for one in BAD))
        await drill.passes(5)
        ((played, _),) = await drill.life()
        assert played.drill
        bot = await again(drill)
        bot.says(*FINE)
        await bot.passes(1)
        ((incident, changes),) = await bot.life()
        assert (incident.stage, changes[-1]) == (Stage.OVER, "over")


async def test_a_drill_leaves_real_incidents_alone(url):
    async with judged(url) as bot:
        bot.says(*BAD)
        await bot.passes(5)
        real = await bot.life()
        drill = await again(bot, drill=True)
        drill.says(*(replace(one, drill=True) for one in FINE))
        await drill.passes(60)
        assert await bot.life() == real


async def test_more_reports_change_the_card_at_most_once_a_minute_and_never_its_state(url):
    def has_it(people):
        return replace(
            crowd(), source="me_too", kind=Kind.COLLEAGUES, origin="colleagues", key="me_too", tenant=OURS,
            strength=replace(ONE, reports=people, authors=people),
        )  # fmt: skip

    async with judged(url, tenants=(OURS,)) as bot:
        bot.says(*BAD, has_it(1))
        await bot.passes(6)
        ((incident, changes),) = await bot.life(OURS)
        before = await bot.wanted(incident)
        for people in range(2, 14):  # one more at each look, for three minutes
            bot.says(*BAD, has_it(people))
            await bot.passes(0.25)
        ((incident, after),) = await bot.life(OURS)
        told = await bot.wanted(incident)
        assert after == changes
        assert 2 <= told.revision - before.revision <= 3
