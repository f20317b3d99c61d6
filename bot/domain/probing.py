"""Probes and neutral checks -> findings.  The line is judged first: where it is dead, its probes say nothing.  Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.finding import ILL, Finding, find, freshness, nearness, newest_first
from bot.domain.observation import Feature, Health, Kind, Observation

SERVER = "server"  # where we measure from ourselves
OWN_NAMES, OTHERS_NAMES = "resolver_system", "resolver_doh"  # our own name server, and other people's
OWN_SIGNIN = "tenant_signin"  # key of the probe that signs in as the organisation itself
RESOLVERS = "resolver"  # neutral checks whose key begins so ask about names, not about sites
DEAD_SHARE = 2 / 3  # of the neutral sites must fail before the line counts as dead
FAILING, SHAKY = 0.5, 0.15  # share of failed tries
LINE_HALF_LIFE = timedelta(minutes=2)  # a line is judged by its last few minutes: it voids what the probes say
SETTLED = timedelta(minutes=2)  # failing for so long counts as repeated
INSPECTED = ("untrusted", "unknown issuer", "self-signed", "self signed")
SAME_DOOR = {"teams_web": "front door", "teams_cloud": "front door"}
ASIDE = frozenset({"graph_api", "m365_portal"})  # Teams can live while these ail
WHOLE = 3  # parts that fail together are the service as a whole
ALL_SHARE = 0.6  # of the doors must fail to say that nearly all do
FEATURES = {
    "signin": Feature.SIGNIN,
    OWN_SIGNIN: Feature.SIGNIN,
    "teams_chat": Feature.CHAT,
    "teams_media": Feature.MEETINGS,
    "teams_web": Feature.CLIENT_START,
    "teams_cloud": Feature.CLIENT_START,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How one thing behaved, as seen from one place, over all that is still believed."""

    key: str
    vantage: str
    tries: tuple[Observation, ...]  # newest first
    failed: float  # share of tries, the fresh ones weighing more
    repeated: bool  # failed more than once, or long enough

    @property
    def door(self) -> str:
        """What it shares its cause with."""
        return SAME_DOOR.get(self.key, self.key)


def targets(seen: Iterable[Observation], now: datetime) -> tuple[Target, ...]:
    """Group tries by what was tried and from where."""
    groups: dict[tuple[str, str], list[Observation]] = {}
    for each in seen:
        if each.health in ILL or each.health is Health.FINE:
            groups.setdefault((each.vantage, each.key), []).append(each)
    return tuple(_target(newest_first(tries), now) for _, tries in sorted(groups.items()))


def _sites(checks: Sequence[Target]) -> list[Target]:
    return [check for check in checks if not check.key.startswith(RESOLVERS)]


def line_is_dead(checks: Sequence[Target]) -> bool:
    """Whether nothing outside opens from a place."""
    sites = _sites(checks)
    dead = [check for check in sites if check.failed >= FAILING]
    return len(dead) >= min(2, len(sites)) and bool(sites) and len(dead) >= DEAD_SHARE * len(sites)


def _is_suspect(checks: Sequence[Target]) -> bool:
    sites = [check.tries[0] for check in _sites(checks)]
    return bool(sites) and sum(each.health in ILL for each in sites) >= DEAD_SHARE * len(sites)


def _is_misled(checks: Sequence[Target]) -> bool:
    """Whether a place's own name server loses names that others find: it is broken, or a filter."""
    own = [check for check in checks if check.key == OWN_NAMES and check.failed >= FAILING]
    others = [check for check in checks if check.key == OTHERS_NAMES and check.tries[0].health is Health.FINE]
    return bool(own and others)


def is_led_astray(seen: Observation, line: "Line") -> bool:
    """Whether a try of ours got no answer because our own name server misled it: then it says nothing of its target.

    Of a site it still tells that people there get no further.
    """
    answered = any(word.isdigit() for word in seen.text.split())  # with a status, by whoever has that name
    return line.misled and seen.vantage == SERVER and seen.health in ILL and not answered


