"""Planned work as a source tells it -> an announcement.  Pure.

Of Microsoft's messages and status pages' windows only those with a begin and an end come here; the sources see to that.
"""

import hashlib
import re
from collections.abc import Set
from datetime import datetime, timedelta

from bot.domain.announcement import Announcement, AnnouncementId, Draft, Kind, Words
from bot.domain.incident import Level
from bot.domain.observation import Health, Observation, ServiceId, SourceId, TenantId
from bot.domain.observation import Kind as Said
from bot.domain.schedule import Rule, moment, zone_of

ORIGINS = ("graph", "statuspage:")  # sources whose planned work is taken over
_FOLLOWED = re.compile(r"statuspage:(?P<name>[^\s:]{1,60})")  # services of pages that the catalogue does not know
TITLE = 120
TEXT = 2000
ROLE = "source"  # stands where an author's role would


def followed(service: ServiceId) -> str | None:
    """The operator's word for the service of a followed status page; None: a service of ours."""
    known = _FOLLOWED.fullmatch(service)
    return known["name"] if known is not None else None


def origin_of(said: Observation) -> str | None:
    """What it is known by; None: it is no planned work with a begin and an end."""
    planned = said.health is Health.MAINTENANCE and said.kind in (Said.OFFICIAL_TENANT, Said.OFFICIAL_PUBLIC)
    if not planned or said.since is None or said.ends_at is None or not said.source.startswith(ORIGINS):
        return None
    return f"{said.source}:{said.key}"


def revision_of(said: Observation) -> str:
    """Changes when the source says something else; the moment at which it says so is not enough."""
    told = (said.since, said.ends_at, said.text, said.feature)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def as_announcement(said: Observation, tenant: TenantId | None, zone: str, now: datetime) -> Announcement:
    """In the source's words, which are English; at its times, on the clock of `zone`."""
    since, ends = said.since or now, said.ends_at or now
    title, _, rest = said.text.partition(". ")
    return Announcement(
        id=AnnouncementId(""),
        tenant=tenant,
        kind=Kind.MAINTENANCE,
        words={"en": Words(title=title[:TITLE] or said.key, hit=rest[:TEXT])},
        language="en",
        rule=Rule(at=since.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0)),
        zone=zone,
        lasts=ends - since,
        services=frozenset({said.service}),
        features=frozenset({said.feature} if said.feature is not None else ()),
        level=Level.DEGRADED,
        link=said.link if said.link is not None and said.link.startswith("https://") else None,
        draft=Draft.DRAFT,
        author_role=ROLE,
        origin=origin_of(said) or "",
        origin_revision=revision_of(said),
        made_at=now,
        changed_at=now,
    )


def is_gone(known: Announcement, readable: Set[SourceId], now: datetime) -> bool:
    """Whether its source withdrew it: it can be read, does not tell it any more, and the work was still to come."""
    source = next((one for one in readable if known.origin.startswith(f"{one}:")), None)
    begins = moment(known.rule.at, known.zone) if known.rule.at is not None else now
    return source is not None and begins + (known.lasts or timedelta(0)) > now
