"""What Microsoft's accounts on X say of incidents: number, state, part, region.  Pure.

Only posts that name an incident's number, or Microsoft Teams and trouble, count; advertising does not.  Of several
posts about one incident the newest speaks.
"""

import html
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId
from bot.http import Page
from bot.sources import shapes
from bot.sources.microsoft_text import feature_of, naming_teams, region_of
from bot.sources.source import SourceError
from bot.sources.voices import AHEAD

X_EPOCH_MS = 1_288_834_974_657  # ids count milliseconds from here, above 22 bits
LONGEST_ID = 19

TEAMS, MICROSOFT_365 = ServiceId("teams"), ServiceId("m365")
SERVICES = {"TM": TEAMS, "EX": ServiceId("exchange"), "SP": ServiceId("sharepoint"), "OD": ServiceId("sharepoint")}
SUITE = "MO"  # of Microsoft 365 as a whole

_INCIDENT = re.compile(rf"\b({'|'.join(SERVICES)}|{SUITE})(\d{{5,8}})\b")
_OVER_WORDS = (
    r"(?:resolved|restored|recovered|remediated|mitigated|fixed|back to normal|returned to (?:service|normal))"
)
_OVER = re.compile(
    rf"\b(?:confirmed|verified|validated|monitoring|monitored)\b[^.]{{0,90}}\b{_OVER_WORDS}"
    rf"|\b(?:has|have|is|are|was|were|been|now)\b(?: (?:now|fully|been|successfully|completely))* {_OVER_WORDS}",
    re.IGNORECASE,
)
_NOT_OVER = re.compile(
    rf"(?:\bnot\b|n't\b|\bonce\b|\buntil\b|\bwhen\b|\bpartially\b|\bpartly\b|\bsome\b|\bmany\b|\bmost\b)[^.]{{0,60}}"
    rf"{_OVER_WORDS}",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:outage|service interruption)\b"
    r"|\bunable to (?:access|use|reach|connect to|load|sign ?in to|log ?in to) (?:the )?microsoft teams",
    re.IGNORECASE,
)
_POINTER = re.compile(r"\badmin cent(?:er|re)\b", re.IGNORECASE)  # where to read more; not what is ill
_NARROW = re.compile(r"\b(?:some|subset|certain|intermittent\w*|a few|limited)\b", re.IGNORECASE)
_TROUBLE = re.compile(
    r"\b(?:investigat\w+|degrad\w+|issues?|problems?|impact\w*|delay\w*|errors?|unable|fail\w*|outage|interruption|"
    r"reports of|mitigat\w+|workaround|restor\w+)\b",
    re.IGNORECASE,
)


class _Post(msgspec.Struct):
    id: str
    text: str
    created_at: str | None = None


class _Meta(msgspec.Struct):
    result_count: int | None = None
    next_token: str | None = None


class _Answer(msgspec.Struct):
    data: list[_Post] = []
    meta: _Meta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """One post about one incident."""

    key: str
    service: ServiceId
    health: Health
    at: datetime
    post: str
    text: str


def observations(pages: Sequence[Page], now: datetime, until: datetime) -> list[Observation]:
    """One statement per incident that was spoken of; none is no news.  Raises SourceError.

    The newest posts stand on the first page: a later one that can't be read is passed over.
    """
    posts = _posts(pages[0])
    for page in pages[1:]:
        with suppress(SourceError):
            posts += _posts(page)
    words = [word for post in posts if (word := _word(post)) is not None and word.at <= now + AHEAD]
    words.sort(key=lambda word: (word.at, word.post))
    newest = {word.key: word for word in words}
    return [_observation(word, words, min(pages[0].fetched_at, now), until) for word in newest.values()]


def next_token(page: Page) -> str | None:
    """Where the answer goes on; None at its end."""
    answer = shapes.unchecked(page, _Answer)
    return answer.meta.next_token or None if answer is not None and answer.meta is not None else None


def _posts(page: Page) -> list[_Post]:
    answer = shapes.decode(page, _Answer)
    if answer.meta is None:
        raise SourceError("posts without a count", http_status=page.status)
    return answer.data


def _observation(word: _Word, words: Sequence[_Word], seen_at: datetime, until: datetime) -> Observation:
    is_over = word.health is Health.FINE
    begun = min(other.at for other in words if other.key == word.key)
    return Observation(
        source=SourceId("x"),
        kind=Kind.OFFICIAL_PUBLIC,
        origin="microsoft",
        key=word.key,
        service=word.service,
        health=word.health,
        seen_at=seen_at,
        until=until,
        said_at=word.at,
        since=begun,
        ends_at=word.at if is_over else None,
        feature=feature_of(word.text),
        region=region_of(word.text),
        link=f"https://x.com/i/status/{word.post}",
    )


def _word(post: _Post) -> _Word | None:
    """What a post says of an incident; None when it speaks of something else."""
    if not (post.id.isascii() and post.id.isdecimal() and len(post.id) <= LONGEST_ID):
        return None
    at = shapes.moment(post.created_at) or _moment_of(post.id)
    text = shapes.plain(html.unescape(post.text), limit=4000)
    incident = _INCIDENT.search(text)
    names_teams = bool(naming_teams([text]))
    if incident is None and not (names_teams and _TROUBLE.search(text)):
        return None
    return _Word(
        key=incident[0] if incident else f"post {post.id}",
        service=_service(incident[1] if incident else None, names_teams=names_teams),
        health=health_of(text),
        at=at,
        post=post.id,
        text=_POINTER.sub("", _INCIDENT.sub("", text)),
    )


def health_of(text: str) -> Health:
    """The state that a post tells: over, an outage, trouble; UNKNOWN when it tells none."""
    if _OVER.search(text) and not _NOT_OVER.search(text):
        return Health.FINE
    if _DOWN.search(text) and not _is_narrow(text):
        return Health.DOWN
    return Health.DEGRADED if _TROUBLE.search(text) else Health.UNKNOWN


def _is_narrow(text: str) -> bool:
    """Whether a post speaks of some people, one part or one region only."""
    whole = _POINTER.sub("", text)
    return bool(_NARROW.search(whole) or feature_of(whole) or region_of(whole))


def _service(prefix: str | None, *, names_teams: bool) -> ServiceId:
    if names_teams:
        return TEAMS
    return SERVICES.get(prefix or SUITE, MICROSOFT_365)


def _moment_of(post: str) -> datetime:
    """When a post was made, from its id: at most 19 digits, so a year that a date can hold."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(int(post) >> 22) + X_EPOCH_MS)
