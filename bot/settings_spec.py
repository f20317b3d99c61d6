"""What one setting is: its name, meaning, form and default; and the settings that every source has."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import settings_values as form

PREFIX = "NOTJUSTYOU_"
UNSHOWN = "a value that is not shown"
SOURCE_IDS = (
    "graph",
    "ms_public",
    "x",
    "mastodon",
    "bluesky",
    "reddit",
    "hn",
    "downdetector",
    "istheservicedown",
    "probe",
    "neutral",
    "dns",
    "endpoints",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One setting."""

    name: str
    meaning: str
    read: Callable[[str], object]
    default: str = ""
    absent: object = None  # the value when nothing is set and there is no default
    secret: bool = False  # never shown; may be given as a file's name in NAME_FILE
    placed: Callable[[Any, Path], object] | None = None  # tells the value its file, where that is read again
    quiet: bool = False  # a mistake does not repeat it: a secret is easily put there instead
    many: bool = False  # a list
    per_tenant: bool = False  # each registration may have its own: a field of `TenantSettings`
    inherited: bool = True  # what a registration does not say is as at the top; else it has none

    @property
    def field(self) -> str:
        """Name in `Settings`: a value carries its unit, so the unit goes from the name."""
        return re.sub(r"_(s|days)$", "", self.name.lower())

    def shown(self, text: str) -> str:
        """The text that was written, but for what may be a secret in the wrong place."""
        try:
            if text and self.quiet:
                self.read(text)
        except ValueError:
            return UNSHOWN
        return form.showable(text)


def source_specs(source: str) -> tuple[Spec, Spec, Spec, Spec, Spec]:
    """The settings of one source: address, token, period, and how many requests it may get."""
    stem = f"SOURCE_{source.upper().replace(':', '_')}"
    return (
        Spec(
            name=f"{stem}_URL",
            meaning=f"{source}: address in place of the documented one",
            read=form.web_urls,
            many=True,
        ),
        Spec(name=f"{stem}_TOKEN", meaning=f"{source}: its credential", read=form.line, secret=True),
        Spec(name=f"{stem}_PERIOD_S", meaning=f"{source}: seconds between polls", read=form.seconds(0.01, 86_400)),
        Spec(name=f"{stem}_PER_HOUR", meaning=f"{source}: most requests in an hour", read=form.whole(1, 1_000_000)),
        Spec(
            name=f"{stem}_PER_MONTH", meaning=f"{source}: most requests in a month", read=form.whole(1, 1_000_000_000)
        ),
    )
