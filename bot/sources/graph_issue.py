"""One issue of Graph's service communications as observations.  Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.sources import microsoft_text, shapes

TEAMS, SIGNIN, EXCHANGE = ServiceId("teams"), ServiceId("signin"), ServiceId("exchange")
SHAREPOINT, M365 = ServiceId("sharepoint"), ServiceId("m365")

# Statuses in lower case, since documents and data differ in case; any other is unknown.
_OPEN = (
    "investigating",
    "servicedegradation",
    "restoringservice",
    "extendedrecovery",
    "verifyingservice",
    "confirmed",
    "reported",
)
FALSE_POSITIVE = "falsepositive"
_OVER = (
    "serviceoperational",
    "servicerestored",
    "postincidentreviewpublished",
    FALSE_POSITIVE,
    "investigationsuspended",
    "resolved",
    "resolvedexternal",
    "mitigated",
    "mitigatedexternal",
)
STATUSES: Mapping[str, Health] = {
    **dict.fromkeys(_OPEN, Health.DEGRADED),
    "serviceinterruption": Health.DOWN,
    **dict.fromkeys(_OVER, Health.FINE),
}
_IDS: Mapping[str, ServiceId] = {
    "microsoftteams": TEAMS,
    "orgliveid": SIGNIN,
    "exchange": EXCHANGE,
    "sharepoint": SHAREPOINT,
    "onedriveforbusiness": SHAREPOINT,
    "osdpplatform": M365,
}
_NAMES: Mapping[str, ServiceId] = {
    "microsoft teams": TEAMS,
    "microsoft entra": SIGNIN,
    "identity service": SIGNIN,
    "azure active directory": SIGNIN,
    "exchange online": EXCHANGE,
    "sharepoint online": SHAREPOINT,
    "onedrive for business": SHAREPOINT,
    "microsoft 365 suite": M365,
}
OLD_END = timedelta(hours=24)  # still open but ended longer ago: left open by mistake
RECENTLY = timedelta(hours=24)
_LINK = "https://admin.microsoft.com/Adminportal/Home#/servicehealth/:/alerts/"


class _Words(msgspec.Struct, frozen=True, kw_only=True):
    content: str | None = None


class _Post(msgspec.Struct, frozen=True, kw_only=True):
    createdDateTime: str | None = None
    description: _Words | None = None


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that we read; the names are the wire's."""

    id: str
    service: str
    status: str
    classification: str
    isResolved: bool
    lastModifiedDateTime: str
    title: str | None = None
    impactDescription: str | None = None
    feature: str | None = None
    startDateTime: str | None = None
    endDateTime: str | None = None
    posts: list[_Post] | None = None


def service_of(name: str, service_id: str = "") -> ServiceId | None:
    """Our word for one of Microsoft's services, by its stable id first; None for one that we don't follow."""
    return _IDS.get(service_id.strip().lower()) or _NAMES.get(name.strip().casefold())


def is_over(issue: Issue, closed: str | None, now: datetime) -> bool:
    """Whether an issue is closed, came back open without a newer stamp, or ended long ago and was never closed."""
    if issue.isResolved:
        return True
    modified, closing = shapes.moment(issue.lastModifiedDateTime), shapes.moment(closed)
    if closing is not None and (modified is None or modified <= closing):
        return True
    end = shapes.moment(issue.endDateTime)
    return end is not None and end < now - OLD_END


def observed(issue: Issue, now: datetime, until: datetime, tenant: TenantId | None) -> list[Observation]:
    """What an open issue says of the services that we follow; nothing when it concerns none of them.

    A neighbour's advisory is dropped: some is open nearly always and says nothing of Teams.
    """
    service = service_of(issue.service)
    words = f"{issue.title or ''}\n{issue.impactDescription or ''}"
    names_teams = service is not TEAMS and bool(microsoft_text.naming_teams(words.splitlines()))
    narrow = issue.classification.lower() == "advisory"
    if service is None or (narrow and service is not TEAMS):
        service = None
    if service is None and not names_teams:
        return []
    said = _statement(issue, now, until, service or TEAMS)
    said = replace(said, tenant=tenant)
    if service is None or not names_teams:
        return [said]
    return [said, replace(said, key=f"{issue.id}/teams", service=TEAMS)]


def closed(issue: Issue, now: datetime, until: datetime, tenant: TenantId | None) -> Observation | None:
    """The word that an incident of Teams is over, or that one was a false alarm; it overtakes pages that lag behind."""
    modified, end = shapes.moment(issue.lastModifiedDateTime), shapes.moment(issue.endDateTime)
    service, was_none = service_of(issue.service), issue.status.lower() == FALSE_POSITIVE
    incident = issue.isResolved and issue.classification.lower() == "incident"
    if not incident or service is None or not (service is TEAMS or was_none):
        return None
    if not modified or modified < now - RECENTLY:
        return None
    words = f"{shapes.plain(issue.id, 40)}: {issue.title or issue.status}"
    return Observation(
        source=SourceId("graph"),
        kind=Kind.OFFICIAL_TENANT,
        origin="microsoft",
        key=issue.id,
        service=service,
        health=Health.FINE,
        seen_at=now,
        until=until,
        said_at=min(modified, now),
        ends_at=min(end or modified, now),
        tenant=tenant,
        text=shapes.plain(f"False positive. {words}" if was_none else words),  # incidents are withdrawn by this word
        link=_link(issue),
    )


def _link(issue: Issue) -> str | None:
    return _LINK + issue.id if issue.id.isascii() and issue.id.isalnum() else None


def _statement(issue: Issue, now: datetime, until: datetime, service: ServiceId) -> Observation:
    texts = _newest_first(issue, now)
    title = shapes.plain(issue.title or issue.impactDescription or "", 200)
    latest = texts[0].status or " ".join(texts[0].lines) if texts else ""
    health = STATUSES.get(issue.status.lower(), Health.UNKNOWN)
    end = shapes.moment(issue.endDateTime)
    recovering = health is Health.FINE or (end is not None and end <= now)
    narrow = issue.classification.lower() == "advisory" or recovering
    if health is Health.FINE or (narrow and health is Health.DOWN):
        health = Health.DEGRADED
    start, modified = shapes.moment(issue.startDateTime), shapes.moment(issue.lastModifiedDateTime)
    scope = next((text.scope for text in texts if text.scope), "")
    return Observation(
        source=SourceId("graph"),
        kind=Kind.OFFICIAL_TENANT,
        origin="microsoft",
        key=issue.id,
        service=service,
        health=health,
        advisory=narrow,
        seen_at=now,
        until=until,
        said_at=min(modified, now) if modified else None,
        since=start if start and start <= now else None,
        ends_at=end,
        next_update_at=next((text.next_update_at for text in texts if text.next_update_at), None),
        feature=microsoft_text.feature_of(issue.feature or "") or microsoft_text.feature_of(title),
        region=microsoft_text.region_of(scope) or microsoft_text.region_of(title),
        text=shapes.plain(
            ". ".join(words for words in (f"{shapes.plain(issue.id, 40)}: {title}".rstrip(": "), latest) if words)
        ),
        link=_link(issue),
    )


def _newest_first(issue: Issue, now: datetime) -> list[microsoft_text.Told]:
    """The issue's posts, taken apart; their order on the wire is not relied on."""
    dated = [
        (shapes.moment(post.createdDateTime) or datetime.min.replace(tzinfo=now.tzinfo), post.description.content)
        for post in issue.posts or ()
        if post.description and post.description.content
    ]
    dated.sort(key=lambda each: each[0])
    return [microsoft_text.told(content, now) for _, content in reversed(dated[-10:])]
