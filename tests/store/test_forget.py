"""Somebody is forgotten: their rows go, others' stay, and that a role was used stays without a name."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import Column, MetaData, String, Table, Text, insert, select

from bot.domain.advice import StepId
from bot.domain.announcement import Words
from bot.domain.conversation import Answer, ConversationEvent, Destination, Life, Role, Scope
from bot.domain.observation import Health, ServiceId, TenantId
from bot.store import announcements, answers, audit, conversations, forget, keys, offers, own_tests, reports
from bot.store.engine import Store
from bot.store.kept import Keep, every, kept, kept_of
from bot.store.own_tests import OwnTest
from bot.store.prune import Retention, prune
from bot.store.reports import Report, Said
from bot.store.tables import metadata
from bot.store.tables import offers as rows_of_offers
from tests.domain.plans import plan

OURS, THEIRS = TenantId("ours"), TenantId("theirs")
TEAMS = ServiceId("teams")
DAY = timedelta(days=1)
RETENTION = Retention(
    observations=DAY,
    answers=90 * DAY,
    reports=90 * DAY,
    conversations=30 * DAY,
    audit=90 * DAY,
    incidents=90 * DAY,
    deliveries=90 * DAY,
)


@dataclass(frozen=True)
class Someone:
    id: str
    chat: str
    tenant: TenantId = OURS


ANN = Someone("22222222-2222-4222-8222-222222222222", "a:ann")
BEN = Someone("33333333-3333-4333-8333-333333333333", "a:ben")
ANN_THERE = Someone(ANN.id, "a:ann-there", THEIRS)


async def lives(store, who, now):
    """Everything that one person leaves behind."""
    place = Destination(id=who.chat, scope=Scope.PERSONAL, tenant=who.tenant, service_url="https://smba/")
    async with store.transaction() as db:
        await conversations.record(db, ConversationEvent(life=Life.INSTALLED, destination=place, person=who.id), now)
        code = await keys.person_key(db, who.tenant, who.id, now)
        given = await answers.add(
            db, Answer(id="", tenant=who.tenant, conversation=who.chat, at=now, shared=False, intent="x", service=TEAMS)
        )
        await offers.offer(db, given.id, code, [StepId("restart-app")], now)
        await reports.add(db, Report(tenant=who.tenant, person=code, said=Said.ME_TOO, service=TEAMS, at=now))
        test = OwnTest(tenant=who.tenant, person=code, key="web", health=Health.FINE, at=now, until=now + DAY)
        await own_tests.save(db, test)
        await audit.add(db, audit.Deed(tenant=who.tenant, at=now, who=who.id, role=Role.ADMIN, what="mute"))
    return code


async def forgets(store, person, tenant=None):
    async with store.reading() as db:
        meant = await forget.meant_by(db, person, tenant)
    return await forget.forget(store.transaction, meant)


LOOK_LIKE_PERSONS = {"person", "who", "by", "mention"}
NOT_TYPED = {  # long columns in which no person's words stand: what sources and machines said, and words of ours
    "observations": {"body"},
    "source_health": {"reason"},
    "answers": {"codes"},
    "contacts": {"send_error"},
    "incidents": {"kinds", "official", "acknowledged", "pending"},
    "subscriptions": {"services", "features", "places", "matters", "quiet"},
    "deliveries": {"error"},
}
ALL = {"conversations": 1, "answers": 1, "reports": 1, "own_tests": 1, "offers": 1, "audit": 1}


@pytest.mark.parametrize("named", [ANN.id, ANN.id.upper(), ANN.chat])
async def test_everything_under_an_id_goes_and_nothing_of_others(store, now, named):
    for who in (ANN, BEN):
        await lives(store, who, now)
    erased = await forgets(store, named)
    assert {name: rows for name, rows in erased.items() if rows} == ALL
    assert {name: rows for name, rows in (await forgets(store, named)).items() if rows} == {}
    async with store.reading() as db:
        assert [deed.who for deed in await audit.recent(db, OURS)] == [BEN.id, "(forgotten)"]
        assert (await reports.count(db, OURS, TEAMS, now)).reports == 1
        assert await conversations.get(db, OURS, ANN.chat) is None
        assert (await conversations.get(db, OURS, BEN.chat)).person == BEN.id


async def test_who_is_named_in_passing_is_named_no_more(store, now):
    subscriptions = metadata.tables["subscriptions"]
    made = {column.name: "[]" for column in subscriptions.c if not column.nullable}
    made |= {"tenant": OURS, "conversation": "19:sales@thread.tacv2", "loud_when_down": True, "helpdesk": False}
    async with store.transaction() as db:
        await db.execute(insert(subscriptions).values(**made | {"made_at": now, "made_by": ANN.id, "mention": ANN.id}))
    assert (await forgets(store, ANN.id))["subscriptions"] == 2
    async with store.reading() as db:
        (row,) = (await db.execute(select(subscriptions))).all()
    assert (row.made_by, row.mention) == ("(forgotten)", None)


async def test_an_id_within_what_a_deed_changed_is_overwritten_too(store, now):
    for who in (ANN, BEN):
        await lives(store, who, now)
    async with store.transaction() as db:
        for after in (f"{ANN.chat}: until 10:00", f"{ANN.id}, {BEN.id}", "a%b: _"):
            deed = audit.Deed(tenant=OURS, at=now, who=BEN.id, role=Role.ADMIN, what="mute", before=ANN.id, after=after)
            await audit.add(db, deed)
    await forgets(store, ANN.id)
    async with store.reading() as db:
        deeds = [deed for deed in await audit.recent(db, OURS) if deed.before is not None]
    assert {deed.before for deed in deeds} == {"(forgotten)"}
    assert {deed.after for deed in deeds} == {"(forgotten): until 10:00", f"(forgotten), {BEN.id}", "a%b: _"}


async def test_an_id_within_any_text_of_an_announcement_is_overwritten_too(store, now):
    first = plan(words={"en": Words(title="Telephony stops", todo=f"Ask {ANN.id} or {BEN.id}.")}, changed_at=now)
    async with store.transaction() as db:
        kept = await announcements.save(db, first)
        await announcements.save(db, replace(kept, words={"en": Words(title="Telephony stops")}), kept.revision)
    erased = await forgets(store, ANN.id)
    async with store.reading() as db:
        texts = await announcements.texts(db, kept.id)
    assert erased["announcement_texts"] == 1
    assert texts[1][1]["en"].todo == f"Ask (forgotten) or {BEN.id}."


async def test_one_tenant_may_be_named(store, now):
    for who in (ANN, ANN_THERE):
        await lives(store, who, now)
    erased = await forgets(store, ANN.id, THEIRS)
    assert {name: rows for name, rows in erased.items() if rows} == ALL
    async with store.reading() as db:
        assert (await conversations.get(db, OURS, ANN.chat)).person == ANN.id
        assert [deed.who for deed in await audit.recent(db, OURS)] == [ANN.id]


async def test_codes_of_days_whose_key_is_gone_are_found_by_their_own_chat_only(store, now):
    await lives(store, ANN, now)
    async with store.transaction() as db:
        await prune(db, now + 4 * DAY, RETENTION)
    erased = await forgets(store, ANN.id)
    assert (erased["conversations"], erased["answers"], erased["reports"]) == (1, 1, 0)


async def test_an_old_code_under_an_answer_ties_nobody_to_a_report(store, now):
    code = await lives(store, ANN, now)
    async with store.transaction() as db:
        await prune(db, now + DAY, RETENTION)
        assert len((await db.execute(select(rows_of_offers).where(rows_of_offers.c.person == code))).all()) == 1
        await prune(db, now + 4 * DAY, RETENTION)
        rows = (await db.execute(select(rows_of_offers))).all()
    assert [row.person == code for row in rows] == [False]


async def test_a_platform_id_finds_those_without_a_directory_id(store, now):
    guest = Someone("29:guest", "a:guest")
    await lives(store, guest, now)
    assert {name: rows for name, rows in (await forgets(store, "29:guest")).items() if rows} == ALL


@pytest.mark.parametrize(
    "known", ["29:1bSn", "8:orgid:x", "a:1qhN", "19:x@thread.tacv2", "19:a@unq.gbl.spaces", BEN.id]
)
def test_ids_are_known_by_their_look(known):
    assert forget.is_known_kind(known)


@pytest.mark.parametrize("unknown", ["", "Ann", "ann@corp.eu", "*", "29:", "22222222-2222-4222-8222", "local:1000"])
def test_what_is_no_id_is_refused(unknown):
    assert not forget.is_known_kind(unknown)


async def test_a_conversation_that_is_gone_takes_its_answers_and_its_person_along(store, now):
    await lives(store, ANN, now)
    await lives(store, BEN, now)
    async with store.transaction() as db:
        await conversations.gone(db, OURS, ANN.chat, reason="removed", now=now)
        await prune(db, now + 29 * DAY, RETENTION)
        assert await conversations.get(db, OURS, ANN.chat) is not None
        removed = await prune(db, now + 30 * DAY, RETENTION)
        assert (removed["conversations"], removed["answers"]) == (1, 1)
        assert await conversations.get(db, OURS, ANN.chat) is None
        assert await conversations.get(db, OURS, BEN.chat) is not None


async def test_nothing_of_a_forgotten_person_is_left_in_the_file(tmp_path, clock, now):
    file = tmp_path / "bot.db"
    store = await Store.open(f"sqlite:///{file}", clock)
    code = await lives(store, ANN, now)
    await forgets(store, ANN.id)
    await store.close()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    left = file.read_bytes()
    assert not any(word.encode() in left for word in (ANN.id, ANN.chat, code))


def test_every_table_says_what_it_keeps():
    for table, said in every(metadata):
        missing = [name for name in said.columns if name not in table.c]
        assert missing == [], f"{table.name}: info names columns that are not there"
        looks = {name for name in table.c.keys() if name in LOOK_LIKE_PERSONS or name.endswith("_by")}  # noqa: SIM118
        assert looks <= set(said.columns), f"{table.name}: say in info=kept(…) whom {looks} stands for"


def test_what_people_typed_is_declared_as_such():
    for table, said in every(metadata):
        free = {name for name, column in table.c.items() if isinstance(column.type, Text)}
        untold = free - set(said.columns) - NOT_TYPED.get(table.name, set())
        assert not untold, f"{table.name}: say texts=… in info=kept(…), or here that nobody types {untold}"


def test_a_table_that_says_nothing_is_told_how():
    with pytest.raises(LookupError, match=r"news needs info=kept"):
        kept_of(Table("news", MetaData(), Column("id", String)))
    told = Table("told", MetaData(), Column("by", String), info=kept(Keep.AUDIT, names=("by",)))
    assert kept_of(told).columns == ("by",)
