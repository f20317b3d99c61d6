"""What a source is: where it is asked, how often, and how its answer becomes observations.

Fetching, parsing and judging are three separate steps.  `fetch` is the only I/O; `parse` is pure and total: any bytes
give observations or a `SourceError`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.observation import Kind, Observation, SourceId, TenantId
from bot.http import Fetcher, Page


class SourceError(Exception):
    """A source could not be read; it is blind until it can be.  The text holds no secret."""

    def __init__(self, reason: str, *, http_status: int | None = None, retry_at: datetime | None = None) -> None:
        """`reason`: short words such as "403 challenge"; `retry_at`: not to be asked again before (aware UTC)."""
        super().__init__(reason)
        self.reason = reason
        self.http_status = http_status
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSetup:
    """What the settings say about one source."""

    url: str | None = None  # replaces the documented base address
    token: str | None = field(default=None, repr=False)  # secret; its form is the source's own
    period: timedelta | None = None  # replaces the source's own period
    tenant: TenantId | None = None  # for sources that speak of one tenant
    of: str = ""  # what the settings call that tenant; empty: there is one only
    is_off: bool = False  # this one, whatever the others of its kind
    secret: Callable[[], str] | None = field(default=None, repr=False)  # as it stands now, where it can be renewed
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)  # app id, secret, login address

    def credential(self) -> str:
        """The secret as it stands now; "" where there is none.  To be asked whenever it is about to be used."""
        return self.secret() if self.secret is not None else self.token or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an operator must know before switching a source on or off; shown by `check` and in the README."""

    kind: Kind
    on_by_default: bool
    period: timedelta
    reads: str  # what it is asked, in one sentence
    credentials: str = "none"
    cost: str = "none"
    law: str = ""  # what its owner's terms say
    shape: str = "high"  # how sure we are of its wire shape: high, medium, low
    hosts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # settings without which it is "not set up"
    aside: bool = False  # speaks of no service that people ask about: that it can't be read is nothing for a card
    opt_in: str = ""  # what naming it in SOURCES_ON without its needs does, in law; empty: it stays "not set up"


class Source(Protocol):
    """One outside party that we read."""

    id: SourceId
    about: About
    period: timedelta
    tenant: TenantId | None

    def __init__(self, setup: SourceSetup) -> None:
        """Made from what the settings say about it."""

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Ask.  Raises SourceError, or FetchError from the fetcher."""

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """Pure: these pages, read at `now`, as observations.  Raises SourceError."""
