"""Answers that are asked for again only if they changed: the conditions we send, and the body that a 304 stands for.

A server whose marks lie could show yesterday's page for ever, so after a while it is asked without a condition.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.http import Page

MOST_KEPT = 32  # answers
LARGEST_BYTES = 500_000
ASKED_WHOLE_AFTER = timedelta(minutes=30)

Key = tuple[str, str]  # address, and who asked


class KeptPages:
    """The last whole answer of some addresses."""

    def __init__(self) -> None:
        """Keeps nothing yet."""
        self._pages: dict[Key, Page] = {}

    def conditions(self, url: str, headers: Mapping[str, str], now: datetime) -> dict[str, str]:
        """Headers that ask for the page at `url` only if it changed; none when it should come whole."""
        page = self._pages.get(_key(url, headers))
        if page is None or not timedelta(0) <= now - page.fetched_at < ASKED_WHOLE_AFTER:
            return {}
        marks = {"If-None-Match": page.headers.get("etag"), "If-Modified-Since": page.headers.get("last-modified")}
        return {name: mark for name, mark in marks.items() if mark}

    def settled(self, page: "Page", url: str, headers: Mapping[str, str]) -> "Page":
        """`page` itself, or for a 304 the answer that it stands for, marked as not modified."""
        key = _key(url, headers)
        if page.status == HTTPStatus.NOT_MODIFIED and key in self._pages:
            kept = self._pages[key]
            return replace(kept, fetched_at=page.fetched_at, took=page.took, not_modified=True)
        self._pages.pop(key, None)
        marked = "etag" in page.headers or "last-modified" in page.headers
        if page.status == HTTPStatus.OK and marked and len(page.body) <= LARGEST_BYTES:
            while len(self._pages) >= MOST_KEPT:
                self._pages.pop(next(iter(self._pages)))
            self._pages[key] = page
        return page


def _key(url: str, headers: Mapping[str, str]) -> Key:
    return url, next((value for name, value in headers.items() if name.lower() == "authorization"), "")
