"""Outside parties that we read.  SOURCES is the explicit table of all of them."""

from collections.abc import Mapping

from bot.sources.bluesky import BlueskySource
from bot.sources.dns import DnsSource
from bot.sources.downdetector import DowndetectorSource
from bot.sources.endpoints import EndpointsSource
from bot.sources.graph import GraphSource
from bot.sources.hn import HnSource
from bot.sources.istheservicedown import IsTheServiceDownSource
from bot.sources.mastodon import MastodonSource
from bot.sources.ms_public import MsPublicSource
from bot.sources.neutral import NeutralSource
from bot.sources.probe import ProbeSource
from bot.sources.reddit import RedditSource
from bot.sources.source import Source
from bot.sources.statuspage import StatuspageSource
from bot.sources.x import XSource

SOURCES: Mapping[str, type[Source]] = {
    "graph": GraphSource,
    "ms_public": MsPublicSource,
    "downdetector": DowndetectorSource,
    "istheservicedown": IsTheServiceDownSource,
    "x": XSource,
    "mastodon": MastodonSource,
    "bluesky": BlueskySource,
    "reddit": RedditSource,
    "hn": HnSource,
    "probe": ProbeSource,
    "neutral": NeutralSource,
    "dns": DnsSource,
    "endpoints": EndpointsSource,
    "statuspage": StatuspageSource,  # a family: one for each page that is set, "statuspage:NAME"
}
