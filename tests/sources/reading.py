"""Reading a source for real: its own fetch and parse against its replica."""

from datetime import UTC, datetime

import pytest

from bot.http import FetchError
from bot.sources.downdetector import DowndetectorSource
from bot.sources.graph import GraphSource
from bot.sources.ms_public import MsPublicSource
from bot.sources.source import SourceError, SourceSetup

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def ms_source(replica):
    return MsPublicSource(SourceSetup(url=replica.url))


def graph_source(replica):
    return GraphSource(SourceSetup(tenant="tenant-a", **replica.setup))


def dd_source(replica, *, api=True):
    return DowndetectorSource(SourceSetup(url=replica.url, token=replica.token if api else None))


async def read(source, fetcher, clock):
    """What the source says, by key."""
    pages = await source.fetch(fetcher, clock.now())
    return {seen.key: seen for seen in source.parse(pages, clock.now())}


async def refusal(source, fetcher, clock):
    """The error with which the source can't be read."""
    with pytest.raises((SourceError, FetchError)) as caught:
        await read(source, fetcher, clock)
    return caught.value
