"""Bluesky's session: made once from handle and app password, renewed when it has run out, never made for each poll.

Shape: the AT Protocol's documents of April 2026.  Sessions are counted (300 a day), so a refused password is not tried
again by us but when the source is asked again.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec

from bot.http import Fetcher, Page
from bot.sources import shapes
from bot.sources.paging import asked
from bot.sources.posts import at_epoch
from bot.sources.source import SourceError

SESSIONS_RESET = timedelta(days=1)  # the longest time over which sessions are counted
SHORT_OF_IT = frozenset({"ExpiredToken", "InvalidToken"})  # seen with 400 and with 401
_LONGEST_EPOCH = 11  # digits of seconds since 1970


class _Made(msgspec.Struct):
    accessJwt: str
    refreshJwt: str


class _Problem(msgspec.Struct):
    error: str = ""


class Session:
    """Asks as one account.  `account` gives "handle:app-password" as it stands now."""

    def __init__(self, base: str, account: Callable[[], str]) -> None:
        """Nothing is asked yet."""
        self._base = base
        self._account = account
        self._take_account(account())

    def _take_account(self, said: str) -> None:
        handle, _, password = said.rpartition(":")  # a DID holds colons too, an app password none
        self._said, self._handle, self._password = said, handle.removeprefix("@"), password
        self._access = self._refresh = ""

    async def get(self, fetcher: Fetcher, name: str, path: str, now: datetime) -> Page:
        """The answer to one question.  Raises SourceError when no session can be had."""
        if (said := self._account()) != self._said:
            self._take_account(said)
        if not self._access:
            await self._create(fetcher, now)
        page = await self._ask(fetcher, name, path, now)
        if _has_run_out(page):
            await self._renew(fetcher, now)
            page = await self._ask(fetcher, name, path, now)
        return page

    async def _ask(self, fetcher: Fetcher, name: str, path: str, now: datetime) -> Page:
        headers = {"Authorization": f"Bearer {self._access}"}
        return await asked(fetcher, name, f"{self._base}{path}", now, headers=headers)

    async def _create(self, fetcher: Fetcher, now: datetime) -> None:
        is_whole = "." in self._handle or "@" in self._handle or self._handle.startswith("did:")
        if not (is_whole and self._password):
            raise SourceError("SOURCE_BLUESKY_TOKEN must be a whole handle, a colon and an app password")
        account = json.dumps({"identifier": self._handle, "password": self._password}).encode()
        page = await fetcher.post(
            "session",
            f"{self._base}/xrpc/com.atproto.server.createSession",
            headers={"Content-Type": "application/json"},
            body=account,
        )
        if page.status == HTTPStatus.UNAUTHORIZED and not shapes.is_challenge(page):
            raise SourceError("401 handle or app password refused", http_status=page.status)
        self._take(page, now)

    async def _renew(self, fetcher: Fetcher, now: datetime) -> None:
        """A new pair for the old one; a new session where that has run out as well."""
        page = await fetcher.post(
            "session",
            f"{self._base}/xrpc/com.atproto.server.refreshSession",
            headers={"Authorization": f"Bearer {self._refresh}"},
        )
        if page.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED) and not shapes.is_challenge(page):
            self._access = self._refresh = ""
            await self._create(fetcher, now)
            return
        self._take(page, now)

    def _take(self, page: Page, now: datetime) -> None:
        if page.status == HTTPStatus.TOO_MANY_REQUESTS and not shapes.is_challenge(page):
            raise SourceError(
                "429 too many sessions", http_status=page.status, retry_at=reset_at(page, now, SESSIONS_RESET)
            )
        made = shapes.decode(page, _Made)
        if not (made.accessJwt.isascii() and made.refreshJwt.isascii()):
            raise SourceError("session: tokens in an unknown shape", http_status=page.status)
        self._access, self._refresh = made.accessJwt, made.refreshJwt


def reset_at(page: Page, now: datetime, longest: timedelta) -> datetime | None:
    """When more may be asked: told in seconds since 1970, bounded since it comes from outside."""
    told = page.headers.get("ratelimit-reset", "")
    if not (told.isascii() and told.isdecimal() and len(told) <= _LONGEST_EPOCH):
        return None
    at = at_epoch(int(told))
    return None if at is None else min(max(at, now), now + longest)


def _has_run_out(page: Page) -> bool:
    if page.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
        return False
    said = shapes.unchecked(page, _Problem)
    return said is not None and said.error in SHORT_OF_IT