def is_inspected(seen: Observation) -> bool:
    """Whether a try failed because somebody else's certificate answered."""
    return seen.health in ILL and any(word in seen.text.lower().replace("_", " ") for word in INSPECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the neutral checks say about one place."""

    dead: bool
    suspect: bool  # most of what was just tried outside failed: what our probes say of that moment is void
    proven: bool  # something outside opens
    strained: bool  # some sites fail, not all: others are in trouble too, or the line is bad
    checks: tuple[Observation, ...]
    misled: bool = False  # its own name server loses names that others find


def lines(seen: Iterable[Observation], now: datetime) -> dict[str, Line]:
    """The line of each place from which neutral checks were made."""
    places: dict[str, list[Target]] = {}
    for target in targets(seen, now):
        places.setdefault(target.vantage, []).append(target)
    return {
        place: Line(
            dead=line_is_dead(checks),
            suspect=_is_suspect(checks),
            proven=any(check.failed < FAILING for check in _sites(checks)),
            strained=any(check.failed >= FAILING for check in _sites(checks)),
            checks=tuple(each for check in checks for each in check.tries[:1]),
            misled=_is_misled(checks),
        )
        for place, checks in places.items()
    }


def from_probes(
    seen: Sequence[Observation], dead: frozenset[str], now: datetime, asked: Feature | None
) -> list[Finding]:
    """What the probes say whose own line is not dead."""
    alive = [each for each in seen if each.kind is Kind.PROBE and each.vantage not in dead]
    replaced = [each for each in alive if is_inspected(each)]
    tried = targets([each for each in alive if not is_inspected(each)], now)
    found = [find("certificate_replaced", replaced, now)] if replaced else []
    found += [_own_signin(target, now) for target in tried if target.key == OWN_SIGNIN and target.failed >= FAILING]
    outside = [target for target in tried if target.key != OWN_SIGNIN]
    home = SERVER if any(target.vantage == SERVER for target in outside) else _only_place(outside)
    found += _from_server([target for target in outside if target.vantage == home], now, asked)
    found += _from_sites([target for target in outside if target.vantage != home], now, asked)
    return found


def _only_place(tried: Sequence[Target]) -> str | None:
    """The one site that stands in for the server when nothing else probes."""
    places = {target.vantage for target in tried}
    return places.pop() if len(places) == 1 else None


def _target(tries: tuple[Observation, ...], now: datetime) -> Target:
    weights = [freshness(each, now) for each in tries]
    if tries[0].kind is Kind.NEUTRAL:
        weights = [0.5 ** ((tries[0].seen_at - each.seen_at) / LINE_HALF_LIFE) for each in tries]
    failed = [weight for weight, each in zip(weights, tries, strict=True) if each.health in ILL]
    since = tries[0].since
    settled = tries[0].health in ILL and since is not None and now - since >= SETTLED
    return Target(
        key=tries[0].key,
        vantage=tries[0].vantage,
        tries=tries,
        failed=sum(failed) / sum(weights),
        repeated=settled or len(failed) > 1,
    )


def _own_signin(target: Target, now: datetime) -> Finding:
    return find("tenant_signin_failing", _failures(target), now, factor=1.0 if target.repeated else 0.4)


def _from_server(tried: Sequence[Target], now: datetime, asked: Feature | None) -> list[Finding]:
    ill = [target for target in tried if target.failed > SHAKY or (target.failed and target.repeated)]
    if ill and all(target.key in ASIDE for target in ill):
        return [_worst("probe_once", ill, now, asked)]
    tried = [target for target in tried if target.key not in ASIDE]
    ill = [target for target in ill if target.key not in ASIDE]
    if not ill:
        return [find("probes_fine", [target.tries[0] for target in tried], now)] if tried else []
    failing = [target for target in ill if target.failed >= FAILING]
    doors = {target.door for target in failing}
    well = len(tried) - len(ill)
    if len(doors) > 1:
        name = "probes_all_failing" if len(failing) >= ALL_SHARE * (len(failing) + well) else "probes_failing"
    elif any(target.repeated for target in failing):
        name = "probe_failing"
    else:
        name = "probe_shaky" if any(target.repeated for target in ill) else "probe_once"
    return [_worst(name, ill, now, asked)]


def _from_sites(tried: Sequence[Target], now: datetime, asked: Feature | None) -> list[Finding]:
    failing = [target for target in tried if target.failed >= FAILING]
    if not failing:
        return []
    found = _worst("site_probe_failing", failing, now, asked)
    return [found] if any(target.repeated for target in failing) else [_weaker(found)]


def _weaker(found: Finding) -> Finding:
    return Finding(row=found.row, factor=found.factor * 0.4, seen=found.seen, feature=found.feature)


def _worst(name: str, ill: Sequence[Target], now: datetime, asked: Feature | None) -> Finding:
    """The row for these targets; its part of the service is the one that fails most, or all of it."""
    worst = sorted(ill, key=lambda target: (-target.failed, target.key))
    named = [_feature(target) for target in worst]
    parts = {part for part in named if part is not None}
    feature = Feature.ALL if len(parts) >= WHOLE else next(iter(part for part in named if part is not None), None)
    near = max(nearness(part, asked) for part in named)
    found = find(name, [each for target in worst for each in _failures(target)[:1]], now, factor=near)
    return Finding(row=found.row, factor=found.factor, seen=found.seen, feature=feature)


def _failures(target: Target) -> list[Observation]:
    return [each for each in target.tries if each.health in ILL]


def _feature(target: Target) -> Feature | None:
    return target.tries[0].feature or FEATURES.get(target.key)
