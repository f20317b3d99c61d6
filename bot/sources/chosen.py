"""Which sources are asked: those on by default or switched on that have what they need; and why the others are not."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import resources

from bot.domain.observation import SourceId
from bot.domain.source_health import SourceHealth, SourceState
from bot.sources import SOURCES
from bot.sources.endpoints import EndpointsSource
from bot.sources.probe import ProbeSource
from bot.sources.source import About, Source, SourceSetup
from bot.sources.statuspage import FAMILY


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the settings say about all sources."""

    setups: Mapping[str, SourceSetup] = field(default_factory=dict)  # by source id
    more: Mapping[str, Sequence[SourceSetup]] = field(default_factory=dict)  # for further tenants, likewise
    on: Collection[str] = ()
    off: Collection[str] = ()
    elsewhere: Collection[str] = ()  # they look at another of Microsoft's clouds than ours


def chosen_sources(choice: Choice, now: datetime) -> tuple[list[Source], list[SourceHealth]]:
    """The sources to be asked, and the state of those that are not.

    A source that needs a credential is on as soon as it has one.
    """
    asked: list[Source] = []
    others: list[SourceHealth] = []
    for name, make, setup in _candidates(choice):
        missing = tuple(need for need in make.about.needs if not _is_given(need, setup))
        if setup.is_off or {name, name.partition(":")[0]} & set(choice.off):
            others.append(_not_asked(name, SourceState.OFF, "switched off", now, setup))
        elif name in choice.elsewhere:
            others.append(_not_asked(name, SourceState.OFF, "looks at the worldwide cloud", now, setup))
        elif missing and not (make.about.opt_in and name in choice.on):
            words = f"needs {', '.join(_spelled(need, setup.of) for need in missing)}"
            others.append(_not_asked(name, SourceState.NOT_SET_UP, words, now, setup))
        elif make.about.on_by_default or make.about.needs or name in choice.on:
            asked.append(make(setup))
        else:
            others.append(_not_asked(name, SourceState.OFF, "off by default", now, setup))
    _introduce(asked)
    return asked, others


def about(name: str) -> About | None:
    """What is to be known of the source with this id; None when there is none."""
    make = SOURCES.get(FAMILY if name.startswith(f"{FAMILY}:") else name)
    return make.about if make is not None else None


def _candidates(choice: Choice) -> Iterator[tuple[str, type[Source], SourceSetup]]:
    """Every source with what is set for it; of a family, such as status pages, each member that is set."""
    client = choice.setups.get("graph", SourceSetup()).extra.get("app_id", "")
    for name, make in SOURCES.items():
        members = sorted(each for each in choice.setups if each.startswith(f"{name}:"))
        for member in members:
            word = member.partition(":")[2]
            known = {"service": word} if _is_in_catalogue(word) else {}
            yield member, make, replace(choice.setups[member], extra={"name": word, **known})
        if not members:
            setup = choice.setups.get(name, SourceSetup())
            yield name, make, replace(setup, extra={"installation": client}) if name == "endpoints" else setup
            for further in choice.more.get(name, ()):
                yield name, make, further


def _is_in_catalogue(word: str) -> bool:
    """Whether a page of this name speaks of a service that we know.  Of Teams none does: its owner has no such page."""
    file = resources.files("bot.content").joinpath("services", f"{word}.toml")
    return word.isidentifier() and word != "teams" and file.is_file()


def _introduce(asked: Sequence[Source]) -> None:
    """The probe tries those hosts of Teams that Microsoft's own list still names."""
    lists = [source for source in asked if isinstance(source, EndpointsSource)]
    for source in asked:
        if lists and isinstance(source, ProbeSource):
            source.listed = lambda: lists[0].hosts


def _is_given(need: str, setup: SourceSetup) -> bool:
    if need.endswith("_TOKEN"):
        return setup.token is not None
    if need.endswith("_URL"):
        return setup.url is not None
    if need == "APP_SECRET" and setup.token:
        return True
    return bool(setup.extra.get(need.lower()))


def _spelled(need: str, tenant: str) -> str:
    return f"tenant.{tenant}.{need.lower()}" if tenant else f"NOTJUSTYOU_{need}"


def _not_asked(name: str, state: SourceState, reason: str, now: datetime, setup: SourceSetup) -> SourceHealth:
    tenant = setup.tenant if setup.of else None
    return SourceHealth(source=SourceId(name), state=state, since=now, reason=reason, tenant=tenant)
