"""A secret as it stands now: one from a file is read again, so that renewing it needs no restart."""

from collections.abc import Callable
from pathlib import Path

import structlog

from bot.logs import hide
from bot.settings_reading import read_secret
from bot.settings_specs_server import keys_in
from bot.settings_values import line, web_url

log = structlog.get_logger(__name__)


class Secret:
    """One secret.  Asked whenever it is about to be used."""

    def __init__(
        self, value: str, file: Path | None = None, *, of: str = "", read: Callable[[str], object] = line
    ) -> None:
        """`value`: as it was at the start; `file`: where it may be renewed, `of`: whose it is, for the log.

        `read` raises ValueError for what can't be one.
        """
        self._value = value
        self._file = file
        self._of = of
        self._read = read
        self._unfit = ""  # what stood in the file and can't be used

    def __call__(self) -> str:
        """The secret; the last one that was read while its file can't be, as in the middle of a renewal."""
        found = read_secret(self._file) if self._file is not None else ""
        if found and found not in (self._value, self._unfit):
            hide(found)
            try:
                self._read(found)
            except ValueError as error:
                self._unfit = found
                log.warning("renewed secret can't be used", of=self._of, file=str(self._file), wanted=str(error))
            else:
                self._value, self._unfit = found, ""
                log.info("renewed secret is used", of=self._of, file=str(self._file))
        return self._value

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Secret(file={self._file!r})"


def renewable(of: str, secret: str | None, file: Path | None) -> Secret | None:
    """The secret as it stands in its file whenever it is asked for; None where it stands in no file."""
    return Secret(secret, file, of=of) if secret and file else None


def hidden_url(text: str) -> str:
    """An address that holds a key, which no log shows from now on.  Raises ValueError when it is no address."""
    url = web_url(text)  # first: its words repeat nothing of what can't be taken apart
    for key in keys_in(url):
        hide(key)
    return url
