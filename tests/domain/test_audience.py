from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.audience import Silence, Told, Untold, hears, quiet_ends_at
from bot.domain.conversation import Scope
from bot.domain.delivery import Priority
from bot.domain.incident import Acknowledged, Change, Incident, IncidentId, Level, Reach, Stage, Transition
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.outcome import Reason
from bot.domain.subscription import Matter, QuietHours, Subscription, SubscriptionId, Wish
from tests.domain.seen import NOW, TEAMS

TENANT = TenantId("t")
SIGNIN = ServiceId("signin")
NIGHT = QuietHours(starts=time(22), ends=time(7), zone="Europe/Berlin")
ALL_DAY = QuietHours(starts=time(0, 30), ends=time(0, 0), zone="UTC")


def incident(**said):
    said = {"stage": Stage.CONFIRMED, "level": Level.DEGRADED, "opened_at": NOW, "changed_at": NOW} | said
    return Incident(id=IncidentId("i"), **({"service": TEAMS, "tenant": TENANT} | said))


def channel(*, scope=Scope.CHANNEL, helpdesk=False, muted_until=None, **wish):
    return Subscription(
        id=SubscriptionId("s"), tenant=TENANT, conversation="c", scope=scope, wish=Wish(**wish), made_at=NOW,
        helpdesk=helpdesk, muted_until=muted_until,
    )  # fmt: skip


def heard(subscription, of, change=None, *, has_card=False, others=(), now=NOW):  # noqa: PLR0913 - as hears
    step = None if change is None else Transition(
        change=change, incident=of, before=None, at=NOW, reason=Reason.TWO_KINDS_AGREE
    )  # fmt: skip
    return hears(subscription, of, step, now, has_card=has_card, others=others)


LATER = NOW + timedelta(hours=1)
ORGANISATION = incident(reach=Reach.ORGANISATION)
SITE = incident(reach=Reach.SITE, site="Graz", acknowledged=Acknowledged(by_role="helpdesk", at=NOW))


@pytest.mark.parametrize(
    ("subscription", "of", "reason"),
    [
        (channel(), incident(tenant=None), Silence.OTHER_TENANT),
        (channel(), incident(drill=True), Silence.NOT_DRILLS),
        (channel(matters=frozenset({Matter.MAINTENANCE})), incident(), Silence.NOT_OUTAGES),
        (channel(services=frozenset({SIGNIN})), incident(), Silence.OTHER_SERVICE),
        (channel(features=frozenset({Feature.CHAT})), incident(feature=Feature.FILES), Silence.OTHER_FEATURE),
        (channel(places=frozenset({"Asia"})), incident(region="Europe"), Silence.OTHER_PLACE),
        (channel(places=frozenset({"Linz"})), SITE, Silence.OTHER_PLACE),
        (channel(places=frozenset({"DE", "Linz"})), incident(region="North America"), Silence.OTHER_PLACE),
        (channel(places=frozenset({"DE"})), incident(region="FR"), Silence.OTHER_PLACE),
        (channel(), incident(level=Level.SIGNS, stage=Stage.SIGNS), Silence.BELOW_LEVEL),
        (channel(level=Level.DOWN), incident(), Silence.BELOW_LEVEL),
        (channel(helpdesk=True, level=Level.DOWN), incident(level=Level.ADVISORY), Silence.BELOW_LEVEL),
        (channel(), ORGANISATION, Silence.NOT_ACKNOWLEDGED_YET),
        (channel(), incident(stage=Stage.RECOVERING), Silence.NEVER_HEARD),
        (channel(), incident(stage=Stage.OVER), Silence.NEVER_HEARD),
        (channel(helpdesk=True), incident(stage=Stage.WITHDRAWN), Silence.NEVER_HEARD),
        (channel(muted_until=LATER), incident(), Silence.MUTED),
    ],
)
def test_who_is_not_told_and_why(subscription, of, reason):
    assert heard(subscription, of) == Untold(reason=reason)


@pytest.mark.parametrize(
    ("subscription", "of", "priority"),
    [
        (channel(), incident(), Priority.CHANNEL),
        (channel(scope=Scope.PERSONAL), incident(), Priority.PERSONAL),
        (channel(scope=Scope.GROUP), incident(level=Level.DOWN), Priority.CHANNEL),
        (channel(helpdesk=True), incident(level=Level.SIGNS, stage=Stage.SIGNS), Priority.HELPDESK),
        (channel(helpdesk=True, level=Level.ADVISORY), incident(level=Level.ADVISORY), Priority.HELPDESK),
        (channel(helpdesk=True), ORGANISATION, Priority.HELPDESK),
        (channel(services=frozenset({TEAMS}), features=frozenset({Feature.CHAT})), incident(), Priority.CHANNEL),
        (channel(features=frozenset({Feature.CHAT})), incident(feature=Feature.SIGNIN), Priority.CHANNEL),
        (channel(places=frozenset({"graz"})), SITE, Priority.CHANNEL),
        (channel(places=frozenset({"graz"})), incident(), Priority.CHANNEL),
        (channel(places=frozenset({"graz"})), incident(region="Europe"), Priority.CHANNEL),
        (channel(places=frozenset({"DE"})), incident(region="Europe"), Priority.CHANNEL),
        (channel(places=frozenset({"DE"})), SITE, Priority.CHANNEL),
        (channel(places=frozenset({"europe"})), incident(region="DE"), Priority.CHANNEL),
        (channel(places=frozenset({"GB"})), incident(region="United Kingdom"), Priority.CHANNEL),
        (channel(places=frozenset({"north_america"})), incident(region="United States"), Priority.CHANNEL),
        (channel(matters=frozenset({Matter.OUTAGES, Matter.DRILLS})), incident(drill=True), Priority.CHANNEL),
        (channel(muted_until=NOW), incident(), Priority.CHANNEL),
    ],
)
def test_who_is_told_at_once_and_in_which_order(subscription, of, priority):
    assert heard(subscription, of) == Told(due=NOW, priority=priority)


