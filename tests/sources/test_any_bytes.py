"""Whatever bytes come, a parser gives sound observations or a SourceError, and nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.observation import Observation
from bot.sources import SOURCES
from bot.sources.source import SourceError
from tests.sources.test_saved_pages import SAVED, page_of, setup_of

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(
        ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "\ud800", "<b>" * 20, "2026-05-05T14:20:00Z"]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SAVED_OF = {
    name: [json.loads(path.read_text()) for path in SAVED if path.parent.name == name]
    for name in sorted({path.parent.name for path in SAVED})
}


@st.composite
def read_wrongly(draw, saved):
    """A saved set of pages of which one has been spoilt."""
    document = draw(st.sampled_from(saved))
    now = datetime.fromisoformat(document["now"])
    pages = [page_of(page, now) for page in document["pages"]]
    place = draw(st.integers(0, len(pages) - 1))
    page = pages[place]
    how = draw(st.sampled_from(["bytes", "cut", "splice", "value", "leaf", "status", "headers", "gone"]))
    if how == "gone":
        del pages[place]
    else:
        pages[place] = spoilt(draw, page, how)
    return document, pages, now


def spoilt(draw, page, how):
    if how == "status":
        return replace(page, status=draw(st.integers(100, 599)))
    if how == "headers":
        names = st.sampled_from(["retry-after", "cf-mitigated", "content-type", "link", "location", "date", "server"])
        return replace(page, headers=draw(st.dictionaries(names, st.text(max_size=40), max_size=4)))
    at = draw(st.integers(0, len(page.body)))
    bodies = {
        "bytes": lambda: draw(st.binary(max_size=200)),
        "cut": lambda: page.body[:at],
        "splice": lambda: page.body[:at] + draw(st.binary(max_size=12)) + page.body[at + draw(st.integers(0, 12)) :],
        "value": lambda: json.dumps(draw(VALUES)).encode(),
        "leaf": lambda: with_another_leaf(draw, page.body),
    }
    return replace(page, body=bodies[how]())


def with_another_leaf(draw, body):
    """The same JSON with one value somewhere in it replaced."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    place = document
    for _ in range(draw(st.integers(0, 6))):
        if not isinstance(place, dict | list) or not place:
            break
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = draw(st.sampled_from(list(keys)))
        if not isinstance(place[key], dict | list) or draw(st.booleans()):
            place[key] = draw(VALUES)
            break
        place = place[key]
    return json.dumps(document).encode()


def read_soundly(case, source_id):
    document, pages, now = case
    source = SOURCES[source_id](setup_of(document))
    reason, seen = "", []
    try:
        seen = source.parse(pages, now)
    except SourceError as error:
        reason = error.reason or "nothing said"
    assert reason != "nothing said"
    assert len(reason) < 300
    for observation in seen:
        assert_sound(observation, source_id, now)


def assert_sound(observation, source_id, now):
    assert isinstance(observation, Observation)
    assert observation.source == source_id
    assert observation.is_believed(now) or observation.seen_at < now
    assert len(observation.text) <= 500
    repr(observation).encode()
    observation.text.encode()
    observation.key.encode()
    for at in (observation.said_at, observation.since, observation.ends_at, observation.next_update_at):
        assert at is None or at.utcoffset() == timedelta(0)
    assert observation.said_at is None or observation.said_at <= now + timedelta(minutes=5)
    assert observation.seen_at.tzinfo is UTC


@pytest.mark.parametrize("source_id", SAVED_OF)
@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_spoilt_pages_are_read_soundly(source_id, data):
    read_soundly(data.draw(read_wrongly(SAVED_OF[source_id])), source_id)


@pytest.mark.slow
@pytest.mark.parametrize("source_id", SAVED_OF)
@given(data=st.data())
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_thousands_of_spoilt_pages_are_read_soundly(source_id, data):
    read_soundly(data.draw(read_wrongly(SAVED_OF[source_id])), source_id)
