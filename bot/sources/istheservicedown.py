"""IsTheServiceDown: one word about how many people report trouble, without a number or a time.

No page about Teams is known (2026), so it stays a link for people until an operator sets an address.  The site reads
public posts too: it is one voice with them, never a second kind.  Three layouts were seen over the years; whatever is
none of them is said to be unknown.  Names, posts and comments on the page are not read, nor are its shares, which say
how the reports divide and not how many there are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.domain.observation import Health, Kind, Observation, ServiceId, SourceId, TenantId
from bot.http import Fetcher, Page
from bot.sources import shapes
from bot.sources.source import About, SourceError, SourceSetup

ABOUT = About(
    kind=Kind.CROWD,
    on_by_default=False,
    period=timedelta(minutes=10),
    reads="the one-word state of a page that you name",
    credentials="none, but SOURCE_ISTHESERVICEDOWN_URL: the address of a page about Teams or Microsoft 365",
    law="no terms for programs are published and the site lives on visitors: take automated reading as unwelcome",
    shape="medium",
    hosts=("istheservicedown.com",),
    needs=("SOURCE_ISTHESERVICEDOWN_URL",),
)

SEEN_BYTES = 500_000  # of a page; the state stands near its top
MOST_TAGS = 10_000  # a page with more is built to keep a reader busy: time grows with the square of nested tags
TEAMS, M365 = ServiceId("teams"), ServiceId("m365")

# In this order, in the headline only: "no problems" stands in others too.
_VERDICTS: tuple[tuple[str, Health], ...] = (
    ("no problems", Health.FINE),
    ("haven't detected any problems", Health.FINE),
    ("possible problems", Health.DEGRADED),
    ("some problems", Health.DEGRADED),
    ("problems detected", Health.DEGRADED),
    ("having issues since", Health.DEGRADED),
    ("having problems since", Health.DEGRADED),
)
_BOXES: Mapping[str, Health] = {
    "service-status-alert-normal": Health.FINE,
    "service-status-alert-some": Health.DEGRADED,
    "service-status-alert-major": Health.DEGRADED,
}


class IsTheServiceDownSource:
    """One page that an operator has named."""

    id = SourceId("istheservicedown")
    about = ABOUT
    tenant: TenantId | None = None

    def __init__(self, setup: SourceSetup) -> None:
        """`setup.url`: the whole address of the page."""
        self.period = setup.period or ABOUT.period
        self._url = setup.url or ""

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """The page as a browser without script would get it."""
        del now
        if not self._url:
            raise SourceError(f"not set up: needs {ABOUT.needs[0]}")
        return [await fetcher.get("page", self._url, headers={"Accept": "text/html"}, keep=True)]

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """The state, of the service that the page's title names; never "down", since nobody says how many there are."""
        if not pages:
            raise SourceError("no page")
        page = pages[0]
        tree = _tree(page)
        health, text = _state(tree, page)
        return [
            Observation(
                source=self.id,
                kind=Kind.CROWD,
                origin="istheservicedown",
                key="page",
                service=_service(tree, page),
                health=health,
                seen_at=min(page.fetched_at, now),
                until=shapes.believed_until(page.fetched_at, self.period),
                text="" if health is Health.FINE else shapes.plain(text, 200),
                link=self._url if self._url.startswith("https://") else None,
            )
        ]


def _tree(page: Page) -> LexborHTMLParser:
    body = shapes.answered(page)[:SEEN_BYTES]
    if body.count(b"<") > MOST_TAGS:
        raise SourceError("page: too many tags", http_status=page.status)
    return LexborHTMLParser(body.decode("utf-8", "replace"))


def _service(tree: LexborHTMLParser, page: Page) -> ServiceId:
    """What the page is about, by its own title: a wrong address would tell of another service."""
    named = " ".join(_text(node) for node in tree.css("title, h1")[:4]).lower()
    if "teams" in named:
        return TEAMS
    if "office 365" in named or "microsoft 365" in named:
        return M365
    raise SourceError("page: its title names neither Teams nor Microsoft 365", http_status=page.status)


def _state(tree: LexborHTMLParser, page: Page) -> tuple[Health, str]:
    """The state and its words, from the first layout that the page has."""
    if (box := tree.css_first(".service-status-alert-box")) is not None:
        classes = (box.attributes.get("class") or "").split()
        summary = box.css_first(".status-summary")
        health = next((_BOXES[name] for name in classes if name in _BOXES), Health.UNKNOWN)
        return health, _text(summary) if summary is not None else ""
    for headline in tree.css("p.font-medium")[:20]:
        detail = headline.next
        while detail is not None and detail.is_text_node and not (detail.text_content or "").strip():
            detail = detail.next
        if detail is not None and detail.tag == "p" and "text-secondary" in (detail.attributes.get("class") or ""):
            said = _text(headline)
            return _verdict(said), f"{said}. {_text(detail)}"
    for sentence in [*tree.css("h2, h3")[:5], *tree.css("p")[:5]]:  # further down are visitors' own words
        if (health := _verdict(said := _text(sentence))) is not Health.UNKNOWN:
            return health, said
    raise SourceError("page: layout unknown", http_status=page.status)


def _verdict(headline: str) -> Health:
    folded = headline.casefold().replace("\u2019", "'")
    return next((health for words, health in _VERDICTS if words in folded), Health.UNKNOWN)


def _text(node: LexborNode) -> str:
    return " ".join(node.text().split())[:500]
