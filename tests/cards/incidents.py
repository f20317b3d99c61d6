"""Incidents at each stage of their life, as their readers are told of them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from bot.cards.delivered import deliveries_reply
from bot.cards.subscribing import Offer, subscription_form, subscriptions_reply
from bot.cards.telling import incident_reply
from bot.cards.words import step_reply, summary_reply
from bot.domain.advice import Advice, StepId
from bot.domain.conversation import Scope
from bot.domain.delivery import Delivery, DeliveryId, NotificationId
from bot.domain.incident import Acknowledged, Change, Incident, IncidentId, Level, Official, Stage
from bot.domain.observation import Feature, Health, Kind, Observation, ServiceId, SourceId, Strength
from bot.domain.subscription import QuietHours, Subscription, SubscriptionId, Wish
from bot.domain.telling import IncidentView, OpenLine, Why

NOW = datetime(2026, 3, 16, 10, 2, tzinfo=UTC)
TEAMS = ServiceId("teams")


def ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def witness(kind: Kind, source: str, **more) -> Observation:
    return Observation(
        source=SourceId(source),
        kind=kind,
        origin=source,
        key="teams",
        service=TEAMS,
        health=Health.DOWN,
        seen_at=ago(4),
        until=NOW + timedelta(hours=1),
        **more,
    )


EVIDENCE = (
    witness(Kind.POSTS, "mastodon", strength=Strength(reports=42, authors=37, usual=2), said_at=ago(9)),
    witness(Kind.PROBE, "probe"),
)
SIGNS = Incident(
    id=IncidentId("INC-7K2"),
    service=TEAMS,
    stage=Stage.SIGNS,
    level=Level.SIGNS,
    opened_at=ago(20),
    changed_at=ago(20),
    since=ago(22),
    feature=Feature.CHAT,
    region="Europe",
    confidence=0.71,
    first_evidence_at=ago(22),
    next_word_at=NOW + timedelta(minutes=28),
)
CONFIRMED = replace(
    SIGNS,
    stage=Stage.CONFIRMED,
    level=Level.DOWN,
    region=None,
    confidence=0.96,
    confirmed_at=ago(10),
    alert_at=ago(20),
    official_at=ago(8),
    official=Official(
        key="TM1283300",
        text="Users may be unable to send chat messages. We are reverting a recent change.",
        said_at=ago(8),
        next_word_at=NOW + timedelta(minutes=58),
    ),
    acknowledged=Acknowledged(by_role="helpdesk", at=ago(5), next_word_at=NOW + timedelta(minutes=28)),
)
RECOVERING = replace(CONFIRMED, stage=Stage.RECOVERING, recovering_at=ago(2), next_word_at=NOW + timedelta(minutes=8))
OVER = replace(RECOVERING, stage=Stage.OVER, closed_at=NOW, next_word_at=None)
INCIDENTS = {
    "signs": SIGNS,
    "confirmed": CONFIRMED,
    "degraded": replace(CONFIRMED, level=Level.DEGRADED),
    "recovering": RECOVERING,
    "over": OVER,
    "withdrawn": replace(SIGNS, stage=Stage.WITHDRAWN, closed_at=NOW, next_word_at=None),
    "unseen": replace(SIGNS, stage=Stage.UNSEEN, closed_at=NOW, next_word_at=None),
}


def view(stage: str = "confirmed", **more) -> IncidentView:
    known = {
        "incident": INCIDENTS[stage],
        "why": Why.CHANNEL,
        "as_of": NOW,
        "row": "r1",
        "evidence": EVIDENCE,
        "me_too": 12,
        "advice": Advice(
            why="why.down",
            steps=(StepId("check-official-status"), StepId("wait-it-out")),
            do_not="do_not.down",
            workaround="workaround.signin_refused",
        ),
        "contact": "it@contoso.example",
        "page_url": "https://status.contoso.example/",
    }
    return IncidentView(**(known | more))


SUBSCRIPTION = Subscription(
    id=SubscriptionId("s1"),
    tenant=None,
    conversation="19:it@thread.tacv2",
    scope=Scope.CHANNEL,
    wish=Wish(
        services=frozenset({TEAMS}),
        places=frozenset({"Europe"}),
        quiet=QuietHours(starts=time(20), ends=time(7, 30), zone="Europe/Berlin"),
    ),
    made_at=NOW,
)
OFFER = Offer(
    services=tuple(map(ServiceId, ("teams", "signin", "exchange", "sharepoint", "m365"))),
    languages=(("en", "English"), ("de", "Deutsch")),
    now=NOW,
    zone="Europe/Berlin",
)
DELIVERIES = (
    Delivery(
        id=DeliveryId(1), notification=NotificationId("n1"), tenant=None, destination="19:it@thread.tacv2", due=NOW,
        sent_revision=3, settled_at=ago(1),
    ),
    Delivery(
        id=DeliveryId(2), notification=NotificationId("n1"), tenant=None, destination="=cmd", due=NOW, attempts=2,
        error="429", throttled_until=NOW + timedelta(minutes=1),
    ),
)  # fmt: skip
OPEN = (OpenLine(incident=CONFIRMED, link="https://teams.microsoft.com/l/message/1"), OpenLine(incident=SIGNS))
REPLIES = {
    **{f"incident_{stage}": incident_reply(view(stage)) for stage in INCIDENTS},
    "incident_helpdesk": incident_reply(view(why=Why.HELPDESK, sites=(("Berlin", 7), ("Köln", 1)), me_too=10)),
    "step_confirmed": step_reply(view(), Change.CONFIRMED),
    "summary": summary_reply(view(), OPEN),
    "subscription_form": subscription_form(SUBSCRIPTION, OFFER),
    "subscriptions": subscriptions_reply(SUBSCRIPTION, OFFER),
    "deliveries": deliveries_reply(DELIVERIES, 3, NOW),
}
