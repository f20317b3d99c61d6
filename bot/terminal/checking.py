"""`check SOURCE`: ask one source now and tell its whole story, or why it is not asked and what would change that."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from bot.assembly import registration_of
from bot.clock import MachineClock
from bot.desk_troubles import desk_troubles
from bot.domain.observation import Observation, SourceId
from bot.domain.source_health import SourceHealth, SourceState
from bot.http import Fetcher, FetchError, new_client
from bot.settings import Mistake, Settings
from bot.source_setups import choice_of
from bot.sources import SOURCES
from bot.sources.chosen import about as about_source
from bot.sources.chosen import chosen_sources
from bot.sources.source import About, Source, SourceError
from bot.terminal.output import Output
from bot.terminal.set_up.graph import graph_steps
from bot.terminal.set_up.step import Step, Tools, done, spelled_for
from bot.terminal.set_up.teams import teams_steps
from bot.terminal.ways_lacking import lacking

DONE, USAGE, UNKNOWN = 0, 2, 4
TEAMS, GRAPH = "teams", "graph"
BESIDE = "ways beside Teams"
DESK = "destination of the help desk"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What became of one poll, or of one set-up."""

    source: str
    state: SourceState
    reason: str = ""
    http_status: int | None = None
    ms: int | None = None
    bytes: int | None = None
    observations: tuple[Observation, ...] = ()
    steps: tuple[Step, ...] | None = None  # of those that have a set-up
    to_switch_on: str = ""


async def check(out: Output, settings: Settings, name: str) -> int:
    """Print what this source says now.  0 when it could be read, 4 when not, 2 when there is no such source."""
    about = about_source(name)
    if about is None and name != TEAMS:
        out.complain(f"There is no source {name!r}.", [f"Sources: {', '.join(SOURCES)}.  And: {TEAMS}."])
        return USAGE
    clock = MachineClock()
    if about is None:
        story = await _teams(settings, clock)
    else:
        story = await _story(settings, clock, name, about)
        for trouble in await lacking(settings):
            out.complain(str(trouble))
        for untold in desk_troubles(settings):
            out.complain(str(untold))
    if out.form == "json":
        out.json(_as_json(story, about))
    else:
        out.lines(_lines(story, about))
    return DONE if story.state is SourceState.OK else UNKNOWN


def unusable(out: Output, name: str, mistakes: Sequence[Mistake]) -> None:
    """The same facts of a set-up whose settings can't be used; what is wrong was told on standard error too."""
    if name in (TEAMS, GRAPH) and out.form == "json":
        steps = tuple(
            Step(name="settings", ok=False, says=f"{wrong.name}: found {wrong.found}", do=f"wanted: {wrong.wanted}")
            for wrong in mistakes
        )
        out.json(_as_json(_of_steps(name, steps), None))


async def _story(settings: Settings, clock: MachineClock, name: str, about: About) -> Story:
    asked, others = chosen_sources(choice_of(settings), clock.now())
    source = next((one for one in asked if one.id == name), None)
    async with new_client(ca_file=settings.ca_file) as client:
        fetcher = Fetcher(client, clock, within=settings.fetch_timeout)
        if source is None:
            unset = SourceHealth(source=SourceId(name), state=SourceState.NOT_SET_UP, since=clock.now())
            story = _not_asked(next((one for one in others if one.source == name), unset), about)
        else:
            story = await _ask(source, fetcher, clock)
        if name == GRAPH:
            steps = await _graph(settings, _tools(settings, fetcher, clock), story.to_switch_on)
            story = _with(story, steps)
    return story


def _with(story: Story, steps: tuple[Step, ...]) -> Story:
    """A poll that went well is not all: another registration's set-up may be wrong."""
    failed = next((step for step in steps if not step.ok), None)
    if failed is not None and story.state is SourceState.OK:
        story = dataclasses.replace(story, state=SourceState.FAILING, reason=failed.says)
    return dataclasses.replace(story, steps=steps)


async def _graph(settings: Settings, tools: Tools, to_switch_on: str) -> tuple[Step, ...]:
    choice = choice_of(settings)
    steps: list[Step] = []
    for setup in (choice.setups[GRAPH], *choice.more.get(GRAPH, ())):
        own = f"take graph out of tenant.{setup.of}.sources_off" if setup.of and setup.is_off else to_switch_on
        steps += spelled_for(await graph_steps(setup, tools, to_switch_on=own), setup.of)
    return tuple(steps)


