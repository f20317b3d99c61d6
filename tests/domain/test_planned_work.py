"""What an announced window explains, whom it is told to, and planned work that others announce."""

from dataclasses import replace
from datetime import time

import pytest

from bot.domain.announced_to import Listener, hears_of, is_meant
from bot.domain.announcement import Audience, Clockwork, Kind, Phase, Reader
from bot.domain.audience import Silence, Told
from bot.domain.conversation import Scope
from bot.domain.delivery import Priority
from bot.domain.found_work import as_announcement, is_gone, origin_of, revision_of
from bot.domain.incident import Incident, Level, Reach, Stage
from bot.domain.observation import Feature, Health, Observation, ServiceId, SourceId
from bot.domain.observation import Kind as Said
from bot.domain.planned_work import OPERATOR, Window, explaining, explains, is_running, observed
from bot.domain.schedule import Rule
from bot.domain.subscription import Matter, QuietHours, Subscription, SubscriptionId, Wish

from .plans import DAY, HOUR, MONDAY, OURS, START, TEAMS, THEIRS, notice, occurrence, plan

NOW = START + HOUR


def window(each=None, **changes):
    return Window(announcement=plan(**changes), occurrence=each or occurrence(Phase.IN_PROGRESS))


def incident(**changes):
    first = Incident(
        id="7K3M9QXD",
        service=TEAMS,
        stage=Stage.CONFIRMED,
        level=Level.DOWN,
        opened_at=NOW,
        changed_at=NOW,
        tenant=OURS,
        feature=Feature.CALLING,
    )
    return replace(first, **changes)


@pytest.mark.parametrize(
    ("one", "trouble", "explained"),
    [
        (window(), incident(), True),
        (window(), incident(feature=Feature.CHAT), False),
        (window(), incident(feature=None), False),
        (window(), incident(feature=Feature.ALL), False),
        (window(features=frozenset()), incident(feature=None), True),
        (window(features=frozenset({Feature.ALL})), incident(feature=Feature.CHAT), True),
        (window(), incident(service=ServiceId("exchange")), False),
        (window(services=frozenset()), incident(), True),
        (window(), incident(tenant=THEIRS), False),
        (window(), incident(drill=True), False),
        (window(occurrence()), incident(), False),
        (window(occurrence(Phase.OVERRUN)), incident(), False),
        (window(occurrence(Phase.IN_PROGRESS, ends_at=NOW)), incident(), False),
        (window(occurrence(Phase.IN_PROGRESS, ends_at=None)), incident(), False),
        (window(kind=Kind.NOTICE), incident(), False),
        (window(places=frozenset({"Berlin"})), incident(reach=Reach.SITE, site="Rome"), False),
        (window(places=frozenset({"Berlin"})), incident(reach=Reach.SITE, site="Berlin"), True),
        (window(places=frozenset({"Berlin"})), incident(reach=Reach.SITE), False),
        (window(), incident(reach=Reach.SITE, site="Rome"), True),
    ],
)
def test_a_window_explains_its_own_trouble_and_nothing_else(one, trouble, explained):
    assert explains(one, trouble, NOW) is explained


def test_of_several_windows_the_one_that_ends_last_explains():
    longer = window(occurrence(Phase.EXTENDED, id="occ-2", ends_at=START + 9 * HOUR))
    assert explaining([window(), longer], incident(), NOW) is longer
    assert explaining([], incident(), NOW) is None


def test_the_board_hears_a_word_for_each_part_until_the_planned_end():
    parts = window(features=frozenset({Feature.CALLING, Feature.MEETINGS}))
    said = observed([parts, window(kind=Kind.OUTAGE), window(occurrence())], NOW)
    assert [one.feature for one in said] == [Feature.CALLING, Feature.MEETINGS]
    assert {(one.source, one.until, one.health) for one in said} == {(OPERATOR, START + 4 * HOUR, Health.MAINTENANCE)}
    assert [one.feature for one in observed([window(features=frozenset())], NOW)] == [None]
    assert is_running(window(), START)
    assert not is_running(window(), START + 4 * HOUR)


