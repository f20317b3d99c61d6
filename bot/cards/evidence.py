"""Observations -> sentences, grouped by who speaks, each with its moment.  Strength becomes "how many, how widely"."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from bot.cards.plain import quoted
from bot.cards.voice import Voice
from bot.domain.conversation import Phrase
from bot.domain.observation import Health, Kind, Observation, Strength

LONGEST_QUOTE = 160  # characters of somebody else's words in one line of evidence
FEWEST_TELLING = 5  # reports in a window: below, a crowd is "too few to tell"
TELLS_OF_TROUBLE = (Health.DOWN, Health.DEGRADED)


class Group(StrEnum):
    """Who speaks; the headings of the evidence, in reading order."""

    OPERATOR = "operator"
    OFFICIAL = "official"
    PEOPLE = "people"
    COLLEAGUES = "colleagues"
    YOU = "you"
    PROBES = "probes"
    INTERNET = "internet"


GROUP_OF = {
    Kind.OPERATOR: Group.OPERATOR,
    Kind.OFFICIAL_TENANT: Group.OFFICIAL,
    Kind.OFFICIAL_PUBLIC: Group.OFFICIAL,
    Kind.CROWD: Group.PEOPLE,
    Kind.POSTS: Group.PEOPLE,
    Kind.COLLEAGUES: Group.COLLEAGUES,
    Kind.ASKER: Group.YOU,
    Kind.PROBE: Group.PROBES,
    Kind.NEUTRAL: Group.INTERNET,
}


def grouped(seen: Sequence[Observation]) -> Iterator[tuple[Group, list[Observation]]]:
    """The observations by who speaks, in the order of `Group`; within a group as they came: strongest first."""
    for group in Group:
        said = [each for each in seen if GROUP_OF[each.kind] is group]
        if said:
            yield group, said


def sentence(seen: Observation, voice: Voice) -> str:
    """One observation as one line: who, what, how many, when, and their own words in quotation marks."""
    group = GROUP_OF[seen.kind]
    if group is Group.PEOPLE:
        said = _of_people(seen, voice)
    elif group is Group.COLLEAGUES:
        said = _of_colleagues(seen, voice)
    else:
        said = voice.say(f"evidence.{group}.{_word(seen.health)}", **_values(seen, voice))
    own_words = quoted(seen.text, LONGEST_QUOTE)
    return voice.say("evidence.with_quote", said=said, quote=own_words) if own_words else said


def source_name(source: str, voice: Voice) -> str:
    """A source as people know it; one of many status pages goes by its own name."""
    family, _, name = source.partition(":")
    return voice.say(f"source.{family}", name=quoted(name, 40)) if name else voice.say(f"source.{family}")


def _word(health: Health) -> Health:
    """What the sentence says; a source that is called unreachable or not understood tells nothing."""
    return Health.UNKNOWN if health is Health.UNREACHABLE else health


def _moment(seen: Observation) -> datetime:
    return seen.said_at or seen.seen_at


def _values(seen: Observation, voice: Voice) -> dict[str, object]:
    return {
        "source": source_name(seen.source, voice),
        "target": quoted(seen.key, 60),
        "place": _place(seen.vantage, voice),
        "when": voice.when(_moment(seen)),
    }


def _place(vantage: str, voice: Voice) -> str:
    kind, _, name = vantage.partition(":")
    return voice.say(f"evidence.place.{kind}", site=quoted(name, 40)) if name else voice.say(f"evidence.place.{kind}")


def _of_people(seen: Observation, voice: Voice) -> str:
    values = _values(seen, voice)
    strength = seen.strength
    if strength is None:
        return voice.say(f"evidence.people.{_word(seen.health)}", **values)
    values |= {"count": _count(strength, voice), "window": strength.window}
    if strength.reports < FEWEST_TELLING and not strength.at_least:
        return voice.say("evidence.people.too_few", **values)
    values |= {"wide": _how_widely(seen, strength, voice), "usual": _usually(strength, voice)}
    loud = seen.health in TELLS_OF_TROUBLE
    return voice.say("evidence.people.loud" if loud else "evidence.people.quiet", **values)


def _of_colleagues(seen: Observation, voice: Voice) -> str:
    strength = seen.strength or Strength(reports=1)
    works = seen.health is Health.FINE
    sites = ", ".join(f"{quoted(site, 40)} {people}" for site, people in list(strength.shares.items())[:4])
    values = _values(seen, voice) | {"n": strength.authors or strength.reports, "window": strength.window}
    if works:
        return voice.say("evidence.colleagues.works", **values)
    return (
        voice.say("evidence.colleagues.at", sites=sites, **values)
        if sites
        else voice.say("evidence.colleagues.fails", **values)
    )


def _count(strength: Strength, voice: Voice) -> Phrase:
    return Phrase(
        key="evidence.count.at_least" if strength.at_least else "evidence.count.exact", values={"n": strength.reports}
    )


def _how_widely(seen: Observation, strength: Strength, voice: Voice) -> Phrase:
    if seen.region:
        return Phrase(key="evidence.wide.region", values={"region": quoted(seen.region, 40)})
    if strength.authors is not None:
        return Phrase(key="evidence.wide.people", values={"n": strength.authors})
    return Phrase(key="evidence.wide.unknown")


def _usually(strength: Strength, voice: Voice) -> Phrase:
    if strength.usual is None:
        return Phrase(key="evidence.usual.unknown")
    return Phrase(key="evidence.usual.known", values={"usual": round(strength.usual)})
