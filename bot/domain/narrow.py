"""A narrow advisory of a service's owner, in the shape in which trouble is told.  Pure."""

from collections.abc import Iterable, Iterator

from bot.domain.finding import ILL
from bot.domain.incident import Incident, IncidentId, Level, Official, Stage
from bot.domain.observation import Kind, Observation, TenantId
from bot.domain.outcome import Outcome, Reason

OFFICIAL = (Kind.OFFICIAL_TENANT, Kind.OFFICIAL_PUBLIC)
COLOUR = "overview/"  # a red row without words: says nothing that could be told


def advisories(seen: Iterable[Observation]) -> Iterator[Observation]:
    """Those that are open, each once."""
    told: set[str] = set()
    for one in seen:
        if one.advisory and one.kind in OFFICIAL and one.health in ILL and not one.key.startswith(COLOUR):
            if one.key not in told:
                yield one
            told.add(one.key)


def as_told(one: Observation, tenant: TenantId | None) -> Incident:
    """As an incident of its owner's number, which is kept nowhere."""
    since = one.since or one.said_at or one.seen_at
    official = Official(
        key=one.key,
        text=one.text,
        link=one.link,
        said_at=one.said_at,
        next_word_at=one.next_update_at,
        since=one.since,
    )
    return Incident(
        id=IncidentId(one.key),
        service=one.service,
        stage=Stage.CONFIRMED,
        level=Level.ADVISORY,
        worst=Level.ADVISORY,
        opened_at=since,
        changed_at=one.said_at or since,
        tenant=tenant,
        drill=one.drill,
        since=since,
        feature=one.feature,
        region=one.region,
        outcome=Outcome.DEGRADED,
        reason=Reason.ADVISORY_OPEN,
        kinds=frozenset({"official"}),
        official=official,
    )