def wishing(*, helpdesk=False, muted_until=None, **wish):
    return Subscription(
        id=SubscriptionId("s"),
        tenant=OURS,
        conversation="19:sales",
        scope=Scope.CHANNEL,
        wish=Wish(**wish),
        made_at=MONDAY,
        helpdesk=helpdesk,
        muted_until=muted_until,
    )


def place(subscription=None, **changes):
    known = {"conversation": "19:sales", "tenant": OURS, "scope": Scope.CHANNEL, "zone": "Europe/Berlin"}
    return Listener(**(known | {"subscription": subscription} | changes))


def told(announcement, listener, each=None, **how):
    known = {"has_card": False, "is_important": True} | how
    return hears_of(announcement, each or occurrence(), listener, MONDAY, **known)


NIGHT = QuietHours(starts=time(12), ends=time(23), zone="UTC")
NAMED = plan(audience=Audience(reader=Reader.LIST, names=frozenset({"19:sales"})))


@pytest.mark.parametrize(
    ("audience", "listener", "meant"),
    [
        (Audience(), place(wishing()), True),
        (Audience(), place(), False),
        (Audience(), place(wishing(), tenant=THEIRS), False),
        (Audience(reader=Reader.LIST, names=frozenset({"19:sales"})), place(), True),
        (Audience(reader=Reader.TEAM, names=frozenset({"red"})), place(team="red"), True),
        (Audience(reader=Reader.TEAM, names=frozenset({"red"})), place(), False),
        (Audience(reader=Reader.TAG, names=frozenset({"site"})), place(tags=frozenset({"site", "x"})), True),
        (Audience(reader=Reader.TAG, names=frozenset({"site"})), place(), False),
    ],
)
def test_those_are_meant_whom_the_author_chose(audience, listener, meant):
    assert is_meant(plan(audience=audience), listener) is meant


@pytest.mark.parametrize(
    ("announcement", "listener", "each", "why"),
    [
        (plan(), place(wishing(), tenant=THEIRS), None, Silence.OTHER_TENANT),
        (plan(), place(), None, Silence.NOT_MEANT),
        (plan(clockwork=Clockwork.CHANNEL), place(wishing(), zone="Asia/Kolkata"), None, Silence.OTHER_ZONE),
        (plan(drill=True), place(wishing()), None, Silence.NOT_DRILLS),
        (replace(NAMED, drill=True), place(), None, Silence.NOT_DRILLS),
        (plan(), place(wishing(matters=frozenset({Matter.OUTAGES}))), None, Silence.NOT_MAINTENANCE),
        (plan(), place(wishing(services=frozenset({ServiceId("exchange")}))), None, Silence.OTHER_SERVICE),
        (plan(), place(wishing(features=frozenset({Feature.CHAT}))), None, Silence.OTHER_FEATURE),
        (plan(places=frozenset({"Berlin"})), place(wishing(places=frozenset({"Rome"}))), None, Silence.OTHER_PLACE),
        (plan(), place(wishing()), occurrence(Phase.CANCELLED, changed_at=NOW), Silence.NEVER_HEARD),
        (plan(), place(wishing(muted_until=MONDAY + DAY)), None, Silence.MUTED),
    ],
)
def test_why_somebody_is_not_told(announcement, listener, each, why):
    assert told(announcement, listener, each).reason is why


@pytest.mark.parametrize(
    ("announcement", "listener"),
    [
        (plan(), place(wishing())),
        (NAMED, place(wishing(matters=frozenset()))),
        (NAMED, place()),
        (plan(), place(wishing(helpdesk=True, matters=frozenset()))),
        (plan(places=frozenset({"Berlin"})), place(wishing(places=frozenset({"berlin"})))),
        (plan(), place(wishing(services=frozenset({TEAMS}), features=frozenset({Feature.CALLING})))),
        (plan(drill=True), place(wishing(matters=frozenset({Matter.DRILLS, Matter.MAINTENANCE})))),
        (plan(clockwork=Clockwork.CHANNEL), place(wishing())),
    ],
)
def test_who_is_told(announcement, listener):
    assert isinstance(told(announcement, listener), Told)


