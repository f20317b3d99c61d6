"""Observations -> sentences, grouped by the kind of witness, each with its moment.  Weighs nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.cards.crowds import colleagues_say, crowd_says, posts_say
from bot.cards.plain import quoted
from bot.cards.voice import Told, Voice
from bot.domain.observation import Health, Kind, Observation

LONGEST_QUOTE = 280  # characters of an official text that are repeated
LONGEST_NAME = 60  # characters of a target or a place
INCIDENT_ID = re.compile(r"\b[A-Z]{2}\d{4,12}\b")  # "TM1283300": what people can look up and quote
OWN_TESTS = {  # the asker's answers that have a sentence of their own
    ("other_site", Health.FINE): "sites_open",
    ("other_site", Health.DOWN): "sites_closed",
    ("other_site", Health.UNKNOWN): "only_blocked",
}
PROBE_WORDS = {Health.FINE: "ok", Health.DEGRADED: "slow", Health.DOWN: "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence of evidence, and where it can be read in full."""

    text: str
    link: str | None = None


def grouped(seen: Sequence[Observation], voice: Voice) -> Iterator[tuple[Kind, list[Said]]]:
    """What each kind of witness says, in the order of `Kind`; within a kind as the observations came."""
    for kind in Kind:
        witnesses = [each for each in seen if each.kind is kind]
        if kind is Kind.NEUTRAL:
            said = list(_neutral(witnesses, voice))
        else:
            told = [Said(text=sentence(each, voice), link=each.link) for each in witnesses]
            said = list({each.text: each for each in reversed(told)}.values())[::-1]  # the same of two services: once
        if said:
            yield kind, said


def sentence(seen: Observation, voice: Voice) -> str:
    """One observation: who, what, how many, when; a drill's says so itself."""
    match seen.kind:
        case Kind.OFFICIAL_TENANT | Kind.OFFICIAL_PUBLIC:
            said = _official_says(seen, voice)
        case Kind.CROWD:
            said = crowd_says(seen, voice)
        case Kind.POSTS:
            said = posts_say(seen, voice)
        case Kind.COLLEAGUES:
            said = colleagues_say(seen, voice)
        case Kind.ASKER:
            said = _asker_says(seen, voice)
        case Kind.OPERATOR:
            said = voice.say("evidence.operator.says", at=voice.moment_of(seen), text=quoted(seen.text, LONGEST_QUOTE))
        case _:
            said = _probe_says(seen, voice)
    return voice.say("evidence.drill.says", sentence=Told(said)) if seen.drill else said


def _official_says(seen: Observation, voice: Voice) -> str:
    """An official statement with its number and its own words, shortened and in quotation marks."""
    found = INCIDENT_ID.search(seen.key)
    source = voice.source(seen.source)
    values = {"source": source, "at": voice.moment_of(seen), "id": found.group() if found else source}
    if seen.health is Health.FINE:
        return voice.say("evidence.official.fine", **values)
    if seen.health in (Health.UNKNOWN, Health.UNREACHABLE):
        return voice.say("sheet.unclear", who=source, at=values["at"])
    text = quoted(seen.text, LONGEST_QUOTE)
    if not text:
        return voice.say("evidence.official.no_text", **values)
    if seen.health is Health.MAINTENANCE:
        return voice.say("evidence.official.maintenance", text=text, **values)
    if not found:
        return voice.say("evidence.official.no_id", text=text, **values)
    return voice.say(
        "evidence.official.advisory" if seen.advisory else "evidence.official.incident", text=text, **values
    )


def _asker_says(seen: Observation, voice: Voice) -> str:
    values = {"at": voice.moment_of(seen), "client": seen.client}
    known = OWN_TESTS.get((seen.key, seen.health))
    if known:
        return voice.say(f"evidence.asker.{known}", **values)
    if seen.client and seen.health is Health.FINE:
        return voice.say("evidence.asker.client_works", **values)
    works = "works" if seen.health is Health.FINE else "fails"
    own = f"sheet.own_test.{seen.key}_{works}"
    if voice.texts.has(own):
        return voice.say(own, **values)
    return voice.say("evidence.asker.works_again" if works == "works" else "evidence.asker.symptom", **values)


def _probe_says(seen: Observation, voice: Voice) -> str:
    target, at = _target(seen, voice), voice.moment_of(seen)
    word = PROBE_WORDS.get(seen.health)
    if word is None:
        return voice.say("sheet.unclear", who=target, at=at)
    here = "_here" if seen.vantage == "asker" and word != "slow" else ""
    said = voice.say(f"evidence.probe.{word}{here}", target=target, at=at)
    _, _, site = seen.vantage.partition(":")
    return voice.say("sheet.from_site", site=quoted(site, LONGEST_NAME), said=Told(said)) if site else said


def _neutral(seen: Sequence[Observation], voice: Voice) -> Iterator[Said]:
    """One sentence where all checks agree, else one per answer that names who gave it."""
    for vantage in dict.fromkeys(each.vantage for each in seen):
        there = [each for each in seen if each.vantage == vantage]
        healths = dict.fromkeys(each.health for each in there)
        for health in healths:
            alike = [each for each in there if each.health is health]
            word = {Health.FINE: "ok", Health.DOWN: "failed"}.get(health, "unclear")
            at = voice.when(max(each.said_at or each.seen_at for each in alike))
            targets = list(dict.fromkeys(_target(each, voice) for each in alike))
            if len(healths) == 1 and word != "unclear":
                said = voice.say(f"evidence.neutral.{word}{'_here' if vantage == 'asker' else ''}", at=at)
            else:
                said = voice.say(f"sheet.neutral.{word}", targets=targets, at=at)
            drill = any(each.drill for each in alike)
            yield Said(text=voice.say("evidence.drill.says", sentence=Told(said)) if drill else said)


def _target(seen: Observation, voice: Voice) -> str:
    """What was asked, by the name that people know."""
    key = f"sheet.target.{seen.key}"
    return voice.say(key) if voice.texts.has(key) else quoted(seen.key, LONGEST_NAME)
