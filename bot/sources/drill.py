"""A rehearsed incident: plays a scripted time line as if the world had said it, every word of it marked as a drill.

The scripts stand in content/drills, one file each.  A script is a list of statements, each valid from one minute of the
drill to another; at any moment the source says the statements that are valid then.  It needs no network and knows
nothing of verdicts: `expects` in a script is for the tests, which play it through the real judge.
"""

import itertools
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from bot.domain.observation import (
    Client,
    Feature,
    Health,
    Kind,
    Observation,
    ServiceId,
    SourceId,
    Strength,
    TenantId,
)
from bot.http import Fetcher, Page
from bot.sources.source import About

ABOUT = About(
    kind=Kind.OPERATOR,
    on_by_default=False,
    period=timedelta(seconds=15),
    reads="a script in content/drills; asks nobody",
    law="none: nothing leaves this machine",
)

# Who speaks under which name: kind of witness and origin (None: the statement's key is its own origin).
WITNESSES: Mapping[str, tuple[Kind, str | None]] = {
    "graph": (Kind.OFFICIAL_TENANT, "microsoft"),
    "ms_public": (Kind.OFFICIAL_PUBLIC, "microsoft"),
    "x": (Kind.POSTS, "x-users"),
    "mastodon": (Kind.POSTS, "mastodon-users"),
    "downdetector": (Kind.CROWD, "downdetector"),
    "probe": (Kind.PROBE, "our place"),
    "neutral": (Kind.NEUTRAL, None),
    "me_too": (Kind.COLLEAGUES, "colleagues"),
    "asker": (Kind.ASKER, "asker"),
}

BELIEVED_FOR = timedelta(minutes=3)  # of the drill's time: a statement that is not repeated fades quickly

_DRILL_KEYS = frozenset({"lasts", "title", "story", "expects", "background", "says"})
_SAYS_KEYS = frozenset(
    {"from", "to", "source", "key", "service", "health", "feature", "region", "client", "advisory", "reports"}
    | {"authors", "usual", "shares", "text", "link", "vantage", "since", "ends", "next_update"}
)


