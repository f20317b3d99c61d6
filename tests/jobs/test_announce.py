"""What was announced takes place: once, at its time, to its end, whatever the process goes through."""

import asyncio
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.clock import SettableClock
from bot.domain.announcement import Clockwork, Draft, Phase
from bot.domain.occurring import ended, extended
from bot.domain.planned_work import OPERATOR
from bot.domain.schedule import Missed, Rule
from bot.store import announcements, stepping
from bot.store.engine import Store

from .announcing import DAY, HOUR, MONDAY, OURS, Bench, Killed, notice, window

SATURDAY_22 = datetime(2026, 3, 7, 21, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def opened(url):
    clock = SettableClock(MONDAY)
    store = await Store.open(url, clock)
    made = Bench(store, clock)
    await made.subscribe("19:sales")
    return made


@pytest.fixture
async def bench(tmp_path, migrated_file):
    shutil.copy(migrated_file, tmp_path / "bot.db")
    made = await opened(f"sqlite:///{tmp_path}/bot.db")
    yield made
    await made.store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def any_bench(request, tmp_path, migrated_file):
    """Both kinds of database."""
    shutil.copy(migrated_file, tmp_path / "bot.db")
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/bot.db" if is_file else request.getfixturevalue("migrated_postgres")()
    made = await opened(url)
    yield made
    await made.store.close()


async def test_a_window_is_one_card_through_its_whole_life(any_bench):
    one = await any_bench.save(window(MONDAY))
    await any_bench.until(SATURDAY_22 + 6 * HOUR)
    assert await any_bench.story(one.id) == [
        ("posted", "planned"),
        ("reminded", "planned"),
        ("reminded", "planned"),
        ("started", "planned"),
        ("overrun", "planned"),
        ("completed", "nobody_answered"),
    ]
    assert len(await any_bench.cards("19:sales")) == 1
    assert await any_bench.words("19:sales") == ["reminded", "reminded", "started", "overrun"]
    assert (await any_bench.get(one.id)).draft is Draft.ENDED
    async with any_bench.store.reading() as db:
        at = [each.at for each in await stepping.steps(db, (await any_bench.only(one.id)).id)]
    assert at == [MONDAY, *(SATURDAY_22 + wait for wait in (-DAY, -HOUR, 0 * HOUR, 4 * HOUR, 5 * HOUR))]


async def test_the_author_is_asked_past_the_planned_end_and_an_answer_ends_the_question(bench):
    await bench.subscribe("a:anna", person="anna")
    one = await bench.save(window(MONDAY))
    await bench.until(SATURDAY_22 + 4 * HOUR)
    (asked,) = await bench.cards("a:anna")
    assert asked[0].endswith(".over")
    occurrence = await bench.only(one.id)
    assert occurrence.phase is Phase.OVERRUN
    now = bench.clock.now()
    async with bench.store.transaction() as db:
        await stepping.take(db, one, [extended(occurrence, now + HOUR, now)], now)
    assert (await bench.only(one.id)).phase is Phase.EXTENDED
    await bench.until(now + HOUR)
    occurrence = await bench.only(one.id)
    assert (occurrence.phase, occurrence.planned_ends_at) == (Phase.OVERRUN, SATURDAY_22 + 4 * HOUR)
    async with bench.store.transaction() as db:
        await stepping.take(db, one, [ended(occurrence, now + HOUR)], now + HOUR)
    await bench.until(now + 3 * HOUR)
    assert (await bench.story(one.id))[-4:] == [
        ("overrun", "planned"), ("extended", "author"), ("overrun", "planned"), ("completed", "author"),
    ]  # fmt: skip


async def test_without_a_chat_of_the_author_the_help_desk_is_asked(bench):
    await bench.subscribe("19:desk", helpdesk=True)
    await bench.save(window(MONDAY))
    await bench.until(SATURDAY_22 + 4 * HOUR)
    assert len(await bench.cards("19:desk")) == 2


async def test_an_edit_changes_the_card_in_place_and_another_time_is_said_aloud(any_bench):
    one = await any_bench.save(window(MONDAY))
    await any_bench.until(MONDAY + HOUR)
    one = await any_bench.save(replace(one, link="https://it.example"), one.revision)
    await any_bench.look()
    one = await any_bench.save(replace(one, rule=Rule(at=datetime.fromisoformat("2026-03-08T22:00"))), one.revision)
    await any_bench.look()
    assert await any_bench.story(one.id) == [
        ("posted", "planned"), ("edited", "other_words"), ("edited", "other_times"),
    ]  # fmt: skip
    assert len(await any_bench.cards("19:sales")) == 1
    assert await any_bench.words("19:sales") == ["edited"]
    assert (await any_bench.only(one.id)).starts_at == SATURDAY_22 + DAY
    await any_bench.until(SATURDAY_22 + 2 * HOUR)  # nothing begins at the old time
    assert (await any_bench.only(one.id)).phase is Phase.REMINDED
    await any_bench.until(SATURDAY_22 + DAY)
    assert (await any_bench.only(one.id)).phase is Phase.IN_PROGRESS


@pytest.mark.parametrize(("draft", "phase"), [(Draft.CANCELLED, Phase.CANCELLED), (Draft.RECALLED, Phase.WITHDRAWN)])
async def test_what_is_called_off_ends_where_it_was_told_and_vanishes_where_it_was_not(bench, draft, phase):
    told = await bench.save(window(MONDAY))
    untold = await bench.save(window(MONDAY, post_at=MONDAY + DAY))
    await bench.look()
    for one in (told, untold):
        await bench.save(replace(one, draft=draft), one.revision)
    await bench.until(SATURDAY_22 + DAY)
    assert (await bench.only(told.id)).phase is phase
    assert await bench.occurrences(untold.id) == ()
    assert len(await bench.story(told.id)) == 2


async def test_a_notice_can_be_recalled_when_it_is_long_over(bench):
    one = await bench.save(notice(MONDAY))
    await bench.until(MONDAY + 3 * HOUR)
    assert (await bench.only(one.id)).phase is Phase.COMPLETED
    one = await bench.get(one.id)
    await bench.save(replace(one, draft=Draft.RECALLED), one.revision)
    await bench.look()
    assert (await bench.only(one.id)).phase is Phase.WITHDRAWN


async def test_a_draft_and_one_that_waits_for_a_yes_say_nothing(bench):
    for draft in (Draft.DRAFT, Draft.WAITING):
        await bench.save(window(MONDAY, draft=draft))
    await bench.until(SATURDAY_22 + DAY)
    assert await bench.owed() == []


async def test_an_edit_that_waits_for_a_yes_holds_its_moments_back(bench):
    one = await bench.save(window(MONDAY))
    await bench.look()
    one = await bench.save(replace(one, draft=Draft.WAITING), one.revision)
    await bench.look()
    bench.clock.set(SATURDAY_22 + HOUR)
    await bench.look()
    assert (await bench.only(one.id)).phase is Phase.SCHEDULED
    await bench.save(replace(one, draft=Draft.PLANNED), one.revision)
    await bench.look()
    assert (await bench.only(one.id)).phase is Phase.IN_PROGRESS


async def test_each_zone_hears_of_it_at_its_own_wall_time(bench):
    await bench.subscribe("19:india", zone="Asia/Kolkata")
    one = await bench.save(notice(MONDAY, "2026-03-03T09:00", clockwork=Clockwork.CHANNEL))
    await bench.until(MONDAY + 2 * DAY)
    starts = {each.zone: each.starts_at for each in await bench.occurrences(one.id)}
    assert starts["Europe/Berlin"] - starts["Asia/Kolkata"] == timedelta(hours=4, minutes=30)
    assert [len(await bench.cards(place)) for place in ("19:sales", "19:india")] == [1, 1]


async def test_a_recurring_one_is_told_each_time_and_ends_when_its_rule_does(bench):
    daily = Rule(rrule="FREQ=DAILY", start=datetime.fromisoformat("2026-03-03T09:00"), count=3)
    one = await bench.save(notice(MONDAY, rule=daily))
    await bench.until(MONDAY + 12 * DAY)
    assert await bench.story(one.id) == [("posted", "planned")] * 3
    assert (await bench.get(one.id)).draft is Draft.ENDED


async def test_a_rule_without_an_end_is_planned_ahead_for_as_long_as_we_run(bench):
    weekly = Rule(rrule="FREQ=WEEKLY;BYDAY=SA", start=datetime.fromisoformat("2026-03-07T22:00"))
    one = await bench.save(window(MONDAY, rule=weekly))
    await bench.until(MONDAY + 29 * DAY)
    phases = [each.phase for each in await bench.occurrences(one.id)]
    assert phases == [Phase.COMPLETED] * 4 + [Phase.SCHEDULED]


@pytest.mark.parametrize(
    ("missed", "told"),
    [
        (Missed.WITHIN_GRACE, [("missed", "newer"), ("missed", "newer"), ("missed", "too_late")]),
        (Missed.ONCE, [("missed", "newer"), ("missed", "newer"), ("posted", "late")]),
        (Missed.SKIP, [("missed", "skipped")] * 3),
    ],
)
async def test_after_three_days_off_its_policy_says_which_missed_one_is_told(bench, missed, told):
    daily = Rule(rrule="FREQ=DAILY", start=datetime.fromisoformat("2026-03-03T09:00"))
    one = await bench.save(notice(MONDAY, rule=daily, missed=missed))
    await bench.look()
    bench.clock.set(MONDAY + 3 * DAY)
    bench.start()
    await bench.look()
    assert await bench.story(one.id) == told


async def test_within_its_grace_a_missed_one_is_told_late(bench):
    one = await bench.save(notice(MONDAY))
    await bench.look()
    bench.clock.set(MONDAY + HOUR + 30 * MINUTE)
    bench.start()
    await bench.look()
    assert await bench.story(one.id) == [("posted", "late")]


async def test_a_window_that_runs_when_we_start_again_shows_as_running_once(bench):
    one = await bench.save(window(MONDAY))
    await bench.look()
    bench.clock.set(SATURDAY_22 + HOUR)
    bench.start()
    await bench.look()
    assert (await bench.only(one.id)).phase is Phase.IN_PROGRESS
    assert await bench.words("19:sales") == ["started"]
    (said,) = bench.board.said[(OPERATOR, OURS)]
    assert said.until == SATURDAY_22 + 4 * HOUR


async def test_a_window_that_nobody_heard_of_and_that_is_over_is_not_told(bench):
    one = await bench.save(window(MONDAY, post_at=MONDAY + DAY))
    await bench.look()
    bench.clock.set(SATURDAY_22 + 2 * DAY)
    bench.start()
    await bench.look()
    assert await bench.story(one.id) == [("missed", "over")]
    assert await bench.owed() == []


async def test_other_zone_rules_move_what_is_to_come_and_double_nothing(any_bench):
    one = await any_bench.save(window(MONDAY))
    await any_bench.look()
    async with any_bench.store.transaction() as db:  # as an older release of the zone database had it
        occurrence = await any_bench.only(one.id)
        plan = replace(occurrence, starts_at=SATURDAY_22 + HOUR, ends_at=SATURDAY_22 + 5 * HOUR)
        taken = replace(extended(replace(plan, phase=Phase.IN_PROGRESS), SATURDAY_22 + DAY, MONDAY), occurrence=plan)
        await stepping.take(db, one, [replace(taken, occurrence=replace(plan, revision=3), dues=())], MONDAY)
    any_bench.version = "2026f"
    any_bench.start()
    await any_bench.look()
    occurrence = await any_bench.only(one.id)
    assert (occurrence.starts_at, occurrence.zones_version) == (SATURDAY_22, "2026f")
    await any_bench.until(SATURDAY_22 + 6 * HOUR)
    assert [step for step, _ in await any_bench.story(one.id)].count("started") == 1


async def test_the_clock_set_back_doubles_nothing(bench):
    one = await bench.save(window(MONDAY))
    await bench.until(SATURDAY_22)
    before = await bench.owed()
    bench.clock = SettableClock(SATURDAY_22 - 3 * HOUR)
    bench.start()
    await bench.until(SATURDAY_22 + MINUTE)
    assert await bench.owed() == before
    assert [step for step, _ in await bench.story(one.id)].count("started") == 1


async def test_a_moment_within_the_period_is_met_to_the_second(bench):
    soon = MONDAY + timedelta(milliseconds=400)
    local = soon.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    one = await bench.save(notice(MONDAY, rule=Rule(at=local)))
    async with asyncio.TaskGroup() as running:
        ticking = running.create_task(bench.announcer.tick())
        while bench.clock.next_wake() is None:
            await asyncio.wait([running.create_task(bench.occurrences(one.id))])
        assert bench.clock.next_wake() == soon
        bench.clock.set(soon)
        while not await bench.story(one.id):
            pass
        ticking.cancel()
    assert await bench.story(one.id) == [("posted", "planned")]


async def test_what_is_saved_here_is_taken_up_at_once(bench):
    async with asyncio.TaskGroup() as running:
        ticking = running.create_task(bench.announcer.run())
        while bench.clock.next_wake() is None:
            await asyncio.wait([running.create_task(bench.owed())])
        one = await bench.save(window(MONDAY))
        bench.announcer.news.set()
        while not await bench.story(one.id):
            pass
        ticking.cancel()
    assert await bench.story(one.id) == [("posted", "planned")]


@pytest.mark.parametrize("moment", ["before", "within", "after"])
@pytest.mark.parametrize("at", range(1, 4))
async def test_whoever_is_killed_between_due_and_owed_loses_and_doubles_nothing(bench, moment, at):
    one = await bench.save(window(MONDAY))
    bench.killable.dies_at = (at, moment)
    try:
        await bench.look()
    except Killed:
        bench.start()
        await bench.look()
    assert await bench.story(one.id) == [("posted", "planned")]
    assert len(await bench.cards("19:sales")) == 1


async def test_the_board_hears_of_a_window_until_its_planned_end_and_no_longer(bench):
    one = await bench.save(window(MONDAY))
    await bench.until(SATURDAY_22 + MINUTE)
    (said,) = bench.board.said[(OPERATOR, OURS)]
    assert (said.feature, said.ends_at) == ("calling", SATURDAY_22 + 4 * HOUR)
    await bench.until(SATURDAY_22 + 4 * HOUR)
    assert bench.board.said[(OPERATOR, OURS)] == ()
    assert await announcements_open(bench) == [one.id]


async def announcements_open(bench):
    async with bench.store.reading() as db:
        return [one.id for one in await announcements.recent(db, OURS, drafts=(Draft.PLANNED,))]
