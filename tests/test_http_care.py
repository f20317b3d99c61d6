"""Fetching with care: one at a time, only what changed, counted, within a budget, with an eye on the clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from bot.board_care import ClockCheck
from bot.clock import SettableClock
from bot.http import Fetcher, FetchError, Trouble, new_client
from bot.http_tally import tallied
from tests.replicas.base import Replica

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Marked(Replica):
    """A page with a mark; `lies` says that nothing changed whatever changes."""

    def __init__(self):
        super().__init__()
        self.text, self.lies, self.date = "one", False, NOW

    def routes(self):
        return [web.get("/{tail:.*}", self.answer)]

    async def answer(self, request):
        headers = {"ETag": f'"{self.text}"', "Date": format_datetime(self.date, usegmt=True)}
        asked = request.headers.get("If-None-Match")
        if asked and (self.lies or asked == headers["ETag"]):
            return web.Response(status=304, headers=headers)
        return web.Response(text=self.text, headers=headers)


@pytest.fixture
async def marked():
    replica = Marked()
    await replica.start()
    yield replica
    await replica.stop()


@pytest.fixture
def clock():
    return SettableClock(NOW)


@pytest.fixture
async def fetcher(clock):
    async with new_client() as client:
        yield Fetcher(client, clock, within=timedelta(seconds=5))


async def test_a_page_that_did_not_change_stands_for_itself(marked, fetcher, clock):
    await fetcher.get("x", marked.url, keep=True)
    clock.set(NOW + timedelta(minutes=1))
    page = await fetcher.get("x", marked.url, keep=True)
    assert (page.status, page.body, page.not_modified, page.fetched_at) == (200, b"one", True, clock.now())
    marked.text = "two"
    page = await fetcher.get("x", marked.url, keep=True)
    assert (page.body, page.not_modified) == (b"two", False)


async def test_marks_that_lie_are_believed_for_half_an_hour(marked, fetcher, clock):
    marked.lies = True
    await fetcher.get("x", marked.url, keep=True)
    marked.text = "two"
    clock.set(NOW + timedelta(minutes=29))
    assert (await fetcher.get("x", marked.url, keep=True)).body == b"one"
    clock.set(NOW + timedelta(minutes=31))
    assert (await fetcher.get("x", marked.url, keep=True)).body == b"two"


async def test_a_page_is_kept_for_whoever_asked_and_for_nobody_else(marked, fetcher):
    await fetcher.get("x", marked.url, keep=True, headers={"Authorization": "Bearer a"})
    await fetcher.get("x", marked.url, keep=True, headers={"Authorization": "Bearer b"})
    await fetcher.get("x", marked.url)
    assert [call for call in marked.calls if "if-none-match" in call.headers] == []


async def test_one_place_is_asked_once_at_a_time(marked, fetcher):
    await asyncio.gather(*(fetcher.get("x", f"{marked.url}/{number}") for number in range(6)))
    assert (len(marked.calls), marked.most_open) == (6, 1)


async def test_requests_are_counted_and_end_with_the_budget(marked, fetcher):
    with tallied(most=2) as tally:
        async with asyncio.TaskGroup() as group:  # tasks of a source count too
            group.create_task(fetcher.get("x", marked.url))
            group.create_task(fetcher.get("x", marked.url))
        with pytest.raises(FetchError) as caught:
            await fetcher.get("x", marked.url)
        assert (tally.requests, caught.value.trouble, len(marked.calls)) == (2, Trouble.BUDGET, 2)
        assert (await fetcher.probe("x", marked.url)).status == 200, "a door that is not tried would look dead"
    await fetcher.get("x", marked.url)


@pytest.mark.parametrize("off", [timedelta(0), timedelta(minutes=10), timedelta(minutes=-10)])
async def test_our_clock_is_compared_with_theirs(marked, fetcher, off):
    marked.date = NOW - off
    with tallied() as tally:
        await fetcher.get("x", marked.url)
    assert tally.clock_off == off


def test_one_source_with_another_time_accuses_nobody(capsys):
    check = ClockCheck()
    check.compare([timedelta(hours=2)])
    check.compare([timedelta(0), timedelta(hours=2)])
    assert "our clock is off" not in capsys.readouterr().out
    check.compare([timedelta(hours=2), timedelta(hours=2), timedelta(0)])
    check.compare([timedelta(hours=2), timedelta(hours=2), timedelta(0)])
    check.compare([timedelta(0), timedelta(0)])
    said = capsys.readouterr().out
    assert said.count("our clock is off") == 1
    assert said.count("our clock is right again") == 1
