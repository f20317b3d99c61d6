"""Every source with the replica that stands for its outside service: a new source joins by one line in RIGS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sources.downdetector import DowndetectorSource
from bot.sources.graph import GraphSource
from bot.sources.mastodon import MastodonSource
from bot.sources.ms_public import MsPublicSource
from bot.sources.neutral import NeutralSource
from bot.sources.probe import ProbeSource
from bot.sources.source import SourceSetup
from bot.sources.x import XSource
from tests.replicas.downdetector import DowndetectorReplica
from tests.replicas.graph import GraphReplica
from tests.replicas.mastodon import MastodonReplica
from tests.replicas.microsoft_status import MicrosoftStatus
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