def test_who_is_served_first():
    assert told(plan(), place(wishing(helpdesk=True))).priority is Priority.HELPDESK
    assert told(NAMED, place(scope=Scope.PERSONAL)).priority is Priority.PERSONAL
    assert told(NAMED, place()).priority is Priority.CHANNEL


def test_quiet_hours_hold_a_first_card_back_but_not_past_its_start():
    held = told(plan(), place(wishing(quiet=NIGHT)))
    assert (held.due, held.hushed) == (MONDAY.replace(hour=23), Silence.QUIET)
    soon = occurrence(starts_at=MONDAY + HOUR)
    assert told(plan(), place(wishing(quiet=NIGHT)), soon).due == MONDAY


def test_a_card_is_always_edited_and_a_word_comes_only_where_it_may():
    assert told(NAMED, place(), has_card=True).with_step
    for wish, why in ((wishing(quiet=NIGHT), Silence.QUIET), (wishing(muted_until=MONDAY + DAY), Silence.MUTED)):
        quiet = told(plan(), place(wish), has_card=True)
        assert (quiet.with_step, quiet.hushed) == (False, why)
    over = occurrence(Phase.COMPLETED)
    no_end = wishing(matters=frozenset({Matter.MAINTENANCE}))
    assert told(plan(), place(no_end), over, has_card=True).hushed is Silence.NO_ALL_CLEAR
    assert told(plan(), place(wishing()), over, has_card=True).with_step
    assert told(plan(), place(wishing()), has_card=True, is_important=False).hushed is Silence.NO_NEWS


def test_a_notice_that_is_over_once_it_is_told_is_told():
    each = occurrence(Phase.COMPLETED, ends_at=None, told_at=MONDAY, changed_at=MONDAY)
    assert isinstance(told(notice(), place(wishing()), each), Told)


def found(**changes):
    first = Observation(
        source=SourceId("graph"),
        kind=Said.OFFICIAL_TENANT,
        origin="microsoft",
        key="MC1/teams",
        service=TEAMS,
        health=Health.MAINTENANCE,
        seen_at=MONDAY,
        until=MONDAY + HOUR,
        since=START,
        ends_at=START + 4 * HOUR,
        text="MC1: Telephony stops. Calls will not be possible.",
        link="https://admin.example/MC1",
        feature=Feature.CALLING,
    )
    return replace(first, **changes)


def test_planned_work_of_others_becomes_an_announcement():
    made = as_announcement(found(), OURS, "UTC", MONDAY)
    assert (made.words["en"].title, made.words["en"].hit) == ("MC1: Telephony stops", "Calls will not be possible.")
    assert (made.rule.at, made.lasts, made.features) == (
        START.replace(tzinfo=None), 4 * HOUR, frozenset({Feature.CALLING}),
    )  # fmt: skip
    assert (made.origin, made.link) == ("graph:MC1/teams", "https://admin.example/MC1")
    bare = as_announcement(found(feature=None, link="http://x", text=""), OURS, "UTC", MONDAY)
    assert (bare.features, bare.link, bare.words["en"].title) == (frozenset(), None, "MC1/teams")


@pytest.mark.parametrize(
    "other",
    [
        found(health=Health.DOWN),
        found(kind=Said.OPERATOR),
        found(since=None),
        found(ends_at=None),
        found(source=SourceId("ms_public")),
    ],
)
def test_only_planned_work_with_a_begin_and_an_end_is_taken_over(other):
    assert origin_of(other) is None


def test_it_changed_when_the_source_says_something_else():
    assert revision_of(found(said_at=MONDAY, seen_at=NOW)) == revision_of(found())
    assert revision_of(found(ends_at=START + 5 * HOUR)) != revision_of(found())


def test_it_was_withdrawn_when_its_source_can_be_read_and_says_it_no_more():
    known = as_announcement(found(), OURS, "UTC", MONDAY)
    assert is_gone(known, {SourceId("graph")}, MONDAY)
    assert not is_gone(known, {SourceId("statuspage:zoom")}, MONDAY)
    assert not is_gone(known, {SourceId("graph")}, START + DAY)
    assert not is_gone(replace(known, rule=Rule(), lasts=None), {SourceId("graph")}, MONDAY)
