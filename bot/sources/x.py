"""X: how many posts complain, minute by minute, and what Microsoft's own accounts say of incidents.

Shape: X API v2, spec of September 2026; both of its vocabularies (tweet, post) are read.  A counting request and every
post returned cost money, so counts are asked less often while all is calm, and their last answer stands in between.  No
author is asked for.  Of Microsoft's posts only the incident's number, its state and the address are kept: the terms
forbid to show a post in another form than X's own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.http import Fetcher, FetchError, Page
from bot.sources import shapes, voices, x_counts, x_official, x_refusals
from bot.sources.source import About, SourceError, SourceSetup

ABOUT = About(
    kind=Kind.POSTS,
    on_by_default=False,
    period=timedelta(minutes=2),
    reads="counts of posts with #microsoftteamsdown, #teamsdown and the like, and what @MSFT365Status and"
    " @MicrosoftTeams post about incidents",
    credentials="bearer token of an X app under an agreement of your own",
    cost="prepaid credits: 0.005 US$ a counting request and a post read; about 45 to 110 US$ a month",
    law="developer agreement: counts without persons are allowed, showing posts in another form than X's own is not;"
    " public bodies need an enterprise plan",
    hosts=("api.x.com",),
    needs=("SOURCE_X_TOKEN",),
)

API = "https://api.x.com"
COUNTS, OFFICIAL = "counts", "official"
# 512 characters at most.  The words left out are those of sports, where two teams are down every evening.
QUERY = (
    '(#microsoftteamsdown OR #msteamsdown OR #teamsdown OR "microsoft teams is down" OR "microsoft teams down")'
    " -is:retweet -football -nfl -nba -soccer"
)
ACCOUNTS = "(from:MSFT365Status OR from:MicrosoftTeams) -is:retweet"
COUNTED_BACK = timedelta(hours=24)
READ_BACK = timedelta(hours=12)  # posts read again on the same day are not charged again
CALM_PERIOD = timedelta(minutes=5)  # of counts, while nothing is unusual
SEARCH_PAGE = f"https://x.com/search?q={quote('#microsoftteamsdown OR #teamsdown')}&f=live"


class XSource:
    """Asks with the bearer token `setup.token`; `setup.url` replaces the API's address."""

    id = SourceId("x")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """Without a token every poll is refused: it is "not set up" then."""
        self.period = setup.period or ABOUT.period
        self._base = (setup.url or API).rstrip("/")
        self._headers = {"Authorization": f"Bearer {setup.token}"} if setup.token else {}
        self._kept: dict[str, tuple[Page, datetime]] = {}  # call -> its last answer, and when to ask again

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Both calls, one after the other; one that may not be asked yet shows its last answer again."""
        return [await self._page(fetcher, call, params, now) for call, params in _calls(now).items()]

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """Counts and official posts; what alone could not be read is said.  SourceError when neither could."""
        until = shapes.believed_until(now, self.period)
        seen: list[Observation] = []
        refused: dict[str, SourceError] = {}
        for page in pages:
            try:
                seen += _observations(page, now, until)
            except SourceError as error:
                refused[page.name] = error
        if len(refused) == len(pages):
            raise next(iter(refused.values()), SourceError("no page"))
        return [*seen, *(_unread(call, error, now, until) for call, error in refused.items())]

    async def _page(self, fetcher: Fetcher, call: str, params: Mapping[str, str], now: datetime) -> Page:
        if call in self._kept and now < self._kept[call][1]:
            return self._kept[call][0]
        url = f"{self._base}{_PATHS[call]}"
        try:
            page = await fetcher.get(call, url, headers=self._headers, params=params)
        except FetchError as error:
            page = Page(name=call, url=url, status=0, fetched_at=now, trouble=error.trouble)
        self._kept[call] = (page, _again_at(page, now))
        return page


_PATHS = {COUNTS: "/2/tweets/counts/recent", OFFICIAL: "/2/tweets/search/recent"}


def _calls(now: datetime) -> dict[str, dict[str, str]]:
    return {
        COUNTS: {"query": QUERY, "granularity": "minute", "start_time": _written(now - COUNTED_BACK)},
        OFFICIAL: {
            "query": ACCOUNTS,
            "max_results": "50",
            "start_time": _written(now - READ_BACK),
            "tweet.fields": "created_at",
        },
    }


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _again_at(page: Page, now: datetime) -> datetime:
    """When a call may be made again: throttled, when they say; counts in a calm, later than the rest."""
    if page.status == HTTPStatus.TOO_MANY_REQUESTS:
        return x_refusals.refusal(page, now).retry_at or now
    if page.name != COUNTS:
        return now
    try:
        counted = x_counts.counted(page, now)
    except SourceError:
        return now
    return now + CALM_PERIOD if voices.health(counted.strength) is Health.FINE else now


def _observations(page: Page, now: datetime, until: datetime) -> list[Observation]:
    if page.status != HTTPStatus.OK:
        raise x_refusals.refusal(page, now)
    if page.name == OFFICIAL:
        return x_official.observations(page, now, until)
    counted = x_counts.counted(page, now)
    return [
        Observation(
            source=XSource.id,
            kind=Kind.POSTS,
            origin="x-users",
            key="teams",
            service=ServiceId("teams"),
            health=voices.health(counted.strength),
            seen_at=min(page.fetched_at, now),
            until=until,
            said_at=counted.newest_at,
            since=counted.since,
            strength=counted.strength,
            link=SEARCH_PAGE,
        )
    ]


def _unread(call: str, error: SourceError, now: datetime, until: datetime) -> Observation:
    return Observation(
        source=XSource.id,
        kind=Kind.POSTS if call == COUNTS else Kind.OFFICIAL_PUBLIC,
        origin=f"x {call}",
        key=call,
        service=ServiceId("teams"),
        health=Health.UNREACHABLE,
        seen_at=now,
        until=until,
        text=f"{call}: {error.reason}",
    )
