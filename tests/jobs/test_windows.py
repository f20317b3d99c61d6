"""Alerts while announced work runs: held back or folded into its card, and told once it is over."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.clock import SettableClock
from bot.domain.announcement import Draft
from bot.domain.delivery import Part, Subject
from bot.domain.incident import Change, Incident, Level, Stage, Transition
from bot.domain.observation import Feature, ServiceId
from bot.domain.occurring import ended
from bot.domain.outcome import Reason
from bot.domain.planned_work import Alerts
from bot.domain.ways import Way
from bot.jobs.announced import owe_ways
from bot.jobs.incident_steps import keep_step
from bot.jobs.leases import AlwaysHeld
from bot.jobs.windows import HoldingBack
from bot.store import deliveries, incidents, notifications, stepping
from bot.store.engine import Store
from bot.store.running_windows import folded_into, windows_of

from .announcing import HOUR, MONDAY, OURS, Bench, window

START = datetime(2026, 3, 7, 21, 0, tzinfo=UTC)
TEAMS = ServiceId("teams")


@pytest.fixture
async def bench(tmp_path, migrated_file):
    shutil.copy(migrated_file, tmp_path / "bot.db")
    clock = SettableClock(MONDAY)
    store = await Store.open(f"sqlite:///{tmp_path}/bot.db", clock)
    made = Bench(store, clock)
    await made.subscribe("19:sales")
    yield made
    await store.close()


@pytest.fixture
async def running(bench):
    """Telephony is being worked on for an hour already."""
    one = await bench.save(window(MONDAY))
    await bench.until(START + HOUR)
    return one


async def trouble(bench, feature=Feature.CALLING, mode=Alerts.HOLD):
    """An incident opens, as the judge keeps it."""
    now = bench.clock.now()
    incident = Incident(
        id=incidents.new_id(),
        service=TEAMS,
        stage=Stage.CONFIRMED,
        level=Level.DOWN,
        opened_at=now,
        changed_at=now,
        tenant=OURS,
        feature=feature,
    )
    step = Transition(change=Change.OPENED, incident=incident, before=None, at=now, reason=Reason.TWO_KINDS_AGREE)
    return await keep_step(bench.store, AlwaysHeld(), step, now, (), holds=HoldingBack(lambda _: mode).holds)


async def is_wanted(bench, incident):
    async with bench.store.reading() as db:
        return await notifications.about(db, OURS, Subject.INCIDENT, incident.id) is not None


async def test_an_alert_that_was_announced_is_held_back_until_the_planned_end(bench, running):
    incident = await trouble(bench)
    assert not await is_wanted(bench, incident)
    assert incident.alert_at is None
    await bench.until(START + 4 * HOUR)
    assert await is_wanted(bench, incident)


async def test_trouble_beyond_the_scope_of_the_window_alerts_at_once(bench, running):
    assert await is_wanted(bench, await trouble(bench, Feature.CHAT))


async def test_a_folded_alert_is_a_line_of_the_announcements_card(bench, running):
    incident = await trouble(bench, mode=Alerts.FOLD)
    assert not await is_wanted(bench, incident)
    assert (await bench.story(running.id))[-1] == ("edited", "trouble")
    assert await folded(bench) == [incident.id]


async def folded(bench):
    """Lines of its card."""
    async with bench.store.reading() as db:
        (one,) = await windows_of(db, OURS)
        return [each.id for each in await folded_into(db, one, bench.clock.now())]


async def goes_on(bench, before, change, **after):
    """The next step of an incident, as the judge keeps it."""
    now = bench.clock.now()
    incident = replace(before, changed_at=now, revision=before.revision + 1, **after)
    step = Transition(change=change, incident=incident, before=before, at=now, reason=Reason.TWO_KINDS_AGREE)
    return await keep_step(bench.store, AlwaysHeld(), step, now, (), holds=HoldingBack(lambda _: Alerts.FOLD).holds)


async def edits(bench, running):
    return (await bench.story(running.id)).count(("edited", "trouble"))


async def test_a_folded_alert_leaves_the_card_when_it_is_over_and_is_never_told(bench, running):
    incident = await trouble(bench, mode=Alerts.FOLD)
    calmer = await goes_on(bench, incident, Change.RECOVERING, stage=Stage.RECOVERING)
    assert await edits(bench, running) == 2, "the line says that it recovers"
    same = await goes_on(bench, calmer, Change.FACTS)
    assert await edits(bench, running) == 2, "nothing on the card has changed"
    over = await goes_on(bench, same, Change.OVER, stage=Stage.OVER, closed_at=bench.clock.now())
    assert (await folded(bench), await edits(bench, running)) == ([], 3)
    await bench.until(START + 4 * HOUR)
    assert not await is_wanted(bench, over)


async def test_a_folded_alert_that_grows_beyond_the_window_is_told_and_leaves_the_card(bench, running):
    incident = await trouble(bench, mode=Alerts.FOLD)
    wider = await goes_on(bench, incident, Change.WIDER, feature=Feature.ALL)
    assert await is_wanted(bench, wider)
    assert (await folded(bench), await edits(bench, running)) == ([], 2)


async def test_what_was_told_before_the_window_is_no_line_of_its_card(bench):
    one = await bench.save(window(MONDAY))
    await bench.until(START - HOUR)
    incident = await trouble(bench, mode=Alerts.FOLD)
    await bench.until(START + HOUR)
    assert await is_wanted(bench, incident)
    assert (await folded(bench), await edits(bench, one)) == ([], 0)


async def test_alerts_resume_when_the_window_is_called_off(bench, running):
    incident = await trouble(bench)
    one = await bench.get(running.id)
    await bench.save(replace(one, draft=Draft.CANCELLED), one.revision)
    await bench.look()
    assert await is_wanted(bench, incident)


async def test_alerts_resume_when_somebody_says_that_it_is_over(bench, running):
    incident = await trouble(bench)
    await bench.windows.look()
    now = bench.clock.now()
    async with bench.store.transaction() as db:
        await stepping.take(db, running, [ended(await bench.only(running.id), now)], now)
    assert not await is_wanted(bench, incident)
    await bench.windows.look()
    assert await is_wanted(bench, incident)


async def test_a_start_looks_at_every_alert_that_is_held_back(bench, running):
    incident = await trouble(bench)
    now = bench.clock.now()
    async with bench.store.transaction() as db:
        await stepping.take(db, running, [ended(await bench.only(running.id), now)], now)
    bench.start()
    await bench.windows.look()
    assert await is_wanted(bench, incident)


async def test_where_teams_fails_other_ways_tell_what_is_in_progress_once(bench, running):
    ways = (Way(name="mail"),)
    for _ in range(2):
        async with bench.store.transaction() as db:
            await owe_ways(db, OURS, ways, bench.clock.now())
    occurrence = await bench.only(running.id)
    rows = [row for row in await bench.owed() if row[1] == "mail"]
    assert [(row[0], row[2], row[3]) for row in rows] == [(occurrence.id, Part.STEP, "started")]
    async with bench.store.reading() as db:
        assert "mail" in [work.delivery.destination for work in await deliveries.due(db, OURS, bench.clock.now(), 10)]
