"""A verdict -> its headline, the facts under it, and Microsoft's own words.  Knows no card."""

import re
from collections.abc import Iterator

from bot.cards.evidence import source_name
from bot.cards.plain import quoted
from bot.cards.voice import Voice
from bot.domain.conversation import Phrase, Reply
from bot.domain.observation import Feature, Observation
from bot.domain.verdict import Outcome, Verdict

LONGEST_OFFICIAL = 280  # characters of the official text that a card repeats
INCIDENT_ID = re.compile(r"[A-Z]{2}\d{4,12}")  # "TM1283300": what people can look up and quote
CERTAIN_FROM, LIKELY_FROM, MAYBE_FROM = 0.9, 0.75, 0.5
ABOUT_A_PART = (Outcome.DOWN, Outcome.DEGRADED, Outcome.MAINTENANCE)


def headline(verdict: Verdict, voice: Voice) -> str:
    """The answer in one sentence."""
    feature = verdict.feature
    values = {"service": Phrase(key=f"service.{verdict.service}")}
    if feature not in (None, Feature.ALL) and verdict.outcome in ABOUT_A_PART:
        return voice.say(f"verdict.{verdict.outcome}.feature", feature=feature, **values)
    return voice.say(f"verdict.{verdict.outcome}.all", **values)


def sureness(verdict: Verdict, voice: Voice) -> str:
    """How sure we are, in words and percent; an operator's word stands without a percent."""
    if verdict.operator:
        return voice.say("card.by_operator")
    return voice.say(
        "card.confidence", word=Phrase(key=f"confidence.{_word(verdict.confidence)}"), confidence=verdict.confidence
    )


def facts(reply: Reply, verdict: Verdict, voice: Voice) -> Iterator[str]:
    """How sure, since when, which part, where, and how long it is planned to last."""
    yield sureness(verdict, voice)
    if verdict.since:
        yield voice.say("card.since", when=Phrase(key="evidence.when.moment", values={"at": verdict.since}))
    if verdict.ends_at:
        yield voice.say("card.ends", when=Phrase(key="evidence.when.moment", values={"at": verdict.ends_at}))
    feature = verdict.feature or reply.feature
    if feature and feature is not Feature.ALL:
        yield voice.say("card.feature", feature=feature)
    if reply.client:
        yield voice.say("card.client", client=reply.client)
    if verdict.region:
        yield voice.say("card.region", region=verdict.region)
    if verdict.cause:
        yield voice.say("card.cause", service=Phrase(key=f"service.{verdict.cause}"))
    if verdict.which:
        yield voice.say(f"which.{verdict.which}")


def official(said: Observation, voice: Voice) -> Iterator[str]:
    """The number of the official incident, its own words with who wrote them, and when the next word is due."""
    source = source_name(said.source, voice)
    yield voice.say("card.official.id", id=said.key, source=source) if INCIDENT_ID.fullmatch(said.key) else source
    own_words = quoted(said.text, LONGEST_OFFICIAL)
    if own_words:
        yield voice.say("card.official.words", quote=own_words)
    if said.next_update_at:
        overdue = said.next_update_at < voice.now
        yield voice.say("card.official.overdue" if overdue else "card.official.next", at=said.next_update_at)


def _word(confidence: float) -> str:
    if confidence >= CERTAIN_FROM:
        return "certain"
    if confidence >= LIKELY_FROM:
        return "likely"
    return "maybe" if confidence >= MAYBE_FROM else "unsure"