async def _teams(settings: Settings, clock: MachineClock) -> Story:
    async with new_client(ca_file=settings.ca_file) as client:
        tools = _tools(settings, Fetcher(client, clock, within=settings.fetch_timeout), clock)
        steps: list[Step] = []
        for tenant in settings.tenants:
            steps += spelled_for(await teams_steps(registration_of(settings, tenant), tools), tenant.name)
        for trouble in await lacking(settings):  # they keep nobody from talking to the bot, so nothing has failed
            name = f"{trouble.tenant}: {BESIDE}" if trouble.tenant else BESIDE
            steps.append(done(name, trouble.says, do=trouble.do))
        for untold in desk_troubles(settings):
            name = f"{untold.tenant}: {DESK}" if untold.tenant else DESK
            steps.append(done(name, untold.says, do=untold.do))
        return _of_steps(TEAMS, tuple(steps))


def _tools(settings: Settings, fetcher: Fetcher, clock: MachineClock) -> Tools:
    return Tools(
        fetcher=fetcher,
        clock=clock,
        ca_file=settings.ca_file,
        database_url=settings.database_url,
        public_url=settings.public_url,
    )


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


def _not_asked(health: SourceHealth, about: About) -> Story:
    """Why it is off, and what an operator does to switch it on."""
    if health.reason == "switched off":
        do = f"take {health.source} out of NOTJUSTYOU_SOURCES_OFF"
    elif health.state is SourceState.OFF:
        do = f"name {health.source} in NOTJUSTYOU_SOURCES_ON"
    else:
        do = f"set {', '.join(f'NOTJUSTYOU_{need}' for need in about.needs)}"
        if about.opt_in:
            do += f"; or name {health.source} in NOTJUSTYOU_SOURCES_ON: {about.opt_in}"
    return Story(source=health.source, state=health.state, reason=health.reason, to_switch_on=do)


def _of_steps(name: str, steps: tuple[Step, ...]) -> Story:
    failed = next((step for step in steps if not step.ok), None)
    if failed is None:
        return Story(source=name, state=SourceState.OK, steps=steps)
    state = SourceState.NOT_SET_UP if failed is steps[0] else SourceState.FAILING
    return Story(source=name, state=state, reason=failed.says, steps=steps)


def _ms(clock: MachineClock, started: float) -> int:
    return round((clock.monotonic() - started) * 1000)


def _as_json(story: Story, about: About | None) -> dict[str, Any]:
    steps = {} if story.steps is None else {"steps": [dataclasses.asdict(step) for step in story.steps]}
    said = [observation_as_json(seen) for seen in story.observations]
    return {**_facts(story), "observations": said, **steps, **_meaning(story, about)}


def _facts(story: Story) -> dict[str, Any]:
    fields = ("source", "state", "http_status", "ms", "bytes", "reason")
    return {name: getattr(story, name) for name in fields}


def _meaning(story: Story, about: About | None) -> dict[str, Any]:
    """What asking it, or switching it on, means."""
    if about is None:
        return {}
    return {
        "reads": about.reads,
        "credentials": about.credentials,
        "cost": about.cost,
        "law": about.law,
        "hosts": list(about.hosts),
        "to_switch_on": story.to_switch_on or None,
    }


def _lines(story: Story, about: About | None) -> list[str]:
    facts = {**_facts(story), **_meaning(story, about)}
    lines = [
        f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in facts.items()
        if value not in (None, "")
    ]
    for step in story.steps or ():
        lines.append(f"{_how(step)}: {step.name}: {step.says}{f' -> {step.do}' if step.do else ''}")
    for seen in story.observations:
        moment = (seen.said_at or seen.seen_at).isoformat(timespec="seconds")
        about_what = f"{seen.service} {seen.feature or '-'} {seen.health} ({seen.key}, {moment})"
        lines.append(f"says: {about_what} {seen.text}".rstrip())
    return lines


def _how(step: Step) -> str:
    if not step.ok:
        return "to do"
    return "could be better" if step.do else "done"


def observation_as_json(seen: Observation) -> dict[str, Any]:
    """One observation, with ISO moments and without what it does not say."""
    told = dataclasses.asdict(seen)
    if seen.strength is not None:
        told["strength"]["window"] = seen.strength.window.total_seconds()
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in told.items()
        if value not in (None, "", False)
    }
