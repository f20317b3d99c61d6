"""An RSS feed as values, read by a hardened XML reader: no entities, no outside references."""

from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.http import Page
from bot.sources import shapes
from bot.sources.source import SourceError

MOST_ITEMS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry; what is missing is empty."""

    title: str
    body: str  # HTML
    status: str  # an element of Microsoft's own, not of RSS
    written_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A channel and its entries, in the feed's order."""

    built_at: datetime | None
    items: tuple[Item, ...]


def read_feed(page: Page) -> Feed:
    """The feed in `page`.  Raises SourceError when it is none."""
    body = shapes.answered(page)
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SourceError(f"{page.name}: not RSS", http_status=page.status) from error
    channel = root.find("channel") if root.tag == "rss" else None
    if channel is None:
        raise SourceError(f"{page.name}: not RSS", http_status=page.status)
    items = tuple(_item(entry) for entry in channel.findall("item")[:MOST_ITEMS])
    return Feed(built_at=shapes.mail_moment(channel.findtext("lastBuildDate")), items=items)


def _item(entry: Element) -> Item:
    return Item(
        title=entry.findtext("title") or "",
        body=entry.findtext("description") or "",
        status=entry.findtext("status") or "",
        written_at=shapes.mail_moment(entry.findtext("pubDate")),
    )
