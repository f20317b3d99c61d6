"""`sources --egress`: every host and port that the present settings contact, why, and what leaves us there."""

import dataclasses
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.clock import MachineClock
from bot.settings import Settings
from bot.settings_ways import WaySettings
from bot.source_setups import choice_of
from bot.sources.chosen import chosen_sources
from bot.sources.egress import Way, way_to, ways_out
from bot.sources.source import SourceSetup
from bot.terminal.output import Output
from bot.transports.way_hosts import hosts_of

DONE = 0
HEADS = ("host", "port", "by", "why", "what leaves")
CHAT = "answers to people who wrote to the bot, with a token"
ALERTS = "the text of alerts, and the key in its address"


def egress(out: Output, settings: Settings) -> int:
    """Print them.  Contacts nobody."""
    ways = ways_of(settings)
    if out.form == "json":
        out.json([dataclasses.asdict(way) for way in ways])
    else:
        out.table(HEADS, [[way.host, str(way.port), way.by, way.why, way.sends] for way in ways])
        for kind, proxy in sorted(urllib.request.getproxies().items()):
            if kind in ("http", "https", "all"):
                out.line(f"{kind}: all through the proxy {way_to(proxy, by='', why='', sends='').host}")
    return DONE


def ways_of(settings: Settings) -> list[Way]:
    """What these settings contact: sources first, then the chat platform and the watchman."""
    choice = choice_of(settings)
    asked, _ = chosen_sources(choice, MachineClock().now())
    return [*ways_out((source, choice.setups.get(source.id, SourceSetup())) for source in asked), *_others(settings)]


def _others(settings: Settings) -> list[Way]:
    return [*_teams(settings), *_watchman(settings), *_beside(settings)]


def _beside(settings: Settings) -> list[Way]:
    """The ways beside Teams, which hear of alerts only."""
    beside = dict.fromkeys(each for tenant in settings.tenants for each in _hosts(tenant.name, tenant.fallbacks))
    return [
        Way(host=host, port=port, by=name, why="tells alerts while Teams fails", sends=ALERTS)
        for name, host, port in beside
    ]


def _hosts(tenant: str, several: tuple[WaySettings, ...]) -> Iterator[tuple[str, str, int]]:
    """By name of the way.  A service whose hosts we can't tell is named by its scheme."""
    for each in several:
        name = f"way {each.way.name} of {tenant}" if tenant else f"way {each.way.name}"
        for address in each.addresses:
            for host, port in hosts_of(address) or [(f"{urlsplit(address).scheme}://…", 443)]:
                yield name, host, port


def _watchman(settings: Settings) -> list[Way]:
    if settings.heartbeat_url is None:
        return []
    return [way_to(settings.heartbeat_url, by="heartbeat", why="is told that we live", sends="the key in its address")]


def _teams(settings: Settings) -> list[Way]:
    if not settings.is_registered:
        return []
    kinds = sorted({tenant.app_type for tenant in settings.tenants}, reverse=True)
    proofs = {
        "single_tenant": (settings.login_url, "the app's id and secret, and the tenant's id"),
        "managed_identity": (settings.managed_identity_url, "the app's id"),
    }
    return [
        *(
            way_to(url, by="teams", why="gives the token with which the bot speaks", sends=sends)
            for url, sends in map(proofs.__getitem__, kinds)
        ),
        way_to(settings.openid_url, by="teams", why="names the keys of incoming tokens", sends="nothing of yours"),
        *(
            way_to(host, by="teams", why="takes the bot's answers", sends=CHAT)
            for host in sorted(settings.service_hosts)
        ),
    ]
