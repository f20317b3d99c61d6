"""Ways to reach people beside Teams, by name.  Their addresses are secrets, so they stay in the settings."""

from dataclasses import dataclass

from bot.domain.incident import Level
from bot.domain.subscription import QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way: what it is called and what it may be used for."""

    name: str  # what rows, reports and logs call it
    level: Level = Level.DEGRADED  # from this one on
    quiet: QuietHours | None = None
    drills: bool = False
    microsofts: bool = False  # it fails when Microsoft does
    brief: bool = False  # a text message: room for a line or two
