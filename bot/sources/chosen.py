"""Which sources are asked: those on by default or switched on that have what they need; and why the others are not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.observation import SourceId
from bot.domain.source_health import SourceHealth, SourceState
from bot.sources import SOURCES
from bot.sources.source import Source, SourceSetup


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the settings say about all sources."""

    setups: Mapping[str, SourceSetup] = field(default_factory=dict)  # by source id
    on: Collection[str] = ()
    off: Collection[str] = ()


def chosen_sources(choice: Choice, now: datetime) -> tuple[list[Source], list[SourceHealth]]:
    """The sources to be asked, and the state of those that are not.

    A source that needs a credential is on as soon as it has one.
    """
    asked: list[Source] = []
    others: list[SourceHealth] = []
    for name, make in SOURCES.items():
        setup = choice.setups.get(name, SourceSetup())
        missing = tuple(need for need in make.about.needs if not _is_given(need, setup))
        if name in choice.off:
            others.append(_not_asked(name, SourceState.OFF, "switched off", now))
        elif missing and not (make.about.opt_in and name in choice.on):
            others.append(_not_asked(name, SourceState.NOT_SET_UP, f"needs {', '.join(missing)}", now))
        elif make.about.on_by_default or make.about.needs or name in choice.on:
            asked.append(make(setup))
        else:
            others.append(_not_asked(name, SourceState.OFF, "off by default", now))
    return asked, others


def _is_given(need: str, setup: SourceSetup) -> bool:
    if need.endswith("_TOKEN"):
        return setup.token is not None
    if need.endswith("_URL"):
        return setup.url is not None
    if need == "APP_SECRET" and setup.token:
        return True
    return bool(setup.extra.get(need.lower()))


def _not_asked(name: str, state: SourceState, reason: str, now: datetime) -> SourceHealth:
    return SourceHealth(source=SourceId(name), state=state, since=now, reason=reason)
