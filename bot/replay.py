"""A time line -> observations at their own moments -> the real judge on a moving clock; one verdict a minute.

Each event is handed over at its own moment, never earlier, although a packed line holds values of the future.  Verdicts
are those of a person of the file's tenant who asks at that minute, with the tests that the last asker made.  Incidents
are those of the tenant: whoever asks changes nothing about them.
"""

import heapq
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.content.catalogue import Catalogue, load_catalogue
from bot.domain.incident import Incident, IncidentId, Transition
from bot.domain.lifecycle import Thresholds, advance, colleagues_of, taken_back
from bot.domain.likelihoods import CLASSES
from bot.domain.observation import Client, Health, Kind, Observation, SourceId, Strength
from bot.domain.spike import PRESENT, WINDOW, Assessment, Count, State, assess
from bot.domain.verdict import Outcome, Policy, Verdict, for_asker, judge
from bot.replay_events import ASKED, BELIEVED, NETWORKS, TEAMS, TENANT, Event, moment, observations

STEP = timedelta(minutes=1)
LONGEST = timedelta(days=400)
MOST_REPEATS = 1_000_000
MOST_COUNTS = 1_000  # kept as they came, per network
LEAK = 0.05  # share of unrelated posts that a good classifier takes for reports

Line = Mapping[str, Any]
Meaning = Callable[[str], Outcome | None]


class ReplayError(Exception):
    """A line is not an event; the text says why."""


def replay_lines(lines: Iterable[str], policy: Policy | None = None, meaning: Meaning | None = None) -> Iterator[Line]:
    """One verdict a minute as a JSON object, after one error object for each line that can't be read.

    `meaning`: whose trouble an error code speaks of.  What is not given comes from the catalogue.
    """
    catalogue = load_catalogue()
    policy = policy or Policy(related={service.id: service.leans_on for service in catalogue.services.values()})
    meaning = meaning or partial(_hint, catalogue)
    streams: list[Iterator[tuple[datetime, int, timedelta, Event]]] = []
    header: Event | None = None
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            event = _event(text)
            if header is None and event.get("kind") == "setup":
                header = _checked(event)
            else:
                streams.append(_unpacked(event, number))
        except ReplayError as error:
            yield {"line": number, "error": str(error)}
    if header is None:
        yield {"line": 1, "error": "no set-up line: source operator, kind setup, with t and end"}
        return
    yield from _minutes(header, heapq.merge(*streams, key=lambda each: each[:2]), policy, meaning)


def _minutes(
    header: Event,
    events: Iterator[tuple[datetime, int, timedelta, Event]],
    policy: Policy,
    meaning: Meaning,
) -> Iterator[Line]:
    table, incident, thresholds = Table(), None, Thresholds()
    name = str(header.get("replay", ""))
    now, end = moment(header["t"]), moment(header["end"])
    waiting = next(events, None)
    while now < min(end, moment(header["t"]) + LONGEST):
        while waiting is not None and waiting[0] <= now:
            table.take(waiting[3], waiting[0], waiting[2])
            waiting = next(events, None)
        believed = table.believed(now)
        judged = judge(believed, now, policy, tenant=TENANT)
        fresh = IncidentId(f"{now:%Y%m%d-%H%M}")
        incident, step = advance(
            incident,
            judged,
            now,
            thresholds,
            new_id=fresh,
            colleagues=colleagues_of(believed),
            denied=taken_back(believed),
        )
        yield _line(name, table.verdict(judged, policy, meaning), incident, step)
        now += STEP


def _hint(catalogue: Catalogue, code: str) -> Outcome | None:
    entry = catalogue.code(code)
    return entry.hint if entry is not None else None


