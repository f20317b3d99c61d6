"""What people say: posts, report sites, colleagues -> findings.  Pure."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.finding import ILL, Finding, find, freshness, nearness, newest_first, newest_per_key
from bot.domain.observation import COUNTRY, NOWHERE, Feature, Health, Kind, Observation, Strength
from bot.domain.outcome import Policy
from bot.domain.spike import RANK, UNLEARNT, State, grade

BUSY = 2.0  # usual reports per window from which silence tells something
SIZES = {Kind.POSTS: (4.0, 30.0), Kind.CROWD: (8.0, 100.0)}  # reports above the usual: a small spike, a large one
FEW_VOICES = 3  # distinct authors; fewer are no spike
OTHERS_ILL = 0.4  # weight of people's word while other services break and our probes are well
NEXT_WITNESS = (1.0, 0.5, 0.25)  # the second and third of one kind repeat the first in part
NEXT_SILENCE = (1.0, 0.7, 0.5, 0.3)
EMPTY_AGAIN = 0.3  # of that, for a further place with few voices: such places are empty together, nearly always
LATE = {"hn-users": 0.2}  # who speaks ten minutes to an hour after the first pain: so much of their silence counts
BESIDE_TROUBLE = {State.QUIET: 1.0, State.RISING: 0.7, State.SPIKE: 0.35}  # what silence weighs when others are loud
MOST_COLLEAGUES = 1.4
SEVERAL = 1.5  # people, after fading; fewer is one person, who may be the asker
ALONE = 0.15


def from_people(
    seen: Sequence[Observation], now: datetime, asked: Feature | None, *, others_ill: bool
) -> list[Finding]:
    """Posts and report sites together, each origin once."""
    voices = [_voice(each, now, asked) for each in _newest_per_origin(seen)]
    loud = sorted((each for each in voices if each.row.trouble), key=_loudness, reverse=True)
    quiet = sorted((each for each in voices if not each.row.trouble), key=_quietness, reverse=True)
    most = max((_state(each) for each in loud), key=RANK.__getitem__, default=State.QUIET)
    down = OTHERS_ILL if others_ill else 1.0
    return [
        *(_scaled(each, down * _nth(NEXT_WITNESS, place)) for place, each in enumerate(loud)),
        *(_scaled(each, BESIDE_TROUBLE[most] * _silence(quiet, place)) for place, each in enumerate(quiet)),
    ]


def from_colleagues(seen: Sequence[Observation], now: datetime, asked: Feature | None, policy: Policy) -> list[Finding]:
    """People of this tenant who pressed "I have it too", or that it works for them."""
    own = [each for each in seen if each.kind is Kind.COLLEAGUES]
    ill = [each for each in own if each.health in ILL]
    well = [each for each in newest_per_key(own) if each.health is Health.FINE]
    have = max((_people(each) * freshness(each, now) for each in ill), default=0.0)
    works = max((_people(each) * freshness(each, now) for each in well), default=0.0)
    found = []
    if have:
        near = max(nearness(each.feature, asked) for each in ill)
        sites = {site for each in ill if each.strength for site, people in each.strength.shares.items() if people}
        at_one = len(sites) == 1 and not any(site in ("", NOWHERE) or site.startswith(COUNTRY) for site in sites)
        name = "one_site_has_it" if at_one else "colleagues_have_it"
        factor = near * (ALONE if have < SEVERAL else min(MOST_COLLEAGUES, (have / policy.colleagues_for_org) ** 0.7))
        found.append(_exact(find(name, ill, now), factor))
    if works:
        found.append(_exact(find("colleagues_fine", well, now), min(1.0, works / 3) * works / (works + have)))
    return found


def usual(strength: Strength) -> float:
    """What such a window usually holds, or a guess until it is known."""
    return UNLEARNT * strength.window.total_seconds() if strength.usual is None else strength.usual


def loudness(seen: Observation) -> State:
    """How loud this origin is, by its own word or its counts, whichever says more."""
    strength = seen.strength
    if strength is None:
        return State.RISING if seen.health in ILL else State.QUIET
    counted = grade(strength.reports, usual(strength))
    few = strength.authors is not None and strength.authors < FEW_VOICES
    unsure = seen.kind is Kind.CROWD and seen.health is not Health.DOWN  # the site itself does not call it trouble yet
    if counted is State.SPIKE and (few or unsure):
        return State.RISING
    return State.RISING if counted is State.QUIET and seen.health in ILL else counted


def size(seen: Observation) -> float:
    """From 0.5 for a spike of the smallest kind to 1 for one that nobody doubts."""
    excess = seen.strength.reports - usual(seen.strength) if seen.strength else 0.0
    small, large = SIZES[seen.kind]
    return min(1.0, 0.5 + 0.5 * math.log(max(1.0, excess / small)) / math.log(large / small))


def _newest_per_origin(seen: Sequence[Observation]) -> list[Observation]:
    """Of each origin one statement: the newest of each key, and of these the loudest."""
    kept: dict[str, Observation] = {}
    for each in newest_per_key(each for each in seen if each.kind in (Kind.CROWD, Kind.POSTS)):
        if each.health is Health.UNKNOWN:
            continue
        before = kept.get(each.origin)
        if before is None or RANK[loudness(each)] > RANK[loudness(before)]:
            kept[each.origin] = each
    return [kept[origin] for origin in sorted(kept)]


def _voice(seen: Observation, now: datetime, asked: Feature | None) -> Finding:
    state = loudness(seen)
    kind = "crowd" if seen.kind is Kind.CROWD else "posts"
    if state is not State.QUIET:
        name = "crowd_says_trouble" if seen.strength is None and kind == "crowd" else f"{kind}_{state}"
        return find(name, [seen], now, factor=nearness(seen.feature, asked) * size(seen))
    busy = seen.strength is not None and usual(seen.strength) >= BUSY * (seen.strength.window / timedelta(minutes=15))
    return find(f"{kind}_quiet" if busy else f"{kind}_none", [seen], now, factor=LATE.get(seen.origin, 1.0))


def _state(found: Finding) -> State:
    return State.SPIKE if found.row.confirms else State.RISING


def _loudness(found: Finding) -> tuple[float, str]:
    return found.scores[1], found.seen[0].origin


def _quietness(found: Finding) -> tuple[float, str]:
    return found.scores[5], found.seen[0].origin


def _silence(quiet: Sequence[Finding], place: int) -> float:
    """What the silence at this place of the row adds to those before it; busy places come first."""
    is_empty_again = place > 0 and not quiet[place - 1].row.clears
    return _nth(NEXT_SILENCE, place) * (EMPTY_AGAIN if is_empty_again else 1.0)


def _nth(weights: Sequence[float], place: int) -> float:
    return weights[min(place, len(weights) - 1)]


def _scaled(found: Finding, by: float) -> Finding:
    return _exact(found, found.factor * by)


def _exact(found: Finding, factor: float) -> Finding:
    return Finding(row=found.row, factor=factor, seen=newest_first(found.seen), feature=found.feature)


def _people(seen: Observation) -> int:
    return seen.strength.reports if seen.strength else 1
