"""Which ways tell an alarm, and what our probes say of Teams' doors."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.audience import Silence
from bot.domain.delivery import NotificationId, Progress
from bot.domain.failing import Doors
from bot.domain.incident import Acknowledged, Change, Incident, IncidentId, Level, Reach, Stage
from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId
from bot.domain.ways import Way, suits
from bot.jobs.failover import doors_of, is_untold
from bot.store.handing_over import Open, WayLine

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
OPS = Way(name="ops")
DOWN = Incident(
    id=IncidentId("7K3M9QXD"), service=ServiceId("teams"), stage=Stage.CONFIRMED, level=Level.DOWN,
    opened_at=NOW, changed_at=NOW,
)  # fmt: skip
TOLD = WayLine(way="ops", step=Change.CONFIRMED, revision=2, progress=Progress.DONE, sent_at=NOW)
DESK = replace(OPS, helpdesk=True)
KNOWN = Open(notification=NotificationId("n"), incident="7K3M9QXD", stepped=2, waits=True, ways=())


@pytest.mark.parametrize(
    ("way", "incident", "silence"),
    [
        (OPS, DOWN, None),
        (OPS, replace(DOWN, drill=True), Silence.NOT_DRILLS),
        (replace(OPS, drills=True), replace(DOWN, drill=True), None),
        (replace(OPS, level=Level.DOWN), replace(DOWN, level=Level.DEGRADED), Silence.BELOW_LEVEL),
        (OPS, replace(DOWN, stage=Stage.RECOVERING), Silence.NEVER_HEARD),
        (OPS, replace(DOWN, reach=Reach.SITE), Silence.NOT_ACKNOWLEDGED_YET),
        (OPS, replace(DOWN, reach=Reach.SITE, acknowledged=Acknowledged(by_role="helpdesk", at=NOW)), None),
        (OPS, replace(DOWN, merged_into=IncidentId("OTHER")), Silence.SPOKEN_FOR),
        (DESK, replace(DOWN, reach=Reach.ORGANISATION, level=Level.SIGNS), None),
        (DESK, replace(DOWN, level=Level.SIGNS), Silence.BELOW_LEVEL),
    ],
)
def test_a_way_tells_what_it_is_meant_for(way, incident, silence):
    assert suits(way, incident) is silence


@pytest.mark.parametrize(
    ("lines", "untold"),
    [
        ((), True),
        ((TOLD,), False),
        ((replace(TOLD, sent_at=None, progress=Progress.OPEN),), False),
        ((replace(TOLD, sent_at=None, progress=Progress.OPEN, revision=1),), True),
        ((replace(TOLD, sent_at=None, progress=Progress.SUPERSEDED),), True),
        ((TOLD, replace(TOLD, step=Change.OVER, revision=3)), True),
        ((replace(TOLD, way="other"),), True),
    ],
    ids=["never", "told", "being told", "overtaken", "given up", "ended and begun again", "another way told"],
)
def test_an_alarm_is_owed_once_until_its_end(lines, untold):
    assert is_untold(OPS, replace(KNOWN, ways=lines)) is untold


def probe(key, health, kind=Kind.PROBE, **more):
    return Observation(
        source=SourceId("probe"), kind=kind, origin="our place", key=key, service=ServiceId("teams"), health=health,
        seen_at=NOW, until=NOW + timedelta(minutes=3), **more,
    )  # fmt: skip


def test_doors_are_what_is_found_from_here_and_no_rehearsal():
    assert doors_of([]) == Doors()
    seen = [
        probe("teams_web", Health.DOWN), probe("teams_cloud", Health.DOWN), probe("signin", Health.DOWN),
        probe("cloudflare", Health.FINE, Kind.NEUTRAL), probe("teams_web", Health.FINE, drill=True),
        probe("teams_cloud", Health.FINE, vantage="site:Berlin"),
    ]  # fmt: skip
    assert doors_of(seen) == Doors(connector=False, signin=False, neutral=True)
    assert doors_of([*seen, probe("teams_cloud", Health.FINE)]).connector is True
