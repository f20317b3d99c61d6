"""IsTheServiceDown: off until a page is named, and one word at most."""

import time
from dataclasses import replace

import pytest

from bot.domain.observation import Health
from bot.domain.source_health import SourceState
from bot.domain.verdict import Outcome, judge
from bot.http import Page
from bot.sources.chosen import Choice, chosen_sources
from bot.sources.istheservicedown import IsTheServiceDownSource
from bot.sources.source import SourceError, SourceSetup
from tests.domain.seen import NOW as QUIET_NOW
from tests.domain.seen import POLICY, QUIET, posts
from tests.replicas.faults import Fault
from tests.replicas.istheservicedown import IsTheServiceDownReplica
from tests.sources.conftest import running
from tests.sources.reading import NOW, read, refusal


@pytest.fixture
async def site():
    async with running(IsTheServiceDownReplica()) as replica:
        yield replica


def source_of(site):
    return IsTheServiceDownSource(SourceSetup(url=site.page))


def test_it_is_asked_only_when_a_page_is_named():
    def state(setup):
        asked, others = chosen_sources(Choice(setups={"istheservicedown": setup}), NOW)
        return {one.source: one.state for one in others}.get("istheservicedown", {one.id for one in asked})

    assert state(SourceSetup()) is SourceState.NOT_SET_UP
    assert "istheservicedown" in state(SourceSetup(url="https://istheservicedown.com/problems/microsoft-teams"))


@pytest.mark.parametrize("layout", ["2026", "2025", "2023"])
async def test_its_word_is_read_in_each_layout(site, fetcher, clock, layout):
    site.layout = layout
    found = {}
    for state in ("no", "some", "problems"):
        site.state = state
        found[state] = (await read(source_of(site), fetcher, clock))["page"].health

    assert found == {"no": Health.FINE, "some": Health.DEGRADED, "problems": Health.DEGRADED}


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"layout": "2031"}, "layout unknown"), ({"title": "Example Bank"}, "names neither Teams nor Microsoft 365")],
)
async def test_what_it_can_not_read_is_no_calm(site, fetcher, clock, change, reason):
    for name, value in change.items():
        setattr(site, name, value)

    assert reason in str(await refusal(source_of(site), fetcher, clock))


async def test_a_bot_check_is_named(site, fetcher, clock):
    site.fault = Fault.CHALLENGE_429

    assert "challenge" in str(await refusal(source_of(site), fetcher, clock))


async def test_its_word_moves_little_and_is_no_second_kind_beside_posts(site, fetcher, clock):
    site.state = "problems"
    seen = (await read(source_of(site), fetcher, clock))["page"]
    said = replace(seen, seen_at=QUIET[0].seen_at, until=QUIET[0].until)

    assert judge([*QUIET, said], QUIET_NOW, POLICY).outcome is Outcome.FINE
    loud = judge([posts(60, usual=1.0, health=Health.DOWN), said], QUIET_NOW, POLICY)
    assert loud.probs[Outcome.DOWN] + loud.probs[Outcome.DEGRADED] <= POLICY.certain_cap + 1e-9


@pytest.mark.parametrize(
    "body", [b"<!--" * 100_000, b"<div>" * 9_900, b"<" * 400_000, b"<a b='" * 80_000, b"<![foo" * 60_000]
)
def test_a_page_built_to_keep_a_reader_busy_does_not(body):
    page = Page(name="page", url="https://x.example", status=200, body=body, fetched_at=NOW)
    started = time.perf_counter()

    with pytest.raises(SourceError):
        IsTheServiceDownSource(SourceSetup(url="https://x.example")).parse([page], NOW)
    assert time.perf_counter() - started < 20, "a reader that goes back over what it read takes minutes"
