"""What was owed and said nowhere yet is taken back, and whoever waited for it waits on."""

from dataclasses import replace

from bot.domain.delivery import Subject
from bot.domain.incident import Incident, IncidentId, Level, Stage
from bot.domain.observation import ServiceId
from bot.domain.settling import Sent, settle
from bot.store import deliveries, unsaid, waiting
from bot.store.deliveries import Owed
from bot.store.waiting import Waiting

from .test_deliveries import MINUTE, OURS, THEIRS, install, read, want, write

TEAMS = ServiceId("teams")
AGAIN = IncidentId("AGAIN123")


async def test_only_what_was_said_nowhere_is_taken_back(store, now):
    await install(store, now, "a:ann", "a:ben")
    told = await want(store, now, subject=Subject.BACK, about="7K3M9QXD.4", final=True)
    drill = await want(store, now, subject=Subject.BACK, about="DRILL123.4", final=True, drill=True)
    for each in (told, drill):
        await write(store, deliveries.owe, each, [Owed(destination=name, due=now) for name in ("a:ann", "a:ben")])
    first = next(one for one in await read(store, deliveries.due, OURS, now, 9) if one.notification.id == told.id)
    ended = settle(first.delivery, Sent(activity="1"), revision=1, final=True, now=now, chance=0.5)
    await write(store, deliveries.settle, ended)

    (owed,) = await read(store, unsaid.unsaid, OURS, Subject.BACK)
    assert (owed.notification, owed.about, owed.made_at) == (told.id, "7K3M9QXD.4", now)
    assert await read(store, unsaid.unsaid, THEIRS, Subject.BACK) == ()
    (other,) = {"a:ann", "a:ben"} - {first.delivery.destination}
    assert await write(store, unsaid.take_back, [told.id], "bad again") == {other}
    assert await write(store, unsaid.take_back, [told.id], "bad again") == frozenset()
    assert await write(store, unsaid.take_back, [], "bad again") == frozenset()
    assert await read(store, unsaid.unsaid, OURS, Subject.BACK) == ()
    assert {one.notification.id for one in await read(store, deliveries.due, OURS, now, 9)} == {drill.id}


async def test_whoever_was_not_told_waits_for_the_incident_that_goes_on(store, now):
    ann = Waiting(tenant=OURS, service=TEAMS, conversation="a:ann", asked_at=now, incident=IncidentId("7K3M9QXD"))
    ben = replace(ann, conversation="a:ben")
    for each in (ann, ben):
        await write(store, waiting.add, each)
    assert await write(store, waiting.take, OURS, TEAMS, now + MINUTE) == (ann, ben)
    again = Incident(
        id=AGAIN, service=TEAMS, stage=Stage.CONFIRMED, level=Level.DOWN, opened_at=now, changed_at=now, tenant=OURS
    )
    for moment in (now, now + MINUTE):
        await write(store, waiting.go_on, again, {"a:ben"}, answered_at=moment)
    assert await read(store, waiting.those_for, OURS, TEAMS) == (replace(ben, incident=AGAIN),)
