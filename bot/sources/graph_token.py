"""The app's own token for Microsoft Graph: client credentials, kept until shortly before it ends.

A token is issued even when no permission was granted: that it came proves nothing but the secret.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

import msgspec

from bot.http import Fetcher, FetchError
from bot.sources import shapes
from bot.sources.source import SourceError

LOGIN_URL = "https://login.microsoftonline.com"
RENEW_BEFORE = timedelta(minutes=5)
SETUP_WAIT = timedelta(minutes=15)  # a wrong secret does not mend itself
LONGEST_LIFE = timedelta(hours=24)
NATIONAL = ("graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn")

# What an administrator has to mend; every other code is taken for a passing trouble of the sign-in service.
_SETUP_CODES: Mapping[int, str] = {
    7000215: "the app's secret is wrong",
    7000222: "the app's secret has expired",
    700016: "the app is not in this tenant, or in another cloud",
    90002: "the tenant was not found, or is in another cloud",
    70011: "the scope is wrong",
    1002012: "the scope is wrong",
    50034: "the app is blocked",
    53003: "a rule of conditional access blocks the app",
    530031: "a rule of conditional access blocks the app",
}


class _Issued(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


class _Refused(msgspec.Struct, frozen=True):
    error: str = ""
    error_codes: list[int] = []


class GraphToken:
    """One token, asked for anew when it nears its end; the old one serves while a new one can't be had."""

    def __init__(
        self, graph: str, extra: Mapping[str, str], secret: str | None, *, fresh: Callable[[], str] | None = None
    ) -> None:
        """`graph`: base address of Graph, from which the scope follows; a stand-in is asked for the worldwide one.

        `fresh`: the secret as it stands now, where it may be renewed.
        """
        tenant = extra.get("tenant_id", "")
        host = urlsplit(graph).hostname or ""
        self._scope = f"https://{host if host in NATIONAL else NATIONAL[0]}/.default"
        self._url = f"{(extra.get('login_url') or LOGIN_URL).rstrip('/')}/{quote(tenant, safe='')}/oauth2/v2.0/token"
        self._app = extra.get("app_id", "")
        known = extra.get("app_secret") or secret or ""
        self._secret = fresh or (lambda: known)
        self._is_set_up = bool(tenant and self._app and known)
        self._token = ""
        self._ends_at: datetime | None = None

    async def current(self, fetcher: Fetcher, now: datetime) -> str:
        """A token that holds.  Raises SourceError or FetchError when there is none to be had."""
        if self._ends_at is not None and now < self._ends_at - RENEW_BEFORE:
            return self._token
        try:
            return await self.renew(fetcher, now)
        except (SourceError, FetchError):
            if self._ends_at is not None and now < self._ends_at:
                return self._token
            raise

    async def renew(self, fetcher: Fetcher, now: datetime) -> str:
        """A new token, whatever we have."""
        if not self._is_set_up:
            raise SourceError("not set up: tenant, app id and secret are needed")
        form = {
            "client_id": self._app,
            "scope": self._scope,
            "client_secret": self._secret(),
            "grant_type": "client_credentials",
        }
        page = await fetcher.post("token", self._url, body=form)
        if 400 <= page.status < 402 and not shapes.is_challenge(page):  # noqa: PLR2004 HTTP's own numbers
            raise _refusal(page.status, shapes.unchecked(page, _Refused), now)
        issued = shapes.decode(page, _Issued)
        life = min(timedelta(seconds=max(issued.expires_in, 0)), LONGEST_LIFE)
        self._token, self._ends_at = issued.access_token, now + life
        return self._token


def _refusal(status: int, said: _Refused | None, now: datetime) -> SourceError:
    codes = said.error_codes if said else []
    for code in codes:
        if code in _SETUP_CODES:
            words = f"{status} sign-in refused: {_SETUP_CODES[code]} (AADSTS{code})"
            return SourceError(words, http_status=status, retry_at=now + SETUP_WAIT)
    named = f" (AADSTS{codes[0]})" if codes else ""
    return SourceError(f"{status} sign-in refused{named}", http_status=status)