class Table:
    """What is known at one moment of a replay: a board that is fed by hand."""

    def __init__(self) -> None:
        """Empty: nothing has been said yet."""
        self._seen: list[Observation] = []
        self._latest: dict[tuple[SourceId, str], Observation] = {}
        self._failed: dict[str, Observation] = {}
        self._counts: dict[str, list[Count]] = {}
        self._assessed: dict[str, tuple[tuple[datetime, bool], Assessment]] = {}
        self._periods: dict[str, timedelta] = {}
        self._asked: tuple[Event, tuple[Observation, ...], datetime] | None = None

    def take(self, event: Event, at: datetime, period: timedelta) -> None:
        """Take in one event at its moment."""
        source = str(event.get("source"))
        if source in NETWORKS and event.get("kind") == "count":
            self._failed.pop(source, None)
            self._count(source, event, at, period)
            return
        try:
            made = observations(event, at, period)
        except (ValueError, TypeError, OverflowError):
            return  # an event of another day's form: as good as not said
        if source == "asker":
            self._asked = (event, tuple(made), at)
            return
        if event.get("kind") == "fail":
            self._failed.update((source, each) for each in made)
            return
        self._failed.pop(source, None)
        if source == "graph":
            self._still_open(event, at)
        for each in made:
            if each.kind in (Kind.PROBE, Kind.NEUTRAL, Kind.COLLEAGUES):
                self._seen.append(each)
            else:
                self._latest[(each.source, each.key)] = each

    def believed(self, now: datetime) -> list[Observation]:
        """What counts at `now`."""
        self._seen = [each for each in self._seen if each.is_believed(now)]
        posts = [each for source in sorted(self._counts) for each in self._posts(source, now)]
        return [*self._seen, *self._latest.values(), *self._failed.values(), *posts]

    def verdict(self, judged: Verdict, policy: Policy, meaning: Meaning) -> Verdict:
        """The answer to the person who asks when the service was judged so."""
        now = judged.at
        if self._asked is None or now - self._asked[2] >= ASKED:
            return for_asker(judged, (), now, policy, symptom=False)
        event, own, _ = self._asked
        code = str(event.get("error_code") or "")
        client = Client(event["client"]) if event.get("client") in list(Client) else None
        symptom = bool(code or event.get("feature") or client)
        hint = meaning(code) if code else None
        return for_asker(judged, own, now, policy, symptom=symptom, client=client, codes_hint=hint)

    def _still_open(self, event: Event, at: datetime) -> None:
        """The overview names the issues that are open: they are believed for as long as they are named."""
        named = event.get("open")
        for issue in named if isinstance(named, Sequence) else ():
            known = self._latest.get((SourceId("graph"), str(issue)))
            if known is not None and known.health is not Health.FINE:
                self._latest[(known.source, known.key)] = replace(known, seen_at=at, until=at + timedelta(minutes=90))

    def _count(self, source: str, event: Event, at: datetime, period: timedelta) -> None:
        relevant, irrelevant = event.get("relevant"), event.get("irrelevant", 0)
        if not isinstance(relevant, int | float) or not isinstance(irrelevant, int | float):
            return
        self._periods[source] = period
        kept = self._counts.setdefault(source, [])
        kept.append(Count(at=at, value=float(relevant), expected=LEAK * float(irrelevant)))
        if len(kept) > MOST_COUNTS:
            self._counts[source] = _thinned(kept, at)

    def _posts(self, source: str, now: datetime) -> list[Observation]:
        counts = self._counts[source]
        period = self._periods[source]
        if now - counts[-1].at > max(BELIEVED, period * 3):
            return []
        window = max(WINDOW, period)
        key = (counts[-1].at, now - counts[-1].at >= window)
        if source not in self._assessed or self._assessed[source][0] != key:
            self._assessed[source] = (key, assess(counts, now, window=window))
        found = self._assessed[source][1]
        ill = {State.QUIET: Health.FINE, State.RISING: Health.DEGRADED, State.SPIKE: Health.DOWN}[found.state]
        return [
            Observation(
                source=SourceId(source),
                kind=Kind.POSTS,
                origin=f"{source}-users",
                key="tags",
                service=TEAMS,
                health=ill,
                seen_at=counts[-1].at,
                until=counts[-1].at + max(BELIEVED, period * 3) + STEP,
                since=found.since,
                strength=Strength(reports=round(found.now), usual=found.usual, window=window),
            )
        ]


def _thinned(counts: Sequence[Count], now: datetime) -> list[Count]:
    """The last hours as they are, what is older by quarters of an hour."""
    recent = [count for count in counts if count.at > now - PRESENT - WINDOW]
    old = [count for count in counts if count.at <= now - PRESENT - WINDOW]
    thinned = []
    for _, group in itertools.groupby(old, key=lambda count: int(count.at.timestamp() // WINDOW.total_seconds())):
        same = list(group)
        value, expected = sum(count.value for count in same), sum(count.expected for count in same)
        thinned.append(Count(at=same[-1].at, value=value, expected=expected))
    return [*thinned, *recent]


def _line(name: str, verdict: Verdict, incident: Incident | None, step: Transition | None) -> Line:
    is_open = incident is not None and incident.stage.is_open
    closing = step is not None and not is_open
    return {
        "replay": name,
        "t": f"{verdict.at:%Y-%m-%dT%H:%M:%SZ}",
        "verdict": verdict.outcome.value,
        "confidence": round(verdict.confidence, 4),
        "probs": {outcome.value: round(verdict.probs[outcome], 4) for outcome in CLASSES},
        "feature": verdict.feature.value if verdict.feature else None,
        "reason": verdict.reason.value,
        "incident": incident.id if incident is not None and (is_open or closing) else None,
        "alerts": [{"kind": step.change.value, "revision": step.incident.revision}] if step is not None else [],
    }


def _event(text: str) -> Event:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReplayError(f"not JSON: {error}") from error
    if not isinstance(event, dict):
        raise ReplayError("a line is one JSON object")
    try:
        moment(event.get("t"))
    except ValueError as error:
        raise ReplayError(f"t: {error}") from error
    return event


def _checked(header: Event) -> Event:
    try:
        moment(header.get("end"))
    except ValueError as error:
        raise ReplayError(f"end: {error}") from error
    return header


def _unpacked(event: Event, number: int) -> Iterator[tuple[datetime, int, timedelta, Event]]:
    """The events that a line stands for, lazily: none is looked at before its moment."""
    at, repeat = moment(event["t"]), event.get("repeat")
    if repeat is None:
        return iter([(at, number, timedelta(0), event)])
    try:
        every, times = timedelta(seconds=float(repeat["every_s"])), int(repeat["count"])
        columns = {str(name): list(column) for name, column in dict(repeat.get("each") or {}).items()}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ReplayError("repeat: wants every_s, count and, in each, lists") from error
    if not 0 <= times <= MOST_REPEATS or every < timedelta(0) or not all(columns.values()):
        raise ReplayError(f"repeat: at most {MOST_REPEATS} times, forward in time, no empty list")
    plain = {name: value for name, value in event.items() if name != "repeat"}
    return (
        (at + every * turn, number, every, {**plain, **{name: col[turn % len(col)] for name, col in columns.items()}})
        for turn in range(times)
    )
