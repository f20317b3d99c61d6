"""Whoever may approve is asked once, whatever is killed in between, and their card says what became of it."""

import shutil
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.clock import SettableClock
from bot.domain.announcement import Approval, Draft
from bot.domain.approving import approve, digest
from bot.domain.delivery import Subject
from bot.store import deliveries, notifications
from bot.store.approvals import asked_in
from bot.store.engine import Store

from .announcing import HOUR, MONDAY, OURS, Bench, Killed, window

KILLS = [(number, moment) for number in (1, 2, 3) for moment in ("before", "within", "after")]


@pytest.fixture
async def bench(tmp_path, migrated_file):
    """Ben and Cleo may approve, and Anna, who writes; a help desk and a channel listen."""
    shutil.copy(migrated_file, tmp_path / "bot.db")
    clock = SettableClock(MONDAY)
    store = await Store.open(f"sqlite:///{tmp_path}/bot.db", clock)
    made = Bench(store, clock, approvers=("anna", "ben", "cleo", "dora"))
    await made.subscribe("19:sales")
    await made.subscribe("19:desk", helpdesk=True)
    for person in ("anna", "ben", "cleo"):
        await made.subscribe(f"a:{person}", person=person)
    yield made
    await store.close()


async def looks(bench):
    """A look that may be the last of its process, and what the next process does."""
    with suppress(Killed):
        await bench.look()
    bench.start()
    await bench.look()


async def asked(bench):
    """What is owed about approvals: (where, of which revision, to its author?), each row."""
    rows = []
    async with bench.store.reading() as db:
        for about, place, *_ in await bench.owed():
            if (known := asked_in(about)) is not None:
                told = await notifications.about(db, OURS, Subject.APPROVAL, about)
                rows.append((place, known[0].revision, known[1], told.revision, told.final))
    return sorted(rows)


@pytest.mark.parametrize(("number", "moment"), KILLS)
async def test_each_is_asked_once_and_their_card_is_edited_once_it_is_decided(bench, number, moment):
    bench.killable.dies_at = (number, moment)
    one = await bench.save(window(MONDAY, draft=Draft.WAITING))
    await looks(bench)

    assert await asked(bench) == [(place, 1, False, 1, False) for place in ("19:desk", "a:ben", "a:cleo")]
    async with bench.store.reading() as db:
        assert len(await deliveries.due(db, OURS, MONDAY, 10)) == 3

    bench.killable.dies_at = (bench.killable.count + number, moment)
    yes = approve(one, Approval(digest=digest(one), by="ben", at=MONDAY))
    await bench.save(yes, one.revision)
    await looks(bench)

    places = [("19:desk", 1, False, 2, True), ("a:anna", 1, True, 1, True)]
    assert await asked(bench) == [*places, *((place, 1, False, 2, True) for place in ("a:ben", "a:cleo"))]


async def test_a_text_that_is_saved_again_is_asked_anew(bench):
    one = await bench.save(window(MONDAY, draft=Draft.WAITING))
    await bench.look()
    no = await bench.save(replace(one, draft=Draft.DRAFT), one.revision)
    await bench.look()
    await bench.save(replace(no, draft=Draft.WAITING, owner="Telephony"), no.revision)
    await bench.look()

    assert [row for row in await asked(bench) if row[0] in ("a:anna", "a:ben")] == [
        ("a:anna", 1, True, 1, True), ("a:ben", 1, False, 2, True), ("a:ben", 3, False, 1, False),
    ]  # fmt: skip


async def test_what_is_called_off_is_asked_no_more_and_its_author_knows_it(bench):
    one = await bench.save(window(MONDAY, draft=Draft.WAITING))
    await bench.look()
    await bench.save(replace(one, draft=Draft.CANCELLED), one.revision)
    await bench.until(MONDAY + HOUR)

    assert {row[3:] for row in await asked(bench)} == {(2, True)}
    assert "a:anna" not in [row[0] for row in await asked(bench)]
