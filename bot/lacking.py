"""What one registration's settings lack, in words for an operator: at start, and in `check`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """One registration that works, and lacks something that it will need."""

    tenant: str  # what the settings file calls it; empty: what stands at the top
    says: str
    do: str

    def __str__(self) -> str:
        """On one line."""
        return f"{f'{self.tenant}: ' if self.tenant else ''}{self.says}.  To do: {self.do}."
