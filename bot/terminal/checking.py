"""`check SOURCE`: ask one source now and tell its whole story, or why it is not asked."""

import dataclasses
from typing import Any

from bot.assembly import choice_of
from bot.clock import MachineClock
from bot.domain.observation import Observation
from bot.domain.source_health import SourceState
from bot.http import Fetcher, FetchError, new_client
from bot.settings import Settings
from bot.sources import SOURCES
from bot.sources.chosen import chosen_sources
from bot.sources.source import About, Source, SourceError
from bot.terminal.output import Output

USAGE = 2
UNKNOWN = 4


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What became of one poll."""

    source: str
    state: SourceState
    reason: str = ""
    http_status: int | None = None
    ms: int | None = None
    bytes: int | None = None
    observations: tuple[Observation, ...] = ()


async def check(out: Output, settings: Settings, name: str) -> int:
    """Print what this source says now.  0 when it could be read, 4 when not, 2 when there is no such source."""
    if name not in SOURCES:
        out.complain(f"There is no source {name!r}.", [f"Sources: {', '.join(SOURCES)}"])
        return USAGE
    clock = MachineClock()
    asked, others = chosen_sources(choice_of(settings), clock.now())
    source = next((one for one in asked if one.id == name), None)
    if source is None:
        health = next(one for one in others if one.source == name)
        story = Story(source=name, state=health.state, reason=health.reason)
    else:
        async with new_client(ca_file=settings.ca_file) as client:
            story = await _ask(source, Fetcher(client, clock, within=settings.fetch_timeout), clock)
    _print(out, story, SOURCES[name].about)
    return 0 if story.state is SourceState.OK else UNKNOWN


async def _ask(source: Source, fetcher: Fetcher, clock: MachineClock) -> Story:
    started = clock.monotonic()
    try:
        pages = await source.fetch(fetcher, clock.now())
    except SourceError as error:
        return Story(
            source=source.id, state=SourceState.FAILING, reason=error.reason, http_status=error.http_status,
            ms=_ms(clock, started),
        )  # fmt: skip
    except FetchError as error:
        return Story(source=source.id, state=SourceState.FAILING, reason=error.said, ms=_ms(clock, started))
    told = Story(
        source=source.id,
        state=SourceState.OK,
        http_status=max((page.status for page in pages), default=None),
        ms=_ms(clock, started),
        bytes=sum(len(page.body) for page in pages),
    )
    try:
        return dataclasses.replace(told, observations=tuple(source.parse(pages, clock.now())))
    except SourceError as error:
        status = error.http_status or told.http_status
        return dataclasses.replace(told, state=SourceState.FAILING, reason=error.reason, http_status=status)


def _ms(clock: MachineClock, started: float) -> int:
    return round((clock.monotonic() - started) * 1000)


def _print(out: Output, story: Story, about: About) -> None:
    if out.form == "json":
        out.json({**_plain(story), "observations": [as_json(seen) for seen in story.observations]})
        return
    facts = [f"{name}: {value}" for name, value in _plain(story).items() if value not in (None, "")]
    facts += [
        f"reads: {about.reads}",
        f"credentials: {about.credentials}",
        f"cost: {about.cost}",
        f"law: {about.law}",
        f"hosts: {', '.join(about.hosts)}",
    ]
    out.lines(facts)
    for seen in story.observations:
        moment = (seen.said_at or seen.seen_at).isoformat(timespec="seconds")
        out.line(
            f"says: {seen.service} {seen.feature or '-'} {seen.health} ({seen.key}, {moment}) {seen.text}".rstrip()
        )


def _plain(story: Story) -> dict[str, Any]:
    fields = ("source", "state", "http_status", "ms", "bytes", "reason")
    return {name: getattr(story, name) for name in fields}


def as_json(seen: Observation) -> dict[str, Any]:
    """One observation, with ISO moments and without what it does not say."""
    told = dataclasses.asdict(seen)
    if seen.strength is not None:
        told["strength"]["window"] = seen.strength.window.total_seconds()
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in told.items()
        if value not in (None, "", False)
    }