class DrillError(Exception):
    """A script is not usable; the text lists every mistake in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One statement of the script; all moments are minutes after the drill's start."""

    start: float
    end: float | None  # None: until the drill is ended by hand
    source: SourceId
    key: str
    service: ServiceId
    health: Health
    feature: Feature | None = None
    region: str | None = None
    client: Client | None = None
    advisory: bool = False
    strength: Strength | None = None
    text: Mapping[str, str] = field(default_factory=dict)  # language -> words
    link: str | None = None
    vantage: str = "server"
    since: float | None = None
    ends: float | None = None
    next_update: float | None = None

    def is_said_at(self, minute: float) -> bool:
        """Whether this statement stands at `minute`."""
        return self.start <= minute and (self.end is None or minute < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A whole script."""

    name: str
    lasts: timedelta
    title: Mapping[str, str]
    story: Mapping[str, str]
    expects: tuple[tuple[float, str], ...]  # (minute, outcome): what a rehearsed bot must say then
    lines: tuple[Line, ...]


class DrillSource:
    """Says what its script says, counted from the moment at which the drill was started."""

    id = SourceId("drill")
    about = ABOUT

    def __init__(
        self, script: Drill, started_at: datetime, *, language: str = "en", tenant: TenantId | None = None
    ) -> None:
        """`language`: in which the scripted words are given where the script has it, else English."""
        self.script = script
        self.started_at = started_at
        self.period = ABOUT.period
        self.tenant = tenant
        self._language = language

    async def fetch(self, fetcher: Fetcher, now: datetime) -> Sequence[Page]:
        """Nothing is asked: a drill has no page."""
        del fetcher, now
        return ()

    def parse(self, pages: Sequence[Page], now: datetime) -> list[Observation]:
        """The statements that stand at `now`; none before the drill's start."""
        del pages
        minute = (now - self.started_at) / timedelta(minutes=1)
        return [self._observation(line, now) for line in self.script.lines if line.is_said_at(minute)]

    def _observation(self, line: Line, now: datetime) -> Observation:
        kind, origin = WITNESSES[line.source]
        end = None if line.end is None else self._at(line.end) + self.period  # until the script is read again
        until = now + BELIEVED_FOR if end is None else min(now + BELIEVED_FOR, end)
        official = kind in (Kind.OFFICIAL_TENANT, Kind.OFFICIAL_PUBLIC)
        return Observation(
            source=line.source,
            kind=kind,
            origin=origin or line.key,
            key=line.key,
            service=line.service,
            health=line.health,
            seen_at=now,
            until=until,
            said_at=self._at(line.start) if official else now,
            since=self._since(line),
            ends_at=None if line.ends is None else self._at(line.ends),
            next_update_at=None if line.next_update is None else self._at(line.next_update),
            tenant=self.tenant,
            feature=line.feature,
            region=line.region,
            client=line.client,
            advisory=line.advisory,
            strength=line.strength,
            text=line.text.get(self._language, line.text.get("en", "")),
            link=line.link,
            vantage=line.vantage,
            drill=True,
        )

    def _since(self, line: Line) -> datetime | None:
        """When the trouble began: as the script says, else with its first statement."""
        if line.since is None:
            return self._at(line.start) if line.health in (Health.DEGRADED, Health.DOWN) else None
        return self._at(line.since)

    def _at(self, minute: float) -> datetime:
        return self.started_at + timedelta(minutes=minute)


def drill_names() -> tuple[str, ...]:
    """Every drill that can be played, in alphabetical order."""
    folder = resources.files("bot.content") / "drills"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def load_drill(name: str) -> Drill:
    """The script of that name, checked whole.  Raises DrillError with every mistake, or with the names that exist."""
    if name not in drill_names():
        raise DrillError(f"no drill {name!r}; there are: {', '.join(drill_names())}")
    return read_drill(name, (resources.files("bot.content") / "drills" / f"{name}.toml").read_text("utf-8"))


def read_drill(name: str, text: str) -> Drill:
    """A script from its TOML text.  Raises DrillError."""
    try:
        script = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DrillError(f"drill {name}: not TOML: {error}") from error
    mistakes = list(_mistakes(script))
    if mistakes:
        raise DrillError(f"drill {name}: " + "; ".join(mistakes))
    return Drill(
        name=name,
        lasts=timedelta(minutes=script["lasts"]),
        title=script["title"],
        story=script["story"],
        expects=tuple((float(entry["at"]), str(entry["outcome"])) for entry in script["expects"]),
        lines=tuple(_line(entry) for entry in (*script["background"], *script["says"])),
    )


def _line(entry: Mapping[str, Any]) -> Line:
    counted = "reports" in entry
    return Line(
        start=entry.get("from", 0),
        end=entry.get("to"),
        source=SourceId(entry["source"]),
        key=entry["key"],
        service=ServiceId(entry.get("service", "teams")),
        health=Health(entry["health"]),
        feature=Feature(entry["feature"]) if "feature" in entry else None,
        region=entry.get("region"),
        client=Client(entry["client"]) if "client" in entry else None,
        advisory=entry.get("advisory", False),
        strength=_strength(entry) if counted else None,
        text=entry.get("text", {}),
        link=entry.get("link"),
        vantage=entry.get("vantage", "server"),
        since=entry.get("since"),
        ends=entry.get("ends"),
        next_update=entry.get("next_update"),
    )


def _strength(entry: Mapping[str, Any]) -> Strength:
    return Strength(
        reports=entry["reports"],
        authors=entry.get("authors"),
        usual=entry.get("usual"),
        shares=entry.get("shares", {}),
    )


def _mistakes(script: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown key {key!r}" for key in script if key not in _DRILL_KEYS)
    yield from (f"no {key!r}" for key in sorted(_DRILL_KEYS) if not script.get(key))
    for key in ("title", "story"):
        yield from _untranslated(key, script.get(key, {}))
    for part in ("background", "says"):
        for number, entry in enumerate(script.get(part, ()), start=1):
            yield from (f"{part} {number}: {mistake}" for mistake in _line_mistakes(entry))
    yield from _contradictions([*script.get("background", ()), *script.get("says", ())])


def _line_mistakes(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown key {key!r}" for key in entry if key not in _SAYS_KEYS)
    missing = [key for key in ("source", "key", "health") if key not in entry]
    if missing:
        yield f"no {', '.join(missing)}"
        return
    if entry["source"] not in WITNESSES:
        yield f"unknown source {entry['source']!r}; wanted one of {', '.join(WITNESSES)}"
    if entry.get("to", math.inf) <= entry.get("from", 0):
        yield f"ends at minute {entry['to']}, not after its start {entry.get('from', 0)}"
    for key, words in (("health", Health), ("feature", Feature), ("client", Client)):
        if key in entry and entry[key] not in tuple(words):
            yield f"unknown {key} {entry[key]!r}; wanted one of {', '.join(words)}"
    if "text" in entry:
        yield from _untranslated("text", entry["text"])


def _untranslated(key: str, words: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{key} has no {language!r}" for language in ("en", "de") if not words.get(language))


def _contradictions(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One place would say two things of one subject at the same minute."""
    for first, second in itertools.combinations(entries, 2):
        same = all(first.get(key) == second.get(key) for key in ("source", "key", "vantage"))
        begins = max(first.get("from", 0), second.get("from", 0))
        if same and begins < min(first.get("to", math.inf), second.get("to", math.inf)):
            yield f"two statements of {first.get('source')} about {first.get('key')} stand at minute {begins}"
