"""Do we have a way out?  Small checks of three owners that do not depend on Microsoft, and of x.com.

They say nothing about Teams: all failing together means that the place they were made from is cut off.  The answers are
those that operating systems look for (state of 2026); plain http is on purpose, since a captive portal can only step in
there.  Redirects away and other bodies are a portal.  Nothing personal is sent, and no address of ours is kept.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.http import Fetcher, Page, Trouble
from bot.sources.shapes import believed_until
from bot.sources.source import About, SourceError, SourceSetup
from bot.sources.targets import addresses

TARGETS: Mapping[str, str] = {
    "google": "http://connectivitycheck.gstatic.com/generate_204",
    "apple": "http://captive.apple.com/hotspot-detect.html",
    "cloudflare": "https://www.cloudflare.com/cdn-cgi/trace",
    "x_com": "https://x.com/robots.txt",
}
ABOUT = About(
    kind=Kind.NEUTRAL,
    on_by_default=True,
    period=timedelta(seconds=60),
    reads="connectivity checks of Google, Apple and Cloudflare, and whether x.com answers",
    law="made for this use; x.com is asked without an account, at most every five minutes, and never timed",
    hosts=("connectivitycheck.gstatic.com", "captive.apple.com", "www.cloudflare.com", "x.com"),
)

WITHIN = timedelta(seconds=5)  # one check, whole
X_PERIOD = timedelta(minutes=5)
PORTAL = "portal"
BLOCKED = "blocked"
INTERNET = ServiceId("internet")

_APPLE = re.compile(rb"<html><head><title>success</title></head><body>success</body></html>\s*", re.IGNORECASE)
_TRACE = re.compile(rb"(?m)^fl=\w+\s*$")
_FAILURES = range(500, 1000)
_PORTAL_LOGIN = HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED
_FILTERED = (HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, _PORTAL_LOGIN)
_X_EDGES = ("cloudflare", "envoy", "tsa")  # what X's own refusals carry as server


class NeutralSource:
    """Checks from one vantage.

    `setup.url`: a base address that stands for all targets, or `google=…,apple=…,cloudflare=…,x_com=…`
    (see `targets.addresses`).
    """

    id = SourceId("neutral")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup, *, vantage: str = "server") -> None:
        """`vantage`: "server", "site:NAME", or "asker" when a person's own machine checks for itself."""
        self.period = setup.period or ABOUT.period
        self._vantage = vantage
        self._addresses = addresses(TARGETS, setup.url)
        self._x_page: Page | None = None

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """All checks at once; x.com's last answer is shown again while it is young.  Raises nothing."""
        known = self._x_page
        fresh = known is not None and now - known.fetched_at < X_PERIOD
        asked = {target: url for target, url in self._addresses.items() if not (fresh and target == "x_com")}
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_check(fetcher, target, url, now), name=f"neutral {target}")
                for target, url in asked.items()
            ]
        pages = [task.result() for task in tasks]
        if known is not None and fresh:
            return (*pages, known)
        answered = [page for page in pages if page.name == "x_com" and page.status]
        self._x_page = answered[0] if answered else None  # a failure is tried again with the next round
        return pages

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """One statement per check.  Raises SourceError when there is none."""
        checked = [page for page in pages if page.name in TARGETS]
        if not checked:
            raise SourceError("no check was made")
        return [self._observation(page, now) for page in checked]

    def _observation(self, page: Page, now: datetime) -> Observation:
        health, text = found(page)
        return Observation(
            source=self.id,
            kind=Kind.NEUTRAL,
            origin=page.name,
            key=page.name,
            service=INTERNET,
            health=health,
            seen_at=min(page.fetched_at, now),
            until=believed_until(now, self.period),
            text=text,
            vantage=self._vantage,
        )


async def check_here(
    fetcher: Fetcher, now: datetime, *, url: str | None = None, vantage: str = "asker"
) -> list[Observation]:
    """The same checks, made once from the very machine on which a person asks."""
    source = NeutralSource(SourceSetup(url=url), vantage=vantage)
    return source.parse(await source.fetch(fetcher, now), now)


def found(page: Page) -> tuple[Health, str]:
    """What one check says of the way out, and in one word why: a trouble's name, "portal", "blocked" or a status."""
    if page.status == 0:
        return Health.DOWN, (page.trouble or Trouble.PROTOCOL).value
    if page.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return Health.DOWN, Trouble.PROXY.value
    if page.name == "x_com":
        return _found_at_x(page)
    if _is_right(page):
        return Health.FINE, ""
    if page.status in _FAILURES and page.status != _PORTAL_LOGIN:
        return Health.DOWN, str(page.status)
    return Health.DOWN, PORTAL


def _found_at_x(page: Page) -> tuple[Health, str]:
    """Any answer of X's own is a way out; a filter in between says something about the filter only."""
    refused = page.status == HTTPStatus.FORBIDDEN and not any(
        edge in page.headers.get("server", "") for edge in _X_EDGES
    )
    if page.trouble is Trouble.REDIRECT or refused or page.status in _FILTERED:
        return Health.UNKNOWN, BLOCKED
    return (Health.DOWN, str(page.status)) if page.status in _FAILURES else (Health.FINE, "")


def _is_right(page: Page) -> bool:
    match page.name:
        case "google":
            return page.status == HTTPStatus.NO_CONTENT and not page.body
        case "apple":
            return page.status == HTTPStatus.OK and _APPLE.fullmatch(page.body.strip()) is not None
        case _:
            return page.status == HTTPStatus.OK and _TRACE.search(page.body[:4000]) is not None


async def _check(fetcher: Fetcher, target: str, url: str, now: datetime) -> Page:
    # A transparent cache may answer for a dead line: a query that it has never seen makes it ask.
    fresh = f"{url}{'&' if '?' in url else '?'}t={int(now.timestamp())}"
    return await fetcher.probe(target, fresh, headers={"Cache-Control": "no-cache"}, within=WITHIN)
