"""Words such as "since 9" or "seit gestern 16:30" -> the moment that is meant.  To be filled by words/since.toml."""

from datetime import datetime


def since_of(text: str, *, now: datetime, zone: str = "UTC") -> datetime | None:
    """When the trouble began, as the text says it; None when it does not."""
    return None
