"""Replies as the product gives them, one per card that people meet; previews and card tests are made of these."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.advice import Advice, StepId
from bot.domain.conversation import TEAMS, Button, Face, Phrase, Reply
from bot.domain.observation import Client, Feature, Health, Kind, Observation, ServiceId, SourceId, Strength, TenantId
from bot.domain.verdict import Blind, Outcome, Reason, Verdict, Which
from tests.cards.announcements import REPLIES as ANNOUNCEMENTS
from tests.cards.incidents import REPLIES as INCIDENTS

NOW = datetime(2026, 3, 16, 9, 42, tzinfo=UTC)
BUTTONS = tuple(Button(verb=verb) for verb in ("again", "me_too", "more_steps", "fixed", "still_broken", "tell_it"))


def ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def seen(source: str, kind: Kind, health: Health, *, key: str = "teams", **more) -> Observation:
    known = {
        "source": SourceId(source),
        "kind": kind,
        "origin": source,
        "key": key,
        "service": TEAMS,
        "health": health,
        "seen_at": ago(1),
        "until": NOW + timedelta(hours=1),
    }
    return Observation(**(known | more))


MICROSOFT = seen(
    "graph",
    Kind.OFFICIAL_TENANT,
    Health.DOWN,
    key="TM1283300",
    tenant=TenantId("contoso"),
    said_at=ago(12),
    since=ago(55),
    next_update_at=NOW + timedelta(minutes=48),
    feature=Feature.CHAT,
    text="Users in Europe may be unable to send or receive chat messages. We are reverting a recent change.",
)
PEOPLE = seen(
    "mastodon",
    Kind.POSTS,
    Health.DOWN,
    strength=Strength(reports=42, authors=37, usual=2, window=timedelta(minutes=15)),
    said_at=ago(3),
    text="anyone else? teams chat dead here",
)
A_FEW = seen("x", Kind.POSTS, Health.DEGRADED, strength=Strength(reports=2, authors=2), said_at=ago(7))
QUIET = seen("mastodon", Kind.POSTS, Health.FINE, strength=Strength(reports=6, authors=6, usual=5))
PROBE_DOWN = seen("probe", Kind.PROBE, Health.DOWN, key="teams_web")
PROBE_FINE = seen("probe", Kind.PROBE, Health.FINE, key="teams_web")
PROBE_SLOW = seen("probe", Kind.PROBE, Health.DEGRADED, key="signin")
NEUTRAL_FINE = tuple(seen("neutral", Kind.NEUTRAL, Health.FINE, key=key) for key in ("google", "apple", "x_com"))
NEUTRAL_MIXED = (NEUTRAL_FINE[0], seen("neutral", Kind.NEUTRAL, Health.DOWN, key="x_com"))
COLLEAGUES = seen(
    "me_too", Kind.COLLEAGUES, Health.DOWN, strength=Strength(reports=9, authors=9, shares={"Berlin": 6, "Köln": 3})
)
ONE_SITE = seen("me_too", Kind.COLLEAGUES, Health.DOWN, strength=Strength(reports=6, authors=6, shares={"Köln": 6}))
WORKS_FOR_COLLEAGUES = seen("me_too", Kind.COLLEAGUES, Health.FINE, strength=Strength(reports=3, authors=3))
OWN_TEST = seen("asker", Kind.ASKER, Health.FINE, key="other_site", vantage="asker")
TEST_FAILED = seen("asker", Kind.ASKER, Health.DOWN, key="other_site", vantage="asker")
ALL_GREEN = seen("ms_public", Kind.OFFICIAL_PUBLIC, Health.FINE, key="mac", said_at=ago(2))
A_CROWD = seen("downdetector", Kind.CROWD, Health.DEGRADED, region="Germany", strength=Strength(reports=310, usual=12))
ADVISORY = seen(
    "graph",
    Kind.OFFICIAL_TENANT,
    Health.DEGRADED,
    key="TM1281730",
    tenant=TenantId("contoso"),
    advisory=True,
    said_at=ago(150),
    since=ago(200),
    next_update_at=ago(15),
    text="Some users may see a delay when they join meetings from the browser.",
)
WINDOW = seen(
    "operator",
    Kind.OPERATOR,
    Health.MAINTENANCE,
    said_at=ago(600),
    ends_at=NOW + timedelta(hours=20),
    text="Telephony moves to the new carrier tonight.",
)
YOUR_IT = seen(
    "operator", Kind.OPERATOR, Health.DOWN, said_at=ago(10), text="Our proxy is being repaired, expect 30 minutes."
)

BLIND = (
    Blind(source=SourceId("downdetector"), reason="403 challenge", since=ago(30)),
    Blind(source=SourceId("x"), reason="429 throttled", since=ago(8)),
)
TEST = Phrase(key="ask.other_site", values={"site": "x.com"})
TEST_ANSWERS = tuple(Button(verb=f"test.{word}") for word in ("yes", "no", "blocked", "this_device"))
CLIENTS = tuple(Button(verb=f"client.{name}") for name in ("windows", "mac", "web", "ios", "everywhere"))
PAGE = "https://status.contoso.example/"


def verdict(outcome: Outcome, confidence: float, reason: Reason, **more) -> Verdict:
    return Verdict(outcome=outcome, confidence=confidence, reason=reason, service=TEAMS, at=NOW, **more)


def told(judged: Verdict, *steps: str, workaround: str | None = None, **more) -> Reply:
    known = {
        "face": Face.VERDICT,
        "row": "a1",
        "at": NOW,
        "verdict": judged,
        "advice": Advice(
            why=f"why.{judged.outcome}",
            do_not=None if judged.outcome is Outcome.FINE else f"do_not.{judged.outcome}",
            steps=tuple(map(StepId, steps)),
            workaround=workaround,
        ),
        "buttons": BUTTONS,
        "page_url": PAGE,
    }
    return Reply(**(known | more))


DOWN = told(
    verdict(
        Outcome.DOWN,
        0.96,
        Reason.TWO_KINDS_AGREE,
        feature=Feature.CHAT,
        region="Europe",
        since=ago(55),
        official=MICROSOFT,
        evidence=(MICROSOFT, PEOPLE, A_FEW, PROBE_DOWN, COLLEAGUES, *NEUTRAL_FINE),
        unreachable=BLIND[:1],
    ),
    "keep-and-resend",
    "keep-working-elsewhere",
    "subscribe-updates",
    "wait-it-out",
    feature=Feature.CHAT,
    client=Client.WINDOWS,
    me_too=9,
)
FINE = told(
    verdict(Outcome.FINE, 0.9, Reason.ALL_QUIET, evidence=(ALL_GREEN, QUIET, PROBE_FINE, *NEUTRAL_FINE)),
    "quit-and-reopen",
    "switch-client",
)
JUST_YOU = told(
    verdict(
        Outcome.JUST_YOU,
        0.86,
        Reason.OTHERS_FINE,
        which=Which.COMPARE,
        evidence=(WORKS_FOR_COLLEAGUES, OWN_TEST, QUIET, PROBE_FINE, *NEUTRAL_FINE),
    ),
    "quit-and-reopen",
    "switch-client",
    "keep-and-resend",
    "update-teams",
    "clear-teams-cache",
    feature=Feature.CHAT,
    client=Client.MAC,
)
UNKNOWN = told(
    verdict(
        Outcome.UNKNOWN,
        0.0,
        Reason.NOBODY_ELSE_YET,
        probs={Outcome.DOWN: 0.04, Outcome.DEGRADED: 0.14, Outcome.JUST_YOU: 0.82},
        evidence=(A_FEW, PROBE_FINE, *NEUTRAL_FINE),
        unreachable=BLIND,
    ),
    "check-official-status",
    "switch-client",
    "test-other-sites",
    "ask-a-colleague",
    question=TEST,
    choices=TEST_ANSWERS,
)
YOUR_NETWORK = told(
    verdict(Outcome.YOUR_NETWORK, 0.88, Reason.OWN_TEST, evidence=(TEST_FAILED, QUIET, *NEUTRAL_MIXED, PROBE_FINE)),
    "test-other-sites",
    "switch-network",
    "toggle-vpn",
    "restart-router",
    "contact-isp",
    changed=Phrase(key="changed.test.no", values={"site": "x.com"}),
)
YOUR_ORG = told(
    verdict(
        Outcome.YOUR_ORG, 0.83, Reason.ONE_SITE_ONLY, since=ago(20), evidence=(ONE_SITE, QUIET, ALL_GREEN, PROBE_FINE)
    ),
    "contact-it",
    "stay-signed-in",
    "switch-client",
    personal=False,
    me_too=6,
)
DEGRADED = told(
    verdict(
        Outcome.DEGRADED,
        0.74,
        Reason.ADVISORY_OPEN,
        feature=Feature.MEETINGS,
        since=ago(200),
        official=ADVISORY,
        cause=ServiceId("signin"),
        evidence=(ADVISORY, A_CROWD, PROBE_FINE),
    ),
    "rejoin-on-web-or-phone-app",
    "dial-in-by-phone",
    "wait-it-out",
    personal=False,
)
MAINTENANCE = told(
    verdict(
        Outcome.MAINTENANCE,
        0.93,
        Reason.WINDOW_ANNOUNCED,
        feature=Feature.CALLING,
        since=ago(42),
        ends_at=NOW + timedelta(hours=20),
        evidence=(WINDOW,),
    ),
    "dial-in-by-phone",
    "wait-it-out",
)
OPERATOR = told(
    verdict(Outcome.DOWN, 1.0, Reason.OPERATOR_SAYS, operator=True, since=ago(10), evidence=(YOUR_IT,)),
    "wait-it-out",
    personal=False,
)
REHEARSED = tuple(replace(each, drill=True) for each in DOWN.verdict.evidence)
DRILL = replace(
    DOWN,
    drill=True,
    verdict=replace(DOWN.verdict, drill=True, official=REHEARSED[0], evidence=REHEARSED),
    changed=Phrase(key="changed.still", values={"at": NOW, "outcome": Outcome.DOWN}),
)
STEPS = replace(
    JUST_YOU,
    face=Face.STEPS,
    advice=Advice(why="why.just_you", steps=(StepId("switch-network"), StepId("restart-device"), StepId("contact-it"))),
    changed=Phrase(key="changed.more_steps"),
    buttons=tuple(Button(verb=verb) for verb in ("fixed", "still_broken", "tell_it", "again")),
)
HELP = Reply(face=Face.HELP, at=NOW, page_url=PAGE, buttons=(Button(verb="page", link=PAGE),))
WELCOME = Reply(
    face=Face.WELCOME,
    at=NOW,
    personal=False,
    notes=tuple(
        Phrase(key=f"welcome.{key}", values=values)
        for key, values in (("ask", {}), ("reads", {}), ("page", {"url": PAGE}), ("keeps_no_contact", {}))
    ),
)
NOTICE = Reply(face=Face.NOTICE, at=NOW, notes=(Phrase(key="note.other"),))
TICKET = Reply(
    face=Face.TICKET,
    row="a1",
    at=NOW,
    notes=(Phrase(key="ticket.tell", values={"service": Phrase(key="service.teams")}), Phrase(key="ticket.no_contact")),
    buttons=(Button(verb="ticket", link="https://it.contoso.example/new?title=Teams%20chat"), Button(verb="again")),
)
CHOICE = Reply(face=Face.CHOICE, row="a1", at=NOW, question=Phrase(key="ask.client"), choices=CLIENTS)

SAMPLES = {
    "verdict": DOWN,
    "down_in_channel": replace(DOWN, personal=False, client=None),
    "fine": FINE,
    "just_you": JUST_YOU,
    "unknown": UNKNOWN,
    "your_network": YOUR_NETWORK,
    "your_org": YOUR_ORG,
    "degraded": DEGRADED,
    "maintenance": MAINTENANCE,
    "operator": OPERATOR,
    "drill": DRILL,
    "steps": STEPS,
    "help": HELP,
    "welcome": WELCOME,
    "notice": NOTICE,
    "ticket": TICKET,
    "choice": CHOICE,
    **INCIDENTS,
    **ANNOUNCEMENTS,
}
