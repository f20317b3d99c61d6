"""Planned work that others announce: taken over once, followed while it changes, withdrawn with its source."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SettableClock
from bot.domain.announcement import Draft
from bot.domain.observation import Feature, Health, Kind, Observation, ServiceId, SourceId
from bot.domain.source_health import SourceHealth, SourceState
from bot.jobs.import_planned import Import, Importing
from bot.store import announcements
from bot.store.engine import Store

from .announcing import DAY, HOUR, MONDAY, OURS, Bench

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


class Sources:
    """A board of which a test says what stands on it."""

    def __init__(self):
        self.changes = 0
        self.said = ()
        self.state = SourceState.OK

    def says(self, *several, state=SourceState.OK):
        self.changes += 1
        self.said, self.state = several, state

    def look(self, tenant, now):
        return self.said

    def healths(self):
        period = timedelta(minutes=5)
        health = SourceHealth(
            source=SourceId("graph"), state=self.state, since=MONDAY, period=period, last_success=MONDAY, tenant=OURS
        )
        return (health,)


def message(title="MC1: Telephony stops", starts=START, **changes):
    first = Observation(
        source=SourceId("graph"),
        kind=Kind.OFFICIAL_TENANT,
        origin="microsoft",
        key="MC1/teams",
        service=TEAMS,
        health=Health.MAINTENANCE,
        seen_at=MONDAY,
        until=MONDAY + 30 * DAY,
        since=starts,
        ends_at=starts + 4 * HOUR,
        tenant=OURS,
        feature=Feature.CALLING,
        text=title,
    )
    return replace(first, **changes)


@pytest.fixture
def imports(bench):
    def importing(mode):
        board = Sources()
        one = Import(bench.store, board, bench.clock, Importing(mode_of=lambda _: mode))
        one.tenants = (OURS,)
        return one, board

    return importing


async def found(bench):
    async with bench.store.reading() as db:
        return await announcements.recent(db, OURS)


async def test_planned_work_of_others_becomes_a_draft_once(bench, imports):
    importing, board = imports("draft")
    for _ in range(2):
        board.says(message(), replace(message(), seen_at=MONDAY + HOUR))
        await importing.tick()
    (one,) = await found(bench)
    assert (one.draft, one.revision, one.origin) == (Draft.DRAFT, 1, "graph:MC1/teams")
    await bench.until(START + DAY)
    assert await bench.owed() == []


async def test_where_the_tenant_says_so_it_goes_out_changes_and_is_cancelled_by_itself(bench, imports):
    importing, board = imports("send")
    board.says(message())
    await importing.tick()
    await bench.look()
    board.says(message(starts=START + DAY))
    await importing.tick()
    await bench.look()
    (one,) = await found(bench)
    assert (await bench.only(one.id)).starts_at == START + DAY
    board.says(state=SourceState.BLIND)  # who can't be read withdraws nothing
    await importing.tick()
    assert (await found(bench))[0].draft is Draft.PLANNED
    board.says()
    await importing.tick()
    await bench.look()
    assert await bench.story(one.id) == [
        ("posted", "planned"), ("edited", "other_times"), ("cancelled", "author"),
    ]  # fmt: skip


async def test_what_its_source_takes_back_and_says_again_goes_out_again(bench, imports):
    importing, board = imports("send")
    for said in ((message(),), (), (message(),)):
        board.says(*said)
        await importing.tick()
        await bench.look()
    (one,) = await found(bench)
    assert one.draft is Draft.PLANNED
    assert [each.phase for each in await bench.occurrences(one.id)] == ["cancelled", "scheduled"]


async def test_what_our_people_called_off_stays_off(bench, imports):
    importing, board = imports("send")
    board.says(message())
    await importing.tick()
    (one,) = await found(bench)
    await bench.save(replace(one, draft=Draft.CANCELLED), one.revision)
    board.says(message("MC1: Telephony stops, again"))
    await importing.tick()
    assert (await found(bench))[0].draft is Draft.CANCELLED


async def test_what_is_over_is_not_cancelled_and_off_is_off(bench, imports):
    importing, board = imports("send")
    board.says(message())
    await importing.tick()
    await bench.until(START + 6 * HOUR)
    board.says()
    await importing.tick()
    (one,) = await found(bench)
    assert (one.draft, (await bench.story(one.id))[-1]) == (Draft.ENDED, ("completed", "planned_end"))
    nothing, board = imports("off")
    board.says(message(key="MC2/teams"))
    await nothing.tick()
    await nothing.tick()
    assert len(await found(bench)) == 1
