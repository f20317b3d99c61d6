"""Announcements and when they take place: what is kept comes back, is planned once and belongs to one tenant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.announcement import (
    Announcement,
    AnnouncementId,
    Audience,
    Draft,
    Kind,
    Moment,
    Phase,
    Reader,
    Words,
)
from bot.domain.announcing import planned
from bot.domain.approving import Conflict, digest
from bot.domain.delivery import Subject
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.occurring import Step, due_now
from bot.domain.schedule import Rule
from bot.store import announcements, dues, notifications, occurrences, stepping
from bot.store.engine import Store
from bot.store.forget import FORGOTTEN, Meant, forget
from bot.store.prune import prune
from tests.databases import bring_to

from .test_incidents import RETENTION
from .test_open import OLD, OURS

THEIRS = TenantId("theirs")
HOUR = timedelta(hours=1)


def telephony(now, **changes):
    first = Announcement(
        id=AnnouncementId(""),
        tenant=OURS,
        kind=Kind.MAINTENANCE,
        words={"en": Words(title="Telephony stops"), "de": Words(title="Telefon fällt aus")},
        language="en",
        rule=Rule(at=datetime.fromisoformat("2026-03-07T22:00")),
        zone="Europe/Berlin",
        lasts=4 * HOUR,
        services=frozenset({ServiceId("teams")}),
        features=frozenset({Feature.CALLING}),
        audience=Audience(reader=Reader.TAG, names=frozenset({"site"})),
        draft=Draft.PLANNED,
        author="anna",
        made_at=now,
        changed_at=now,
    )
    return replace(first, **changes)


async def test_an_announcement_comes_back_as_it_was_saved(store, now):
    async with store.transaction() as db:
        kept = await announcements.save(db, telephony(now))
        assert len(kept.id) == 8
    async with store.reading() as db:
        assert await announcements.get(db, kept.id.lower(), OURS) == kept
        assert await announcements.get(db, kept.id, THEIRS) is None
        assert digest(await announcements.get(db, kept.id)) == digest(kept)
        assert await announcements.to_be_planned(db, 10) == (kept.id,)


async def test_of_two_editors_the_second_is_told_and_loses_nothing(store, now):
    async with store.transaction() as db:
        first = await announcements.save(db, telephony(now))
        second = await announcements.save(db, replace(first, link="https://it.example/1"), first.revision)
        late = await announcements.save(db, replace(first, link="https://it.example/2"), first.revision)
        assert late == Conflict(theirs=second, expected_revision=1)
        assert list(await announcements.texts(db, first.id)) == [1, 2]


async def test_what_one_source_announced_is_kept_once(store, now):
    async with store.transaction() as db:
        first = await announcements.save(db, telephony(now, origin="graph:MC1"))
        again = await announcements.save(db, telephony(now, origin="graph:MC1"))
        other = await announcements.save(db, telephony(now, origin="graph:MC1", tenant=THEIRS))
        assert (again.theirs.id, other.revision) == (first.id, 1)
        assert await announcements.from_origins(db, OURS) == (first,)


async def test_a_planned_time_is_written_down_once_and_each_moment_is_done_once(store, now):
    async with store.transaction() as db:
        kept = await announcements.save(db, telephony(now))
        plans = planned(kept, (), now, now + 10 * 24 * HOUR)
        assert await occurrences.add(db, plans, "2026.1") == 1
        assert await occurrences.add(db, plans, "2026.1") == 0
        assert await dues.next_at(db) == now
        (occurrence,) = await occurrences.of_announcement(db, kept.id)
        assert await dues.come(db, now, 10) == (occurrence.id,)
        (post,) = (await dues.claim(db, [occurrence.id], now))[occurrence.id]
        assert await dues.claim(db, [occurrence.id], now) == {}
        (taken,) = due_now(kept, [(occurrence, [post])], now, HOUR)
        assert len(await stepping.take(db, kept, [taken], now, due={occurrence.id: post.at})) == 1
        assert await stepping.take(db, kept, [taken], now) == ()  # somebody was first
        assert await dues.come(db, now, 10) == ()
        told = await notifications.about(db, OURS, Subject.ANNOUNCEMENT, occurrence.id)
        assert (told.revision, told.final) == (2, False)
        assert [each.step for each in await stepping.steps(db, occurrence.id)] == [Step.POSTED]
    async with store.reading() as db:
        moments = [due.moment for due, done in await dues.of(db, occurrence.id) if done is None]
        assert moments == [Moment.DAY_BEFORE, Moment.HOUR_BEFORE, Moment.START, Moment.END, Moment.EXPIRE]
        assert await occurrences.with_older_zones(db, "2026.2") == (kept.id,)


async def test_an_announcement_goes_when_its_time_is_over_with_all_that_refers_to_it(store, now):
    async with store.transaction() as db:
        kept = await announcements.save(db, telephony(now))
        await occurrences.add(db, planned(kept, (), now, now), "2026.1")
        await announcements.planned(db, [(kept, None)])
        await announcements.close_ended(db, [kept.id], occurrences.OPEN, now)
        assert (await announcements.get(db, kept.id)).draft is Draft.PLANNED  # one is still to come
        (occurrence,) = await occurrences.of_announcement(db, kept.id)
        await occurrences.drop(db, [occurrence])
        await announcements.close_ended(db, [kept.id], occurrences.OPEN, now)
        assert (await announcements.get(db, kept.id)).draft is Draft.ENDED
        later = now + RETENTION.announcements + HOUR
        for _ in range(3):
            await prune(db, later, RETENTION)
        assert await announcements.get(db, kept.id) is None
        assert await announcements.texts(db, kept.id) == {}


async def test_announcements_are_read_from_an_older_release(any_url, file, clock, now):
    file.parent.mkdir()
    rows = OLD[0].with_name("0005.sql")
    bring_to(any_url, rows.stem, rows.read_text().splitlines())
    store = await Store.open(any_url, clock)
    async with store.reading() as db:
        (one,) = await announcements.recent(db, OURS)
        assert (one.lasts, one.audience.names, one.words["en"].hit) == (4 * HOUR, {"site"}, "Calls")
        (occurrence,) = await occurrences.of_announcement(db, one.id)
        assert (occurrence.phase, occurrence.local) == (Phase.SCHEDULED, datetime.fromisoformat("2026-03-07T22:00"))
        assert await dues.next_at(db) == datetime(2026, 3, 7, 21, tzinfo=UTC)
        assert len(await stepping.steps(db, occurrence.id)) == 1
    await store.close()


async def test_a_conversation_that_is_forgotten_is_in_no_audience_any_more(store, now):
    gone, stays = "19:gone@thread.tacv2", "19:stays@thread.tacv2"
    async with store.transaction() as db:
        listed = Audience(reader=Reader.LIST, names=frozenset({gone, stays}))
        kept = await announcements.save(db, telephony(now, audience=listed))
    meant = Meant(tenant=OURS, conversations=frozenset({(OURS, gone)}))
    assert (await forget(store.transaction, meant))["announcements"] == 1
    async with store.reading() as db:
        assert (await announcements.get(db, kept.id)).audience.names == {FORGOTTEN, stays}
