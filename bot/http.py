"""Fetching over HTTP with bounds that hold whatever the other side does.

A fetch ends by its deadline, keeps at most its size cap, follows few redirects and only where allowed, and says in one
word what went wrong.  Knows no source and no shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Trouble(StrEnum):
    """Where an exchange failed."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TLS_UNKNOWN_ISSUER = "tls_unknown_issuer"
    TIMEOUT = "timeout"
    RESET = "reset"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"
    PROTOCOL = "protocol"
    PROXY = "proxy"


class FetchError(Exception):
    """An exchange failed before there was a whole answer.  The text names host and trouble, never a secret."""

    def __init__(self, trouble: Trouble, said: str) -> None:
        """`said`: plain words for an operator."""
        super().__init__(said)
        self.trouble = trouble
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One whole answer, or for probes (`Fetcher.probe`) the way in which there was none."""

    name: str  # which of a source's requests this was: "mac", "counts", a probe's target
    url: str
    status: int  # 0: no answer, see `trouble`
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""
    fetched_at: datetime
    took: timedelta = timedelta(0)
    trouble: Trouble | None = None
    not_modified: bool = False  # 304: the body is the one that we had


class Fetcher:
    """Asks over one shared client.  Every wait is bounded."""

    async def get(
        self,
        name: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        within: timedelta | None = None,
    ) -> Page:
        """One GET.  Raises FetchError; any status is a Page."""
        raise NotImplementedError
