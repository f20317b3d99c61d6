"""Rows: what is kept comes back as it was, counts once, and belongs to one tenant."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from bot.domain.advice import StepId
from bot.domain.conversation import Answer, ConversationEvent, Destination, Life, Role, Scope
from bot.domain.observation import Client, Feature, Health, Kind, Observation, ServiceId, SourceId, Strength, TenantId
from bot.domain.source_health import SourceHealth, SourceState
from bot.store import answers, audit, conversations, keys, observations, offers, own_tests, reports
from bot.store.engine import StoreError
from bot.store.own_tests import OwnTest
from bot.store.prune import Retention, prune
from bot.store.recent import RecentAnswers
from bot.store.reports import Report, Said

OURS = TenantId("ours")
THEIRS = TenantId("theirs")
TEAMS = ServiceId("teams")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def seen(now, **changes):
    known = {
        "source": SourceId("ms_public"),
        "kind": Kind.OFFICIAL_PUBLIC,
        "origin": "microsoft",
        "key": "TM1",
        "service": TEAMS,
        "health": Health.DEGRADED,
        "seen_at": now,
        "until": now + 5 * MINUTE,
    }
    return Observation(**known | changes)


def answer(now, **changes):
    known = {
        "id": "",
        "tenant": OURS,
        "conversation": "19:sales@thread.tacv2",
        "at": now,
        "shared": True,
        "intent": "ask_status",
        "service": TEAMS,
    }
    return Answer(**known | changes)


def report(now, person="anna", **changes):
    return Report(**{"tenant": OURS, "person": person, "said": Said.ME_TOO, "service": TEAMS, "at": now} | changes)


async def write(store, function, *values, **named):
    async with store.transaction() as db:
        return await function(db, *values, **named)


async def test_a_statement_comes_back_whole_after_a_restart(store, now):
    full = seen(
        now,
        said_at=now - 3 * MINUTE,
        since=now - 20 * MINUTE,
        ends_at=now + DAY,
        next_update_at=now + 30 * MINUTE,
        feature=Feature.MEETINGS,
        region="Europe",
        client=Client.WINDOWS,
        advisory=True,
        strength=Strength(reports=7, authors=5, usual=1.5, window=10 * MINUTE, at_least=True, shares={"Köln": 3}),
        text="Users may be unable to join „Besprechungen“ \x00",
        link="https://status.example/TM1",
        vantage="site:Köln",
        drill=True,
    )
    await write(store, observations.save_poll, full.source, None, [full])
    async with store.reading() as db:
        assert await observations.load(db, now) == (full,)


async def test_what_a_source_does_not_say_again_it_no_longer_says(store, now):
    first, second = seen(now, key="TM1"), seen(now, key="TM2")
    await write(store, observations.save_poll, first.source, None, [first, second])
    newer = seen(now + MINUTE, key="TM2")
    await write(store, observations.save_poll, first.source, None, [newer, second])
    async with store.reading() as db:
        assert await observations.load(db, now + MINUTE) == (newer,)
        assert await observations.load(db, now + DAY) == ()


async def test_polls_of_one_tenant_leave_others_alone(store, now):
    public, ours, theirs = (seen(now, source=SourceId("graph"), tenant=tenant) for tenant in (None, OURS, THEIRS))
    for one in (public, ours, theirs):
        await write(store, observations.save_poll, one.source, one.tenant, [one])
    await write(store, observations.save_poll, SourceId("graph"), OURS, [])
    async with store.reading() as db:
        assert await observations.load(db, now) == (public, theirs)


async def test_words_of_a_newer_release_are_passed_over(store, now):
    kept = seen(now)
    await write(store, observations.save_poll, kept.source, None, [kept, seen(now, key="TM2")])
    async with store.transaction() as db:
        await db.execute(
            text("UPDATE observations SET body = replace(body, 'degraded', 'glowing') WHERE key LIKE '%TM2'")
        )
    async with store.reading() as db:
        assert await observations.load(db, now) == (kept,)


async def test_health_of_a_source_comes_back_as_it_was(store, now):
    blind = SourceHealth(
        source=SourceId("x"),
        state=SourceState.BLIND,
        since=now - DAY,
        tenant=OURS,
        last_success=now - 2 * DAY,
        last_try=now,
        next_try=now + MINUTE,
        period=timedelta(seconds=0.25),
        failures=4,
        reason="403 challenge",
        http_status=403,
        spend=12_345,
    )
    await write(
        store,
        observations.save_health,
        SourceHealth(source=SourceId("x"), state=SourceState.OK, since=now, tenant=OURS),
    )
    await write(store, observations.save_health, blind)
    async with store.reading() as db:
        assert await observations.load_health(db) == (blind,)


async def test_a_moment_without_a_zone_is_refused(store, now):
    with pytest.raises(StatementError, match="without a zone"):
        await write(store, answers.add, answer(now.replace(tzinfo=None)))
    async with store.reading() as db:
        assert await answers.dirty(db, now) == ()


async def test_moments_come_back_in_utc_to_the_microsecond(store, now):
    berlin = datetime.fromisoformat("2026-07-01T09:40:00.123456+02:00")
    kept = await write(store, answers.add, answer(now, since=berlin))
    async with store.reading() as db:
        found = await answers.get(db, kept.id, OURS, kept.conversation)
    assert found.since == berlin
    assert found.since.tzinfo is UTC


async def test_an_answer_is_found_by_its_own_tenant_and_conversation_only(store, now):
    kept = await write(
        store,
        answers.add,
        answer(now, feature=Feature.CHAT, client=Client.MAC, codes=("AADSTS50126", "0xCAA70007"), drill=True),
    )
    assert len(kept.id) >= 16
    async with store.reading() as db:
        assert await answers.get(db, kept.id, OURS, kept.conversation) == kept
        assert await answers.get(db, kept.id, THEIRS, kept.conversation) is None
        assert await answers.get(db, kept.id, None, kept.conversation) is None
        assert await answers.get(db, kept.id, OURS, "elsewhere") is None
        assert await answers.get(db, "' OR 1=1 --", OURS, kept.conversation) is None


async def test_a_shared_card_is_brought_up_to_date_at_most_once_in_thirty_seconds(store, now):
    kept = await write(store, answers.add, answer(now))
    await write(store, answers.mark_dirty, kept.id)
    async with store.reading() as db:
        assert await answers.dirty(db, now) == ()  # not sent yet: there is no card to edit
    await write(store, answers.sent, kept.id, "1700000000", "1699999999")
    await write(store, answers.mark_dirty, kept.id)
    async with store.reading() as db:
        (edit,) = await answers.dirty(db, now)
    assert (edit.answer.activity, edit.answer.thread, edit.revision) == ("1700000000", "1699999999", 2)
    await write(store, answers.mark_dirty, kept.id)  # somebody presses while the edit is on its way
    await write(store, answers.edited, kept.id, edit.revision, now)
    async with store.reading() as db:
        assert await answers.dirty(db, now + timedelta(seconds=29)) == ()
        (again,) = await answers.dirty(db, now + timedelta(seconds=30))
    await write(store, answers.edited, kept.id, again.revision, now + MINUTE)
    async with store.reading() as db:
        assert await answers.dirty(db, now + DAY / 2) == ()


async def test_an_edit_that_failed_is_tried_again_until_the_card_is_old(store, now):
    kept = await write(store, answers.add, answer(now, activity="17"))
    await write(store, answers.mark_dirty, kept.id)
    await write(store, answers.edit_failed, kept.id, now)
    async with store.reading() as db:
        assert await answers.dirty(db, now + timedelta(seconds=1)) == ()
        assert len(await answers.dirty(db, now + MINUTE)) == 1
        assert await answers.dirty(db, now + DAY) == ()


async def test_a_personal_card_is_never_edited_for_others(store, now):
    kept = await write(store, answers.add, answer(now, shared=False, activity="17"))
    await write(store, answers.mark_dirty, kept.id)
    async with store.reading() as db:
        assert await answers.dirty(db, now) == ()


async def test_recent_answers_are_found_before_they_are_written_and_after(store, now):
    recent = RecentAnswers(store)
    one, two = recent.add(answer(now)), recent.add(answer(now, conversation="a:personal"))
    recent.sent(one.id, "17", None)
    assert (await recent.get(one.id, OURS, one.conversation)).activity == "17"
    assert await recent.get(one.id, THEIRS, one.conversation) is None
    recent.sent(two.id, "18", "16")
    await recent.flush()
    afterwards = RecentAnswers(store)
    found = await afterwards.get(two.id, OURS, two.conversation)
    assert (found.activity, found.thread) == ("18", "16")
    assert (await afterwards.get(one.id, OURS, one.conversation)).activity == "17"
    assert await afterwards.get("unknown", OURS, one.conversation) is None


async def test_a_person_counts_once_in_fifteen_minutes(store, now):
    assert await write(store, reports.add, report(now, site="Köln"))
    assert not await write(store, reports.add, report(now + 14 * MINUTE))
    assert await write(store, reports.add, report(now + MINUTE, person="ben", site="Graz"))
    assert await write(store, reports.add, report(now + MINUTE, tenant=THEIRS))
    assert await write(store, reports.add, report(now + MINUTE, person="cleo", said=Said.WORKS))
    async with store.reading() as db:
        counted = await reports.count(db, OURS, TEAMS, now + 2 * MINUTE)
        assert (counted.reports, counted.authors, counted.shares) == (2, 2, {"Graz": 1, "Köln": 1})
        assert (await reports.count(db, OURS, TEAMS, now + 15 * MINUTE)).shares == {"Graz": 1}
        assert (await reports.count(db, OURS, TEAMS, now + 2 * MINUTE, said=Said.WORKS)).reports == 1
        assert (await reports.count(db, OURS, ServiceId("exchange"), now)).reports == 0
        assert await reports.first_at(db, OURS, TEAMS, now + 2 * MINUTE) == now
        assert await reports.first_at(db, OURS, TEAMS, now + DAY) is None
        assert await reports.tenants(db, TEAMS, now + MINUTE) == (OURS, THEIRS)
    assert await write(store, reports.add, report(now + 15 * MINUTE))


async def test_the_last_word_of_a_person_counts(store, now):
    await write(store, reports.add, report(now, feature=Feature.CHAT, site="Köln"))
    assert await write(store, reports.add, report(now + MINUTE, said=Said.FIXED))
    async with store.reading() as db:
        assert (await reports.count(db, OURS, TEAMS, now + MINUTE)).reports == 0
    assert await write(store, reports.add, report(now + 2 * MINUTE, feature=Feature.CALLING))
    await write(store, reports.set_site, OURS, "anna", "Porto")
    async with store.reading() as db:
        assert (await reports.count(db, OURS, TEAMS, now + 2 * MINUTE)).shares == {"Porto": 1}
        assert await reports.features(db, OURS, TEAMS, now + 2 * MINUTE) == {"calling": 1}


async def test_own_tests_are_seen_by_their_person_and_end(store, now):
    failed = OwnTest(tenant=OURS, person="anna", key="neutral", health=Health.DOWN, at=now, until=now + 30 * MINUTE)
    await write(store, own_tests.save, failed)
    better = OwnTest(
        tenant=OURS, person="anna", key="neutral", health=Health.FINE, at=now + MINUTE, until=now + 31 * MINUTE
    )
    await write(store, own_tests.save, better)
    async with store.reading() as db:
        assert await own_tests.load(db, OURS, "anna", now + MINUTE) == (better,)
        assert await own_tests.load(db, OURS, "ben", now + MINUTE) == ()
        assert await own_tests.load(db, THEIRS, "anna", now + MINUTE) == ()
        assert await own_tests.load(db, OURS, "anna", now + 31 * MINUTE) == ()
    await write(store, own_tests.clear, OURS, "anna")
    async with store.reading() as db:
        assert await own_tests.load(db, OURS, "anna", now + MINUTE) == ()


async def test_steps_keep_their_order_and_what_came_of_them(store, now):
    first, second, third = StepId("restart-app"), StepId("clear-cache"), StepId("contact-it")
    await write(store, offers.offer, "card", "anna", [first, second], now)
    await write(store, offers.settle, "card", "anna", offers.Result.STILL_BROKEN, now)
    await write(store, offers.offer, "card", "anna", [second, third], now + MINUTE)
    await write(store, offers.offer, "card", "anna", [], now + MINUTE)
    await write(store, offers.settle, "card", "anna", offers.Result.FIXED, now + MINUTE)
    async with store.reading() as db:
        shown = await offers.shown(db, "card", "anna")
        assert await offers.shown(db, "card", "ben") == ()
    assert [(one.step, one.place, one.result) for one in shown] == [
        (second, 1, "still_broken"),
        (first, 1, "still_broken"),
        (third, 2, "fixed"),
    ]


def event(life, id="19:general", **changes):
    place = {
        "id": id,
        "scope": Scope.CHANNEL,
        "tenant": OURS,
        "service_url": "https://smba/emea/",
        "bot_id": "28:bot",
        "team": "red",
    }
    said = {name: changes.pop(name) for name in ("language", "zone") if name in changes}
    return ConversationEvent(life=life, destination=Destination(**place | changes), **said)


async def test_a_conversation_is_remembered_and_follows_its_service_address(store, now):
    await write(store, conversations.record, event(Life.INSTALLED, language="de", zone="Europe/Berlin"), now)
    await write(store, conversations.set_site, OURS, "19:general", "Köln")
    await write(store, conversations.set_language, OURS, "19:general", "en")
    moved = event(Life.SEEN, service_url="https://smba/de/", language="fr", zone="Asia/Tokyo", team=None)
    await write(store, conversations.record, moved, now + DAY)
    async with store.reading() as db:
        known = await conversations.get(db, OURS, "19:general")
        assert await conversations.get(db, THEIRS, "19:general") is None
    assert known.destination == event(Life.SEEN, service_url="https://smba/de/").destination
    assert (known.language, known.zone, known.site, known.installed_at) == ("en", "Europe/Berlin", "Köln", now)


async def test_a_person_who_travels_takes_the_zone_along(store, now):
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        await write(store, conversations.record, event(Life.SEEN, scope=Scope.PERSONAL, team=None, zone=zone), now)
    async with store.reading() as db:
        assert (await conversations.get(db, OURS, "19:general")).zone == "Asia/Tokyo"


async def test_nothing_is_written_when_nothing_changed(store, now):
    for _ in range(2):
        await write(store, conversations.record, event(Life.SEEN, language="de", zone="Europe/Berlin"), now)
    async with store.transaction() as db:
        await conversations.record(db, event(Life.SEEN, language="de", zone="Europe/Berlin"), now)
        if db.dialect.name == "sqlite":
            assert (await db.exec_driver_sql("SELECT changes()")).scalar_one() <= 1
            await db.exec_driver_sql(
                "CREATE TRIGGER unwanted BEFORE UPDATE ON conversations BEGIN SELECT RAISE(FAIL, 'written'); END"
            )
            await conversations.record(db, event(Life.SEEN, language="de", zone="Europe/Berlin"), now)
            await db.exec_driver_sql("DROP TRIGGER unwanted")


async def test_a_team_that_removes_the_bot_ends_all_its_channels(store, now):
    for id, team in (("19:general", "red"), ("19:sales", "red"), ("19:other", "blue")):
        await write(store, conversations.record, event(Life.SEEN, id=id, team=team), now)
    await write(store, conversations.record, event(Life.REMOVED), now + DAY)
    async with store.reading() as db:
        assert [one.destination.id for one in await conversations.reachable(db, OURS)] == ["19:other"]
        sales = await conversations.get(db, OURS, "19:sales")
    assert (sales.gone_at, sales.reason) == (now + DAY, "removed")
    await write(store, conversations.record, event(Life.INSTALLED, id="19:sales"), now + 2 * DAY)
    await write(store, conversations.record, event(Life.DELETED, id="19:other", team="blue"), now + 2 * DAY)
    await write(store, conversations.gone, OURS, "unknown", reason="blocked", now=now)
    async with store.reading() as db:
        assert [one.destination.id for one in await conversations.reachable(db, OURS)] == ["19:sales"]


async def test_deeds_are_kept_newest_first_and_per_tenant(store, now):
    deeds = [
        audit.Deed(tenant=OURS, at=now + n * MINUTE, who="id", role=Role.ADMIN, what=f"mute {n}", after="on")
        for n in range(3)
    ]
    for deed in deeds:
        await write(store, audit.add, deed)
    async with store.reading() as db:
        assert await audit.recent(db, OURS, limit=2) == (deeds[2], deeds[1])
        assert await audit.recent(db, THEIRS) == ()


async def test_a_code_stands_for_one_person_of_one_tenant_on_one_day(store, now):
    people = keys.PersonKeys(store)
    anna = await people.of(OURS, "29:anna", now)
    assert (
        anna
        == await people.of(OURS, "29:anna", now + 2 * MINUTE)
        == await write(store, keys.person_key, OURS, "29:anna", now)
    )
    assert "anna" not in anna
    assert len({anna, await people.of(OURS, "29:ben", now), await people.of(THEIRS, "29:anna", now)}) == 3
    assert await people.of(OURS, "29:anna", now + DAY) != anna
    assert await keys.PersonKeys(store).of(OURS, "29:anna", now) == anna


async def test_nobody_counts_twice_because_a_day_ends(store, now):
    people = keys.PersonKeys(store)
    before, after = now.replace(hour=23, minute=55), now.replace(hour=23, minute=55) + 10 * MINUTE
    old = await people.of(OURS, "29:anna", before)
    await write(store, reports.add, report(before, person=old))
    await write(store, offers.offer, "card", old, [StepId("restart-app")], before)
    await write(
        store,
        own_tests.save,
        OwnTest(tenant=OURS, person=old, key="web", health=Health.FINE, at=before, until=before + DAY),
    )
    new = await people.of(OURS, "29:anna", after)
    assert new != old
    assert not await write(store, reports.add, report(after, person=new))
    async with store.reading() as db:
        assert (await reports.count(db, OURS, TEAMS, after)).reports == 1
        assert len(await offers.shown(db, "card", new)) == 1
        assert len(await own_tests.load(db, OURS, new, after)) == 1


RETENTION = Retention(
    observations=DAY,
    answers=2 * DAY,
    reports=2 * DAY,
    conversations=3 * DAY,
    audit=30 * DAY,
    incidents=30 * DAY,
    deliveries=9 * DAY,
)


async def test_a_key_is_destroyed_two_days_after_its_day(store, now):
    code = await write(store, keys.person_key, OURS, "29:anna", now)
    midnight = now.replace(hour=0)
    assert (await write(store, prune, midnight + 3 * DAY - MINUTE, RETENTION))["day_keys"] == 0
    assert (await write(store, prune, midnight + 3 * DAY, RETENTION))["day_keys"] == 1
    assert await write(store, keys.person_key, OURS, "29:anna", now) != code  # nobody can make the old code again


async def test_rows_go_when_their_time_is_over_and_not_before(store, now):
    await write(store, observations.save_poll, SourceId("x"), None, [seen(now, source=SourceId("x"))])
    await write(store, answers.add, answer(now))
    await write(store, reports.add, report(now))
    await write(
        store, own_tests.save, OwnTest(tenant=OURS, person="anna", key="web", health=Health.FINE, at=now, until=now)
    )
    await write(store, offers.offer, "card", "anna", [StepId("restart-app")], now)
    await write(store, conversations.record, event(Life.INSTALLED), now)
    await write(store, conversations.record, event(Life.INSTALLED, id="19:stays", team="blue"), now)
    await write(store, conversations.record, event(Life.REMOVED), now)
    await write(store, audit.add, audit.Deed(tenant=OURS, at=now, who="id", role=Role.ADMIN, what="mute"))
    assert not any((await write(store, prune, now + MINUTE, RETENTION)).values())
    removed = await write(store, prune, now + 30 * DAY, RETENTION)
    assert {table: rows for table, rows in removed.items() if rows} == {
        "observations": 1,
        "answers": 1,
        "reports": 1,
        "own_tests": 1,
        "offers": 1,
        "conversations": 1,
        "audit": 1,
    }


async def test_a_reader_cannot_write(store, now):
    with pytest.raises(StoreError, match=r"read-?only"):
        async with store.reading() as db:
            await answers.add(db, answer(now))
