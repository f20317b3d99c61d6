"""Microsoft Graph service communications: what Microsoft tells this tenant (v1.0, documents and records of 2026).

Issues decide, the overview's colour only fills in: it turns red for advisories too.  A record counts only when its
`lastModifiedDateTime` is newer than the closing that we saw of it: closed issues were seen to come back open.  Of the
messages only planned work with a window counts; they need a permission of their own, and do without it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import msgspec

from bot.domain.observation import Health, Kind, Observation, SourceId
from bot.http import Fetcher, FetchError, Page
from bot.sources import shapes
from bot.sources.graph_issue import SIGNIN, STATUSES, TEAMS, Issue, closed, is_over, observed, service_of
from bot.sources.graph_message import Message, planned
from bot.sources.graph_token import GraphToken
from bot.sources.source import About, SourceError, SourceSetup

T = TypeVar("T")

BASE = "https://graph.microsoft.com"
PATH = "/v1.0/admin/serviceAnnouncement"
PAGE_SIZE = 100  # issues; about 7 KB each
MOST_PAGES = 20
CLOSED_WITHIN = timedelta(days=2)
MOST_KNOWN = 2000
MESSAGES_PERIOD = timedelta(minutes=15)
MESSAGES_WITHIN = timedelta(days=30)  # touched in
MESSAGES_SIZE = 20  # a page; up to 50 KB each

ABOUT = About(
    kind=Kind.OFFICIAL_TENANT,
    on_by_default=True,
    period=timedelta(seconds=60),
    reads="the service health, open issues and planned work that Microsoft shows to this tenant's administrators",
    credentials="an app registration with the application permission ServiceHealth.Read.All, for planned work also"
    " ServiceMessage.Read.All, and an admin's consent",
    law="the tenant's own data: shown inside the tenant only",
    hosts=("graph.microsoft.com", "login.microsoftonline.com"),
    needs=("TENANT_ID", "APP_ID", "APP_SECRET"),
)


class _Overview(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    service: str
    status: str


class _Overviews(msgspec.Struct, frozen=True):
    value: list[_Overview]


class _Issues(msgspec.Struct, frozen=True):
    value: list[Issue]
    next: str | None = msgspec.field(default=None, name="@odata.nextLink")


class _Messages(msgspec.Struct, frozen=True):
    value: list[Message]
    next: str | None = msgspec.field(default=None, name="@odata.nextLink")


class _Link(msgspec.Struct, frozen=True):
    next: str | None = msgspec.field(default=None, name="@odata.nextLink")


class GraphSource:
    """Microsoft's word to one tenant."""

    id = SourceId("graph")
    about = ABOUT

    def __init__(self, setup: SourceSetup) -> None:
        """`setup.extra`: tenant_id, app_id, app_secret (or `setup.token`), login_url; `setup.url`: Graph's host."""
        self.period = setup.period or ABOUT.period
        self.tenant = setup.tenant
        self._base = (setup.url or BASE).rstrip("/")
        self._token = GraphToken(self._base, setup.extra, setup.token, fresh=setup.secret)
        self._closed: dict[str, str] = {}  # issue -> lastModifiedDateTime of its closing
        self._messages: tuple[Page, ...] = ()  # of the last time that we asked for them
        self._messages_at: datetime | None = None

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Overviews, open issues, recent changes, messages; and, as a page of its own, which closings we know of."""
        pages = await self._lists(fetcher, await self._token.current(fetcher, now), now)
        if any(page.status == 401 for page in pages):  # noqa: PLR2004 HTTP's own number
            pages = await self._lists(fetcher, await self._token.renew(fetcher, now), now)
        if all(page.status == 200 for page in pages):  # noqa: PLR2004 HTTP's own number
            await self._ask_for_messages(fetcher, now)
        self._remember_closings(pages)
        known = Page(name="known", url="", status=200, body=msgspec.json.encode(self._closed), fetched_at=now)
        return (*pages, *self._messages, known)

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """The open issues that concern Teams, and Teams' colour where no issue explains it.

        An issue that came back untouched says nothing, and explains a red colour away.
        """
        named = {name: [page for page in pages if page.name == name] for name in ("overviews", "issues", "known")}
        if not named["overviews"] or not named["issues"]:
            raise SourceError("no page")
        overviews = _readable(named["overviews"][0], _Overviews).value
        issues = [issue for page in named["issues"] for issue in _readable(page, _Issues).value]
        if _readable(named["issues"][-1], _Issues).next is not None:
            raise SourceError("issues: the list is not whole, its next page can't be read")
        known = shapes.decode(named["known"][0], dict[str, str]) if named["known"] else {}
        until = shapes.believed_until(now, self.period)
        said = [
            observation
            for issue in issues
            if not is_over(issue, known.get(issue.id), now)
            for observation in observed(issue, now, until, self.tenant)
        ]
        changed = [shapes.unchecked(page, _Issues) for page in pages if page.name == "changed"]
        ended = [
            observation
            for listed in changed
            for issue in (listed.value if listed else ())
            if (observation := closed(issue, now, until, self.tenant))
        ]
        open_for = {service_of(issue.service) for issue in issues}
        colours = self._colours(overviews, now, until)
        explained = {each.service for each in said}
        unexplained = [
            colour
            for colour in colours
            if colour.service not in (explained if colour.health is Health.FINE else explained | open_for)
        ]
        told = (shapes.unchecked(page, _Messages) for page in pages if page.name == "messages" and page.status == 200)  # noqa: PLR2004
        messages = [message for listed in told if listed for message in listed.value]
        windows = [window for message in messages for window in planned(message, now, until, self.tenant)]
        return [*said, *ended, *unexplained, *windows]

    def _colours(self, overviews: Sequence[_Overview], now: datetime, until: datetime) -> list[Observation]:
        """Teams' and sign-in's rows of the overview.  Red is a narrow hint at most: advisories colour it too."""
        rows = {service: row for row in overviews if (service := service_of(row.service, row.id)) in (TEAMS, SIGNIN)}
        if TEAMS not in rows:
            raise SourceError("overviews: no row for Microsoft Teams")
        return [
            Observation(
                source=self.id,
                kind=Kind.OFFICIAL_TENANT,
                origin="microsoft",
                key=f"overview/{service}",
                service=service,
                health=(health := STATUSES.get(row.status.lower(), Health.UNKNOWN)),
                advisory=health is Health.DEGRADED,
                seen_at=now,
                until=until,
                tenant=self.tenant,
                text="" if health is Health.FINE else shapes.plain(f"{row.service}: {row.status}", 120),
            )
            for service, row in rows.items()
        ]

    async def _lists(self, fetcher: Fetcher, token: str, now: datetime) -> list[Page]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        since = (now - CLOSED_WITHIN).strftime("%Y-%m-%dT%H:%M:%SZ")
        wanted = {
            "overviews": "/healthOverviews",
            "issues": f"/issues?$filter={quote('isResolved eq false')}",
            "changed": f"/issues?$filter={quote(f'lastModifiedDateTime ge {since}', safe='')}"
            "&$select=id,title,service,status,classification,isResolved,lastModifiedDateTime,endDateTime",
        }
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(self._pages(fetcher, name, query, headers, now), name=f"graph {name}")
                for name, query in wanted.items()
            ]
        return [page for task in asked for page in task.result()]

    async def _ask_for_messages(self, fetcher: Fetcher, now: datetime) -> None:
        """Ask for planned work once in a while.  Without the permission for it the rest stands alone."""
        if self._messages_at is not None and now - self._messages_at < MESSAGES_PERIOD:
            return
        headers = {"Authorization": f"Bearer {await self._token.current(fetcher, now)}", "Accept": "application/json"}
        since = (now - MESSAGES_WITHIN).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = (
            f"/messages?$filter={quote(f'lastModifiedDateTime ge {since}', safe='')}"
            "&$select=id,title,category,services,lastModifiedDateTime,body"
        )
        self._messages_at = now
        self._messages = tuple(await self._pages(fetcher, "messages", query, headers, now))

    async def _pages(
        self, fetcher: Fetcher, name: str, query: str, headers: Mapping[str, str], now: datetime
    ) -> list[Page]:
        """A list, page by page; a next page elsewhere than at Graph is not asked for: it would get our token."""
        pages: list[Page] = []
        asked: set[str] = set()
        url: str | None = f"{self._base}{PATH}{query}"
        size = MESSAGES_SIZE if name == "messages" else PAGE_SIZE
        sent = dict(headers) if name == "overviews" else {**headers, "Prefer": f"odata.maxpagesize={size}"}
        while url is not None and url not in asked and len(pages) < MOST_PAGES and self._is_ours(url):
            asked.add(url)
            try:
                pages.append(await fetcher.get(name, url, headers=sent))
            except FetchError as error:
                pages.append(Page(name=name, url=url, status=0, fetched_at=now, trouble=error.trouble))
            listed = None if name == "overviews" else shapes.unchecked(pages[-1], _Link)
            url = listed.next if listed else None
        return pages

    def _is_ours(self, url: str) -> bool:
        return url.startswith(f"{self._base}/")

    def _remember_closings(self, pages: Sequence[Page]) -> None:
        for page in pages:
            listed = shapes.unchecked(page, _Issues) if page.name == "changed" else None
            for issue in listed.value if listed else ():
                modified = shapes.moment(issue.lastModifiedDateTime)
                before = shapes.moment(self._closed.get(issue.id))
                if issue.isResolved and modified and (before is None or modified > before):
                    self._closed.pop(issue.id, None)  # newest last
                    self._closed[issue.id] = issue.lastModifiedDateTime
        for forgotten in list(self._closed)[: max(0, len(self._closed) - MOST_KNOWN)]:
            del self._closed[forgotten]


def _readable(page: Page, shape: type[T]) -> T:
    """The page as `shape`; a refusal says what to mend."""
    try:
        return shapes.decode(page, shape)
    except SourceError as error:
        if error.http_status == 403 and not shapes.is_challenge(page):  # noqa: PLR2004 HTTP's own number
            words = "403 refused: permission ServiceHealth.Read.All or an admin's consent is missing"
            raise SourceError(words, http_status=403) from error
        raise
