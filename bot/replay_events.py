"""One event of a replay file -> observations, as the real source would have made them.

Knows the wire form of replay events and nothing of verdicts.  An event that it does not understand becomes nothing: a
replay may hold sources, kinds and fields of a later day.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.observation import Client, Feature, Health, Kind, Observation, ServiceId, SourceId, Strength, TenantId
from bot.sources.microsoft_text import feature_of, naming_teams, region_of

TENANT = TenantId("replay")  # whose Graph, colleagues and own sign-in test the file speaks of
TEAMS, SIGNIN, M365, INTERNET = ServiceId("teams"), ServiceId("signin"), ServiceId("m365"), ServiceId("internet")
EXCHANGE = ServiceId("exchange")

BELIEVED = timedelta(minutes=10)  # or three periods of a source that is asked more rarely
ASKED = timedelta(minutes=60)  # a person's own tests
PRESSED = timedelta(minutes=16)  # "I have it too" counts the last 15 minutes
POSTED = timedelta(minutes=90)  # an official post
CLOSED = timedelta(minutes=30)  # "it is over" is repeated no more after this

Event = Mapping[str, Any]

_KINDS = {
    "graph": Kind.OFFICIAL_TENANT,
    "ms_public": Kind.OFFICIAL_PUBLIC,
    "downdetector": Kind.CROWD,
    "isdown": Kind.CROWD,
    "probe": Kind.PROBE,
    "neutral": Kind.NEUTRAL,
    "me_too": Kind.COLLEAGUES,
}
NETWORKS = frozenset({"x", "mastodon", "reddit", "bluesky", "hn"})
_CLOSED_WORDS = frozenset({"servicerestored", "falsepositive", "postincidentreviewpublished", "resolved"})
_GREEN = frozenset({"serviceoperational", *_CLOSED_WORDS})
_PAGE = {"available": Health.FINE, "degraded": Health.DEGRADED, "incident": Health.DEGRADED, "down": Health.DOWN}
_CROWD = {"ok": Health.FINE, "none": Health.FINE, "minor": Health.DEGRADED, "possible": Health.DEGRADED}
_CROWD_DOWN = frozenset({"major", "problems"})
_OVER = ("resolved", "restored", "recovered", "fixed", "back to normal", "over.")
_PROBED = {"signin": SIGNIN, "graph_api": M365, "m365_portal": M365}
_PARTS = {"signin": Feature.SIGNIN, "tenant_signin": Feature.SIGNIN, "teams_chat": Feature.CHAT}
_PARTS |= {"teams_media": Feature.MEETINGS, "teams_web": Feature.CLIENT_START}
_NAMES = {"frontline messaging": Feature.CHAT, "app start": Feature.CLIENT_START, "live events": Feature.LIVE_EVENTS}
_TESTS = {
    "other_site": "other_site_ok",
    "colleagues": "colleagues_ok",
    "web": "web_ok",
    "mobile_data": "mobile_data_ok",
}
STALE_PAGE = timedelta(hours=6)


def moment(value: object) -> datetime:
    """A time stamp of the file, aware UTC.  Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("a moment is text such as 2026-01-31T09:00:00Z")
    at = datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def observations(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    """What the real source would have said at `at`; `period`: how often it speaks."""
    source, kind = event.get("source"), event.get("kind")
    if kind == "fail":
        return [_failed(event, at, period)]
    if kind == "post":
        return _post(event, at)
    make = _MAKERS.get((source, kind)) if isinstance(source, str) and isinstance(kind, str) else None
    return make(event, at, period) if make is not None else []


def _base(event: Event, at: datetime, until: datetime, **said: Any) -> Observation:  # noqa: ANN401 - the fields of Observation
    source = str(event.get("source"))
    said.setdefault("kind", _KINDS.get(source, Kind.POSTS))
    said.setdefault("service", TEAMS)
    said.setdefault("origin", "microsoft" if said["kind"] in (Kind.OFFICIAL_TENANT, Kind.OFFICIAL_PUBLIC) else source)
    return Observation(source=SourceId(source), seen_at=at, until=until, **said)


def _failed(event: Event, at: datetime, period: timedelta) -> Observation:
    until = at + max(BELIEVED, period * 3)
    return _base(event, at, until, key="fail", health=Health.UNREACHABLE, text=str(event.get("error", "")))


def _probe(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    target = str(event.get("target"))
    well = bool(event.get("ok"))
    neutral = event.get("source") == "neutral"
    return [
        _base(
            event,
            at,
            at + max(BELIEVED, period * 3),
            key=target,
            origin=target if neutral else "our place",
            service=INTERNET if neutral else _PROBED.get(target, TEAMS),
            feature=None if neutral else _PARTS.get(target),
            health=Health.FINE if well else Health.DOWN,
            vantage=_vantage(event.get("from")),
            tenant=TENANT if target == "tenant_signin" else None,
            text="" if well else str(event.get("code") or event.get("phase") or event.get("status") or ""),
        )
    ]


def _overview(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    if _word(event.get("service_status")) not in _GREEN and event.get("open"):
        return []
    well = Health.FINE if _word(event.get("service_status")) in _GREEN else Health.UNKNOWN
    return [_base(event, at, at + max(BELIEVED, period * 3), key="overview", health=well, tenant=TENANT)]


def _issue(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    status = _word(event.get("status"))
    title, body = str(event.get("title", "")), str(event.get("body", ""))
    closed = status in _CLOSED_WORDS
    health = Health.FINE if closed else Health.DOWN if status == "serviceinterruption" else Health.DEGRADED
    named = str(event.get("feature", ""))
    return [
        _base(
            event,
            at,
            at + (CLOSED if closed else max(BELIEVED, period * 3)),
            key=str(event.get("id")),
            service=_service(str(event.get("service", "")), title, body),
            health=health,
            tenant=TENANT,
            said_at=_or_none(event.get("updated")) or at,
            since=_or_none(event.get("start")),
            ends_at=(_or_none(event.get("end")) or at) if closed else None,
            feature=_part_told(named, title, body),
            region=region_of(f"{title} {body}"),
            advisory=event.get("classification") == "advisory",
            text=f"{title} {body}".strip(),
        )
    ]


def _planned(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    window = event.get("window") if event.get("source") == "graph" else event
    if not isinstance(window, Mapping):
        return []
    begins, ends = _or_none(window.get("from")), _or_none(window.get("to"))
    if begins is None or ends is None:
        return []
    over = event.get("state") in ("ended", "cancelled")
    operator = event.get("source") == "operator"
    return [
        _base(
            event,
            at,
            max(ends, at) + CLOSED,
            kind=Kind.OPERATOR if operator else Kind.OFFICIAL_TENANT,
            key=str(event.get("id")),
            health=Health.MAINTENANCE,
            tenant=TENANT,
            since=begins,
            ends_at=min(at, ends) if over else ends,
            feature=feature(event.get("feature")),
            text=str(event.get("title", "")),
        )
    ]


def _page(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    health = _PAGE.get(str(event.get("state")), Health.UNKNOWN)
    said = f"{event.get('title', '')}. {event.get('message', '')}"
    claimed = _or_none(event.get("as_of")) or at
    until = at + max(BELIEVED, period * 3)
    if health is Health.FINE and at - claimed > STALE_PAGE:
        return [_base(event, at, until, key="page", health=Health.UNREACHABLE, text="frozen")]
    ill = health in (Health.DEGRADED, Health.DOWN)
    named = _part_told("", str(event.get("title", "")), str(event.get("message", ""))) if ill else None
    service = TEAMS if not ill or "Teams" in said else M365
    page = _base(event, at, until, key="mac/teams", service=service, health=health, said_at=claimed, feature=named)
    return [page]


def _crowd(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    word = str(event.get("level", event.get("state", "none")))
    health = Health.DOWN if word in _CROWD_DOWN else _CROWD.get(word, Health.UNKNOWN)
    until = at + max(timedelta(minutes=20), period * 3)
    strength = None
    if "reports" in event:
        window = timedelta(seconds=float(event.get("window_s", 900)))
        strength = Strength(reports=int(event["reports"]), usual=float(event.get("baseline", 0)), window=window)
        health = Health.FINE if health is Health.UNKNOWN else health
    return [_base(event, at, until, key=str(event.get("country", "all")), health=health, strength=strength)]


def _me_too(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    made = []
    for key, health in (("have_it", Health.DEGRADED), ("works", Health.FINE)):
        people = int(event.get(key) or 0)
        if people > 0:
            ill = key == "have_it"
            strength = Strength(reports=people, shares=_counts(event.get("sites")) if ill else {})
            part = _most(_counts(event.get("features"))) if ill else None
            until = at + max(PRESSED, period * 2)
            made.append(_base(event, at, until, key=key, health=health, tenant=TENANT, strength=strength, feature=part))
    return made


def _asker(event: Event, at: datetime, period: timedelta) -> list[Observation]:
    tests = [(key, event[field]) for key, field in _TESTS.items() if event.get(field) is not None]
    if event.get("via") == "teams":
        tests.append(("this_client", True))
    if event.get("error_code"):
        tests.append(("code", False))
    client = Client(event["client"]) if event.get("client") in list(Client) else None
    return [
        _base(
            event,
            at,
            at + ASKED,
            kind=Kind.ASKER,
            key=key,
            health=Health.FINE if well else Health.DOWN,
            tenant=TENANT,
            client=None if key == "this_client" else client,
            vantage="asker",
            text=str(event.get("error_code")) if key == "code" else "",
        )
        for key, well in tests
    ]


def _post(event: Event, at: datetime) -> list[Observation]:
    text = str(event.get("text", ""))
    if event.get("account") != "official" or "Teams" not in text:
        return []
    health = Health.FINE if any(word in text.lower() for word in _OVER) else Health.DEGRADED
    over = at if health is Health.FINE else None
    kind, part = Kind.OFFICIAL_PUBLIC, feature_of(text)
    return [_base(event, at, at + POSTED, kind=kind, key="post", health=health, said_at=at, ends_at=over, feature=part)]


_MAKERS: Mapping[tuple[str, str], Callable[[Event, datetime, timedelta], list[Observation]]] = {
    ("graph", "overview"): _overview,
    ("graph", "issue"): _issue,
    ("graph", "message"): _planned,
    ("operator", "maintenance"): _planned,
    ("ms_public", "status"): _page,
    ("downdetector", "count"): _crowd,
    ("isdown", "status"): _crowd,
    ("probe", "result"): _probe,
    ("neutral", "result"): _probe,
    ("me_too", "count"): _me_too,
    ("asker", "answer"): _asker,
}


def feature(value: object) -> Feature | None:
    """A feature's own name, or None."""
    return Feature(value) if isinstance(value, str) and value in list(Feature) else None


def _vantage(place: object) -> str:
    return str(place) if isinstance(place, str) and place.startswith("site:") else "server"


def _word(status: object) -> str:
    return str(status).lower()


def _or_none(value: object) -> datetime | None:
    return moment(value) if isinstance(value, str) else None


def _service(named: str, title: str, body: str) -> ServiceId:
    if named == "Microsoft Teams" or naming_teams((title, *body.split(". "))) or "Teams" in title:
        return TEAMS
    return EXCHANGE if named == "Exchange Online" else M365


def _part_told(named: str, title: str, body: str) -> Feature | None:
    return _NAMES.get(named.lower()) or feature_of(named) or feature_of(title) or feature_of(body)


def _counts(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): int(number) for name, number in value.items() if isinstance(number, int)}


def _most(counts: Mapping[str, int]) -> Feature | None:
    best = max(counts, key=lambda name: (counts[name], name), default=None)
    return feature(best) if best is not None and counts[best] * 2 > sum(counts.values()) else None
