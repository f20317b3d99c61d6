from dataclasses import replace
from datetime import timedelta

from bot.domain.measured import measured
from tests.domain import verdicts as v
from tests.domain.seen import NOW, issue
from tests.domain.verdicts import Watch


def test_a_finished_incident_tells_how_long_everything_took():
    watch = Watch()
    watch.sees(v.SIGNS)
    watch.sees(v.BAD)
    word = issue(said_at=NOW + timedelta(minutes=30), since=NOW - timedelta(minutes=8))
    watch.sees(replace(v.BAD, official=word))
    watch.sees(v.FINE, 41)

    told = measured(watch.incident, watch.steps)

    assert told.first_evidence_at == v.PEOPLE.seen_at
    assert told.alert_took == NOW + timedelta(minutes=1) - v.PEOPLE.seen_at
    assert told.confirmed_at == NOW + timedelta(minutes=2)
    assert (told.official_since, told.ahead) == (word.since, timedelta(minutes=29))
    assert told.recovered_at == NOW + timedelta(minutes=14)
    assert told.lasted == told.recovered_at - told.first_evidence_at
    assert (told.ended_at, told.relapses) == (watch.incident.closed_at, 0)


def test_an_open_incident_tells_what_is_known():
    watch = Watch()
    watch.sees(v.BAD)

    told = measured(replace(watch.incident, first_evidence_at=None), watch.steps)

    assert (told.ended_at, told.lasted, told.alert_took, told.ahead, told.official_since) == (None,) * 5


def test_signs_that_were_taken_back_ended_when_they_were():
    watch = Watch()
    watch.sees(v.SIGNS)
    watch.sees(v.FINE, 11)

    told = measured(watch.incident, watch.steps)

    assert (told.recovered_at, told.ended_at) == (None, watch.incident.closed_at)
    assert told.lasted == told.ended_at - told.first_evidence_at