def test_the_help_desk_is_served_before_people_and_they_before_channels():
    ranked = [channel(), channel(scope=Scope.PERSONAL), channel(helpdesk=True)]

    told = sorted((heard(each, incident()).priority for each in ranked), key=lambda priority: priority.rank)

    assert told == [Priority.HELPDESK, Priority.PERSONAL, Priority.CHANNEL]


def test_an_incident_that_another_speaks_for_is_told_only_to_those_who_do_not_hear_the_other():
    mine, speaker = incident(service=SIGNIN, merged_into=IncidentId("teams")), replace(incident(), id="teams")

    assert heard(channel(), mine, others=[speaker]) == Untold(reason=Silence.SPOKEN_FOR)
    assert isinstance(heard(channel(services=frozenset({SIGNIN})), mine, others=[speaker]), Told)
    assert isinstance(heard(channel(), mine, others=[replace(speaker, stage=Stage.OVER)]), Told)
    assert heard(channel(), mine, Change.MERGED, has_card=True).with_step
    assert heard(channel(), mine, Change.WIDER, has_card=True).hushed is Silence.SPOKEN_FOR


def test_whoever_has_a_card_hears_every_step_and_the_important_ones_aloud():
    for change in Change:
        told = heard(channel(), incident(), change, has_card=True)
        assert (told.due, told.with_step) == (NOW, change.is_important)
    assert heard(channel(), incident(), None, has_card=True).hushed is Silence.NO_NEWS


def test_whoever_has_a_card_gets_its_end_though_nothing_else_of_it_is_wanted_now():
    over = incident(stage=Stage.OVER, level=Level.ADVISORY)

    assert heard(channel(services=frozenset({SIGNIN}), level=Level.DOWN), over, Change.OVER, has_card=True).with_step
    assert heard(channel(), incident(level=Level.ADVISORY), Change.WIDER, has_card=True).hushed is Silence.BELOW_LEVEL
    silent = heard(channel(matters=frozenset({Matter.OUTAGES})), over, Change.OVER, has_card=True)
    assert (silent.with_step, silent.hushed) == (False, Silence.NO_ALL_CLEAR)


def test_mute_silences_until_its_time_and_the_end_is_edited_silently():
    muted = channel(muted_until=LATER)

    assert heard(muted, incident(), Change.WIDER, has_card=True) == Untold(reason=Silence.MUTED)
    end = heard(muted, incident(stage=Stage.WITHDRAWN), Change.WITHDRAWN, has_card=True)
    assert (end.due, end.with_step, end.hushed) == (NOW, False, Silence.MUTED)
    assert heard(muted, incident(), Change.WIDER, has_card=True, now=LATER).with_step


def test_quiet_hours_hold_a_card_back_and_leave_edits_silent():
    quiet = channel(quiet=NIGHT)
    night = datetime(2026, 9, 1, 23, 0, tzinfo=UTC)
    ends = datetime(2026, 9, 2, 5, 0, tzinfo=UTC)

    assert heard(quiet, incident(), now=night) == Told(
        due=ends, priority=Priority.CHANNEL, summary=True, hushed=Silence.QUIET
    )
    assert heard(quiet, incident(), Change.WIDER, has_card=True, now=night).hushed is Silence.QUIET
    assert heard(quiet, incident(stage=Stage.OVER), Change.OVER, has_card=True, now=night).due == night
    assert heard(quiet, incident(level=Level.DOWN), now=night).due == night
    assert heard(channel(quiet=NIGHT, loud_when_down=False), incident(level=Level.DOWN), now=night).due == ends


BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("starts", "ends", "now", "until"),
    [
        (time(22), time(7), "2026-01-10T20:59", None),
        (time(22), time(7), "2026-01-10T21:00", "2026-01-11T06:00"),
        (time(22), time(7), "2026-01-11T05:59", "2026-01-11T06:00"),
        (time(22), time(7), "2026-01-11T06:00", None),
        (time(12), time(13), "2026-07-01T10:30", "2026-07-01T11:00"),
        (time(8), time(8), "2026-07-01T06:00", None),
        (time(22), time(7), "2026-03-28T22:00", "2026-03-29T05:00"),  # the night that is an hour short
        (time(22), time(7), "2026-10-24T22:00", "2026-10-25T06:00"),  # the night that is an hour long
        (time(22), time(2, 30), "2026-03-29T00:30", "2026-03-29T01:30"),  # ends in the hour that does not exist
        (time(22), time(2, 30), "2026-10-25T00:20", "2026-10-25T00:30"),  # ends in the hour that comes twice
        (time(22), time(2, 30), "2026-10-25T01:20", None),
        (time(2, 30), time(6), "2026-10-25T01:10", "2026-10-25T05:00"),  # began before the clock went back
    ],
)
def test_quiet_hours_follow_the_wall_clock(starts, ends, now, until):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC)

    assert quiet_ends_at(QuietHours(starts=starts, ends=ends, zone=BERLIN), at) == expected
    assert quiet_ends_at(None, at) is None


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None, max_examples=100)
@given(st.times(), st.times(), MOMENTS, st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "UTC"]))
def test_quiet_hours_end_and_are_then_over(starts, ends, now, zone):
    quiet = QuietHours(starts=starts.replace(tzinfo=None), ends=ends.replace(tzinfo=None), zone=zone)
    until = quiet_ends_at(quiet, now)

    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet_ends_at(quiet, until) is None
        assert quiet_ends_at(quiet, now + (until - now) / 2) == until
