"""Whatever is saved, edited, called off and killed in between: every moment is done once, and told once.

More runs: `python -m tests.benchmarks.announcing --crashes 1000`.
"""

import asyncio
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import SettableClock
from bot.domain.announcement import Draft
from bot.domain.delivery import Subject
from bot.domain.schedule import Missed, Rule, read_rule
from bot.store import dues, notifications, occurrences, stepping
from bot.store.engine import Store

from .announcing import DAY, HOUR, MONDAY, OURS, Bench, Killed, notice, window

MINUTE = timedelta(minutes=1)
END = MONDAY + 9 * DAY
PLACES = ("19:desk", "19:india", "19:sales")


def made(kind):
    """One of several shapes, all over by the end."""
    daily = read_rule("FREQ=DAILY;COUNT=4", start=(MONDAY + DAY).replace(tzinfo=None), zone="Europe/Berlin")
    return {
        "window": window(MONDAY),
        "soon": window(MONDAY, "2026-03-03T10:00"),
        "notice": notice(MONDAY, "2026-03-03T10:30"),
        "lasting": notice(MONDAY, "2026-03-03T10:30", expires_after=DAY),
        "daily": notice(MONDAY, rule=daily, missed=Missed.ONCE),
        "foreign": window(MONDAY, "2026-03-04T10:00", origin="graph:MC1"),
    }[kind]


DEEDS = st.one_of(
    st.tuples(st.just("save"), st.sampled_from(["window", "soon", "notice", "lasting", "daily", "foreign"])),
    st.tuples(st.just("wait"), st.sampled_from([MINUTE, HOUR, 7 * HOUR, DAY, 3 * DAY])),
    st.tuples(st.just("kill"), st.tuples(st.integers(1, 6), st.sampled_from(["before", "within", "after"]))),
    st.tuples(st.just("off"), st.sampled_from([HOUR, DAY, 2 * DAY])),
    st.tuples(st.just("words"), st.none()),
    st.tuples(st.just("move"), st.none()),
    st.tuples(st.just("cancel"), st.none()),
    st.tuples(st.just("recall"), st.none()),
    st.tuples(st.just("zones"), st.none()),
)


class Run:
    """One run of a bot that is killed now and then."""

    def __init__(self, bench):
        self.bench = bench
        self.saved = []

    async def look(self):
        """A look that may be the last one of this process; the next one goes on."""
        try:
            await self.bench.look()
        except Killed:
            self.bench.start()
            await self.bench.look()

    async def wait(self, span):
        """Time passes, from moment to moment."""
        until = min(self.bench.clock.now() + span, END)
        while True:
            await self.look()
            due = self.bench.announcer.next_due
            if due is None or due > until:
                break
            assert due > self.bench.clock.now(), "a moment was not dealt with"
            self.bench.clock.set(due)
        self.bench.clock.set(until)
        await self.look()

    async def deed(self, what, how):
        """One thing that happens."""
        bench = self.bench
        if what == "save":
            if bench.clock.now() < MONDAY + DAY:
                one = made(how)
                one = replace(one, origin=f"{one.origin}{len(self.saved)}" if one.origin else "")
                self.saved.append((await bench.save(one)).id)
        elif what == "wait":
            await self.wait(how)
        elif what == "kill":
            bench.killable.dies_at = (bench.killable.count + how[0], how[1])
        elif what == "off":
            bench.clock.set(min(bench.clock.now() + how, END))
            bench.start()
        elif what == "zones":
            bench.version += "x"
            bench.start()
        elif self.saved:
            await self.change(what)

    async def change(self, what):
        """Somebody edits the newest one."""
        one = await self.bench.get(self.saved[-1])
        changes = {
            "words": {"owner": one.owner + "x"},
            "move": {"rule": Rule(at=one.rule.at + timedelta(hours=3)) if one.rule.at else one.rule},
            "cancel": {"draft": Draft.CANCELLED},
            "recall": {"draft": Draft.RECALLED},
        }[what]
        if one.draft in (Draft.PLANNED, Draft.ENDED):
            draft = {"draft": Draft.PLANNED} if "draft" not in changes else {}
            await self.bench.save(replace(one, **draft, **changes), one.revision)

    async def ends(self):
        """Time goes on to the end, and then all must add up."""
        await self.wait(END - self.bench.clock.now())
        await self.look()
        for one in self.saved:
            await self.adds_up(one)

    async def adds_up(self, which):
        """Nothing is left to do, every step was one revision, and everybody who heard of it has one card of it."""
        bench = self.bench
        owed = await bench.owed()
        assert len(owed) == len(set(owed))
        async with bench.store.reading() as db:
            for each in await occurrences.of_announcement(db, which):
                assert not each.phase.is_open, each
                assert all(done is not None for _, done in await dues.of(db, each.id))
                steps = await stepping.steps(db, each.id)
                assert [step.revision for step in steps] == list(range(2, 2 + len(steps)))
                told = [step for step in steps if step.step != "missed"]
                for once in ("started", "posted", "completed", "cancelled", "withdrawn", "missed"):
                    assert sum(step.step == once for step in steps) <= 1, steps
                known = await notifications.about(db, OURS, Subject.ANNOUNCEMENT, each.id)
                cards = [row for row in owed if row[0] == each.id and row[2] == "card"]
                if not told:
                    assert (known, cards) == (None, [])
                    continue
                assert known.revision == told[-1].revision == each.revision
                if told[0].step not in ("cancelled", "withdrawn"):
                    assert [row[1] for row in cards] == list(PLACES)


async def one_run(file, deeds):
    clock = SettableClock(MONDAY)
    store = await Store.open(f"sqlite:///{file}", clock)
    try:
        bench = Bench(store, clock)
        for place in PLACES:
            await bench.subscribe(place, helpdesk=place == "19:desk")
        run = Run(bench)
        await run.deed("save", "window")
        for deed in deeds:
            await run.deed(*deed)
        await run.ends()
    finally:
        await store.close()


def crashes(template, runs):
    """That many random runs."""

    @settings(max_examples=runs, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(DEEDS, min_size=2, max_size=12))
    def many(deeds):
        with TemporaryDirectory() as folder:
            file = Path(folder) / "bot.db"
            shutil.copy(template, file)
            asyncio.run(one_run(file, deeds))

    many()


def test_after_any_crash_nothing_is_lost_or_doubled(migrated_file):
    crashes(migrated_file, 8)


@pytest.mark.slow
def test_after_many_crashes_nothing_is_lost_or_doubled(migrated_file):
    crashes(migrated_file, 200)
