"""Small decisions around telling: what is shown to whom, which way speaks, what a quiet night means."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.domain.announced import AnnouncementView
from bot.domain.announcement import Announcement, AnnouncementId, Kind, Occurrence, OccurrenceId, Words
from bot.domain.audience import Silence
from bot.domain.blindness import about_of, source_of
from bot.domain.conversation import Answer, Person
from bot.domain.incident import Acknowledged, Change, Incident, IncidentId, Level, Official, Reach, Stage
from bot.domain.narrow import advisories, as_told
from bot.domain.observation import Health, Observation, ServiceId, SourceId
from bot.domain.observation import Kind as Witness
from bot.domain.quiet import next_at
from bot.domain.schedule import Rule
from bot.domain.source_health import SourceHealth, SourceState
from bot.domain.stepping import end_drill, speaker_for
from bot.domain.telling import IncidentView, Why
from bot.domain.way_out import Lack, lack
from bot.domain.ways import Way, suits
from bot.domain.wrong import wrong_of, wrong_step

NOW = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
TEAMS = ServiceId("teams")
DOWN = Incident(
    id=IncidentId("AB12CD34"), service=TEAMS, stage=Stage.CONFIRMED, level=Level.DOWN, opened_at=NOW, changed_at=NOW
)


def told(**more) -> Observation:
    known = {
        "source": SourceId("graph"), "kind": Witness.OFFICIAL_TENANT, "origin": "microsoft", "key": "TM1",
        "service": TEAMS, "health": Health.DEGRADED, "seen_at": NOW, "until": NOW + timedelta(hours=1),
        "advisory": True,
    }  # fmt: skip
    return Observation(**(known | more))


def test_each_open_advisory_is_told_once_and_a_red_row_without_words_never():
    seen = [told(), told(), told(key="overview/teams"), told(key="TM2", advisory=False), told(key="TM3", text="narrow")]
    assert [one.key for one in advisories(seen)] == ["TM1", "TM3"]
    shown = as_told(told(key="TM3", text="narrow"), None)
    assert (shown.level, shown.stage, shown.since) == (Level.ADVISORY, Stage.CONFIRMED, NOW)
    assert shown.official is not None
    assert shown.official.text == "narrow"


def test_a_wall_time_is_next_met_today_or_tomorrow():
    assert next_at(time(9), "Europe/Berlin", NOW) == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert next_at(time(23), "Europe/Berlin", NOW) == datetime(2026, 3, 2, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("incident", "silence"),
    [
        (DOWN, None),
        (replace(DOWN, drill=True), Silence.NOT_DRILLS),
        (replace(DOWN, level=Level.SIGNS), Silence.BELOW_LEVEL),
        (replace(DOWN, stage=Stage.OVER), Silence.NEVER_HEARD),
        (replace(DOWN, reach=Reach.ORGANISATION), Silence.NOT_ACKNOWLEDGED_YET),
        (
            replace(DOWN, reach=Reach.ORGANISATION, acknowledged=Acknowledged(by_role="helpdesk", at=NOW)),
            None,
        ),
        (replace(DOWN, merged_into=IncidentId("ZZ99")), Silence.SPOKEN_FOR),
    ],
)
def test_a_way_tells_what_it_is_meant_for(incident, silence):
    assert suits(Way(name="mail"), incident) is silence


def test_the_help_desks_own_way_tells_what_colleagues_report_from_the_beginning():
    theirs = replace(DOWN, reach=Reach.ORGANISATION, level=Level.SIGNS)
    assert suits(Way(name="pager", helpdesk=True), theirs) is None
    assert suits(Way(name="pager", helpdesk=True), replace(theirs, reach=Reach.EVERYONE)) is Silence.BELOW_LEVEL


def test_a_lack_of_ways_is_known_by_what_would_fail_together():
    mail, teams = Way(name="mail"), Way(name="hook", microsofts=True)
    assert lack([], awaited=True) is Lack.NONE
    assert lack([], awaited=False) is None
    assert lack([teams], awaited=False) is Lack.MICROSOFTS
    assert lack([teams, mail], awaited=True) is None


def test_a_wrong_answer_travels_as_a_word():
    answer = Answer(
        id="1",
        tenant=None,
        conversation="a:1",
        at=NOW,
        shared=False,
        intent="ask_status",
        service=TEAMS,
        outcome="fine",
    )
    wrong = wrong_of(wrong_step(answer), DOWN)
    assert wrong is not None
    assert (wrong.said_at, wrong.said) == (NOW, "fine")
    assert wrong_of(None, DOWN) is None


def test_a_stretch_of_blindness_has_a_name_that_can_be_read_back():
    health = SourceHealth(source=SourceId("statuspage:git hub"), state=SourceState.BLIND, since=NOW)
    assert source_of(about_of(health)) == ("statuspage:git hub", NOW)


def test_a_person_is_counted_by_the_directorys_id_where_there_is_one():
    assert Person(id="29:x", directory_id="d").lasting_id == "d"
    assert Person(id="29:x").lasting_id == "29:x"


def test_a_drill_that_is_left_over_ends():
    over = end_drill(replace(DOWN, drill=True), NOW - timedelta(hours=1))
    assert (over.change, over.incident.stage, over.at) == (Change.OVER, Stage.OVER, NOW)


@pytest.mark.parametrize(("text", "one"), [("the whole suite", True), ("", False)])
def test_what_its_owner_tells_in_one_record_is_one_incident(text, one):
    record = Official(key="MO1/teams", text=text)
    other = replace(DOWN, id=IncidentId("M365"), service=ServiceId("m365"), official=replace(record, key="MO1/m365"))
    assert speaker_for(replace(other, opened_at=NOW + timedelta(minutes=1)), [replace(DOWN, official=record)]) == (
        DOWN.id if one else None
    )


def test_what_a_reader_is_shown_of_an_incident():
    view = IncidentView(incident=DOWN, why=Why.CHANNEL, as_of=NOW, me_too=3)
    assert view.length_end is None
    assert not view.overdue
    assert view.expected_calls == 12
    late = replace(view, incident=replace(DOWN, next_word_at=NOW - timedelta(minutes=1)))
    assert late.overdue
    ended = replace(view, incident=replace(DOWN, stage=Stage.OVER, closed_at=NOW))
    assert ended.length_end == NOW
    assert ended.expected_calls == 0


def test_an_announcement_is_shown_in_the_readers_language_or_framed_in_its_own():
    plan = Announcement(
        id=AnnouncementId("AB12"), tenant=None, kind=Kind.NOTICE, words={"en": Words(title="Hello")}, language="en",
        rule=Rule(at=NOW.replace(tzinfo=None)), zone="UTC", made_at=NOW, changed_at=NOW,
    )  # fmt: skip
    once = Occurrence(
        id=OccurrenceId("o"), announcement=plan.id, zone="UTC", starts_at=NOW, ends_at=None, changed_at=NOW
    )
    view = AnnouncementView(announcement=plan, occurrence=once, why=Why.CHANNEL, as_of=NOW)
    assert (view.is_foreign, view.tongue, view.words.title) == (False, "en", "Hello")
    german = replace(view, language="de")
    assert (german.is_foreign, german.tongue) == (True, "en")
    assert replace(view, announcement=replace(plan, words={})).words.title == "AB12"
