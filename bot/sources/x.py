"""X: how many posts complain, minute by minute, and what Microsoft's own accounts say of incidents.

Shape: X API v2, spec of September 2026; both of its vocabularies (tweet, post) are read.  A counting request and every
post returned cost money, so counts are asked less often while all is calm, and their last answer stands in between;
what a month may cost is capped.  An empty count is believed only while a word that is never quiet is counted.  No
author is asked for.  Of Microsoft's posts only the incident's number, its state and the address are kept: the terms
forbid to show a post in another form than X's own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.domain.spike import WINDOW
from bot.http import Fetcher, FetchError, Page, Trouble
from bot.sources import shapes, voices, x_counts, x_official, x_refusals
from bot.sources.source import About, SourceError, SourceSetup
from bot.sources.x_spending import USUAL_CAP_USD, Spending

ABOUT = About(
    kind=Kind.POSTS,
    on_by_default=False,
    period=timedelta(minutes=2),
    reads="counts of posts with #microsoftteamsdown, #teamsdown and the like, and what @MSFT365Status and"
    " @MicrosoftTeams post about incidents",
    credentials="bearer token of an X app under an agreement of your own",
    cost="prepaid credits: 0.005 US$ a counting request and a post read; about 47 US$ a quiet month, 110 in a bad one;"
    " SOURCE_X_CAP_USD bounds it",
    law="developer agreement: counts without persons are allowed, showing posts in another form than X's own is not;"
    " public bodies need an enterprise plan",
    hosts=("api.x.com",),
    needs=("SOURCE_X_TOKEN",),
)

API = "https://api.x.com"
COUNTS, OFFICIAL, CANARY = "counts", "official", "canary"
# 512 characters at most.  The words left out are those of sports, where two teams are down every evening.
QUERY = (
    '(#microsoftteamsdown OR #msteamsdown OR #teamsdown OR "microsoft teams is down" OR "microsoft teams down")'
    " -is:retweet -football -nfl -nba -soccer"
)
ACCOUNTS = "(from:MSFT365Status OR from:MicrosoftTeams) -is:retweet"
COUNTED_BACK = timedelta(hours=24)
READ_BACK = timedelta(hours=12)  # posts read again on the same day are not charged again
CALM_PERIOD = timedelta(minutes=5)  # of counts, while nothing is unusual
CANARY_PERIOD = timedelta(hours=1)
NEVER_QUIET = "microsoft -is:retweet"
MOST_PAGES = 3  # per call
SEARCH_PAGE = f"https://x.com/search?q={quote('#microsoftteamsdown OR #teamsdown')}&f=live"


class XSource:
    """Asks with the bearer token of `setup`; `setup.url` replaces the API's address.

    `setup.extra["cap_usd"]`: what it may cost in a calendar month.
    """

    id = SourceId("x")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """Without a token every poll is refused: it is "not set up" then."""
        self.period = setup.period or ABOUT.period
        self._base = (setup.url or API).rstrip("/")
        self._credential = setup.credential
        self._spending = Spending(float(setup.extra.get("cap_usd", USUAL_CAP_USD)))
        self._kept: dict[str, tuple[list[Page], datetime]] = {}  # call -> its last answer, and when to ask again

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """The calls, one after the other; one that may not be asked yet shows its last answer again."""
        counts = await self._answer(fetcher, COUNTS, now)
        official = await self._answer(fetcher, OFFICIAL, now)
        return [*counts, *official, *(await self._answer(fetcher, CANARY, now) if _is_silent(counts, now) else ())]

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """Counts and official posts; what alone could not be read is said.  SourceError when neither could."""
        until = shapes.believed_until(now, self.period)
        by_call = {call: [page for page in pages if page.name == call] for call in (COUNTS, OFFICIAL, CANARY)}
        seen: list[Observation] = []
        refused: dict[str, SourceError] = {}
        for call in (call for call in (COUNTS, OFFICIAL) if by_call[call]):
            try:
                seen += _observations(by_call, call, now, until)
            except SourceError as error:
                refused[call] = error
        if len(refused) == sum(bool(by_call[call]) for call in (COUNTS, OFFICIAL)):
            raise next(iter(refused.values()), SourceError("no page"))
        return [*seen, *(_unread(call, error, now, until) for call, error in refused.items())]

    async def _answer(self, fetcher: Fetcher, call: str, now: datetime) -> list[Page]:
        if call in self._kept and now < self._kept[call][1]:
            return self._kept[call][0]
        pages: list[Page] = []
        params = _params(call, now)
        while len(pages) < MOST_PAGES:
            pages.append(await self._page(fetcher, call, params, now))
            token = NEXT[call](pages[-1])
            if token is None:
                break
            params = {**params, "next_token": token}
        self._kept[call] = (pages, _again_at(pages, now))
        return pages

    async def _page(self, fetcher: Fetcher, call: str, params: Mapping[str, str], now: datetime) -> Page:
        url = f"{self._base}{PATHS[call]}"
        may = self._spending.may_read(now) if call == OFFICIAL else self._spending.may_count(now)
        if not may:
            return Page(name=call, url=url, status=0, fetched_at=now, trouble=Trouble.BUDGET)
        token = self._credential()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            page = await fetcher.get(call, url, headers=headers, params=params)
        except FetchError as error:
            return Page(name=call, url=url, status=0, fetched_at=now, trouble=error.trouble)
        if page.status == HTTPStatus.OK and call == OFFICIAL:
            self._spending.read(page, now)
        elif page.status == HTTPStatus.OK:
            self._spending.counted(now)
        return page


PATHS = {COUNTS: "/2/tweets/counts/recent", CANARY: "/2/tweets/counts/recent", OFFICIAL: "/2/tweets/search/recent"}
NEXT = {COUNTS: x_counts.next_token, CANARY: x_counts.next_token, OFFICIAL: x_official.next_token}


def _params(call: str, now: datetime) -> dict[str, str]:
    if call == OFFICIAL:
        since = _written(now - READ_BACK)
        return {"query": ACCOUNTS, "max_results": "100", "start_time": since, "tweet.fields": "created_at"}
    query, back = (NEVER_QUIET, WINDOW * 2) if call == CANARY else (QUERY, COUNTED_BACK)
    return {"query": query, "granularity": "minute", "start_time": _written(now - back)}


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _again_at(pages: Sequence[Page], now: datetime) -> datetime:
    """When a call may be made again: throttled, when they say; counts in a calm, later than the rest."""
    call, status = pages[0].name, pages[0].status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return x_refusals.refusal(pages[0], now).retry_at or now
    if call == OFFICIAL:
        return now
    try:
        counted = x_counts.counted(pages, now)
    except SourceError:
        return now
    if call == CANARY:
        return now + CANARY_PERIOD if counted.strength.reports else now
    return now + CALM_PERIOD if voices.health(counted.strength) is Health.FINE else now


def _is_silent(counts: Sequence[Page], now: datetime) -> bool:
    """Whether the last window was counted and held nothing."""
    try:
        return x_counts.counted(counts, now).strength.reports == 0
    except SourceError:
        return False


def _observations(pages: Mapping[str, Sequence[Page]], call: str, now: datetime, until: datetime) -> list[Observation]:
    if pages[call][0].status != HTTPStatus.OK:
        raise x_refusals.refusal(pages[call][0], now)
    if call == OFFICIAL:
        return x_official.observations(pages[call], now, until)
    counted = x_counts.counted(pages[call], now)
    if counted.strength.reports == 0 and not _is_alive(pages[CANARY]):
        raise SourceError("counts are empty, even of a word that is never quiet", http_status=HTTPStatus.OK)
    return [
        Observation(
            source=XSource.id,
            kind=Kind.POSTS,
            origin="x-users",
            key="teams",
            service=ServiceId("teams"),
            health=voices.health(counted.strength),
            seen_at=min(pages[call][0].fetched_at, now),
            until=until,
            said_at=counted.newest_at,
            since=counted.since,
            strength=counted.strength,
            link=SEARCH_PAGE,
        )
    ]


def _is_alive(canary: Sequence[Page]) -> bool:
    """Whether a word that is never quiet was counted, at the time when it was asked for."""
    if not canary or canary[0].status != HTTPStatus.OK:
        return False
    try:
        return x_counts.counted(canary, canary[0].fetched_at).strength.reports > 0
    except SourceError:
        return False


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
