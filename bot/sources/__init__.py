"""Outside parties that we read.  SOURCES is the explicit table of all of them."""

from collections.abc import Mapping

from bot.sources.bluesky import BlueskySource
from bot.sources.downdetector import DowndetectorSource
from bot.sources.graph import GraphSource
from bot.sources.hn import HnSource
from bot.sources.mastodon import MastodonSource
from bot.sources.ms_public import MsPublicSource
from bot.sources.neutral import NeutralSource
from bot.sources.probe import ProbeSource
from bot.sources.source import Source
from bot.sources.x import XSource

SOURCES: Mapping[str, type[Source]] = {
    "graph": GraphSource,
    "ms_public": MsPublicSource,
    "downdetector": DowndetectorSource,
    "x": XSource,
    "mastodon": MastodonSource,
    "bluesky": BlueskySource,
    "hn": HnSource,
    "probe": ProbeSource,
    "neutral": NeutralSource,
}
