"""A secret as it stands now: one from a file is read again, so that renewing it needs no restart."""

from pathlib import Path

from bot.logs import hide
from bot.settings_reading import read_secret


class Secret:
    """One secret.  Asked whenever it is about to be used."""

    def __init__(self, value: str, file: Path | None = None) -> None:
        """`value`: as it was at the start; `file`: where it may be renewed."""
        self._value = value
        self._file = file

    def __call__(self) -> str:
        """The secret; the last one that was read while its file can't be, as in the middle of a renewal."""
        found = read_secret(self._file) if self._file is not None else ""
        if found and found != self._value:
            hide(found)
            self._value = found
        return self._value

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Secret(file={self._file!r})"
