"""Reddit's token for an approved app, kept for its day; and how we name ourselves there.

Shape: Reddit's archived wiki and clients of 2026.  An empty or common User-Agent is refused; a false one is forbidden.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec

from bot.http import Fetcher
from bot.sources import reddit_refusals, shapes
from bot.sources.source import SourceError

RENEW_BEFORE = timedelta(minutes=5)
LONGEST_LIFE = timedelta(hours=24)
LEAST_PARTS, MOST_PARTS = 2, 3


class _Issued(msgspec.Struct):
    access_token: str
    expires_in: float


class RedditToken:
    """`app` gives "client-id:client-secret:reddit-name" as it stands now; the name may be left out.

    The name is that of whoever registered the app.
    """

    def __init__(self, base: str, app: Callable[[], str]) -> None:
        """Nothing is asked yet."""
        self._app = app
        self._take(app())
        self._url = f"{base}/api/v1/access_token"
        self._token = ""
        self._ends_at: datetime | None = None

    def _take(self, said: str) -> None:
        parts = [part.strip() for part in said.split(":")]
        self._said = said
        self._is_set_up = LEAST_PARTS <= len(parts) <= MOST_PARTS and all(parts)
        app, secret, name = (*parts, "", "", "")[:MOST_PARTS]
        by = f" (by /u/{name.removeprefix('u/')})" if name else ""
        self._agent = f"server:notjustyou.{app}:v1{by}"
        self._basic = "Basic " + b64encode(f"{app}:{secret}".encode()).decode()

    async def headers(self, fetcher: Fetcher, now: datetime) -> Mapping[str, str]:
        """What a question carries.  Raises SourceError or FetchError when no token can be had."""
        if (said := self._app()) != self._said:
            self._take(said)
            self.forget()
        if self._ends_at is None or now >= self._ends_at - RENEW_BEFORE:
            await self._renew(fetcher, now)
        return {"Authorization": f"Bearer {self._token}", "User-Agent": self._agent}

    def forget(self) -> None:
        """The token was refused before its time."""
        self._ends_at = None

    async def _renew(self, fetcher: Fetcher, now: datetime) -> None:
        if not (self._is_set_up and self._agent.isascii() and self._agent.isprintable()):
            raise SourceError(
                "SOURCE_REDDIT_TOKEN must be client id, client secret and Reddit name, with colons between"
            )
        headers = {"Authorization": self._basic, "User-Agent": self._agent}
        page = await fetcher.post("token", self._url, headers=headers, body={"grant_type": "client_credentials"})
        if page.status == HTTPStatus.UNAUTHORIZED and not shapes.is_challenge(page):
            raise SourceError("401 app credentials refused", http_status=page.status)
        reddit_refusals.refuse(page, now)
        issued = shapes.decode(page, _Issued)
        if not issued.access_token.isascii():
            raise SourceError("token in an unknown shape", http_status=page.status)
        life = min(max(issued.expires_in, 0.0), LONGEST_LIFE.total_seconds())
        self._token, self._ends_at = issued.access_token, now + timedelta(seconds=life)
