"""Observations for tests of judging, in few words."""

from datetime import UTC, datetime, timedelta

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, Strength
from bot.domain.verdict import Policy

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
TEAMS = ServiceId("teams")
POLICY = Policy(related={TEAMS: (ServiceId("signin"), ServiceId("exchange"), ServiceId("m365"))})
FINE, DEGRADED, DOWN = Health.FINE, Health.DEGRADED, Health.DOWN


def seen(source, kind, health, *, ago=0.5, lasts=6.0, **said):
    """One statement, `ago` minutes old, believed for `lasts` minutes after it was seen."""
    at = NOW - timedelta(minutes=ago)
    said.setdefault("key", "k")
    said.setdefault("service", TEAMS)
    said.setdefault("origin", source)
    return Observation(
        source=SourceId(source), kind=kind, health=health, seen_at=at, until=at + timedelta(minutes=lasts), **said
    )


def page(health=FINE, **said):
    return seen("ms_public", Kind.OFFICIAL_PUBLIC, health, **{"origin": "microsoft", "key": "mac/teams", **said})


def issue(health=DEGRADED, **said):
    return seen("graph", Kind.OFFICIAL_TENANT, health, **{"origin": "microsoft", "key": "TM1", **said})


def probe(key="teams_web", health=FINE, **said):
    service = ServiceId("signin") if key == "signin" else TEAMS
    return seen("probe", Kind.PROBE, health, **{"key": key, "origin": "our place", "service": service, **said})


def neutral(key="google", health=FINE, **said):
    return seen(
        "neutral", Kind.NEUTRAL, health, **{"key": key, "origin": key, "service": ServiceId("internet"), **said}
    )


def line(health=FINE, **said):
    return [neutral(key, health, **said) for key in ("google", "apple", "cloudflare")]


def posts(reports=0, usual=0.2, source="x", health=None, authors=None, **said):
    told = Strength(reports=reports, usual=usual, authors=authors)
    return seen(source, Kind.POSTS, health or FINE, **{"origin": f"{source}-users", "strength": told, **said})


def crowd(reports=6, usual=6.0, health=None, **said):
    health = health or (DOWN if reports > 5 * usual else FINE)
    told = Strength(reports=reports, usual=usual)
    return seen("downdetector", Kind.CROWD, health, **{"strength": told, **said})


def colleagues(people=6, health=DEGRADED, sites=(), **said):
    told = Strength(reports=people, shares=dict(sites))
    return seen("me_too", Kind.COLLEAGUES, health, **{"key": f"{health}", "strength": told, **said})


def window(*, begins=-10, ends=50, **said):
    since, ends_at = NOW + timedelta(minutes=begins), NOW + timedelta(minutes=ends)
    return seen("operator", Kind.OPERATOR, Health.MAINTENANCE, lasts=2000, since=since, ends_at=ends_at, **said)


def own(key, health=FINE, **said):
    return seen("asker", Kind.ASKER, health, **{"key": key, "vantage": "asker", **said})


QUIET_DEFAULT = (page(), probe(), probe("signin"), *line(), posts(source="mastodon"))
QUIET = (*QUIET_DEFAULT, crowd(), posts())
