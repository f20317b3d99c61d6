"""The ways beside Teams as they stand now in their file: a new key in an address needs no restart.

Which ways there are and when each is used was settled at the start; a change of that is told, and waits for the next.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from bot.logs import Redactor, hide
from bot.secret import Secret
from bot.settings_reading import read_secret
from bot.settings_ways import WaySettings, ways

log = structlog.get_logger(__name__)


class RenewedWays:
    """Addresses by name of a way.  Asked whenever something is about to be sent."""

    def __init__(self, several: Sequence[WaySettings], file: Path, redact: Redactor) -> None:
        """`several`: as they were at the start; `redact` learns every new key."""
        self._known = {each.way.name: each for each in several}
        self._redact = redact
        self._text = read_secret(file)
        self._secret = Secret(self._text, file, of="ways beside Teams", read=ways)

    def __call__(self) -> Mapping[str, Sequence[str]]:
        """The addresses, first choice first; of a way that is gone from the file those that it had."""
        if (text := self._secret()) != self._text:
            self._text = text
            self._take({each.way.name: each for each in ways(text)})
        return {name: each.addresses for name, each in self._known.items()}

    def _take(self, found: Mapping[str, WaySettings]) -> None:
        for key in (key for each in found.values() for key in each.secrets):
            hide(key)
            self._redact.learn(key)
        names = sorted(self._known.keys() | found.keys())
        other = [name for name in names if _way(self._known.get(name)) != _way(found.get(name))]
        if other:
            log.warning("ways changed", ways=other, do="restart: only their addresses are renewed while we run")
        self._known = {name: found.get(name, before) for name, before in self._known.items()}


def _way(one: WaySettings | None) -> object:
    return None if one is None else one.way
