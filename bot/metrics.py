"""Every counter, gauge and histogram, in one list: what it counts, its unit and the bounded set of its labels.

Rooms import the metric that they count; nobody declares one elsewhere.  `/metrics` shows `REGISTRY`, which holds these
and nothing that a library adds by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One metric as README and `/metrics` tell it."""

    name: str
    unit: str
    meaning: str
    labels: Mapping[str, str] = field(default_factory=dict)  # label -> what its values are: always a bounded set


def _declare(name: str, unit: str, meaning: str, labels: Mapping[str, str]) -> tuple[str, str, tuple[str, ...]]:
    DECLARED.append(Declared(name=name, unit=unit, meaning=meaning, labels=labels))
    return name, f"{meaning} ({unit})", tuple(labels)


def _counter(name: str, unit: str, meaning: str, **labels: str) -> Counter:
    return Counter(*_declare(f"notjustyou_{name}_total", unit, meaning, labels), registry=REGISTRY)


def _gauge(name: str, unit: str, meaning: str, **labels: str) -> Gauge:
    return Gauge(*_declare(f"notjustyou_{name}", unit, meaning, labels), registry=REGISTRY)


def _seconds(name: str, meaning: str, buckets: tuple[float, ...], **labels: str) -> Histogram:
    declared = _declare(f"notjustyou_{name}_seconds", "seconds", meaning, labels)
    return Histogram(*declared, registry=REGISTRY, buckets=buckets)


DECLARED: list[Declared] = []

_SOURCE = "id of a source"
_ENTRANCE = "teams, page or terminal"
_REPLY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 10)
_FETCH_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
_WRITE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)
_LATE_BUCKETS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 3600)

ANSWERS = _counter(
    "answers", "answers", "Answers given", outcome="verdict, or none where no verdict was asked for", entrance=_ENTRANCE
)
REASONS = _counter("verdicts", "verdicts", "Verdicts by the rule that decided", reason="rule of judging")
PRESSES = _counter("presses", "presses", "Buttons pressed", verb="verb of a button, or other")
INTENTS = _counter("intents", "messages", "Messages by what they asked for", intent="known intent")
REFUSED = _counter("refused", "requests", "Incoming requests that were refused", reason="short word for the rule")
DUPLICATES = _counter("duplicates", "activities", "Activities that came again and were not answered again")
REPLY_SECONDS = _seconds("reply", "From arrival of a request to its answer", _REPLY_BUCKETS, entrance=_ENTRANCE)
SENDS = _counter("sends", "calls", "Calls to the chat platform", result="sent, throttled, gone or failed")
WAY_SENDS = _counter("way_sends", "messages", "Messages on ways beside Teams", result="sent or failed")
TOKENS = _counter("tokens", "requests", "Tokens asked of the sign-in service", result="ok, refused or failed")
POLLS = _counter("polls", "polls", "Polls of sources", source=_SOURCE, result="ok or failed")
FETCH_SECONDS = _seconds("fetch", "Length of one exchange with a source", _FETCH_BUCKETS, source=_SOURCE)
SOURCE_AGE = _gauge("source_age_seconds", "seconds", "Since the last successful poll", source=_SOURCE)
SOURCE_SPEND = _gauge("source_requests_month", "requests", "Asked of a source this calendar month, UTC", source=_SOURCE)
SOURCE_STATE = _gauge(
    "source_state",
    "1 or 0",
    "Whether a source is in a state",
    source=_SOURCE,
    state="ok, failing, blind, not_set_up, off",
)
UNKNOWN_WORDS = _counter("unknown_words", "words", "State words of a source that we do not know", source=_SOURCE)
INCIDENT_STEPS = _counter("incident_steps", "steps", "Steps of incidents", change="what the step did")
DELIVERED = _counter("deliveries", "attempts", "Attempts to deliver that have ended", outcome="how it ended")
DELIVERIES_OPEN = _gauge("deliveries_open", "attempts", "Attempts to deliver that are under way")
DELIVERY_LATENESS = _seconds("delivery_lateness", "From when a delivery was due to when it was there", _LATE_BUCKETS)
UNTOLD = _counter("untold", "conversations", "Subscribers that a step was not told, or not aloud", reason="why")
FAILOVERS = _counter("failovers", "tenants", "Times that Teams counted as failing", reason="sends_fail or doors_fail")
ANNOUNCED = _counter("announcement_steps", "steps", "Steps of announced occurrences", step="what is told of it")
ANNOUNCED_LATE = _seconds("announcement_lateness", "From a planned moment to handing it to sending", _LATE_BUCKETS)
JOB_ERRORS = _counter("job_errors", "errors", "Errors of ours that a job survived", job="name of a job")
WRITES = _counter("store_writes", "writes", "Writes to the database", result="kept, refused or failed")
COMMITS = _counter("store_commits", "commits", "Commits; fewer than writes, since writes are grouped")
WRITE_SECONDS = _seconds("store_write", "From asking for a write to its commit", _WRITE_BUCKETS)
WRITES_WAITING = _gauge("store_writes_waiting", "writes", "Writes that wait for the one writer")
HEARTBEATS = _counter("heartbeats", "pings", "Signs of life to the watchman", result="sent, failed or held_back")
PRUNED = _counter("store_pruned", "rows", "Rows removed when their time was over", table="name of a table")
