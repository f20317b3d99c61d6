"""How well each source can be read: the state that operators and the "can't see" line are shown.  Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.observation import SourceId, TenantId


class SourceState(StrEnum):
    """CONTRACTS: source state.  Only failing and blind stand under "can't see"."""

    OK = "ok"
    FAILING = "failing"
    BLIND = "blind"
    NOT_SET_UP = "not_set_up"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """What became of our last tries to read one source."""

    source: SourceId
    state: SourceState
    since: datetime  # aware UTC: in this state since
    tenant: TenantId | None = None
    last_success: datetime | None = None
    last_try: datetime | None = None
    next_try: datetime | None = None
    period: timedelta = timedelta(minutes=1)
    failures: int = 0  # in a row
    reason: str = ""  # why it can't be read, is off or is not set up
    http_status: int | None = None
    spend: int = 0  # requests made this calendar month
