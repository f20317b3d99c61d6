"""Every source with the replica that stands for its outside service: a new source joins by one line in RIGS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
from bot.sources.source import SourceSetup
from bot.sources.statuspage import StatuspageSource
from bot.sources.x import XSource
from tests.replicas import bluesky, reddit
from tests.replicas.dns import Names
from tests.replicas.downdetector import DowndetectorReplica
from tests.replicas.endpoints import EndpointsReplica
from tests.replicas.graph import GraphReplica
from tests.replicas.hn import HnReplica
from tests.replicas.istheservicedown import IsTheServiceDownReplica
from tests.replicas.mastodon import MastodonReplica
from tests.replicas.microsoft_status import MicrosoftStatus
from tests.replicas.statuspage import StatuspageReplica
from tests.replicas.web_targets import WebTargets
from tests.replicas.x import TOKEN, XReplica


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """How one source is tried.

    `replica` is made from a clock and not started; `source` is made from the started replica, whose `url` may have been
    replaced; `busy` brings trouble into it, so that a spoilt answer that is taken for calm would be a lie.
    """

    replica: Callable[[Any], Any]
    source: Callable[[Any], Any]
    busy: Callable[[Any], Any] = lambda _: None
    measures: bool = False  # asks several doors at once; any answer of theirs says something
    at_once: int = 1  # requests to one path


def _posts(words="Teams is down, I can't send any message", many=6):
    return lambda replica: [replica.says(f"{words} {number}") for number in range(many)]


RIGS: dict[str, Rig] = {
    "graph": Rig(
        replica=GraphReplica,
        source=lambda it: GraphSource(SourceSetup(tenant="tenant-a", **it.setup)),
        busy=lambda it: it.opens(),
    ),
    "ms_public": Rig(
        replica=MicrosoftStatus,
        source=lambda it: MsPublicSource(SourceSetup(url=it.url)),
        busy=lambda it: it.degraded(),
    ),
    "downdetector": Rig(
        replica=DowndetectorReplica,
        source=lambda it: DowndetectorSource(SourceSetup(url=it.url, token=it.token)),
        busy=lambda it: it.spikes(),
    ),
    "downdetector page": Rig(
        replica=DowndetectorReplica,
        source=lambda it: DowndetectorSource(SourceSetup(url=it.url)),
        busy=lambda it: it.spikes(),
    ),
    "x": Rig(
        replica=lambda clock: XReplica(clock.now),
        source=lambda it: XSource(SourceSetup(url=it.url, token=TOKEN)),
        busy=lambda it: (it.complain(80), it.official("We're investigating an issue in Microsoft Teams, TM9000002.")),
    ),
    "mastodon": Rig(
        replica=lambda clock: MastodonReplica(clock.now),
        source=lambda it: MastodonSource(SourceSetup(url=it.url)),
        busy=_posts(),
    ),
    "bluesky": Rig(
        replica=lambda clock: bluesky.BlueskyReplica(clock.now),
        source=lambda it: BlueskySource(SourceSetup(url=it.url, token=bluesky.TOKEN)),
        busy=_posts(),
    ),
    "reddit": Rig(
        replica=lambda clock: reddit.RedditReplica(clock.now),
        source=lambda it: RedditSource(SourceSetup(url=it.url, token=reddit.TOKEN)),
        busy=_posts(),
    ),
    "hn": Rig(
        replica=lambda clock: HnReplica(clock.now),
        source=lambda it: HnSource(SourceSetup(url=it.url)),
        busy=_posts(),
    ),
    "istheservicedown": Rig(
        replica=lambda _: IsTheServiceDownReplica(),
        source=lambda it: IsTheServiceDownSource(SourceSetup(url=it.page)),
        busy=lambda it: setattr(it, "state", "problems"),
    ),
    "statuspage": Rig(
        replica=StatuspageReplica,
        source=lambda it: StatuspageSource(SourceSetup(url=it.url, extra={"name": "git"})),
        busy=lambda it: it.breaks(),
    ),
    "endpoints": Rig(
        replica=lambda _: EndpointsReplica(),
        source=lambda it: EndpointsSource(SourceSetup(url=it.url)),
    ),
    "dns": Rig(
        replica=lambda _: Names(),
        source=lambda it: DnsSource(SourceSetup(url=it.url)),
        measures=True,
        at_once=2,  # names
    ),
    "probe": Rig(
        replica=lambda _: WebTargets(),
        source=lambda it: ProbeSource(SourceSetup(url=it.url)),
        measures=True,
    ),
    "neutral": Rig(
        replica=lambda _: WebTargets(),
        source=lambda it: NeutralSource(SourceSetup(url=it.url)),
        measures=True,
    ),
}
